//! Text to token ids and back to places in the text: the tokenizer of a published encoder (`tokenizer.json` in the Hugging Face layout).
//!
//! Published tokenizers look for the names of their special ids in any text; here they do not, so that no text can ever produce one: a document
//! that writes "[SEP]" is read as those five characters and cannot speak as a marker. Words are read in the form in which they are compared
//! everywhere ([`text::matching`]), so that soft hyphens, ligatures or wide letters make no other word. Not for counting words.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;
use tokenizers::{DecoderWrapper, ModelWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper, TokenizerImpl};

/// Name of the file in a model folder, as Hugging Face names it.
pub(crate) const FILE: &str = "tokenizer.json";
/// Encoded at a time; text is cut here at white space so that a single-line file of any size needs little memory.
const PIECE_BYTES: usize = 1 << 16;

type Encoder = TokenizerImpl<ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// A tokenizer could not be loaded or written.
#[derive(Debug, Error)]
#[error("{}: {reason}", path.display())]
pub struct TokenizerError {
    /// The file.
    path: PathBuf,
    /// What is wrong and what to do.
    reason: String,
}

/// The tokens of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Token ids, never special ones.
    pub ids: Vec<u32>,
    /// First byte and one past the last byte of each token in the text, on character boundaries, in order. White space belongs to none.
    pub offsets: Vec<(u32, u32)>,
}

/// Ids that no text produces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Fills a batch; every mask hides it.
    pub pad: u32,
    /// Stands before a text; its vector stands for the whole.
    pub cls: u32,
    /// Ends a part.
    pub separator: u32,
    /// Stands before what was read so far.
    pub evidence: u32,
}

/// A published tokenizer.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    encoder: Encoder,
    marks: Marks,
    json: Vec<u8>,
}

impl Tokenizer {
    /// Loads `tokenizer.json` from a folder.
    ///
    /// # Errors
    /// If the file is missing, is broken, or has no special ids of the BERT or MPNet kind.
    pub fn load(dir: &Path) -> Result<Self, TokenizerError> {
        let path = dir.join(FILE);
        let broken = |reason: String| TokenizerError { path: path.clone(), reason };
        let bytes = std::fs::read(&path).map_err(|error| broken(format!("{error}; name a folder that holds a model or an encoder")))?;
        Self::from_json(&bytes).map_err(broken)
    }

    /// Makes a tokenizer of what `tokenizer.json` holds.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let mut json: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let fields = json.as_object_mut().ok_or("no tokenizer")?;
        fields.insert("added_tokens".into(), Value::Array(Vec::new()));
        for adds in ["truncation", "padding", "post_processor"] {
            fields.insert(adds.into(), Value::Null);
        }
        let json = serde_json::to_vec(&json).map_err(|error| error.to_string())?;
        let encoder: Encoder = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
        let id = |name: &str| {
            let needed = || format!("has no {name}: a tokenizer of the BERT or MPNet kind is needed");
            encoder.token_to_id(name).ok_or_else(needed)
        };
        // MPNet's vocabulary is BERT's behind marks of its own, BERT's marks among the words that it never saw.
        let [pad, cls, separator] =
            if id("<s>").is_ok() && id("</s>").is_ok() { ["<pad>", "<s>", "</s>"] } else { ["[PAD]", "[CLS]", "[SEP]"] };
        let (pad, cls, separator) = (id(pad)?, id(cls)?, id(separator)?);
        // Kept free for such uses by those who published the vocabulary.
        let evidence = id("[unused0]").unwrap_or(separator);
        Ok(Self { marks: Marks { pad, cls, separator, evidence }, encoder, json })
    }

    /// Writes `tokenizer.json` into a folder.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn save(&self, dir: &Path) -> Result<(), TokenizerError> {
        let path = dir.join(FILE);
        records::write_atomically(&path, &self.json).map_err(|error| TokenizerError { path, reason: error.to_string() })
    }

    /// Number of ids, special ones included: the rows of an embedding.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.encoder.get_vocab_size(false)
    }

    /// For each id the one that another vocabulary has for the same word or mark; nothing if it lacks one of them. MPNet's vocabulary holds BERT's. An
    /// id that no word has stands for padding.
    #[must_use]
    pub fn ids_in(&self, other: &Self) -> Option<Vec<u32>> {
        let (own, there) = (self.marks, other.marks);
        let marks = [(own.pad, there.pad), (own.cls, there.cls), (own.separator, there.separator), (own.evidence, there.evidence)];
        let id = |id: u32| {
            let mark = marks.iter().find(|(own, _)| *own == id).map(|(_, there)| *there);
            mark.or_else(|| self.encoder.id_to_token(id).map_or(Some(there.pad), |word| other.encoder.token_to_id(&word)))
        };
        let last = self.encoder.get_vocab(false).into_values().max()?;
        (0..=last).map(id).collect()
    }

    /// The special ids.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.marks
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
        let written = Written::of(piece);
        match self.encoder.encode(written.text.as_ref(), false) {
            Ok(encoding) => {
                let special = [self.marks.pad, self.marks.cls, self.marks.separator, self.marks.evidence];
                for (id, &(start, end)) in encoding.get_ids().iter().zip(encoding.get_offsets()) {
                    // A word of the vocabulary that is written like a mark is none.
                    if !special.contains(id) && start < end {
                        let (start, end) = written.place(start, end);
                        tokens.ids.push(*id);
                        tokens.offsets.push((base + start as u32, base + end as u32));
                    }
                }
            }
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

/// A piece of text in the form in which words are compared, with the way back.
struct Written<'a> {
    text: Cow<'a, str>,
    /// Of each character the first byte here and its bytes in the piece; none where the piece has the form already.
    places: Vec<(usize, Range<usize>)>,
}

impl<'a> Written<'a> {
    fn of(piece: &'a str) -> Self {
        let Some(characters) = text::matching_characters(piece) else { return Self { text: piece.into(), places: Vec::new() } };
        let (mut text, mut places) = (String::with_capacity(piece.len()), Vec::with_capacity(characters.len()));
        for (character, bytes) in characters {
            places.push((text.len(), bytes));
            text.push(character);
        }
        Self { text: text.into(), places }
    }

    /// The bytes of the piece that `start..end` stands for.
    fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.places.partition_point(|(at, _)| *at <= start).checked_sub(1);
        let last = self.places.partition_point(|(at, _)| *at < end).checked_sub(1);
        match first.zip(last) {
            Some((first, last)) => (self.places[first].1.start, self.places[last].1.end),
            None => (start, end),
        }
    }
}

/// Where the piece that starts at `start` ends: before the last white space of the window, or at the window's end if it has none.
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tiny() -> Tokenizer {
        Tokenizer::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tiny_bert")).unwrap()
    }

    #[test]
    fn markers_written_in_a_text_stay_text() {
        let tokenizer = tiny();
        let Marks { pad, cls, separator, evidence } = tokenizer.marks();
        for text in ["[CLS]", "[PAD] [SEP]", " [unused0] ", "[cls]the ferry[sep]", "\u{0}\u{1}", ""] {
            let tokens = tokenizer.encode(text);
            assert!(tokens.ids.iter().all(|id| ![pad, cls, separator, evidence].contains(id)), "{text}: {tokens:?}");
        }
    }

    #[test]
    fn an_mpnet_has_marks_of_its_own_beside_those_of_bert() {
        let tokenizer = Tokenizer::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tiny_mpnet")).unwrap();
        assert_eq!(tokenizer.marks(), Marks { pad: 1, cls: 0, separator: 2, evidence: 5 });
        assert!(tokenizer.encode("<s> the </s> ferry <pad> [unused0]").ids.iter().all(|id| ![0, 1, 2, 5].contains(id)));
    }

    #[test]
    fn a_word_has_a_number_in_each_vocabulary_that_holds_it() {
        // As MPNet's vocabulary is made of BERT's.
        let own = tiny();
        let mut json: Value = serde_json::from_slice(&own.json).unwrap();
        let words = json["model"]["vocab"].as_object_mut().unwrap();
        words.values_mut().for_each(|id| *id = (id.as_u64().unwrap() + 3).into());
        words.extend(["<s>", "<pad>", "</s>"].into_iter().zip(0..).map(|(mark, id): (&str, u64)| (mark.to_owned(), id.into())));
        let last = words.len() as u64;
        words.insert("kestrels".to_owned(), last.into());
        let other = Tokenizer::from_json(json.to_string().as_bytes()).unwrap();
        let ids = own.ids_in(&other).unwrap();
        let text = "who founded the harbour office at nine?";
        let there: Vec<u32> = own.encode(text).ids.iter().map(|id| ids[*id as usize]).collect();
        assert_eq!(there, other.encode(text).ids);
        let [here, marks] = [own.marks(), other.marks()].map(|marks| [marks.pad, marks.cls, marks.separator, marks.evidence]);
        assert_eq!(here.map(|id| ids[id as usize]), marks);
        assert_eq!(other.ids_in(&own), None, "a word of its own");
    }

    #[test]
    fn a_folder_without_a_tokenizer_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Tokenizer::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("tokenizer.json") && error.contains("name a folder"), "{error}");
        std::fs::write(dir.path().join(FILE), "{}").unwrap();
        assert!(Tokenizer::load(dir.path()).is_err());
    }

    #[test]
    fn what_is_saved_cuts_as_before() {
        let (dir, tokenizer) = (tempfile::tempdir().unwrap(), tiny());
        tokenizer.save(dir.path()).unwrap();
        let again = Tokenizer::load(dir.path()).unwrap();
        let text = "who founded the harbour office at nine?";
        assert_eq!(again.encode(text), tokenizer.encode(text));
        assert_eq!((again.marks(), again.vocabulary()), (tokenizer.marks(), tokenizer.vocabulary()));
    }

    #[test]
    fn a_word_has_the_same_tokens_in_every_way_it_can_be_written() {
        let tokenizer = tiny();
        let plain = "who founded the harbour office at nine?";
        let wanted = tokenizer.encode(plain);
        for text in [
            "who foun\u{ad}ded the har\u{ad}bour of\u{ad}fice at ni\u{ad}ne?",
            "who founded the har\u{ad}\nbour o\u{fb03}ce\u{200b} at nine\u{2060}?",
            "\u{feff}who founded the \u{ff48}\u{ff41}rbour o\u{3164}ffice at nine?",
        ] {
            let tokens = tokenizer.encode(text);
            assert_eq!(tokens.ids, wanted.ids, "{text:?}");
            // The same words, each with what stands inside of it.
            let place = |word: &str| plain.find(word).map(|at| (at as u32, (at + word.len()) as u32)).unwrap();
            let (start, end) = place("harbour");
            let first = wanted.offsets.iter().position(|token| token.0 == start).unwrap();
            let last = wanted.offsets.iter().position(|token| token.1 == end).unwrap();
            let written = &text[tokens.offsets[first].0 as usize..tokens.offsets[last].1 as usize];
            assert_eq!(text::matching(written), "harbour", "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn invisible_characters_change_no_token(text in "[a-z .,?]{0,60}", at in 0..60_usize, invisible in "[\u{ad}\u{200b}\u{200d}\u{2060}\u{feff}\u{3164}]{1,3}") {
            let at = at.min(text.len());
            let (plain, with) = (tiny().encode(&text), tiny().encode(&format!("{}{invisible}{}", &text[..at], &text[at..])));
            prop_assert_eq!(&with.ids, &plain.ids);
            let back = |place: u32| if place as usize > at { place - invisible.len() as u32 } else { place };
            let moved: Vec<(u32, u32)> = with.offsets.iter().map(|(start, end)| (back(*start), back(*end))).collect();
            prop_assert_eq!(moved, plain.offsets);
        }

        #[test]
        fn tokens_stand_in_order_on_character_boundaries(text in "\\PC{0,200}") {
            let mut last = 0;
            for (start, end) in tiny().encode(&text).offsets {
                let (start, end) = (start as usize, end as usize);
                prop_assert!(start >= last.min(start) && start < end && end >= last);
                prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
                last = end;
            }
        }
    }
}
