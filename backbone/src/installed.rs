//! Where released models are looked for when none is named: beside the installed program, among the data of the user or of the machine, in the
//! checkout.
//!
//! They are found and not embedded: 37 MB of weights would be linked into every build, and a team that trained its own would have to build the
//! program to use them.

use std::env;
use std::path::{Path, PathBuf};

/// The variable that names the folder.
pub const MODELS_VARIABLE: &str = "TANDEM_MODELS";
/// Where an installation keeps them, below its root.
const SHARED: &str = "share/tandem/models";
/// Where the checkout keeps them.
const RELEASED: &str = "data/models";

/// A folder that may hold models, and why it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelsPlace {
    /// The folder; each model has one of its own inside.
    pub dir: PathBuf,
    /// Why, for a person.
    pub why: &'static str,
    /// Whether the user named it: then no other is taken, there or not.
    pub is_named: bool,
}

impl ModelsPlace {
    /// Whether a model lies there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        ["prep", "retrieve"].iter().any(|name| self.dir.join(name).join("config.json").is_file())
    }
}

/// What decides.
#[derive(Default)]
struct Around {
    named: Option<PathBuf>,
    executable: Option<PathBuf>,
    /// The user's data, `$XDG_DATA_HOME`.
    data: Option<PathBuf>,
    working: Option<PathBuf>,
    checkout: PathBuf,
}

impl Around {
    fn here() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            named: set(MODELS_VARIABLE),
            executable: env::current_exe().ok(),
            data: set("XDG_DATA_HOME").filter(|dir| dir.is_absolute()).or_else(|| set("HOME").map(|home| home.join(".local/share"))),
            working: env::current_dir().ok(),
            checkout: Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("")).to_path_buf(),
        }
    }

    /// In the order of precedence.
    fn places(&self) -> Vec<ModelsPlace> {
        let mut places = Vec::new();
        let mut look = |dir: PathBuf, why| places.push(ModelsPlace { dir, why, is_named: false });
        if let Some(dir) = &self.named {
            return vec![ModelsPlace { dir: dir.clone(), why: "TANDEM_MODELS names it", is_named: true }];
        }
        let beside = self.executable.as_deref().and_then(Path::parent);
        // What lies among a build's own files was not installed: it works with what its sources come with, whatever is installed beside.
        let is_build = beside.into_iter().flat_map(|dir| dir.ancestors().take(2)).any(|dir| dir.join(".fingerprint").is_dir());
        if is_build {
            look(self.checkout.join(RELEASED), "in the checkout of which this build is");
        }
        if let Some(beside) = beside {
            if let Some(root) = beside.parent() {
                look(root.join(SHARED), "beside the program");
            }
            look(beside.join("models"), "beside the program");
            for above in beside.ancestors().skip(1).take(3) {
                look(above.join(RELEASED), "in the checkout that holds the program");
            }
        }
        if let Some(data) = &self.data {
            look(data.join("tandem/models"), "among the user's data");
        }
        for root in ["/usr/local", "/usr"] {
            look(Path::new(root).join(SHARED), "installed for everyone");
        }
        for dir in self.working.iter().flat_map(|working| working.ancestors()) {
            look(dir.join(RELEASED), "in the checkout that the working folder is in");
        }
        if !is_build {
            look(self.checkout.join(RELEASED), "in the checkout that the program was installed from");
        }
        places
    }
}

/// Every folder that released models are looked for in, in the order of precedence: what `$TANDEM_MODELS` names alone if it is set; else `share/tandem/models`
/// of the installation, `models` beside the program, `$XDG_DATA_HOME/tandem/models`, `/usr/local/share` and `/usr/share`, `data/models` from the
/// working folder upwards, and that of the checkout which the program was built from (first for a program that was built and not installed).
#[must_use]
pub fn models_places() -> Vec<ModelsPlace> {
    Around::here().places()
}

/// The first of [`models_places`] that holds a model, or the one that the user named.
#[must_use]
pub fn models_place() -> Option<ModelsPlace> {
    models_places().into_iter().find(|place| place.is_named || place.is_there())
}

/// The folder of [`models_place`].
#[must_use]
pub fn models_dir() -> Option<PathBuf> {
    models_place().map(|place| place.dir)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn model(dir: &Path) {
        fs::create_dir_all(dir.join("prep")).unwrap();
        fs::write(dir.join("prep/config.json"), "{}").unwrap();
    }

    fn found(around: &Around) -> Option<PathBuf> {
        around.places().into_iter().find(|place| place.is_named || place.is_there()).map(|place| place.dir)
    }

    #[test]
    fn an_installed_program_finds_its_models_from_the_nearest_to_the_farthest() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let mut around = Around {
            executable: Some(at("usr/bin/tandem")),
            data: Some(at("home/data")),
            working: Some(at("work/deep")),
            checkout: at("source"),
            ..Around::default()
        };
        // Every machine may have some in /usr; where this one has none, there is nothing yet.
        let before = found(&around);
        assert!(before.is_none_or(|dir| !dir.starts_with(root.path())));
        for dir in ["source/data/models", "work/data/models", "home/data/tandem/models", "usr/bin/models", "usr/share/tandem/models"] {
            model(&at(dir));
            // Those of the machine go before the first two.
            if Path::new("/usr/share/tandem/models").exists() && (dir.starts_with("source") || dir.starts_with("work")) {
                continue;
            }
            assert_eq!(found(&around), Some(at(dir)));
        }
        around.named = Some(at("nowhere"));
        assert_eq!(found(&around), Some(at("nowhere")), "what is named is not passed over in silence");
    }

    #[test]
    fn a_build_that_was_not_installed_uses_the_models_of_its_checkout() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("target/release/.fingerprint")).unwrap();
        for dir in ["source/data/models", "home/data/tandem/models"] {
            model(&at(dir));
        }
        for program in ["target/release/tandem", "target/release/deps/test"] {
            let around = Around { executable: Some(at(program)), data: Some(at("home/data")), checkout: at("source"), ..Around::default() };
            assert_eq!(found(&around), Some(at("source/data/models")), "{program}");
        }
    }
}
