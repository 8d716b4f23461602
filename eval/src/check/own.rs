//! A user's questions: with accepted answers they are scored, without they are only answered by both systems and shown side by side.

use std::path::Path;

use records::UserQuestion;
use retrieve_model::report::Questions;
use serde_json::{Map, Value, json};

use crate::EvalError;
use crate::suite::{Case, Suite};

/// Name of the setting of a user's questions, in tables.
const YOURS: &str = "your own questions";
/// What a line may say; other fields are notes.
const FIELDS: [&str; 9] = ["id", "question", "answers", "kind", "answerable", "doc", "quote", "facts", "sources"];
/// What a line is judged by; without any of these it is only shown.
const JUDGED: [&str; 4] = ["answers", "answerable", "doc", "facts"];

/// A user's questions.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// With a known answer.
    pub judged: Vec<Case>,
    /// Without.
    pub unjudged: Vec<Case>,
}

/// Reads a file of questions: `.jsonl` with answers or without; `.txt` and `.toml` of briefs have none.
///
/// # Errors
/// If it cannot be read or a line is broken; the error names file, line and remedy.
pub(super) fn read(path: &Path, corpus: &Path, work: &Path) -> Result<Own, EvalError> {
    let is_lines = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "json");
    if is_lines { read_lines(path, corpus, work) } else { read_plain(path) }
}

fn read_plain(path: &Path) -> Result<Own, EvalError> {
    let questions = Questions::open(path).map_err(|error| EvalError::input(path, error.to_string()))?;
    let case = |question: Result<UserQuestion, records::Failure>| {
        question.map(unjudged).map_err(|failure| EvalError::input(path, format!("{}: {}", failure.path, failure.reason)))
    };
    Ok(Own { judged: Vec::new(), unjudged: questions.map(case).collect::<Result<_, _>>()? })
}

/// Judged lines go through the loader of suites, each on its own line of a copy, so that errors count lines as the user does.
fn read_lines(path: &Path, corpus: &Path, work: &Path) -> Result<Own, EvalError> {
    let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
    let (mut own, mut judged) = (Own::default(), String::new());
    for (number, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            let fields = fields(line, number + 1).map_err(|reason| EvalError::input(path, format!("line {}: {reason}", number + 1)))?;
            if JUDGED.iter().any(|name| fields.contains_key(*name)) {
                judged.push_str(&Value::Object(fields).to_string());
            } else {
                let question = serde_json::from_value(Value::Object(fields));
                let question = question.map_err(|error| EvalError::input(path, format!("line {}: {error}", number + 1)))?;
                own.unjudged.push(unjudged(question));
            }
        }
        judged.push('\n');
    }
    if !judged.trim().is_empty() {
        own.judged = load(&judged, path, corpus, work)?;
    }
    Ok(own)
}

/// The fields of a line that count, with an id; a single `answer` is a list of one.
fn fields(line: &str, number: usize) -> Result<Map<String, Value>, String> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| format!("{error}; a line is an object {{\"id\",\"question\",\"answers\"}}"))?;
    let Value::Object(mut all) = value else { return Err("not an object {\"id\",\"question\",\"answers\"}".into()) };
    if let Some(answer) = all.remove("answer").filter(Value::is_string) {
        all.entry("answers").or_insert_with(|| json!([answer]));
    }
    all.retain(|name, value| FIELDS.contains(&name.as_str()) && !value.is_null());
    if !all.get("question").is_some_and(Value::is_string) {
        return Err("has no \"question\"".into());
    }
    let id = match all.remove("id") {
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) => id.to_string(),
        _ => format!("q{number}"),
    };
    all.insert("id".into(), id.into());
    Ok(all)
}

fn load(lines: &str, path: &Path, corpus: &Path, work: &Path) -> Result<Vec<Case>, EvalError> {
    let copy = work.join("own-questions.jsonl");
    std::fs::write(&copy, lines).map_err(EvalError::io(&copy))?;
    let suite = json!({
        "name": "own",
        "kind": "questions",
        "data": ".",
        "corpus": corpus,
        "files": [{ "path": "own-questions.jsonl", "format": "jsonl" }],
        "tuning": { "enabled": false },
    });
    let suite_path = work.join("own-questions.toml");
    let text = toml::to_string(&suite).map_err(|error| EvalError::input(path, error.to_string()))?;
    std::fs::write(&suite_path, text).map_err(EvalError::io(&suite_path))?;
    let named = |error| match error {
        EvalError::Input { path: broken, reason } if broken == copy => EvalError::input(path, reason),
        other => other,
    };
    let suite = Suite::open(&suite_path, Some(work), work).map_err(named)?;
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = suite.test.iter().find(|case| !seen.insert(case.question.id.clone())) {
        return Err(EvalError::input(path, format!("the id {:?} is used twice: give each question its own", twice.question.id)));
    }
    Ok(suite.test.into_iter().map(|case| Case { setting: YOURS.into(), ..case }).collect())
}

fn unjudged(question: UserQuestion) -> Case {
    let (kind, setting) = ("no known answer".into(), YOURS.into());
    Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases: Vec::new(), facts: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, text: &str) -> Result<Own, EvalError> {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        std::fs::create_dir(&corpus).unwrap();
        std::fs::write(corpus.join("a.md"), "The fee is 12 euros.\n").unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        read(&path, &corpus, dir.path())
    }

    #[test]
    fn lines_with_answers_are_judged_and_others_shown() {
        let lines = r#"{"id":7,"question":"What is the fee?","answer":"12 euros","note":"mine"}

{"question":"Who pays?"}
{"id":"none","question":"Who sings?","answerable":false}"#;
        let own = open("q.jsonl", lines).unwrap();
        let ids = |cases: &[Case]| cases.iter().map(|case| case.question.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&own.judged), ids(&own.unjudged)), (vec!["7".into(), "none".into()], vec!["q3".to_owned()]));
        assert_eq!(own.judged[0].aliases, ["12 euros"]);
        assert_eq!(open("q.txt", "Who pays?\nWho sings?\n").unwrap().unjudged.len(), 2);
    }

    #[test]
    fn a_broken_line_is_named_in_the_users_own_file() {
        let good = r#"{"id":"1","question":"?","answers":["x"]}"#;
        for bad in
            ["{", "[]", r#"{"id":"2"}"#, r#"{"id":"2","question":"?","answerable":true}"#, r#"{"id":"2","question":"?","answers":7}"#]
        {
            let error = open("q.jsonl", &format!("{good}\n\n{bad}\n")).unwrap_err().to_string();
            assert!(error.contains("q.jsonl") && error.contains("line 3") && !error.contains("own-questions"), "{bad}: {error}");
        }
        assert!(open("q.jsonl", &format!("{good}\n{good}\n")).unwrap_err().to_string().contains("twice"));
        assert!(open("q.xyz", "?").unwrap_err().to_string().contains("q.xyz"));
    }
}
