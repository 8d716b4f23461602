//! Questions that bring their texts: several paragraphs each (HotpotQA, MuSiQue) or one passage for many questions (SQuAD, DROP). Every question is
//! asked twice: with the paragraphs it brings, and over the pool of all paragraphs as one corpus.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::multihop::{HotpotQuestion, MusiqueQuestion, hotpot, musique};
use super::pool::Pool;
use super::{Case, Format, Setting, Suite, span_answers};
use crate::EvalError;

#[derive(Deserialize)]
#[serde(untagged)]
enum Paragraphs {
    Listed(Vec<TitledText>),
    BySentences(BTreeMap<String, Vec<String>>),
}

#[derive(Deserialize)]
struct TitledText {
    title: String,
    text: String,
}

/// Loads every question file, and writes the pool as `pool.jsonl` into `work`.
///
/// # Errors
/// If a file is missing or not of its layout.
pub(super) fn load(suite: &mut Suite, work: &Path) -> Result<(), EvalError> {
    if suite.file.files.is_empty() {
        return Err(EvalError::input(&suite.path, "a suite of passages needs at least one [[files]] with path and format"));
    }
    let mut pool = Pool::default();
    for file in suite.file.files.clone() {
        let path = suite.data.join(&file.path);
        let cases = cases(&path, file.format, &mut pool)?;
        add_cases(suite, cases);
    }
    if suite.file.settings.contains(&Setting::Pooled) {
        for distractors in &suite.file.distractors {
            for (title, text) in paragraphs(&suite.data.join(distractors))? {
                pool.add(&title, text);
            }
        }
        let path = work.join("pool.jsonl");
        pool.write(&path)?;
        suite.corpus = Some(path);
    }
    Ok(())
}

/// The questions of a file; their paragraphs are added to the pool.
pub(super) fn cases(path: &Path, format: Format, pool: &mut Pool) -> Result<Vec<Case>, EvalError> {
    Ok(match format {
        Format::Hotpotqa => read::<Vec<HotpotQuestion>>(path)?.into_iter().map(|question| hotpot(question, pool)).collect(),
        Format::Musique => read::<Vec<MusiqueQuestion>>(path)?.into_iter().map(|question| musique(question, pool)).collect(),
        Format::Squad => span_answers::squad(read(path)?, pool),
        Format::Drop => {
            span_answers::drop_passages(path)?.into_iter().flat_map(|passage| span_answers::drop_cases(passage, pool)).collect()
        }
        _ => {
            return Err(EvalError::input(
                path,
                "this suite reads hotpotqa, musique, squad and drop: correct `format` or the suite's `kind`",
            ));
        }
    })
}

/// Reads a JSON file of one layout.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, EvalError> {
    let bytes = std::fs::read(path).map_err(EvalError::io(path))?;
    let wrong = |error| EvalError::input(path, format!("not of the layout that the suite names ({error}): correct `format` or the file"));
    serde_json::from_slice(&bytes).map_err(wrong)
}

fn paragraphs(path: &Path) -> Result<Vec<(String, String)>, EvalError> {
    Ok(match read(path)? {
        Paragraphs::Listed(list) => list.into_iter().map(|paragraph| (paragraph.title, paragraph.text)).collect(),
        Paragraphs::BySentences(map) => map.into_iter().map(|(title, sentences)| (title, sentences.concat())).collect(),
    })
}

/// The same question once for every setting; both copies fall on the same side of the tuning split.
fn add_cases(suite: &mut Suite, cases: Vec<Case>) {
    let settings = suite.file.settings.clone();
    for case in cases {
        for setting in &settings {
            let mut copy = case.clone();
            copy.setting = setting.name().into();
            copy.question.id = format!("{}/{}", setting.name(), case.question.id);
            if *setting == Setting::Pooled {
                copy.question.sources.clear();
            }
            suite.file_by_hash(&case.question.id, copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;

    const HOTPOT: &str = r#"[{"_id":"h1","question":"Who? ","answer":"Bo","type":"bridge","level":"easy",
        "context":[["A",["First."," Second of A."]],["B",["Bo is here."]],["A",["Another A."]]],"supporting_facts":[["A",1],["B",0],["B",9],["Z",0]]}]"#;
    const MUSIQUE: &str = r#"[{"id":"3hop1__1","question":"What?","answer":"NO","answer_aliases":["Norway"],"answerable":true,
        "paragraphs":[{"idx":0,"title":"A","paragraph_text":"First. Second of A.","is_supporting":true},{"idx":1,"title":"C","paragraph_text":"C.","is_supporting":false}]}]"#;

    fn suite(extra: &str) -> (tempfile::TempDir, Result<Suite, EvalError>) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("h.json"), HOTPOT).unwrap();
        std::fs::write(dir.path().join("m.json"), MUSIQUE).unwrap();
        std::fs::write(dir.path().join("d.json"), r#"{"D":["one."," two."]}"#).unwrap();
        let text = format!(
            "name='m'\nkind='multihop'\ndata='.'\ndistractors=['d.json']\n[tuning]\nenabled=false\n[[files]]\npath='h.json'\nformat='hotpotqa'\n{extra}"
        );
        std::fs::write(dir.path().join("s.toml"), text).unwrap();
        let suite = Suite::open(&dir.path().join("s.toml"), None, dir.path());
        (dir, suite)
    }

    #[test]
    fn gold_sentences_stand_at_their_bytes_and_both_settings_ask_the_same() {
        let (dir, suite) = suite("[[files]]\npath='m.json'\nformat='musique'\n");
        let suite = suite.unwrap();
        let ids: Vec<_> = suite.test.iter().map(|case| case.question.id.as_str()).collect();
        assert_eq!(ids, ["given/h1", "pooled/h1", "given/3hop1__1", "pooled/3hop1__1"]);
        let (given, pooled) = (&suite.test[0], &suite.test[1]);
        assert_eq!(given.question.sources.len(), 3);
        assert!(pooled.question.sources.is_empty());
        assert_eq!(given.facts, pooled.facts);
        assert_eq!(given.facts.len(), 2, "facts that point nowhere are left out");
        let source = given.question.sources.iter().find(|source| source.id == given.facts[0].doc).unwrap();
        assert_eq!(&source.text[given.facts[0].sentence.start as usize..given.facts[0].sentence.end as usize], "Second of A.");
        assert_eq!((suite.test[2].kind.as_str(), suite.test[2].hops, suite.test[2].aliases.len()), ("musique 3-hop", 3, 2));

        // "A" twice with different texts and once again with the same: A, A (2), B, C, and the distractor D.
        let pool = std::fs::read_to_string(dir.path().join("pool.jsonl")).unwrap();
        let names: Vec<String> = pool.lines().map(|line| serde_json::from_str::<SourceText>(line).unwrap().id).collect();
        assert_eq!(names, ["A", "B", "A (2)", "C", "D"]);
    }

    #[test]
    fn a_file_of_another_layout_is_named() {
        let (_dir, suite) = suite("[[files]]\npath='m.json'\nformat='hotpotqa'\n");
        let error = suite.unwrap_err().to_string();
        assert!(error.contains("m.json") && error.contains("format"), "{error}");
    }
}
