//! Questions files: `.jsonl` of {"id","question","brief"?,"sources"?}, `.toml` of briefs, `.txt` with one question a line. Read as a
//! stream, so that a file with the sources of a million questions takes the memory of one line. A line that cannot be used is a failure
//! with its number; the rest goes on.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use records::{Failure, UserQuestion};
use serde::Deserialize;
use thiserror::Error;

use super::lines::{Broken, Lines, scan};

/// A file of briefs is read whole; larger ones belong into JSONL.
const LONGEST_BRIEFS: u64 = 16 << 20;
/// Bytes of the longest question, for every verb that takes one; more is a document.
pub const LONGEST_QUESTION: usize = 20_000;

/// Why a text cannot be asked; none where it can. One without a word is no reason here: see [`text::has_word`].
#[must_use]
pub fn unaskable(question: &str) -> Option<String> {
    if question.trim().is_empty() {
        return Some("the question is empty".into());
    }
    let bytes = question.len();
    (bytes > LONGEST_QUESTION).then(|| format!("the question has {bytes} bytes: ask with at most {LONGEST_QUESTION}"))
}

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
        if let Some(reason) = unaskable(&question.question) {
            return Err(self.failure(place, reason));
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

/// The questions of a TOML file of `[[brief]]` tables; a brief that is wrong in itself takes only itself down.
fn briefs(path: &Path) -> Result<Vec<Placed>, QuestionsError> {
    #[derive(Deserialize)]
    struct Whole {
        #[serde(default)]
        brief: Vec<toml::Spanned<toml::Value>>,
    }
    let io = |source| QuestionsError::Io { path: path.to_path_buf(), source };
    let format = |reason: String| QuestionsError::Format { path: path.to_path_buf(), reason };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LONGEST_BRIEFS + 1).read_to_end(&mut bytes)).map_err(io)?;
    if bytes.len() as u64 > LONGEST_BRIEFS {
        return Err(format(format!("larger than {} MiB: write it as .jsonl", LONGEST_BRIEFS >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| format("not UTF-8: save the file as UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{FEFF}');
    let whole: Whole = toml::from_str(text).map_err(|error| format(error.to_string().trim().replace('\n', " ")))?;
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
