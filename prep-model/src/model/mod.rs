//! The model: which characters it tells apart, what it is told about a line, and the network.

mod alphabet;
mod batch;
mod content;
mod features;
mod network;
mod topics;
mod words;

pub use alphabet::{CHARACTERS, END, PAD, WRITABLE, class, writable, written};
pub use batch::{LineBatch, encode_line, score_lines};
pub(crate) use content::is_prose;
pub use content::{CONTENT_FEATURES, CONTENT_FOLDER, CONTENT_KIND, ContentConfig, ContentModel, PageFeatures, load_content};
pub use features::{FEATURES, features};
pub use network::{HEADS, INSERTIONS, KNOWLEDGE, LEVELS, LINE_COLUMNS, ModelConfig, OPERATIONS, PrepModel};
pub use topics::{Limits, TOPICS_DIR, TopicConfig, Topics, Unit, cut_units};
pub use words::{DocumentWords, Vocabulary, WORDS_FILE, WordList, count_words, form, knowledge};
