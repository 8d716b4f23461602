//! `tandem config show`: what the program would use from here, and why. It opens nothing and changes nothing; whether all of it works is what
//! `tandem doctor` and `tandem self-test` say.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use backbone::{DeviceChoice, MODELS_VARIABLE, models_place, models_places};
use retrieve_model::report::escape::terminal;
use serde_json::{Value, json};

use crate::args::{Config, ConfigVerb, Show};
use crate::outcome::Outcome;

/// What the program reads from the environment, with what for. Values of secrets are not shown.
const VARIABLES: [(&str, &str); 14] = [
    (MODELS_VARIABLE, "folder of the models"),
    ("TANDEM_TOKEN", "what requests to `tandem serve` have to bring"),
    ("TANDEM_TEACHER_KEY", "key of the teacher of `tandem synth`"),
    ("TANDEM_EVAL_DATA", "folder of the data of `tandem eval`'s suites"),
    ("TANDEM_LOG", "what is logged, as RUST_LOG"),
    ("RAYON_NUM_THREADS", "threads"),
    ("NO_COLOR", "no colours"),
    ("TERM", "`dumb`: lines in the place of bars"),
    ("XDG_DATA_HOME", "where the user's data lies"),
    ("HOME", "where that lies if XDG_DATA_HOME is not set"),
    ("TMPDIR", "folder of what goes again"),
    ("CUDA_VISIBLE_DEVICES", "graphics cards, in a build with CUDA"),
    ("MALLOC_TRIM_THRESHOLD_", "memory kept between steps of a training"),
    ("MALLOC_MMAP_THRESHOLD_", "memory kept between steps of a training"),
];
/// Those of which only is said whether they are set.
const SECRET: [&str; 2] = ["TANDEM_TOKEN", "TANDEM_TEACHER_KEY"];

/// One thing, as a person and a program read it.
struct Part {
    name: &'static str,
    lines: Vec<String>,
    value: Value,
}

pub fn run(args: &Config) -> Result<Outcome> {
    let ConfigVerb::Show(show) = &args.verb;
    let library = library(show)?;
    let parts = [program(), models(&library), library.part, computing(), places(), environment()];
    let mut text = String::new();
    for part in &parts {
        for (number, line) in part.lines.iter().enumerate() {
            let _ = writeln!(text, "{:<12} {}", if number == 0 { part.name } else { "" }, terminal(line));
        }
    }
    let detail: serde_json::Map<String, Value> = parts.into_iter().map(|part| (part.name.to_owned(), part.value)).collect();
    Ok(Outcome { verb: "config".into(), text, detail: detail.into(), ..Outcome::default() })
}

fn program() -> Part {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("TANDEM_COMMIT"));
    let lies = env::current_exe().unwrap_or_default();
    let features: Vec<&str> =
        [("lance", cfg!(feature = "lance")), ("teacher", cfg!(feature = "teacher")), ("cuda", cfg!(feature = "cuda"))]
            .into_iter()
            .filter_map(|(name, is_in)| is_in.then_some(name))
            .collect();
    let lines = vec![format!("tandem {version} of {commit}, with {}", features.join(", ")), lies.display().to_string()];
    Part { name: "program", lines, value: json!({ "version": version, "commit": commit, "features": features, "path": lies }) }
}

/// The library that verbs would use, with the models that it names.
struct Found {
    part: Part,
    models: [Option<PathBuf>; 2],
}

#[cfg(feature = "lance")]
fn library(args: &Show) -> Result<Found> {
    use serve::library::LibraryError;

    let why = if args.library.is_some() { "--library names it" } else { "found from here upwards" };
    let library = match crate::asked::library(args.library.as_deref()) {
        Ok(library) => library,
        Err(LibraryError::Missing { above: true, .. }) => return Ok(no_library("none from here upwards: `tandem init` makes one")),
        Err(error) => return Err(error.into()),
    };
    let settings = library.settings()?;
    let file = library.dir().join(serve::library::MARKER);
    let mut lines = vec![format!("{} ({why})", library.dir().display()), format!("settings {}", file.display())];
    lines.extend(settings.sources.iter().map(|source| format!("reads {} as {}", source.path.display(), source.name)));
    let value = json!({ "dir": library.dir(), "why": why, "settings_file": file, "made_in": library.private(), "settings": settings });
    let models = [settings.models.prep, settings.models.retrieve].map(|model| Some(model.path));
    Ok(Found { part: Part { name: "library", lines, value }, models })
}

#[cfg(not(feature = "lance"))]
fn library(args: &Show) -> Result<Found> {
    if args.library.is_some() {
        super::without_lance("a library")?;
    }
    Ok(no_library("none: built without LanceDB"))
}

fn no_library(said: &str) -> Found {
    Found { part: Part { name: "library", lines: vec![said.to_owned()], value: Value::Null }, models: [None, None] }
}

/// For both models what would be used, and where it was looked for.
fn models(library: &Found) -> Part {
    let installed = models_place();
    let mut lines = Vec::new();
    let mut value = serde_json::Map::new();
    for (name, of_library) in ["prep", "retrieve"].into_iter().zip(&library.models) {
        // As in `serve`: a library's model that has gone is replaced by the installed one.
        let of_library = of_library.clone().filter(|dir| is_model(dir)).map(|dir| (dir, "the library names it"));
        let of_place = installed.as_ref().map(|place| (place.dir.join(name), place.why));
        let Some((dir, why)) = of_library.or(of_place) else {
            lines.push(format!("{name}: none: run `./bootstrap install` in the checkout, or set {MODELS_VARIABLE}"));
            value.insert(name.to_owned(), Value::Null);
            continue;
        };
        let missing = if is_model(&dir) { "" } else { ", but no model is there" };
        lines.push(format!("{name}: {} ({why}{missing})", dir.display()));
        value.insert(name.to_owned(), json!({ "dir": dir, "why": why, "is_there": is_model(&dir) }));
    }
    lines.push("an option --model or --prep-model goes before".to_owned());
    let looked: Vec<Value> =
        models_places().iter().map(|place| json!({ "dir": place.dir, "why": place.why, "is_there": place.is_there() })).collect();
    value.insert("looked_in".to_owned(), looked.into());
    Part { name: "models", lines, value: value.into() }
}

fn is_model(dir: &Path) -> bool {
    dir.join("config.json").is_file()
}

fn computing() -> Part {
    let device = backbone::open_device(DeviceChoice::Auto).map_or_else(|error| error.to_string(), |device| format!("{device:?}"));
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let threads = env::var("RAYON_NUM_THREADS").ok().and_then(|set| set.parse().ok()).filter(|set| *set > 0).unwrap_or(processors);
    let lines = vec![format!("{device}, {threads} threads on {processors} processors")];
    Part { name: "computing", lines, value: json!({ "device": device, "threads": threads, "processors": processors }) }
}

/// What is kept between runs, and where what goes again is made.
fn places() -> Part {
    let (here, temporary) = (env::current_dir().unwrap_or_default(), env::temp_dir());
    let lines = vec![
        format!("working {}", here.display()),
        format!("temporary {}", temporary.display()),
        "prepared documents and vectors of a library: .tandem inside it; a teacher's answers: teacher-cache beside --out".to_owned(),
    ];
    let value = json!({ "working": here, "temporary": temporary, "library": ".tandem", "teacher": "teacher-cache" });
    Part { name: "folders", lines, value }
}

fn environment() -> Part {
    let shown = |name: &str| {
        let value = env::var_os(name)?;
        Some(if SECRET.contains(&name) { "(set, not shown)".to_owned() } else { value.to_string_lossy().into_owned() })
    };
    let rows = VARIABLES.map(|(name, what)| (name, shown(name), what));
    let line = |(name, value, what): &(&str, Option<String>, &str)| match value {
        Some(value) => format!("{name}={value} ({what})"),
        None => format!("{name} is not set ({what})"),
    };
    let lines = rows.iter().map(line).collect();
    let value: Vec<Value> = rows.iter().map(|(name, value, what)| json!({ "name": name, "value": value, "for": what })).collect();
    Part { name: "environment", lines, value: value.into() }
}
