//! The TOML file of a suite and what it resolves to. Data is looked for at the path a caller names, then under `$TANDEM_EVAL_DATA`, then beside
//! the suite file, so that the same suite runs on every machine.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Kind, QuestionFile, Setting, TuningPart};
use crate::EvalError;
use crate::baseline::WorkflowConfig;

/// Environment variable that names the folder holding the suites' data folders.
pub const DATA_VARIABLE: &str = "TANDEM_EVAL_DATA";

/// What a suite file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteFile {
    /// Name, shown in the report.
    pub name: String,
    /// One sentence for the report's head.
    #[serde(default)]
    pub description: String,
    /// Which loader reads the data.
    pub kind: Kind,
    /// Folder of the data: a path relative to the suite file, or a name under `$TANDEM_EVAL_DATA`.
    pub data: PathBuf,
    /// Seed of every draw.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Every kind but `world` and `roles`: the files under `data`.
    #[serde(default)]
    pub files: Vec<QuestionFile>,
    /// `questions`: the corpus, a folder or `.jsonl` under `data`.
    #[serde(default)]
    pub corpus: Option<PathBuf>,
    /// `multihop`, `passages`: more paragraphs for the pool that no question needs.
    #[serde(default)]
    pub distractors: Vec<PathBuf>,
    /// `multihop`, `passages`: where the texts come from; both if left out.
    #[serde(default = "Setting::all")]
    pub settings: Vec<Setting>,
    /// How the baseline is tuned.
    #[serde(default)]
    pub tuning: TuningPart,
    /// Where the baseline's search for its knobs starts.
    #[serde(default)]
    pub baseline: WorkflowConfig,
}

fn default_seed() -> u64 {
    7
}

impl SuiteFile {
    /// Reads a suite file and finds its data folder: the named one, else as the module says.
    ///
    /// # Errors
    /// If the file is missing or no suite, or there is no such folder.
    pub fn open(path: &Path, data: Option<&Path>) -> Result<(Self, PathBuf), EvalError> {
        let file = Self::parse(path)?;
        let data = find_data(&file, path, data)?;
        Ok((file, data))
    }

    /// Reads a suite file alone, whether its data is there or not.
    ///
    /// # Errors
    /// If the file is missing or no suite.
    pub fn parse(path: &Path) -> Result<Self, EvalError> {
        let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
        toml::from_str(&text).map_err(|error| EvalError::input(path, format!("not a suite: {error}")))
    }

    /// Whether an item of a set without a development split tunes: a share does, by the hash of the id.
    pub(super) fn tunes(&self, id: &str) -> bool {
        let head = blake3::hash(id.as_bytes()).as_bytes()[..4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        self.tuning.enabled && f64::from(head) / f64::from(u32::MAX) < self.tuning.share
    }
}

fn find_data(file: &SuiteFile, suite: &Path, named: Option<&Path>) -> Result<PathBuf, EvalError> {
    if let Some(named) = named {
        let reason = "no such folder: name the one that holds the suite's data";
        return if named.is_dir() { Ok(named.to_path_buf()) } else { Err(EvalError::input(named, reason)) };
    }
    let beside = suite.parent().unwrap_or(Path::new(".")).join(&file.data);
    let under = std::env::var_os(DATA_VARIABLE).and_then(|root| Some(Path::new(&root).join(file.data.file_name()?)));
    let tried: Vec<PathBuf> = under.into_iter().chain([beside]).collect();
    tried.iter().find(|path| path.is_dir()).cloned().ok_or_else(|| {
        let places = tried.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" nor ");
        EvalError::input(
            suite,
            format!("its data is neither {places}: pass the folder (--data DIR) or set {DATA_VARIABLE}").replacen(
                "neither",
                if tried.len() > 1 { "neither" } else { "not" },
                1,
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_data_folder_is_named_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let suite = dir.path().join("s.toml");
        std::fs::write(&suite, "name = 's'\nkind = 'world'\ndata = 'nowhere'\n").unwrap();
        let error = SuiteFile::open(&suite, None).unwrap_err().to_string();
        assert!(error.contains("s.toml") && error.contains("nowhere") && error.contains(DATA_VARIABLE), "{error}");
        let error = SuiteFile::open(&suite, Some(Path::new("/none"))).unwrap_err().to_string();
        assert!(error.contains("/none"), "{error}");
    }

    #[test]
    fn a_misspelt_key_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let suite = dir.path().join("s.toml");
        std::fs::write(&suite, "name = 's'\nkind = 'world'\ndata = '.'\ncropus = 'x'\n").unwrap();
        let error = SuiteFile::open(&suite, None).unwrap_err().to_string();
        assert!(error.contains("s.toml") && error.contains("cropus"), "{error}");
    }

    #[test]
    fn the_committed_suites_can_be_read() {
        let folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("suites")).unwrap();
        let mut suites = 0;
        for path in folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|kind| kind == "toml")) {
            let file: SuiteFile = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(file.name, path.file_stem().unwrap().to_str().unwrap());
            suites += 1;
        }
        assert!(suites >= 8);
    }
}
