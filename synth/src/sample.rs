//! Single triples to look at: a question, its answer and the sentences it rests on, from the beginning of a data set and of as many kinds as
//! there are.

use std::path::Path;

use records::{Answer, Kind, Question, read_table, shards};
use serde::Serialize;

use crate::SynthError;

/// Questions looked at for samples: enough to meet every kind, few enough to be read at once.
const SCANNED: usize = 2_000;

/// A question with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The words a user types.
    pub question: String,
    /// What makes it easy or hard.
    pub kind: Kind,
    /// The preferred answer; none where the documents hold none.
    pub answer: Option<String>,
    /// The gold sentences in hop order; none where the documents hold no answer.
    pub sentences: Vec<String>,
}

impl Sample {
    fn new(question: Question, answer: Answer) -> Self {
        let sentences = answer.facts.into_iter().map(|fact| fact.sentence).collect();
        Self { question: question.question, kind: question.kind, answer: answer.aliases.into_iter().next(), sentences }
    }
}

/// Up to `most` samples of the data set in `dir`: the first of every kind, then the second of every kind. The same for the same tables.
pub(crate) fn samples(dir: &Path, most: usize) -> Result<Vec<Sample>, SynthError> {
    if shards::<Question>(dir)?.is_empty() {
        return Ok(Vec::new());
    }
    let mut kinds: Vec<(Kind, Vec<Sample>)> = Vec::new();
    for pair in read_table::<Question>(dir)?.zip(read_table::<Answer>(dir)?).take(SCANNED) {
        let sample = Sample::new(pair.0?, pair.1?);
        match kinds.iter_mut().find(|(kind, _)| *kind == sample.kind) {
            Some((_, of_kind)) => of_kind.push(sample),
            None => kinds.push((sample.kind, vec![sample])),
        }
    }
    let longest = kinds.iter().map(|(_, of_kind)| of_kind.len()).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|turn| kinds.iter().filter_map(move |(_, of_kind)| of_kind.get(turn)));
    Ok(in_turn.take(most).cloned().collect())
}

#[cfg(test)]
mod tests {
    use records::{Split, Style, TableWriter};

    use super::*;

    #[test]
    fn every_kind_has_its_turn_before_one_comes_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mut questions = TableWriter::<Question>::create(dir.path(), 0).unwrap();
        let mut answers = TableWriter::<Answer>::create(dir.path(), 0).unwrap();
        for (number, kind) in [Kind::Natural, Kind::Natural, Kind::Typo, Kind::Natural].into_iter().enumerate() {
            let question_id = number.to_string();
            questions
                .push(Question {
                    question_id: question_id.clone(),
                    question: format!("Question {number}?"),
                    kind,
                    hops: 1,
                    style: Style::Question,
                    template_family: String::new(),
                    split: Split::Train,
                    answerable: true,
                    bm25_rank: None,
                })
                .unwrap();
            answers.push(Answer { question_id, aliases: vec![format!("answer {number}")], facts: Vec::new() }).unwrap();
        }
        questions.finish().unwrap();
        answers.finish().unwrap();
        let taken: Vec<String> = samples(dir.path(), 3).unwrap().into_iter().filter_map(|sample| sample.answer).collect();
        assert_eq!(taken, ["answer 0", "answer 2", "answer 1"]);
    }

    #[test]
    fn a_data_set_without_questions_has_no_samples() {
        assert_eq!(samples(tempfile::tempdir().unwrap().path(), 3).unwrap(), []);
    }
}
