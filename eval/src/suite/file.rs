//! The TOML file of a suite and what it resolves to. Data is looked for at the path a caller names, then under `$TANDEM_EVAL_DATA`, then beside
//! the suite file, so that the same suite runs on every machine.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Case, multihop, questions, world};
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
    /// `multihop` and `questions`: the files under `data`.
    #[serde(default)]
    pub files: Vec<QuestionFile>,
    /// `questions`: the corpus, a folder or `.jsonl` under `data`.
    #[serde(default)]
    pub corpus: Option<PathBuf>,
    /// `multihop`: more paragraphs for the pool that no question needs.
    #[serde(default)]
    pub distractors: Vec<PathBuf>,
    /// `multihop`: where the texts come from; both if left out.
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

/// The loaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A folder made by `tandem synth --world`: raw files, questions, gold spans. The development split tunes, the test split is scored.
    World,
    /// Questions that bring their paragraphs (HotpotQA, MuSiQue).
    Multihop,
    /// A corpus folder and question files with answers.
    Questions,
}

/// One file of questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionFile {
    /// Path under the data folder.
    pub path: PathBuf,
    /// Its layout.
    pub format: Format,
}

/// Layouts of question files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `[{"_id","question","answer","type","context":[[title,[sentence]]],"supporting_facts":[[title,n]]}]`
    Hotpotqa,
    /// `[{"id","question","answer","answer_aliases","answerable","paragraphs":[{"title","paragraph_text","is_supporting"}]}]`
    Musique,
    /// A line of `{"id","question","answers":[…],"kind"?,"answerable"?,"facts"?:[{"doc","quote"}],"sources"?}`
    Jsonl,
}

/// Where a multi-hop question's texts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The question brings its own paragraphs.
    Given,
    /// The paragraphs of all questions are one corpus to search.
    Pooled,
}

impl Setting {
    fn all() -> Vec<Self> {
        vec![Self::Given, Self::Pooled]
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Pooled => "pooled",
        }
    }
}

/// The baseline's search for its knobs. Questions used here are not scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TuningPart {
    /// Whether to search at all; without, the baseline runs as `[baseline]` says.
    pub enabled: bool,
    /// Questions to tune on, at most.
    pub questions: usize,
    /// Where the data has no development split: share of the questions (by hash of the id) that tunes and is not scored.
    pub share: f64,
}

impl Default for TuningPart {
    fn default() -> Self {
        Self { enabled: true, questions: 150, share: 0.25 }
    }
}

/// A suite with its questions loaded.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file, as read.
    pub file: SuiteFile,
    /// Where the suite file is.
    pub path: PathBuf,
    /// The data folder that was found.
    pub data: PathBuf,
    /// The corpus to prepare and search: a folder of raw files or a `.jsonl`; none where every question brings its texts.
    pub corpus: Option<PathBuf>,
    /// Questions for tuning.
    pub development: Vec<Case>,
    /// Questions for scoring.
    pub test: Vec<Case>,
}

impl Suite {
    /// Reads a suite file and its data. `data` overrides the folder named in the file; `work` is where a pool of paragraphs is written.
    ///
    /// # Errors
    /// If a file is missing or not as its loader expects it; the error names the file and the remedy.
    pub fn open(path: &Path, data: Option<&Path>, work: &Path) -> Result<Self, EvalError> {
        let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
        let file: SuiteFile = toml::from_str(&text).map_err(|error| EvalError::input(path, format!("not a suite: {error}")))?;
        let data = find_data(&file, path, data)?;
        let mut suite = Self { file, path: path.to_path_buf(), data, corpus: None, development: Vec::new(), test: Vec::new() };
        match suite.file.kind {
            Kind::World => world::load(&mut suite)?,
            Kind::Multihop => multihop::load(&mut suite, work)?,
            Kind::Questions => questions::load(&mut suite)?,
        }
        if suite.test.is_empty() {
            let reason = "holds no question to score: make more triples, or lower [tuning] share in the suite";
            return Err(EvalError::input(&suite.data, reason));
        }
        Ok(suite)
    }

    /// The data folder of a suite file.
    ///
    /// # Errors
    /// If the file is not a suite, or its data is nowhere; the error says where it was looked for.
    pub fn data_of(path: &Path) -> Result<PathBuf, EvalError> {
        let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
        let file: SuiteFile = toml::from_str(&text).map_err(|error| EvalError::input(path, format!("not a suite: {error}")))?;
        find_data(&file, path, None)
    }

    /// Puts a case where the hash of its question's id says: a share of the questions tunes, the rest is scored.
    pub(crate) fn file_by_hash(&mut self, question_id: &str, case: Case) {
        let head = blake3::hash(question_id.as_bytes()).as_bytes()[..4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let tunes = self.file.tuning.enabled && f64::from(head) / f64::from(u32::MAX) < self.file.tuning.share;
        if tunes { self.development.push(case) } else { self.test.push(case) }
    }
}

fn find_data(file: &SuiteFile, suite: &Path, named: Option<&Path>) -> Result<PathBuf, EvalError> {
    if let Some(named) = named {
        let reason = "no such folder: name the one that holds the suite's data";
        return if named.is_dir() { Ok(named.to_path_buf()) } else { Err(EvalError::input(named, reason)) };
    }
    let beside = suite.parent().unwrap_or(Path::new(".")).join(&file.data);
    let under = std::env::var_os(DATA_VARIABLE).map(|root| Path::new(&root).join(file.data.file_name().unwrap_or_default()));
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
        let error = Suite::open(&suite, None, dir.path()).unwrap_err().to_string();
        assert!(error.contains("s.toml") && error.contains("nowhere") && error.contains(DATA_VARIABLE), "{error}");
        let error = Suite::open(&suite, Some(Path::new("/none")), dir.path()).unwrap_err().to_string();
        assert!(error.contains("/none"), "{error}");
    }

    #[test]
    fn a_misspelt_key_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let suite = dir.path().join("s.toml");
        std::fs::write(&suite, "name = 's'\nkind = 'world'\ndata = '.'\ncropus = 'x'\n").unwrap();
        let error = Suite::open(&suite, None, dir.path()).unwrap_err().to_string();
        assert!(error.contains("s.toml") && error.contains("cropus"), "{error}");
    }

    #[test]
    fn the_committed_suites_can_be_read() {
        for name in ["world", "multihop"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites").join(format!("{name}.toml"));
            let file: SuiteFile = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(file.name, name);
        }
    }
}
