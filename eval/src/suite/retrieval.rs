//! Collections to search: a corpus, queries, and which documents are relevant. BEIR folders (Thakur et al. 2021), SMART and TREC files, paired lines
//! (a question and the sentence it was asked about), and the paragraphs of multi-hop questions as one pool.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use records::SourceText;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::collection::{self, read_text};
use super::pool::{Pool, write_texts};
use super::task::{Items, Topic};
use super::{Format, QuestionFile, SuiteFile, passages};
use crate::EvalError;
use crate::metrics::Judgements;

/// What a file or folder gives.
#[derive(Default)]
struct Collection {
    documents: Vec<SourceText>,
    queries: Vec<(String, String)>,
    judgements: BTreeMap<String, Judgements>,
}

/// Loads every file into one corpus, written as `collection.jsonl` into `work`, and its judged queries.
///
/// # Errors
/// If a file is missing, is of another layout, or judges no query.
pub(super) fn load(file: SuiteFile, data: PathBuf, work: &Path) -> Result<Items<Topic>, EvalError> {
    let (mut all, mut pool) = (Collection::default(), Pool::default());
    for part in &file.files {
        let path = data.join(&part.path);
        let collection = match part.format {
            Format::Beir => beir(&path, part, &data)?,
            Format::Smart | Format::Trec => classic(&path, part, &data)?,
            Format::Lines => lines(&path, part, &data)?,
            Format::Hotpotqa | Format::Musique | Format::Squad | Format::Drop => pooled(&path, part.format, &mut pool)?,
            _ => {
                return Err(EvalError::input(
                    &path,
                    "a suite of kind \"retrieval\" reads beir, smart, trec, lines and passages: correct `format`",
                ));
            }
        };
        all.documents.extend(collection.documents);
        all.queries.extend(collection.queries);
        all.judgements.extend(collection.judgements);
    }
    all.documents.extend(pool.into_texts());
    // A document that a collection lists twice is one.
    let mut seen = HashSet::new();
    all.documents.retain(|document| seen.insert(document.id.clone()));
    let corpus = work.join("collection.jsonl");
    write_texts(&corpus, &all.documents)?;
    let asked = all.queries.len();
    let topic = |(id, query): (String, String)| {
        let judged = all.judgements.remove(&id)?;
        judged.values().any(|grade| *grade > 0).then_some(Topic { id, query, judged })
    };
    let topics: Vec<Topic> = all.queries.into_iter().filter_map(topic).collect();
    if topics.is_empty() {
        return Err(EvalError::input(
            &data,
            "judges no document relevant for any query: are `queries` and `judgements` of one collection?",
        ));
    }
    let unusable = asked - topics.len();
    Ok(Items { corpus: Some(corpus), unusable, ..Items::split(file, data, topics)? })
}

#[derive(Deserialize)]
struct BeirDocument {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct BeirQuery {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

fn beir(folder: &Path, part: &QuestionFile, data: &Path) -> Result<Collection, EvalError> {
    let documents = json_lines::<BeirDocument>(&folder.join("corpus.jsonl"))?.into_iter().map(|document| {
        let title = Some(document.title).filter(|title| !title.trim().is_empty());
        SourceText { id: document.id, title, text: document.text }
    });
    let queries = json_lines::<BeirQuery>(&folder.join("queries.jsonl"))?.into_iter().map(|query| (query.id, query.text));
    let path = part.judgements.as_ref().map_or_else(|| folder.join("qrels/test.tsv"), |path| data.join(path));
    let text = read_text(&path)?;
    let mut judgements: BTreeMap<String, Judgements> = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        match (columns.as_slice(), number) {
            ([query, document, grade], _) if grade.parse::<i64>().is_ok() => {
                let grade = grade.parse::<i64>().unwrap_or_default().max(0) as u32;
                judgements.entry((*query).to_owned()).or_default().insert((*document).to_owned(), grade);
            }
            // The header.
            (_, 0) => {}
            _ => return Err(broken(&path, number + 1, "a line is query-id, corpus-id and score, divided by tabs")),
        }
    }
    Ok(Collection { documents: documents.collect(), queries: queries.collect(), judgements })
}

fn broken(path: &Path, number: usize, shape: &str) -> EvalError {
    EvalError::input(path, format!("line {number}: {shape}"))
}

fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, EvalError> {
    let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
    let line = |(number, line): (usize, &str)| serde_json::from_str(line).map_err(|error| broken(path, number + 1, &error.to_string()));
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(line).collect()
}

/// The other files of a collection, which the suite must name.
fn named<'a>(path: Option<&'a PathBuf>, key: &str, of: &Path) -> Result<&'a PathBuf, EvalError> {
    path.ok_or_else(|| EvalError::input(of, format!("this format needs `{key} = \"FILE\"` beside `path` in the suite")))
}

fn classic(path: &Path, part: &QuestionFile, data: &Path) -> Result<Collection, EvalError> {
    let queries = data.join(named(part.queries.as_ref(), "queries", path)?);
    let judged = data.join(named(part.judgements.as_ref(), "judgements", path)?);
    let judgements = collection::judgements(&read_text(&judged)?)
        .map_err(|number| broken(&judged, number, "too few columns, or a grade that is no number"))?;
    let (documents, queries) = if part.format == Format::Smart {
        let records = |path: &Path| Ok::<_, EvalError>(collection::smart(&read_text(path)?));
        let documents = records(path)?.into_iter().map(collection::Record::into_source).collect();
        (documents, records(&queries)?.into_iter().map(collection::Record::into_query).collect())
    } else {
        (collection::trec_documents(&read_text(path)?), collection::trec_topics(&read_text(&queries)?))
    };
    Ok(Collection { documents, queries, judgements })
}

/// Equal lines are one document: the sentence `sN` is the Nth different one, the query `qN` the Nth line.
fn lines(path: &Path, part: &QuestionFile, data: &Path) -> Result<Collection, EvalError> {
    let asked = data.join(named(part.queries.as_ref(), "queries", path)?);
    let (sentences, questions) = (read_text(path)?, read_text(&asked)?);
    if sentences.lines().count() != questions.lines().count() {
        return Err(EvalError::input(&asked, format!("has another number of lines than {}: line n must ask for line n", path.display())));
    }
    let mut ids: HashMap<&str, String> = HashMap::new();
    let mut out = Collection::default();
    for (number, (sentence, question)) in sentences.lines().zip(questions.lines()).enumerate() {
        let next = format!("s{}", ids.len());
        let sentence = sentence.trim();
        let id = ids.entry(sentence).or_insert_with(|| {
            out.documents.push(SourceText { id: next.clone(), title: None, text: sentence.to_owned() });
            next
        });
        let query = format!("q{number}");
        out.judgements.insert(query.clone(), [(id.clone(), 1)].into());
        out.queries.push((query, question.trim().to_owned()));
    }
    Ok(out)
}

/// The paragraphs of all questions; relevant are those that hold a gold fact.
fn pooled(path: &Path, format: Format, pool: &mut Pool) -> Result<Collection, EvalError> {
    let cases = passages::cases(path, format, pool)?;
    let mut out = Collection::default();
    for case in cases {
        let judged = case.facts.iter().map(|fact| (fact.doc.clone(), 1)).collect();
        out.judgements.insert(case.question.id.clone(), judged);
        out.queries.push((case.question.id, case.question.question));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Task, suite_of};

    fn open(files: &[(&str, &str)], suite: &str) -> Result<Items<Topic>, EvalError> {
        let (dir, path) = suite_of(files, &format!("name='r'\nkind='retrieval'\ndata='.'\n[tuning]\nenabled=false\n{suite}"));
        let Some(Task::Retrieval(items)) = Task::open(&path, None, dir.path())? else { panic!("a retrieval suite") };
        let texts = std::fs::read_to_string(items.corpus.as_ref().unwrap()).unwrap();
        assert!(texts.lines().all(|line| serde_json::from_str::<SourceText>(line).is_ok()), "a corpus that both systems read");
        Ok(items)
    }

    const CORPUS: &str =
        "{\"_id\":\"a\",\"title\":\"\",\"text\":\"Ferries leave.\"}\n{\"_id\":\"b\",\"title\":\"Bread\",\"text\":\"It rises.\"}\n";
    const QUERIES: &str = "{\"_id\":\"1\",\"text\":\"when do ferries leave\"}\n{\"_id\":\"2\",\"text\":\"nobody judged this\"}\n";
    const BEIR: &str = "[[files]]\npath='.'\nformat='beir'\n";

    #[test]
    fn a_beir_folder_keeps_grades_and_counts_queries_without_judgements() {
        let qrels = ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t0\n");
        let items = open(&[("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), qrels], BEIR).unwrap();
        assert_eq!((items.test.len(), items.unusable), (1, 1));
        assert_eq!(items.test[0].judged, Judgements::from([("a".to_owned(), 2), ("b".to_owned(), 0)]));
    }

    #[test]
    fn missing_files_and_broken_lines_are_named() {
        let error = open(&[("corpus.jsonl", CORPUS)], BEIR).unwrap_err().to_string();
        assert!(error.contains("queries.jsonl"), "{error}");
        let bad = ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1 a 2\n");
        let error = open(&[("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), bad], BEIR).unwrap_err().to_string();
        assert!(error.contains("test.tsv") && error.contains("line 2"), "{error}");
        let error = open(&[("d.all", ".I 1\n.W\nx\n")], "[[files]]\npath='d.all'\nformat='smart'\n").unwrap_err().to_string();
        assert!(error.contains("queries"), "{error}");
    }

    #[test]
    fn a_smart_collection_and_paired_lines_become_topics() {
        let files = [("d.all", ".I 1\n.T\nA\n.W\nferries\n.I 2\n.W\nbread\n"), ("d.qry", ".I 1\n.W\nships?\n"), ("d.rel", "1 1 0 0.0\n")];
        let items = open(&files, "[[files]]\npath='d.all'\nformat='smart'\nqueries='d.qry'\njudgements='d.rel'\n").unwrap();
        assert_eq!((items.test[0].query.as_str(), &items.test[0].judged), ("ships?", &Judgements::from([("1".to_owned(), 1)])));
        let files = [("src.txt", "one .\ntwo .\none .\n"), ("tgt.txt", "which ?\nwhat ?\nwho ?\n")];
        let items = open(&files, "[[files]]\npath='src.txt'\nformat='lines'\nqueries='tgt.txt'\n").unwrap();
        let wanted: Vec<_> = items.test.iter().map(|topic| topic.judged.keys().next().unwrap().as_str()).collect();
        assert_eq!(wanted, ["s0", "s1", "s0"], "equal sentences are one document");
        let error = open(&[("src.txt", "one\n"), ("tgt.txt", "a\nb\n")], "[[files]]\npath='src.txt'\nformat='lines'\nqueries='tgt.txt'\n");
        assert!(error.unwrap_err().to_string().contains("tgt.txt"));
    }

    #[test]
    fn paragraphs_with_a_gold_fact_are_relevant() {
        let hotpot = r#"[{"_id":"h","question":"Who?","answer":"Bo","type":"bridge","context":[["A",["Bo sails."]],["B",["Bread."]]],"supporting_facts":[["A",0]]}]"#;
        let items = open(&[("h.json", hotpot)], "[[files]]\npath='h.json'\nformat='hotpotqa'\n").unwrap();
        assert_eq!(items.test[0].judged, Judgements::from([("A".to_owned(), 1)]));
    }
}
