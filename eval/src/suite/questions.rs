//! A user's own check: a corpus and a file of questions, one JSON object a line: `{"id","question","answers"?,"doc"?,"quote"?,"answerable"?}`. Where a
//! line names its document or quotes it, evidence is scored too; with answers alone, only answers are; with a document alone, an answer counts as
//! right if it quotes that document. A line with neither has no answer in the corpus.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use records::{SourceText, UserQuestion};
use serde::Deserialize;

use super::{Case, Format, GoldFact, Suite};
use crate::EvalError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionLine {
    id: String,
    question: String,
    #[serde(default)]
    answers: Vec<String>,
    /// The document that holds the answer, in place of `facts`.
    #[serde(default)]
    doc: Option<String>,
    /// The words of it that tell the answer; the whole document if left out.
    #[serde(default)]
    quote: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    answerable: Option<bool>,
    #[serde(default)]
    facts: Vec<Quote>,
    #[serde(default)]
    sources: Vec<SourceText>,
}

/// A place that tells the answer: by its words, or by its bytes; the whole document where no words are given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    doc: String,
    #[serde(default)]
    quote: String,
    #[serde(default)]
    start: Option<u64>,
}

/// The texts quotes are looked up in: files of a folder, or records of a `.jsonl`.
struct Originals {
    corpus: Option<PathBuf>,
    records: HashMap<String, String>,
}

impl Originals {
    fn open(corpus: Option<&Path>) -> Result<Self, EvalError> {
        let mut records = HashMap::new();
        if let Some(path) = corpus.filter(|path| path.is_file()) {
            let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
            for line in text.lines() {
                if let Ok(source) = serde_json::from_str::<SourceText>(line) {
                    records.insert(source.id, source.text);
                }
            }
        }
        Ok(Self { corpus: corpus.map(Path::to_path_buf), records })
    }

    fn fact(&self, quote: Quote, sources: &[SourceText]) -> Result<GoldFact, String> {
        let brought = sources.iter().find(|source| source.id == quote.doc).map(|source| source.text.as_bytes().to_vec());
        let bytes = match brought.or_else(|| self.records.get(&quote.doc).map(|text| text.as_bytes().to_vec())) {
            Some(bytes) => bytes,
            None => {
                let path = self.corpus.as_ref().ok_or_else(|| format!("no source is called {:?}", quote.doc))?.join(&quote.doc);
                std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?
            }
        };
        let wanted = if quote.quote.is_empty() { bytes.as_slice() } else { quote.quote.as_bytes() };
        let start = match quote.start {
            Some(start) => start,
            None => bytes.windows(wanted.len()).position(|window| window == wanted).map(|at| at as u64).ok_or_else(|| {
                format!("{:?} does not hold the quote {:?} word for word; give its \"start\" byte", quote.doc, quote.quote)
            })?,
        };
        let sentence = start..start + wanted.len() as u64;
        let doc_id = blake3::hash(&bytes).to_hex().to_string();
        Ok(GoldFact { doc: quote.doc, doc_id, sentence, value: None, text: quote.quote, vital: true })
    }
}

/// Loads every question file.
///
/// # Errors
/// If the corpus or a file is missing, or a line is broken; the error names file and line.
pub(super) fn load(suite: &mut Suite) -> Result<(), EvalError> {
    suite.corpus = suite.file.corpus.as_ref().map(|corpus| suite.data.join(corpus));
    if let Some(corpus) = suite.corpus.as_ref().filter(|corpus| !corpus.exists()) {
        return Err(EvalError::input(corpus, "no such corpus: correct `corpus` in the suite"));
    }
    let originals = Originals::open(suite.corpus.as_deref())?;
    for file in suite.file.files.clone() {
        let path = beside(suite, &file.path);
        if file.format != Format::Jsonl {
            return Err(EvalError::input(&suite.path, "a suite of kind \"questions\" reads files of format \"jsonl\""));
        }
        let text = std::fs::read_to_string(&path).map_err(EvalError::io(&path))?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let case = read_line(line, &originals).map_err(|error| broken_line(&path, number + 1, &error))?;
            if case.question.sources.is_empty() && suite.corpus.is_none() {
                return Err(broken_line(&path, number + 1, &"brings no sources and the suite names no corpus"));
            }
            suite.file_by_hash(&case.question.id.clone(), case);
        }
    }
    Ok(())
}

/// Under the data folder, or beside the suite file: questions of one's own about somebody else's corpus.
fn beside(suite: &Suite, path: &Path) -> PathBuf {
    let own = suite.path.parent().unwrap_or(Path::new(".")).join(path);
    let data = suite.data.join(path);
    if !data.exists() && own.exists() { own } else { data }
}

fn broken_line(path: &Path, number: usize, error: &dyn Display) -> EvalError {
    let shape = r#"{"id","question","answers":[…]}"#;
    EvalError::input(path, format!("line {number}: {error}; a line is an object {shape}"))
}

fn read_line(line: &str, originals: &Originals) -> Result<Case, String> {
    let line: QuestionLine = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let named = line.doc.map(|doc| Quote { doc, quote: line.quote.unwrap_or_default(), start: None });
    let facts = line.facts.into_iter().chain(named).map(|quote| originals.fact(quote, &line.sources)).collect::<Result<Vec<_>, _>>()?;
    let known = !line.answers.is_empty() || !facts.is_empty();
    let answerable = line.answerable.unwrap_or(known);
    if answerable && !known {
        return Err("answerable, but with neither an answer nor a document".into());
    }
    let setting = if line.sources.is_empty() { "corpus" } else { "given" };
    Ok(Case {
        kind: line.kind.unwrap_or_else(|| if answerable { "question".into() } else { "unanswerable".into() }),
        setting: setting.into(),
        hops: facts.len().clamp(1, 255) as u8,
        answerable,
        noise_level: None,
        aliases: line.answers,
        facts,
        question: UserQuestion { id: line.id, question: line.question, brief: None, sources: line.sources },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(questions: &str) -> Result<Suite, EvalError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("corpus")).unwrap();
        std::fs::write(dir.path().join("corpus/a.md"), "# Title\n\nThe fee is 12 euros.\n").unwrap();
        std::fs::write(dir.path().join("q.jsonl"), questions).unwrap();
        let text =
            "name='q'\nkind='questions'\ndata='.'\ncorpus='corpus'\n[tuning]\nenabled=false\n[[files]]\npath='q.jsonl'\nformat='jsonl'\n";
        std::fs::write(dir.path().join("s.toml"), text).unwrap();
        Suite::open(&dir.path().join("s.toml"), None, dir.path())
    }

    #[test]
    fn a_quote_is_found_at_its_bytes() {
        let lines = r#"{"id":"1","question":"What is the fee?","answers":["12 euros"],"facts":[{"doc":"a.md","quote":"The fee is 12 euros."}]}
{"id":"2","question":"Who pays?","answerable":false}"#;
        let suite = open(lines).unwrap();
        assert_eq!(suite.test[0].facts[0].sentence, 9..29);
        assert_eq!((suite.test[1].answerable, suite.test[1].kind.as_str()), (false, "unanswerable"));
    }

    #[test]
    fn a_document_alone_is_evidence_enough() {
        let suite = open(
            r#"{"id":"1","question":"What is the fee?","doc":"a.md"}
{"id":"2","question":"And where?","answers":["12 euros"],"doc":"a.md","quote":"12 euros"}"#,
        )
        .unwrap();
        assert_eq!((suite.test[0].answerable, suite.test[0].facts[0].sentence.clone()), (true, 0..30));
        assert_eq!(suite.test[1].facts[0].sentence, 20..28);
    }

    #[test]
    fn a_broken_line_is_named_with_its_number() {
        let good = r#"{"id":"1","question":"?","answers":["x"]}"#;
        for bad in ["{", r#"{"id":"2"}"#, r#"{"id":"2","question":"?","answerable":true}"#] {
            let error = open(&format!("{good}\n{bad}\n")).unwrap_err().to_string();
            assert!(error.contains("q.jsonl") && error.contains("line 2"), "{error}");
        }
        let misquoted = r#"{"id":"1","question":"?","answers":["x"],"facts":[{"doc":"a.md","quote":"not there"}]}"#;
        assert!(open(misquoted).unwrap_err().to_string().contains("word for word"));
    }
}
