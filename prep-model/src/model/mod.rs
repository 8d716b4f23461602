//! The model: which characters it tells apart, what it is told about a line, and the network.

mod alphabet;
mod batch;
mod features;
mod network;
mod words;

pub use alphabet::{CHARACTERS, END, PAD, WRITABLE, class, writable, written};
pub use batch::{LineBatch, encode_line, score_lines};
pub use features::{FEATURES, features};
pub use network::{HEADS, INSERTIONS, KNOWLEDGE, LEVELS, LINE_COLUMNS, ModelConfig, OPERATIONS, PrepModel};
pub use words::{DocumentWords, Vocabulary, WORDS_FILE, WordList, count_words, form, knowledge};
