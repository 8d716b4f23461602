//! `tandem init`, `add`, `update`, `remove` and `watch`: a library is made and kept up to date.

use std::time::Duration;

use anyhow::Result;
use retrieve_model::report::escape::terminal;
use serve::library::{Added, Library, Options, Removed, Updated, Writing};

use crate::args::{Add, Init, Recognition, Remove, Update, Watch};
use crate::asked::library;
use crate::models;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::recognition::{choose, is_typed};
use crate::summary::{Summary, count, reasons};

pub fn init(args: &Init) -> Result<Outcome> {
    let (prep, retrieve) = (models::find(args.prep_model.as_deref(), "prep")?, models::find(args.model.as_deref(), "retrieve")?);
    let library = Library::init(&args.dir, &prep, &retrieve)?;
    recognise(&library, &library.write()?, &args.recognition)?;
    let (dir, settings) = (library.dir(), library.settings()?);
    let told = terminal(&dir.display().to_string());
    let (prep, retrieve) = (settings.models.prep.path.display(), settings.models.retrieve.path.display());
    let text = format!("made a library in {told}\nit uses {prep} and {retrieve}\nnext: tandem add PATH --library {told}\n");
    let detail = serde_json::json!({ "library": dir, "settings": settings });
    Ok(Outcome { verb: "init".into(), text, detail, ..Outcome::default() })
}

pub fn add(args: &Add) -> Result<Outcome> {
    let library = library(args.chosen.library.as_deref())?;
    let writing = library.write()?;
    recognise(&library, &writing, &args.chosen.recognition)?;
    let said = writing.add(&args.paths)?.into_iter().map(|added| match added {
        Added::Registered(name) => format!("added {name}"),
        Added::TakenBack(name) => format!("{name} is no longer left out"),
        Added::Known(name) => format!("{name} is registered already; what is new in it is read"),
    });
    let said = said.collect();
    updated("add", &library, &writing, Options { device: args.chosen.device, again: false }, said)
}

pub fn remove(args: &Remove) -> Result<Outcome> {
    let library = library(args.chosen.library.as_deref())?;
    let writing = library.write()?;
    recognise(&library, &writing, &args.chosen.recognition)?;
    let said = writing.remove(&args.paths)?.into_iter().map(|removed| match removed {
        Removed::Unregistered(name) => format!("forgot {name}; its files stay where they are"),
        Removed::Excluded(name) => format!("{name} is left out; `tandem add {name}` takes it back"),
    });
    let said = said.collect();
    updated("remove", &library, &writing, Options { device: args.chosen.device, again: false }, said)
}

pub fn update(args: &Update) -> Result<Outcome> {
    let library = library(args.chosen.library.as_deref())?;
    let writing = library.write()?;
    recognise(&library, &writing, &args.chosen.recognition)?;
    updated("update", &library, &writing, Options { device: args.chosen.device, again: args.again }, Vec::new())
}

/// Updates whenever the documents have changed and rest.
///
/// # Errors
/// If there is no library, or its settings are broken.
pub fn watch(args: &Watch, json: bool) -> Result<Outcome> {
    let library = library(args.chosen.library.as_deref())?;
    choose(&args.chosen.recognition, library.settings()?.ocr)?;
    let options = Options { device: args.chosen.device, again: false };
    let mut is_first = true;
    library.watch(Duration::from_secs(args.every), || {
        // Another process that changes the library is waited for, and so is a disk that refuses: what is watched stays as it was.
        let done = library.write().and_then(|writing| writing.update(options, Progress::new("read").bar()));
        match done {
            Ok(done) => {
                if done.is_new || is_first {
                    outcome("watch", &library, done, &[]).print(json)?;
                }
                is_first = false;
                Ok(true)
            }
            Err(error) => {
                eprintln!("tandem: {error}; trying again in {} s", args.every);
                Ok::<_, anyhow::Error>(false)
            }
        }
    })?;
    Ok(Outcome::default())
}

/// Chooses how text in pictures is recognised; the library remembers what was typed.
fn recognise(library: &Library, writing: &Writing<'_>, typed: &Recognition) -> Result<()> {
    let chosen = choose(typed, library.settings()?.ocr)?;
    if is_typed(typed) {
        writing.recognise(chosen)?;
    }
    Ok(())
}

/// Brings the library up to date and says how that ended, `said` first.
fn updated(verb: &str, library: &Library, writing: &Writing<'_>, options: Options, said: Vec<String>) -> Result<Outcome> {
    let progress = Progress::new("read");
    let done = writing.update(options, progress.bar())?;
    drop(progress);
    Ok(outcome(verb, library, done, &said))
}

fn outcome(verb: &str, library: &Library, done: Updated, said: &[String]) -> Outcome {
    let failures: Vec<_> = done.failures.iter().map(|(name, reason)| serde_json::json!({ "name": name, "reason": reason })).collect();
    let detail = serde_json::json!({
        "library": library.dir(),
        "generation": done.generation,
        "is_new": done.is_new,
        "said": said,
        "warnings": done.warnings,
        "failures": failures,
    });
    let said: String = said.iter().map(|line| terminal(line) + "\n").collect();
    Outcome { text: said + &told(library, &done), told: true, detail, ..Outcome::of(verb, done.counts) }
}

/// What was made, what was left out and why, where it lies. Warnings and failures stand before them.
fn told(library: &Library, done: &Updated) -> String {
    let warnings: String = done.warnings.iter().map(|warning| format!("warning: {}\n", terminal(warning))).collect();
    let count = |name: &str| count(&done.counts, name);
    let [new, changed, unchanged, gone] = ["new", "changed", "unchanged", "gone"].map(count);
    let [prepared, sections, encoded] = ["prepared", "sections", "encoded"].map(count);
    let [failed, skipped, dropped] = ["failed", "skipped", "dropped"].map(count);
    let made = if done.is_new { "" } else { "nothing to do: " };
    let summary = Summary {
        made: format!(
            "{made}{new} new, {changed} changed, {unchanged} unchanged, {gone} gone; {prepared} prepared; {sections} sections, {encoded} encoded"
        ),
        left_out: format!(
            "{failed} failed, {skipped} skipped{}; {dropped} pieces of text in no section",
            reasons(&done.counts, "skipped: ")
        ),
        lies_in: format!("{}, state {}", terminal(&library.dir().display().to_string()), done.generation),
        ..Summary::default()
    };
    let failures = done.failures.iter().map(|(name, reason)| (name, reason));
    format!("{warnings}{}", summary.failing(failures))
}
