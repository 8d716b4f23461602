//! Every knob of the workflow. The defaults are what a first tuning on synthetic development questions and on HotpotQA-type questions gave.

use std::path::PathBuf;

use backbone::DeviceChoice;
use serde::{Deserialize, Serialize};

/// The whole workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkflowConfig {
    /// Raw lines to clean paragraphs.
    pub cleaning: CleaningRules,
    /// Paragraphs to chunks.
    pub chunks: ChunkRules,
    /// Question to chunks.
    pub retrieval: RetrievalRules,
    /// Chunks to sentences.
    pub sentences: SentenceWeights,
    /// Sentences to an answer, or none.
    pub answers: AnswerRules,
}

/// What is thrown away and joined before chunking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CleaningRules {
    /// Lines with a larger share of link text are menus, if they are short.
    pub max_link_density: f32,
    /// A short line that stands this often in a document (digits masked) is a running header or footer.
    pub repeated_lines: usize,
    /// Drop cookie banners, share buttons and copyright lines by their words.
    pub drop_boilerplate: bool,
    /// Join the lines of a paragraph, undoing hyphenation.
    pub join_lines: bool,
}

impl Default for CleaningRules {
    fn default() -> Self {
        Self { max_link_density: 0.6, repeated_lines: 3, drop_boilerplate: true, join_lines: true }
    }
}

/// Fixed chunks: whole sentences up to a number of words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChunkRules {
    /// Words in a chunk, at most.
    pub words: usize,
    /// Words repeated from the chunk before, at most.
    pub overlap: usize,
    /// Begin a new chunk at every heading.
    pub break_at_headings: bool,
}

impl Default for ChunkRules {
    fn default() -> Self {
        Self { words: 120, overlap: 30, break_at_headings: true }
    }
}

/// Keyword and vector lists and their fusion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrievalRules {
    /// Candidates asked of each list.
    pub candidates: usize,
    /// Characters that a term of the query must have to count in BM25: 2 leaves out what apostrophes and initials leave behind.
    pub shortest: usize,
    /// Saturation of a term's count in BM25.
    pub k1: f32,
    /// How far BM25 weighs counts by a chunk's length, 0 to 1.
    pub b: f32,
    /// Constant of reciprocal rank fusion (Cormack et al. 2009 use 60).
    pub rrf_constant: f32,
    /// Weight of the vector list beside the keyword list's 1.
    pub vector_weight: f32,
    /// Chunks that are read.
    pub read: usize,
    /// What a chunk loses for being like one that stands above it (Carbonell and Goldstein 1998): the order is by `(1 - diversity) * score - diversity *
    /// likeness`; 0 leaves it as it is.
    pub diversity: f32,
    /// Dimensions of the latent semantic vectors.
    pub dimensions: usize,
    /// Folder of an encoder whose vectors take the place of the latent semantic ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding: Option<PathBuf>,
    /// Where that encoder runs; the caller's choice, not a knob.
    #[serde(skip)]
    pub device: DeviceChoice,
    /// Search a second time with the names that the best sentences bring in; 0 for never, else what the score of both sentences together is
    /// multiplied by.
    pub follow_up: f32,
}

impl Default for RetrievalRules {
    fn default() -> Self {
        Self {
            candidates: 40,
            shortest: 1,
            k1: 1.2,
            b: 0.75,
            rrf_constant: 30.0,
            vector_weight: 0.3,
            read: 10,
            diversity: 0.0,
            dimensions: 128,
            embedding: None,
            device: DeviceChoice::default(),
            follow_up: 0.9,
        }
    }
}

/// Weights of what speaks for a sentence. The share of the question's idf mass that stands in the sentence weighs 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SentenceWeights {
    /// Question terms found in title and headings but not in the sentence.
    pub context: f32,
    /// Question terms found in the sentence before, but not here.
    pub neighbour: f32,
    /// Question terms found elsewhere in the chunk.
    pub chunk: f32,
    /// Pairs of question terms that stand side by side.
    pub phrase: f32,
    /// Rank of the chunk.
    pub rank: f32,
    /// Share of the score that a sentence loses if it is about none of the question's names and codes.
    pub names: f32,
    /// Power of the idf in a term's weight.
    pub idf_power: f32,
    /// The sentence holds something of the expected type.
    pub expected: f32,
}

impl Default for SentenceWeights {
    fn default() -> Self {
        Self { context: 0.6, neighbour: 0.3, chunk: 0.2, phrase: 0.3, rank: 0.2, names: 0.6, idf_power: 1.0, expected: 0.3 }
    }
}

/// How an answer is picked and when none is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerRules {
    /// Closeness of the answer to the question's words, beside the sentence score.
    pub proximity: f32,
    /// The answer stands where answers stand: after a copula, beside the noun that is asked for, in a cell of its own.
    pub position: f32,
    /// The same answer in several sentences.
    pub agreement: f32,
    /// Sentences quoted, at most.
    pub quotes: usize,
    /// A further sentence is quoted if it scores at least this share of the best.
    pub quote_share: f32,
    /// Below this confidence the workflow abstains.
    pub threshold: f32,
}

impl Default for AnswerRules {
    fn default() -> Self {
        Self { proximity: 0.3, position: 0.3, agreement: 0.1, quotes: 2, quote_share: 0.8, threshold: 0.3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_survives_toml() {
        let config = WorkflowConfig { chunks: ChunkRules { words: 77, ..ChunkRules::default() }, ..WorkflowConfig::default() };
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<WorkflowConfig>(&text).unwrap(), config);
        assert!(toml::from_str::<WorkflowConfig>("[chunks]\nwrods = 3").is_err());
    }
}
