//! What a suite file may name: the loaders, the layouts of files, where texts come from, how the baseline is tuned.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The loaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A folder made by `tandem synth --world`: raw files, questions, gold spans. The development split tunes, the test split is scored.
    World,
    /// Questions that bring their paragraphs (HotpotQA, MuSiQue).
    Multihop,
    /// The same loader under its other name: questions about a passage each (SQuAD, DROP).
    Passages,
    /// A corpus folder and question files with answers.
    Questions,
    /// Queries with judged documents: both systems search (BEIR, SMART, TREC, paired lines, the paragraphs of multi-hop questions).
    Retrieval,
    /// Damaged texts with their gold texts: both systems prepare (pairs of recognised and true text).
    Repair,
    /// Web pages with strings that must stay and go: both systems prepare.
    Extraction,
    /// Texts with gold boundaries between their sentences: both systems cut.
    Segmentation,
    /// A folder made by `tandem synth --world`, its documents rather than its questions: both systems say what each line is for.
    Roles,
}

impl Kind {
    /// Whether the suite asks questions that have answers; the others have measures of their own, see [`super::Task`].
    #[must_use]
    pub fn asks_questions(self) -> bool {
        matches!(self, Self::World | Self::Multihop | Self::Passages | Self::Questions)
    }
}

/// One file of questions, documents, pairs or pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionFile {
    /// Path under the data folder.
    pub path: PathBuf,
    /// Its layout.
    pub format: Format,
    /// `smart`, `trec`, `lines`: the queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<PathBuf>,
    /// `smart`, `trec`, `beir`: which documents are relevant; for `beir` `qrels/test.tsv` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgements: Option<PathBuf>,
    /// `evaldata`: the folder of the pages, `html` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<PathBuf>,
}

/// Layouts of question files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `[{"_id","question","answer","type","context":[[title,[sentence]]],"supporting_facts":[[title,n]]}]`
    Hotpotqa,
    /// `[{"id","question","answer","answer_aliases","answerable","paragraphs":[{"title","paragraph_text","is_supporting"}]}]`
    Musique,
    /// A line of `{"id","question","answers"?:[…],"doc"?,"quote"?,"kind"?,"answerable"?,"facts"?:[{"doc","quote"}],"sources"?}`
    Jsonl,
    /// `{"data":[{"title","paragraphs":[{"context","qas":[{"id","question","is_impossible"?,"answers":[{"text","answer_start"}]}]}]}]}`
    Squad,
    /// `{id:{"passage","qa_pairs":[{"query_id","question","answer":{"spans":[…]}}]}}`, or a line of
    /// `{"section_id","passage","qas":[{"id","question","answer":[…],"type"}]}`; questions whose answer is one span of the passage
    Drop,
    /// A folder with `corpus.jsonl`, `queries.jsonl` and `qrels/*.tsv`
    Beir,
    /// Documents and queries as `.I`, `.T`, `.W` records
    Smart,
    /// Documents as `<DOC>`, topics as `<top>`, judgements of four columns
    Trec,
    /// Line n of `queries` asks for line n of `path`
    Lines,
    /// Tab-separated with a header that names the columns `input` and `output`
    OcrTsv,
    /// `{url:{"file","with":[…],"without":[…]}}` beside a folder of pages
    Evaldata,
    /// A sentence a line, parts divided by lines of `=`; a file, or a folder that is searched for `.ref` files
    Ref,
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
    pub(super) fn all() -> Vec<Self> {
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
    /// Of a task, in place of the share: the first so many items, in the order of their ids, tune. For sets whose first part the models were trained on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    /// What the search makes as large as it can.
    pub objective: Objective,
}

/// What the baseline is tuned for. A claim about a measure is only fair beside a baseline that was tuned for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Answer F1 and evidence F1 with a weight of 0.4 each, nDCG@10 with 0.2.
    #[default]
    Balanced,
    /// +1 right, 0 abstained, -1 wrong.
    ReaderScore,
    /// nDCG@10 alone: what a suite of kind `retrieval` is tuned for, whatever it says.
    Ranking,
}

impl Objective {
    /// Words for a report.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Balanced => "answer F1, evidence F1 and nDCG@10 (0.4, 0.4, 0.2)",
            Self::ReaderScore => "+1 right, 0 abstained, -1 wrong",
            Self::Ranking => "nDCG@10",
        }
    }
}

impl Default for TuningPart {
    fn default() -> Self {
        Self { enabled: true, questions: 150, share: 0.25, first: None, objective: Objective::default() }
    }
}
