//! Questions by people that need several paragraphs (HotpotQA, Yang et al. 2018; MuSiQue, Trivedi et al. 2022; 2WikiMultihopQA has HotpotQA's
//! layout). Every question is asked twice: with the paragraphs it brings, and over the pool of all paragraphs as one corpus.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write as _;
use std::path::Path;

use records::{SourceText, UserQuestion};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Case, Format, GoldFact, Setting, Suite};
use crate::EvalError;

#[derive(Deserialize)]
struct HotpotQuestion {
    #[serde(alias = "id")]
    _id: String,
    question: String,
    answer: String,
    #[serde(default, rename = "type")]
    kind: String,
    context: Vec<(String, Vec<String>)>,
    supporting_facts: Vec<(String, usize)>,
}

#[derive(Deserialize)]
struct MusiqueQuestion {
    id: String,
    question: String,
    answer: String,
    #[serde(default)]
    answer_aliases: Vec<String>,
    #[serde(default = "yes")]
    answerable: bool,
    paragraphs: Vec<MusiqueParagraph>,
}

#[derive(Deserialize)]
struct MusiqueParagraph {
    title: String,
    paragraph_text: String,
    #[serde(default)]
    is_supporting: bool,
}

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

fn yes() -> bool {
    true
}

/// All paragraphs, each once, under a name that no other has.
#[derive(Default)]
struct Pool {
    names: HashMap<(String, String), String>,
    taken: HashMap<String, usize>,
    texts: Vec<SourceText>,
}

impl Pool {
    fn add(&mut self, title: &str, text: String) -> SourceText {
        let key = (title.to_owned(), text);
        if let Some(id) = self.names.get(&key) {
            return SourceText { id: id.clone(), title: Some(key.0), text: key.1 };
        }
        let count = self.taken.entry(title.to_owned()).or_default();
        *count += 1;
        let id = if *count == 1 { title.to_owned() } else { format!("{title} ({count})") };
        let source = SourceText { id: id.clone(), title: Some(title.to_owned()), text: key.1.clone() };
        self.names.insert(key, id);
        self.texts.push(source.clone());
        source
    }

    fn write(&self, path: &Path) -> Result<(), EvalError> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(EvalError::io(path))?);
        for text in &self.texts {
            let line = serde_json::to_string(text).expect("plain data becomes JSON");
            writeln!(file, "{line}").map_err(EvalError::io(path))?;
        }
        file.flush().map_err(EvalError::io(path))
    }
}

/// Loads every question file, and writes the pool as `pool.jsonl` into `work`.
///
/// # Errors
/// If a file is missing or not of its layout.
pub(super) fn load(suite: &mut Suite, work: &Path) -> Result<(), EvalError> {
    if suite.file.files.is_empty() {
        return Err(EvalError::input(&suite.path, "a multihop suite needs at least one [[files]] with path and format"));
    }
    let mut pool = Pool::default();
    for file in suite.file.files.clone() {
        let path = suite.data.join(&file.path);
        let cases: Vec<Case> = match file.format {
            Format::Hotpotqa => read::<Vec<HotpotQuestion>>(&path)?.into_iter().map(|question| hotpot(question, &mut pool)).collect(),
            Format::Musique => read::<Vec<MusiqueQuestion>>(&path)?.into_iter().map(|question| musique(question, &mut pool)).collect(),
            Format::Jsonl => return Err(EvalError::input(&suite.path, "format jsonl belongs to a suite of kind \"questions\"")),
        };
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

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, EvalError> {
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

fn user_question(id: String, question: String, sources: Vec<SourceText>) -> UserQuestion {
    // A paragraph that a question lists twice is one source.
    let mut seen = HashSet::new();
    let sources = sources.into_iter().filter(|source| seen.insert(source.id.clone())).collect();
    UserQuestion { id, question: question.trim().to_owned(), brief: None, sources }
}

fn hotpot(question: HotpotQuestion, pool: &mut Pool) -> Case {
    let sources: Vec<SourceText> = question.context.iter().map(|(title, sentences)| pool.add(title, sentences.concat())).collect();
    let mut facts = Vec::new();
    for (title, number) in &question.supporting_facts {
        let Some(at) = question.context.iter().position(|(name, _)| name == title) else { continue };
        let sentences = &question.context[at].1;
        let Some(sentence) = sentences.get(*number) else { continue };
        let before: usize = sentences[..*number].iter().map(String::len).sum();
        facts.push(fact(&sources[at], before, sentence));
    }
    let kind = format!("hotpotqa {}", question.kind).trim_end().to_owned();
    let hops = facts.iter().map(|fact| &fact.doc).collect::<HashSet<_>>().len() as u8;
    let aliases = vec![question.answer];
    let question = user_question(question._id, question.question, sources);
    Case { question, kind, setting: String::new(), hops, answerable: true, noise_level: None, aliases, facts }
}

fn musique(question: MusiqueQuestion, pool: &mut Pool) -> Case {
    let (mut sources, mut facts) = (Vec::new(), Vec::new());
    for paragraph in question.paragraphs {
        let source = pool.add(&paragraph.title, paragraph.paragraph_text);
        if paragraph.is_supporting {
            // MuSiQue says which paragraph, not which sentence.
            facts.push(fact(&source, 0, &source.text.clone()));
        }
        sources.push(source);
    }
    let hops = question.id.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(2) as u8;
    let kind = format!("musique {hops}-hop");
    let mut aliases = vec![question.answer];
    aliases.extend(question.answer_aliases);
    if !question.answerable {
        aliases.clear();
        facts.clear();
    }
    let answerable = question.answerable;
    let question = user_question(question.id, question.question, sources);
    Case { question, kind, setting: String::new(), hops, answerable, noise_level: None, aliases, facts }
}

fn fact(source: &SourceText, before: usize, sentence: &str) -> GoldFact {
    let start = before + (sentence.len() - sentence.trim_start().len());
    let text = sentence.trim().to_owned();
    let sentence = start as u64..(start + text.len()) as u64;
    let doc_id = blake3::hash(source.text.as_bytes()).to_hex().to_string();
    GoldFact { doc: source.id.clone(), doc_id, sentence, value: None, text, vital: true }
}

#[cfg(test)]
mod tests {
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
