//! Questions files: `.jsonl` of {"id","question","brief"?,"sources"?}, `.toml` of briefs, `.txt` with one question a line. Read as a
//! stream, so that a file with the sources of a million questions takes the memory of one line. A line that cannot be used is a failure
//! with its number; the rest goes on.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use records::{Failure, UserQuestion};
use serde::Deserialize;
use thiserror::Error;

use super::lines::{Broken, Lines};

/// A file of briefs is read whole; larger ones belong into JSONL.
const LONGEST_BRIEFS: u64 = 16 << 20;
/// A question longer than this is a document.
const LONGEST_QUESTION: usize = 20_000;

/// A questions file as a whole cannot be read.
#[derive(Debug, Error)]
pub enum QuestionsError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// It is none of the formats.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// A question of a brief, or what is wrong with the brief, and the line it stands on.
type Placed = (String, Result<UserQuestion, String>);

enum Format {
    Jsonl,
    Text,
    Briefs(std::vec::IntoIter<Placed>),
}

/// The questions of a file, one after the other.
pub struct Questions {
    path: PathBuf,
    format: Format,
    lines: Lines,
    seen: HashSet<[u8; 16]>,
    /// blake3 of the file, in hex.
    hash: String,
    /// Lines that hold something, or questions of briefs: what a progress bar counts up to.
    total: u64,
}

impl Questions {
    /// Opens a file. The ending says which format it has; a `.json` is read as JSONL.
    ///
    /// # Errors
    /// If it cannot be read, has another ending, or is a TOML file that does not parse.
    pub fn open(path: &Path) -> Result<Self, QuestionsError> {
        let io = |source| QuestionsError::Io { path: path.to_path_buf(), source };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        let (hash, mut total) = scan(path).map_err(io)?;
        let format = match ending.as_str() {
            "jsonl" | "json" | "ndjson" => Format::Jsonl,
            "txt" => Format::Text,
            "toml" => {
                let questions = briefs(path)?;
                total = questions.len() as u64;
                Format::Briefs(questions.into_iter())
            }
            _ => {
                let reason =
                    "not a questions file: name a .jsonl (one {\"id\",\"question\"} a line), a .toml of briefs or a .txt".to_owned();
                return Err(QuestionsError::Format { path: path.to_path_buf(), reason });
            }
        };
        let lines = Lines::open(path).map_err(io)?;
        Ok(Self { path: path.to_path_buf(), format, lines, seen: HashSet::new(), hash, total })
    }

    /// blake3 of the file, in hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Number of questions, broken ones included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    fn failure(&self, place: &str, reason: impl ToString) -> Failure {
        Failure::new(format!("{}:{place}", self.path.display()), "questions", reason)
    }

    /// A question that can be asked: it has words, and its id is its own.
    fn checked(&mut self, place: &str, question: UserQuestion) -> Result<UserQuestion, Failure> {
        if question.question.trim().is_empty() {
            return Err(self.failure(place, "the question is empty"));
        }
        if question.question.len() > LONGEST_QUESTION {
            return Err(
                self.failure(place, format!("the question has {} bytes: ask with at most {LONGEST_QUESTION}", question.question.len()))
            );
        }
        let id = blake3::hash(question.id.as_bytes());
        let short: [u8; 16] = std::array::from_fn(|at| id.as_bytes()[at]);
        if !self.seen.insert(short) {
            let id: String = question.id.chars().take(80).collect();
            return Err(self.failure(place, format!("the id {id:?} was used before: give each question its own")));
        }
        Ok(question)
    }

    fn next_of_lines(&mut self) -> Option<Result<UserQuestion, Failure>> {
        loop {
            let (number, line) = match self.lines.next_line() {
                Ok(None) => return None,
                Ok(Some(line)) => line,
                Err(Broken::Io(error)) => return Some(Err(self.failure(&self.lines.number().to_string(), error))),
                Err(Broken::Line(reason)) => return Some(Err(self.failure(&self.lines.number().to_string(), reason))),
            };
            if line.trim().is_empty() {
                continue;
            }
            let place = number.to_string();
            return Some(match self.format {
                Format::Text => self.checked(&place, plain(number, line.trim())),
                _ => match serde_json::from_str::<Lenient>(&line) {
                    Ok(question) => self.checked(&place, question.into()),
                    Err(error) => Err(self.failure(&place, format!("no question: {error}"))),
                },
            });
        }
    }
}

impl Iterator for Questions {
    type Item = Result<UserQuestion, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let Format::Briefs(questions) = &mut self.format else { return self.next_of_lines() };
        let (place, question) = questions.next()?;
        Some(match question {
            Ok(question) => self.checked(&place, question),
            Err(reason) => Err(self.failure(&place, reason)),
        })
    }
}

fn plain(number: u64, question: &str) -> UserQuestion {
    UserQuestion { id: format!("q{number}"), question: question.to_owned(), brief: None, sources: Vec::new() }
}

/// A line of JSONL as people write it: an id may be a number, a list or a title may be null.
#[derive(Deserialize)]
struct Lenient {
    id: Id,
    question: String,
    #[serde(default)]
    brief: Option<String>,
    #[serde(default)]
    sources: Option<Vec<records::SourceText>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

impl From<Lenient> for UserQuestion {
    fn from(line: Lenient) -> Self {
        let id = match line.id {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        };
        Self { id, question: line.question, brief: line.brief, sources: line.sources.unwrap_or_default() }
    }
}

/// The hash of a file and the number of its lines that are not empty, in one pass of small memory.
fn scan(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let (mut buffer, mut lines, mut filled) = (vec![0_u8; 1 << 16], 0_u64, false);
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok((hasher.finalize().to_hex().to_string(), lines + u64::from(filled)));
        }
        hasher.update(&buffer[..length]);
        for byte in &buffer[..length] {
            if *byte == b'\n' {
                lines += u64::from(std::mem::take(&mut filled));
            } else {
                filled |= !byte.is_ascii_whitespace();
            }
        }
    }
}

/// The questions of a TOML file of `[[brief]]` tables; a brief that is wrong in itself takes only itself down.
fn briefs(path: &Path) -> Result<Vec<Placed>, QuestionsError> {
    #[derive(Deserialize)]
    struct Whole {
        #[serde(default)]
        brief: Vec<toml::Spanned<toml::Value>>,
    }
    let io = |source| QuestionsError::Io { path: path.to_path_buf(), source };
    let format = |reason: String| QuestionsError::Format { path: path.to_path_buf(), reason };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(LONGEST_BRIEFS + 1).read_to_string(&mut text)).map_err(io)?;
    if text.len() as u64 > LONGEST_BRIEFS {
        return Err(format(format!("larger than {} MiB: write it as .jsonl", LONGEST_BRIEFS >> 20)));
    }
    let whole: Whole = toml::from_str(&text).map_err(|error| format(error.to_string().trim().replace('\n', " ")))?;
    if whole.brief.is_empty() {
        return Err(format("holds no [[brief]]: each needs a title and questions = [\"...\"]".to_owned()));
    }
    let mut out = Vec::new();
    for brief in whole.brief {
        let line = text[..brief.span().start.min(text.len())].matches('\n').count() + 1;
        match brief.into_inner().try_into::<records::Brief>() {
            Ok(brief) => {
                for question in brief.questions {
                    let id = format!("q{}", out.len() + 1);
                    let brief = Some(brief.title.clone());
                    out.push((line.to_string(), Ok(UserQuestion { id, question, brief, sources: Vec::new() })));
                }
            }
            Err(error) => out.push((line.to_string(), Err(format!("no brief: {}", error.to_string().trim().replace('\n', " "))))),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> (Vec<UserQuestion>, Vec<Failure>, u64) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let questions = Questions::open(&path).unwrap();
        let total = questions.total();
        let (good, bad): (Vec<_>, Vec<_>) = questions.partition(Result::is_ok);
        (good.into_iter().map(Result::unwrap).collect(), bad.into_iter().map(Result::unwrap_err).collect(), total)
    }

    #[test]
    fn a_broken_line_fails_alone_and_is_named() {
        let bytes = b"{\"id\":\"a\",\"question\":\"Who?\",\"brief\":\"B\",\"sources\":[{\"id\":\"s\",\"text\":\"t\"}]}\n\n{broken\n{\"id\":7,\"question\":\"What?\"}\n\xff\xfe\n{\"id\":\"a\",\"question\":\"Again?\"}\n{\"id\":\"e\",\"question\":\"  \"}\n{\"question\":\"No id\"}";
        let (good, bad, total) = read("q.jsonl", bytes);
        assert_eq!(good.iter().map(|question| question.id.as_str()).collect::<Vec<_>>(), ["a", "7"]);
        assert_eq!(good[0].sources[0].id, "s");
        let places: Vec<&str> = bad.iter().map(|failure| failure.path.rsplit(':').next().unwrap()).collect();
        assert_eq!(places, ["3", "5", "6", "7", "8"]);
        assert!(bad[0].path.contains("q.jsonl"), "{bad:?}");
        assert!(bad[2].reason.contains("used before"), "{bad:?}");
        assert_eq!(good.len() + bad.len(), usize::try_from(total).unwrap());
    }

    #[test]
    fn a_text_file_has_one_question_a_line() {
        let (good, bad, total) = read("q.txt", "\u{FEFF}Who is it?\r\n\n  What # now?".as_bytes());
        let asked: Vec<_> = good.iter().map(|question| (question.id.as_str(), question.question.as_str())).collect();
        assert_eq!(asked, [("q1", "Who is it?"), ("q3", "What # now?")]);
        assert!(bad.is_empty() && total == 2);
    }

    #[test]
    fn briefs_have_titles_and_a_wrong_one_fails_alone() {
        let text = "[[brief]]\ntitle = \"One\"\nquestions = [\"a?\", \"b?\"]\n\n[[brief]]\ntitle = 3\nquestions = []\n\n[[brief]]\ntitle = \"Two\"\nquestions = [\"c?\"]\n";
        let (good, bad, total) = read("q.toml", text.as_bytes());
        let asked: Vec<_> = good.iter().map(|question| (question.id.as_str(), question.brief.as_deref().unwrap())).collect();
        assert_eq!(asked, [("q1", "One"), ("q2", "One"), ("q4", "Two")]);
        assert!(bad.len() == 1 && total == 4, "{bad:?}");
        assert!(bad[0].path.ends_with(":5") || bad[0].path.ends_with(":6"), "{bad:?}");
    }

    #[test]
    fn a_file_that_is_no_questions_file_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("q.toml", "[[brief]\n"), ("q.toml", "title = 1"), ("q.pdf", "%PDF")] {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            let error = Questions::open(&path).err().unwrap().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(Questions::open(&dir.path().join("none.txt")).is_err());
    }
}
