//! Questions whose answer is a span of one passage: SQuAD (Rajpurkar et al. 2016, 2018 with unanswerable ones) and the span questions of DROP (Dua et
//! al. 2019).

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use records::SourceText;
use serde::Deserialize;

use super::pool::{Pool, fact, user_question};
use super::{Case, GoldFact, passages};
use crate::EvalError;

#[derive(Deserialize)]
pub(super) struct SquadFile {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    #[serde(default)]
    title: String,
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<SquadQuestion>,
}

#[derive(Deserialize)]
struct SquadQuestion {
    id: String,
    question: String,
    #[serde(default)]
    is_impossible: bool,
    #[serde(default)]
    answers: Vec<SquadAnswer>,
}

#[derive(Deserialize)]
struct SquadAnswer {
    text: String,
    /// In characters, as Python counts them.
    answer_start: usize,
}

/// Every question of the file. A question without an answer is unanswerable from its passage.
pub(super) fn squad(file: SquadFile, pool: &mut Pool) -> Vec<Case> {
    let mut out = Vec::new();
    for article in file.data {
        for paragraph in article.paragraphs {
            let source = pool.add(&article.title, paragraph.context);
            for question in paragraph.qas {
                let answers = if question.is_impossible { Vec::new() } else { question.answers };
                let place = |answer: &SquadAnswer| span_at(&source.text, answer.answer_start, &answer.text);
                let facts = answers.first().and_then(place).map(|value| span_fact(&source, value)).into_iter().collect();
                let aliases: Vec<String> = answers.into_iter().map(|answer| answer.text).collect();
                let kind = if aliases.is_empty() { "squad unanswerable" } else { "squad" };
                out.push(case(question.id, question.question, kind, &source, aliases, facts));
            }
        }
    }
    out
}

/// The bytes of an answer that begins at a character; none where the text there is another.
fn span_at(text: &str, character: usize, answer: &str) -> Option<Range<usize>> {
    let start = text.char_indices().map(|(at, _)| at).nth(character)?;
    text[start..].starts_with(answer).then(|| start..start + answer.len()).filter(|span| !span.is_empty())
}

/// The sentence around a span, or all sentences it touches.
fn span_fact(source: &SourceText, value: Range<usize>) -> GoldFact {
    let touched: Vec<Range<usize>> =
        text::sentences(&source.text).into_iter().filter(|sentence| sentence.start < value.end && value.start < sentence.end).collect();
    let start = touched.first().map_or(value.start, |sentence| sentence.start.min(value.start));
    let end = touched.last().map_or(value.end, |sentence| sentence.end.max(value.end));
    GoldFact { value: Some(value.start as u64..value.end as u64), ..fact(source, start, &source.text[start..end]) }
}

fn case(id: String, question: String, kind: &str, source: &SourceText, aliases: Vec<String>, facts: Vec<GoldFact>) -> Case {
    let question = user_question(id, question, vec![source.clone()]);
    let answerable = !aliases.is_empty();
    Case { question, kind: kind.into(), setting: String::new(), hops: 1, answerable, noise_level: None, aliases, facts }
}

/// A passage of DROP with its questions, in the layout of the data set or in that of its copies in lines.
#[derive(Deserialize)]
pub(super) struct DropPassage {
    #[serde(default)]
    section_id: String,
    passage: String,
    #[serde(alias = "qa_pairs")]
    qas: Vec<DropQuestion>,
}

#[derive(Deserialize)]
struct DropQuestion {
    #[serde(alias = "query_id")]
    id: String,
    question: String,
    answer: DropAnswer,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DropAnswer {
    Listed(Vec<String>),
    Typed {
        #[serde(default)]
        spans: Vec<String>,
    },
}

/// Reads either layout: one object of passages by id, or a passage a line.
///
/// # Errors
/// If the file is missing or of neither.
pub(super) fn drop_passages(path: &Path) -> Result<Vec<DropPassage>, EvalError> {
    if path.extension().is_none_or(|kind| kind != "jsonl") {
        let by_id: BTreeMap<String, DropPassage> = passages::read(path)?;
        return Ok(by_id.into_iter().map(|(section_id, passage)| DropPassage { section_id, ..passage }).collect());
    }
    let text = std::fs::read_to_string(path).map_err(EvalError::io(path))?;
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| EvalError::input(path, format!("line {}: {error}: not a passage of DROP", number + 1)))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(line).collect()
}

/// The questions whose answer is one span that the passage holds word for word; computed numbers and lists of spans are left out. Where the span
/// stands once, its sentence is the gold fact, else the whole passage.
pub(super) fn drop_cases(passage: DropPassage, pool: &mut Pool) -> Vec<Case> {
    let source = pool.add(&passage.section_id, passage.passage);
    let mut out = Vec::new();
    for question in passage.qas {
        let spans = match question.answer {
            DropAnswer::Listed(spans) | DropAnswer::Typed { spans } => spans,
        };
        let [answer] = spans.as_slice() else { continue };
        // A number that happens to stand in the passage was counted or computed more often than not.
        if answer.trim().parse::<f64>().is_ok() || answer.trim().is_empty() {
            continue;
        }
        let mut places = source.text.match_indices(answer.as_str());
        let gold = match (places.next(), places.next()) {
            (None, _) => continue,
            (Some((start, _)), None) => span_fact(&source, start..start + answer.len()),
            (Some(_), Some(_)) => fact(&source, 0, &source.text),
        };
        out.push(case(question.id, question.question, "drop", &source, spans, vec![gold]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUAD: &str = r#"{"version":"v2.0","data":[{"title":"Alder","paragraphs":[{"context":"Café Alder opened in 1911. It was founded by Mira Holt.",
        "qas":[{"id":"1","question":"Who founded it?","is_impossible":false,"answers":[{"text":"Mira Holt","answer_start":45},{"text":"Holt","answer_start":50}]},
               {"id":"2","question":"When did it close?","is_impossible":true,"answers":[],"plausible_answers":[{"text":"1911","answer_start":21}]},
               {"id":"3","question":"When?","answers":[{"text":"1912","answer_start":21}]}]}]}]}"#;

    #[test]
    fn an_answer_stands_at_its_bytes_in_its_sentence() {
        let mut pool = Pool::default();
        let cases = squad(serde_json::from_str(SQUAD).unwrap(), &mut pool);
        let source = &cases[0].question.sources[0];
        let of = |range: &Range<u64>| &source.text[range.start as usize..range.end as usize];
        let gold = &cases[0].facts[0];
        assert_eq!((of(gold.value.as_ref().unwrap()), of(&gold.sentence)), ("Mira Holt", "It was founded by Mira Holt."));
        assert_eq!(cases[0].aliases, ["Mira Holt", "Holt"]);
        assert!(!cases[1].answerable && cases[1].facts.is_empty());
        assert!(cases[2].facts.is_empty(), "an answer that does not stand where it should gives no fact");
    }

    #[test]
    fn both_layouts_of_drop_give_the_span_questions_only() {
        let dir = tempfile::tempdir().unwrap();
        let passage = "Russell threw to Schilens. Russell ran. The score was 21.";
        let map = serde_json::json!({"nfl_1": {"passage": passage, "qa_pairs": [
            {"query_id": "a", "question": "Who caught?", "answer": {"number": "", "date": {"day": "", "month": "", "year": ""}, "spans": ["Schilens"]}},
            {"query_id": "b", "question": "How many?", "answer": {"number": "2", "spans": []}}]}});
        let line = serde_json::json!({"section_id": "nfl_1", "passage": passage, "qas": [
            {"id": "a", "question": "Who caught?", "answer": ["Schilens"], "type": "spans"}, {"id": "b", "question": "?", "answer": ["21"], "type": "number"},
            {"id": "c", "question": "Who?", "answer": ["Russell"], "type": "spans"}, {"id": "d", "question": "Who?", "answer": ["Schilens", "Russell"], "type": "spans"},
            {"id": "e", "question": "Who?", "answer": ["Nobody"], "type": "spans"}]});
        std::fs::write(dir.path().join("d.json"), map.to_string()).unwrap();
        std::fs::write(dir.path().join("d.jsonl"), format!("{line}\n")).unwrap();
        let ids = |name: &str| {
            let mut pool = Pool::default();
            let passages = drop_passages(&dir.path().join(name)).unwrap();
            passages.into_iter().flat_map(|passage| drop_cases(passage, &mut pool)).collect::<Vec<_>>()
        };
        let (from_map, from_lines) = (ids("d.json"), ids("d.jsonl"));
        assert_eq!(from_map.iter().map(|case| case.question.id.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(from_lines.iter().map(|case| case.question.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!((from_map[0].facts[0].sentence.clone(), from_lines[1].facts[0].sentence.clone()), (0..26, 0..passage.len() as u64));
    }
}
