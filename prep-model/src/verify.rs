//! Verification: a citation is checked against the original file, read again from disk by the same readers that prepared it. The quote has
//! to be what the reader sees between `start` and `end`, white space and hyphens at line ends aside, and the range has to be tight.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use records::{Citation, Line};

use crate::read::{Corpus, CorpusError, Entry, Found, ReadLimits, Reading, Source, open, read};

/// Documents kept in memory between checks.
const KEPT: usize = 16;
/// Lines that may stand between two lines of a quote without being part of it: a footer, a page number and a header, with room to spare.
const MOST_OMITTED: usize = 12;

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
            None => self.member(name)?,
        });
        recent.push_front((name.to_owned(), reading.clone()));
        recent.truncate(KEPT);
        Ok(reading)
    }
}

impl Verifier {
    /// What a file inside of an archive or a mail says.
    fn member(&self, name: &str) -> Result<Reading, String> {
        let missing = || format!("{name}: not in the corpus");
        let holder = name.match_indices('/').find_map(|(at, _)| Some(((self.find)(&name[..at])?, &name[at..])));
        let (holder, inside) = holder.ok_or_else(missing)?;
        // The holder may be known to its reader by another name than to whoever cites it.
        let is_it = |found: &str| found.strip_prefix(&holder.name) == Some(inside);
        for found in open(&holder, &self.limits) {
            match found {
                Found::Document(opened) if is_it(&opened.name) => {
                    return opened.read(&self.limits).map_err(|error| format!("{name}: {error}"));
                }
                Found::Failed(failure) if is_it(&failure.path) => return Err(format!("{name}: {}", failure.reason)),
                _ => {}
            }
        }
        Err(missing())
    }
}

/// One line's part of the range: its characters without white space, whether each may be missing in the quote, and where it stands in the file.
struct Part {
    /// Whether the line is a row of a table, which may stand anywhere between the head of the table and the row that is quoted with it.
    is_row: bool,
    characters: Vec<(char, bool)>,
    raw: std::ops::Range<u64>,
}

fn check_lines(lines: &[Line], citation: &Citation) -> Verdict {
    if citation.start >= citation.end {
        return Verdict::refuted("the range is empty");
    }
    let first = lines.partition_point(|line| line.raw_end <= citation.start);
    let inside = lines[first..].iter().take_while(|line| line.raw_start < citation.end);
    let parts: Vec<Part> = inside.filter_map(|line| part(line, citation)).collect();
    let (Some(head), Some(tail)) = (parts.first(), parts.last()) else {
        return Verdict::refuted(format!("{}: no text stands at {}..{}", citation.doc, citation.start, citation.end));
    };
    if head.raw.start != citation.start || tail.raw.end != citation.end {
        return Verdict::refuted(format!(
            "{}: the range {}..{} does not begin and end with the text in it",
            citation.doc, citation.start, citation.end
        ));
    }
    let quote: Vec<char> = citation.quote.chars().filter(|character| !character.is_whitespace()).collect();
    if quote.is_empty() {
        return Verdict::refuted("the quote is empty");
    }
    match matches(&parts, &quote) {
        Some(omitted) => Verdict::Verified { omitted },
        None => Verdict::refuted(format!("{}: {}..{} reads otherwise than the quote", citation.doc, citation.start, citation.end)),
    }
}

fn part(line: &Line, citation: &Citation) -> Option<Part> {
    let raw = citation.start.max(line.raw_start)..citation.end.min(line.raw_end);
    let clean = line.spans.clean_range(raw)?;
    let text = line.text.get(clean.start as usize..clean.end as usize)?;
    let last = text.trim_end().chars().count();
    let is_hyphen = |character: char| matches!(character, '-' | '\u{ad}' | '¬' | '‐');
    // A hyphen behind a letter may be left out at the end of the line, and, as the reader has joined lines of mark-up, in front of white space.
    let characters: Vec<char> = text.chars().collect();
    let ends = |at: usize| at + 1 >= last || characters[at + 1].is_whitespace();
    let may_miss = |at: usize| is_hyphen(characters[at]) && ends(at) && at > 0 && characters[at - 1].is_alphabetic();
    let kept = (0..characters.len()).filter(|at| !characters[*at].is_whitespace()).map(|at| (characters[at], may_miss(at))).collect();
    Some(Part { is_row: is_row(line), characters: kept, raw: line.spans.raw_range(clean)? })
}

fn is_row(line: &Line) -> bool {
    let mut names = line.hints.html_path.split('/');
    let in_text = || line.hints.html_path.is_empty() && (line.text.contains(['|', '\t']) || line.text.contains("  "));
    names.any(|name| matches!(name.split('.').next(), Some("tr" | "td" | "th" | "thead"))) || in_text()
}

/// How many lines the quote passes over, if it matches: whole lines in the middle, a few in a row at most.
fn matches(parts: &[Part], quote: &[char]) -> Option<u32> {
    // Places in the quote that can be reached after the lines so far, with the lines omitted in all and in a row.
    let mut states: Vec<(usize, u32, usize)> = vec![(0, 0, 0)];
    for (at, part) in parts.iter().enumerate() {
        let edge = at == 0 || at + 1 == parts.len();
        let mut next: Vec<(usize, u32, usize)> = Vec::new();
        for (place, omitted, row) in states {
            if let Some(end) = advance(part, quote, place) {
                next.push((end, omitted, 0));
            }
            if !edge && (part.is_row || row < MOST_OMITTED) {
                next.push((place, omitted + 1, if part.is_row { row } else { row + 1 }));
            }
        }
        next.sort_unstable();
        next.dedup_by_key(|(place, _, row)| (*place, *row));
        states = next;
    }
    states.into_iter().filter(|(place, _, _)| *place == quote.len()).map(|(_, omitted, _)| omitted).min()
}

/// Where the quote goes on after this line.
fn advance(part: &Part, quote: &[char], mut place: usize) -> Option<usize> {
    for (character, may_miss) in &part.characters {
        if quote.get(place) == Some(character) {
            place += 1;
        } else if !may_miss {
            return None;
        }
    }
    Some(place)
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
