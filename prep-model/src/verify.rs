//! Verification: a citation is checked against the original file, read again from disk by the same readers that prepared it. The quote has
//! to be what the reader sees between `start` and `end`, white space and hyphens at line ends aside, and the range has to be tight.

mod lines;

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use records::Citation;

use self::lines::check_lines;
use crate::read::{Container, Corpus, CorpusError, Entry, Found, Opened, PagePicture, ReadLimits, Reading, Source, open, read};

/// Documents kept in memory between checks.
const KEPT: usize = 16;

/// What came out of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The file says so.
    Verified {
        /// Lines inside the range that the quote passes over: page furniture in the middle of a paragraph.
        omitted: u32,
    },
    /// The file does not say so, or cannot be asked.
    Refuted {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// Whether the file says so.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        matches!(self, Self::Verified { .. })
    }

    fn refuted(reason: impl Into<String>) -> Self {
        Self::Refuted { reason: reason.into() }
    }
}

/// The original of a name.
type Find = Box<dyn Fn(&str) -> Option<Source> + Send + Sync>;

/// Checks citations against the originals.
pub struct Verifier {
    find: Find,
    limits: ReadLimits,
    recent: Mutex<VecDeque<(String, Arc<Reading>)>>,
}

impl Verifier {
    /// Opens the corpus that was cited: a folder, a file or a `.jsonl` (whose texts are kept in memory).
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(corpus: &Path) -> Result<Self, CorpusError> {
        let corpus = Corpus::open(corpus)?;
        let limits = ReadLimits::default();
        let mut records = HashMap::new();
        if corpus.is_records() {
            for entry in corpus.entries(&limits) {
                if let Entry::Source(source) = entry {
                    records.entry(source.name.clone()).or_insert(source);
                }
            }
        }
        Ok(Self::over(move |name| corpus.find(name).or_else(|| records.get(name).cloned())))
    }

    /// Checks against the originals that a function finds by the name that a citation gives.
    #[must_use]
    pub fn over(find: impl Fn(&str) -> Option<Source> + Send + Sync + 'static) -> Self {
        Self { find: Box::new(find), limits: ReadLimits::default(), recent: Mutex::default() }
    }

    /// Checks one citation.
    #[must_use]
    pub fn check(&self, citation: &Citation) -> Verdict {
        let reading = match self.reading(&citation.doc) {
            Ok(reading) => reading,
            Err(reason) => return Verdict::refuted(reason),
        };
        if reading.doc_id != citation.doc_id {
            return Verdict::refuted(format!("{}: has changed since it was cited", citation.doc));
        }
        match reading.off_page(citation.page, citation.start..citation.end) {
            Some(raw) => check_lines(&reading.lines, &Citation { start: raw.start, end: raw.end, ..citation.clone() }),
            None => Verdict::refuted(format!("{}: has no such page, or not as much text on it", citation.doc)),
        }
    }

    fn reading(&self, name: &str) -> Result<Arc<Reading>, String> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, reading)) = recent.iter().find(|(known, _)| known == name) {
            return Ok(reading.clone());
        }
        let reading = Arc::new(match (self.find)(name) {
            Some(source) => {
                let bytes = source.load(&self.limits).map_err(|failure| format!("{name}: {}", failure.reason))?;
                read(&source, &bytes, &self.limits).map_err(|error| format!("{name}: {error}"))?
            }
            None => self.member(name)?.read(&self.limits).map_err(|error| format!("{name}: {error}"))?,
        });
        recent.push_front((name.to_owned(), reading.clone()));
        recent.truncate(KEPT);
        Ok(reading)
    }
}

impl Verifier {
    /// The page of a PDF that a citation is from, with the quotation marked; none where the original has no pages or is no PDF.
    ///
    /// # Errors
    /// If the original has changed or gone since it was cited, or cannot be drawn.
    pub fn page(&self, citation: &Citation) -> Result<Option<PagePicture>, String> {
        let name = &citation.doc;
        let Some(page) = citation.page else { return Ok(None) };
        let bytes = match (self.find)(name) {
            Some(source) => source.load(&self.limits).map_err(|failure| format!("{name}: {}", failure.reason))?,
            None => self.member(name)?.into_bytes().unwrap_or_default(),
        };
        if Container::of_bytes(&bytes) != Some(Container::Pdf) {
            return Ok(None);
        }
        if blake3::hash(&bytes).to_hex().as_str() != citation.doc_id {
            return Err(format!("{name}: has changed since it was cited"));
        }
        PagePicture::draw(&bytes, page, &citation.quote).map(Some).map_err(|error| format!("{name}: {error}"))
    }

    /// A file inside of an archive or a mail.
    fn member(&self, name: &str) -> Result<Opened, String> {
        let missing = || format!("{name}: not in the corpus");
        let holder = name.match_indices('/').find_map(|(at, _)| Some(((self.find)(&name[..at])?, &name[at..])));
        let (holder, inside) = holder.ok_or_else(missing)?;
        // The holder may be known to its reader by another name than to whoever cites it.
        let is_it = |found: &str| found.strip_prefix(&holder.name) == Some(inside);
        for found in open(&holder, &self.limits) {
            match found {
                Found::Document(opened) if is_it(&opened.name) => return Ok(opened),
                Found::Failed(failure) if is_it(&failure.path) => return Err(format!("{name}: {}", failure.reason)),
                _ => {}
            }
        }
        Err(missing())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn citation(bytes: &[u8], start: u64, end: u64, quote: &str) -> Citation {
        let doc_id = blake3::hash(bytes).to_hex().to_string();
        Citation { doc: "a.txt".into(), doc_id, page: None, start, end, quote: quote.into() }
    }

    #[test]
    fn a_quote_is_verified_up_to_white_space_hyphens_and_page_furniture() {
        let dir = tempfile::tempdir().unwrap();
        let text = b"The hall was re-\npainted in\n\n- 3 -\n\x0c\nHEADER\n\n1984 by all.\n";
        fs::write(dir.path().join("a.txt"), text).unwrap();
        let verifier = Verifier::open(dir.path()).unwrap();
        let end = text.len() as u64 - 1;
        assert_eq!(verifier.check(&citation(text, 0, 27, "The hall was repainted in")), Verdict::Verified { omitted: 0 });
        assert_eq!(verifier.check(&citation(text, 4, end, "hall was repainted in 1984 by all.")), Verdict::Verified { omitted: 2 });
        for wrong in [
            citation(text, 0, 27, "The hall was painted in"),
            citation(text, 0, 29, "The hall was repainted in"),
            citation(b"x", 0, 27, "The"),
        ] {
            assert!(!verifier.check(&wrong).is_verified());
        }
        let elsewhere = Citation { doc: "../a.txt".into(), ..citation(text, 0, 3, "The") };
        assert!(!verifier.check(&elsewhere).is_verified());
    }

    #[test]
    fn a_row_is_verified_with_the_head_of_its_table() {
        let dir = tempfile::tempdir().unwrap();
        let rows = (1..90).map(|n| format!("| M{n} | {} m |\n", n + 5)).collect::<String>();
        let text = format!("| Mast | Height |\n|---|---|\n{rows}\nEnd.\n");
        fs::write(dir.path().join("a.md"), &text).unwrap();
        let verifier = Verifier::open(dir.path()).unwrap();
        let place = |piece: &str| text.find(piece).unwrap() as u64;
        let cited = |quote: &str, last: &str| {
            let (start, end) = (place("Mast"), place(last) + last.len() as u64);
            Citation { doc: "a.md".into(), ..citation(text.as_bytes(), start, end, quote) }
        };
        assert!(verifier.check(&cited("Mast | Height\nM70 | 75 m", "75 m")).is_verified());
        assert!(!verifier.check(&cited("Mast | Height\nM70 | 76 m", "75 m")).is_verified());
        assert!(!verifier.check(&cited("Mast | Height\nEnd.", "75 m")).is_verified());
    }

    #[test]
    fn text_in_another_character_set_is_verified_and_so_are_records_that_share_an_id() {
        let dir = tempfile::tempdir().unwrap();
        let wide: Vec<u8> = "\u{feff}Der Müller. Er heißt Zoë.\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        fs::write(dir.path().join("a.txt"), &wide).unwrap();
        let verifier = Verifier::open(dir.path()).unwrap();
        assert!(verifier.check(&citation(&wide, 26, 52, "Er heißt Zoë.")).is_verified());
        let path = dir.path().join("c.jsonl");
        fs::write(&path, "\u{feff}{\"id\":\"a\",\"text\":\"One.\"}\n{\"id\":\"a\",\"text\":\"Two.\"}\n").unwrap();
        let verifier = Verifier::open(&path).unwrap();
        for (doc, text) in [("a", "One."), ("a#2", "Two.")] {
            assert!(verifier.check(&Citation { doc: doc.into(), ..citation(text.as_bytes(), 0, 4, text) }).is_verified());
        }
        assert!(!verifier.check(&Citation { doc: "a".into(), ..citation(b"Two.", 0, 4, "Two.") }).is_verified());
    }

    #[test]
    fn a_record_is_verified_in_its_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.jsonl");
        fs::write(&path, "{\"id\": \"a.txt\", \"text\": \"One.\\nTwo two.\"}\nbroken\n").unwrap();
        let verifier = Verifier::open(&path).unwrap();
        assert!(verifier.check(&citation(b"One.\nTwo two.", 5, 13, "Two two.")).is_verified());
    }
}
