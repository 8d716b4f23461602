//! Text to token ids and back to places in the text: byte-level byte-pair encoding (Sennrich et al. 2016, the byte alphabet of GPT-2).
//!
//! Ids 0 to 15 are special. Their names hold characters that the byte alphabet lacks, and no id below 16 is the result of a merge, so no
//! text can ever produce one: a document cannot speak as a marker. Not for counting words, and not for texts whose bytes must come back from
//! ids alone: keep the text, and use the offsets.

use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::{AddedToken, DecoderWrapper, ModelWrapper, PostProcessorWrapper, PreTokenizerWrapper, TokenizerImpl};

/// Name of the file in a model folder, as Hugging Face names it.
pub(crate) const FILE: &str = "tokenizer.json";
/// Number of ids that text cannot reach.
const SPECIAL: u32 = 16;
/// Names of the ids below [`SPECIAL`]; the brackets are outside the byte alphabet.
const NAMES: [&str; 6] = ["pad", "cls", "question", "evidence", "section", "mask"];
/// Longest token in bytes: nothing longer than a long word is worth an id.
const LONGEST_TOKEN: usize = 24;
/// Encoded at a time; text is cut here at white space so that a single-line file of any size needs little memory.
const PIECE_BYTES: usize = 1 << 16;

type Encoder = TokenizerImpl<ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// A tokenizer could not be made or loaded.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// Training failed.
    #[error("training the tokenizer: {0}")]
    Training(String),
    /// Too few ids for the special tokens and the 256 bytes.
    #[error("a vocabulary of {0} is too small: at least 272 ids are needed (16 special, 256 bytes)")]
    TooSmall(usize),
    /// The file is missing or cannot be read as a tokenizer of this kind.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// The tokens of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Token ids, each at least 16.
    pub ids: Vec<u32>,
    /// First byte and one past the last byte of each token in the text, on character boundaries. Together they cover the text; tokens that
    /// share a character (a rare one split into bytes) share its range.
    pub offsets: Vec<(u32, u32)>,
}

impl Tokens {
    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The bytes of `text` that a range of tokens stands for, without the white space around them (a token carries the space before it).
    /// Empty for an empty range, and for one outside the tokens.
    #[must_use]
    pub fn bytes(&self, tokens: Range<usize>, text: &str) -> Range<usize> {
        let Some(&[first, ..]) = self.offsets.get(tokens.clone()) else { return 0..0 };
        let last = self.offsets[tokens.end - 1];
        let (start, end) = (first.0 as usize, last.1 as usize);
        let Some(covered) = text.get(start..end) else { return 0..0 };
        let start = start + (covered.len() - covered.trim_start().len());
        start..start + covered.trim().len()
    }

    /// The tokens that overlap a byte range of the text.
    #[must_use]
    pub fn covering(&self, bytes: Range<usize>) -> Range<usize> {
        let first = self.offsets.partition_point(|token| token.1 as usize <= bytes.start);
        let last = self.offsets.partition_point(|token| (token.0 as usize) < bytes.end);
        first..last.max(first)
    }
}

/// A trained tokenizer.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    encoder: Encoder,
}

impl Tokenizer {
    /// Fills a batch; every mask hides it.
    pub const PAD: u32 = 0;
    /// Stands before a text; its vector stands for the whole.
    pub const CLS: u32 = 1;
    /// Stands before a question.
    pub const QUESTION: u32 = 2;
    /// Stands before what was read so far.
    pub const EVIDENCE: u32 = 3;
    /// Stands before a section.
    pub const SECTION: u32 = 4;
    /// Stands where a token was hidden.
    pub const MASK: u32 = 5;

    /// Learns a vocabulary of at most `vocabulary` ids, special ones included. The same texts give the same tokenizer for any thread count.
    ///
    /// # Errors
    /// If the vocabulary is smaller than 272.
    pub fn train(texts: impl Iterator<Item = String> + Send, vocabulary: usize) -> Result<Self, TokenizerError> {
        if vocabulary < SPECIAL as usize + 256 {
            return Err(TokenizerError::TooSmall(vocabulary));
        }
        let special = (0..SPECIAL).map(|id| AddedToken::from(special_name(id), true)).collect();
        let mut trainer = BpeTrainer::builder()
            .vocab_size(vocabulary)
            .min_frequency(2)
            .show_progress(false)
            .special_tokens(special)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .max_token_length(Some(LONGEST_TOKEN))
            .build();
        let mut encoder = TokenizerImpl::<BPE, NormalizerWrapper, ByteLevel, ByteLevel, ByteLevel>::new(BPE::default());
        let bytes = ByteLevel::new(false, false, true);
        encoder.with_pre_tokenizer(Some(bytes)).with_decoder(Some(bytes));
        encoder.train(&mut trainer, texts).map_err(|error| TokenizerError::Training(error.to_string()))?;
        // The names are in the vocabulary; as "added tokens" they would be looked for in text, which is what must not happen.
        let mut encoder = Encoder::new(ModelWrapper::BPE(encoder.get_model().clone()));
        encoder.with_pre_tokenizer(Some(PreTokenizerWrapper::ByteLevel(bytes))).with_decoder(Some(DecoderWrapper::ByteLevel(bytes)));
        Ok(Self { encoder })
    }

    /// Loads `tokenizer.json` from a model folder.
    ///
    /// # Errors
    /// If the file is missing, is broken, or could give special ids for text.
    pub fn load(dir: &Path) -> Result<Self, TokenizerError> {
        let path = dir.join(FILE);
        let broken = |reason: String| TokenizerError::File { path: path.clone(), reason };
        let bytes =
            std::fs::read(&path).map_err(|error| broken(format!("{error}; train the model, or name another folder with --model")))?;
        let encoder: Encoder =
            serde_json::from_slice(&bytes).map_err(|error| broken(format!("{error}; train the model again or restore the folder")))?;
        let named = (0..SPECIAL).all(|id| encoder.id_to_token(id).is_some_and(|name| name == special_name(id)));
        if !named || !encoder.get_added_vocabulary().get_vocab().is_empty() {
            return Err(broken("not a tokenizer of this program; train the model again or restore the folder".to_owned()));
        }
        Ok(Self { encoder })
    }

    /// Writes `tokenizer.json` into a folder.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn save(&self, dir: &Path) -> Result<(), TokenizerError> {
        let path = dir.join(FILE);
        let broken = |reason: String| TokenizerError::File { path: path.clone(), reason };
        let json = self.encoder.to_string(false).map_err(|error| broken(error.to_string()))?;
        records::write_atomically(&path, json.as_bytes()).map_err(|error| broken(error.to_string()))
    }

    /// Number of ids, special ones included: the rows of an embedding.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.encoder.get_vocab_size(false)
    }

    /// Cuts a text into tokens. Every text has an encoding; texts longer than 4 GiB are cut there.
    #[must_use]
    pub fn encode(&self, text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        let mut start = 0;
        while start < text.len().min(u32::MAX as usize) {
            let end = piece_end(text, start);
            self.encode_piece(&text[start..end], start as u32, &mut tokens);
            start = end;
        }
        tokens
    }

    fn encode_piece(&self, piece: &str, base: u32, tokens: &mut Tokens) {
        match self.encoder.encode(piece, false) {
            Ok(encoding) => {
                tokens.ids.extend_from_slice(encoding.get_ids());
                tokens.offsets.extend(encoding.get_offsets().iter().map(|&(start, end)| (base + start as u32, base + end as u32)));
            }
            // Only the regular expression engine can fail here, on its own limits; half a piece is always easier.
            Err(error) => match middle(piece) {
                Some(cut) => {
                    self.encode_piece(&piece[..cut], base, tokens);
                    self.encode_piece(&piece[cut..], base + cut as u32, tokens);
                }
                None => tracing::warn!(%error, "a character could not be encoded"),
            },
        }
    }
}

fn special_name(id: u32) -> String {
    NAMES.get(id as usize).map_or_else(|| format!("⟨reserved {id}⟩"), |name| format!("⟨{name}⟩"))
}

/// Where the piece that starts at `start` ends: before the last white space of the window, so that a word keeps its leading space, or at
/// the window's end if it has none.
fn piece_end(text: &str, start: usize) -> usize {
    if text.len() - start <= PIECE_BYTES {
        return text.len();
    }
    let end = text.floor_char_boundary(start + PIECE_BYTES);
    let window = &text[start..end];
    window.rfind(char::is_whitespace).filter(|&cut| cut > 0).map_or(end, |cut| start + cut)
}

fn middle(piece: &str) -> Option<usize> {
    Some(piece.floor_char_boundary(piece.len() / 2)).filter(|&cut| cut > 0)
}

#[cfg(test)]
mod tests;
