//! Questions that offer two answers, one of them right, made of written questions about one section: "Where was he born, Dillenburg or Quakenbrück?"
//! The wrong one is the answer to a neighbour that begins with the same word and looks alike. A reader learns from them that what it points at is one
//! of the things offered, and that a word of the question may be the answer; questions by people about figures and games often ask so.

use std::collections::HashMap;

use crate::candidates::Triple;

/// Words of an answer that is offered, at most.
const LONGEST: usize = 6;

/// One for every other question that has such a neighbour.
pub(super) fn choices(triples: &[Triple]) -> Vec<Triple> {
    // Of several sections the last one holds the answer.
    let mut by_section: HashMap<&(String, u32), Vec<&Triple>> = HashMap::new();
    for triple in triples {
        triple.gold.last().into_iter().for_each(|gold| by_section.entry(gold).or_default().push(triple));
    }
    let neighbours = |triple: &Triple| triple.gold.last().and_then(|gold| by_section.get(gold)).cloned().unwrap_or_default();
    let mut made = Vec::new();
    let mut turn = false;
    for triple in triples {
        let Some(other) = neighbours(triple).into_iter().find(|other| is_alternative(triple, other)) else { continue };
        turn = !turn;
        if turn {
            made.push(offering(triple, answer(other), made.len() % 4 < 2));
        }
    }
    made
}

fn answer(triple: &Triple) -> &str {
    triple.answer.aliases.first().map_or("", String::as_str)
}

/// Whether the answer to `other` could be taken for one to `triple`.
fn is_alternative(triple: &Triple, other: &Triple) -> bool {
    let first_word = |triple: &Triple| triple.question.question.split_whitespace().next().map(str::to_lowercase);
    let looks = |answer: &str| answer.chars().next().map(|first| (first.is_numeric(), first.is_uppercase()));
    let short = |answer: &str| (1..=LONGEST).contains(&answer.split_whitespace().count());
    let (right, wrong) = (answer(triple), answer(other));
    let holds = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
    first_word(triple) == first_word(other)
        && looks(right) == looks(wrong)
        && short(right)
        && short(wrong)
        && !holds(right, wrong)
        && !holds(wrong, right)
        && !holds(&triple.question.question, wrong)
}

fn offering(triple: &Triple, wrong: &str, right_first: bool) -> Triple {
    let asked = triple.question.question.trim_end_matches('?').trim_end();
    let (one, two) = if right_first { (answer(triple), wrong) } else { (wrong, answer(triple)) };
    let mut choice = triple.clone();
    choice.question.question = format!("{asked}, {one} or {two}?");
    choice
}

#[cfg(test)]
mod tests {
    use records::{Answer, Kind, Question, Split, Style};

    use super::*;

    fn triple(section: u32, question: &str, answer: &str) -> Triple {
        let question = Question {
            question_id: String::new(),
            question: question.into(),
            kind: Kind::Natural,
            hops: 1,
            style: Style::Question,
            template_family: Question::WRITTEN.into(),
            split: Split::Train,
            answerable: true,
            bm25_rank: None,
        };
        let answer = Answer { question_id: String::new(), aliases: vec![answer.into()], facts: Vec::new() };
        Triple { question, answer, gold: vec![("d".into(), section)] }
    }

    #[test]
    fn the_other_answer_is_a_neighbours_that_looks_alike() {
        let triples = [
            triple(1, "Who built it?", "Ada Holm"),
            triple(1, "Who paid?", "the town"),
            triple(1, "When was it built?", "1904"),
            triple(1, "Who opened it?", "Bo Lind"),
            triple(2, "Who closed it?", "Cy Dahl"),
        ];
        let made = choices(&triples);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].question.question, "Who built it, Ada Holm or Bo Lind?");
        assert_eq!((&made[0].answer, &made[0].gold), (&triples[0].answer, &triples[0].gold));
    }

    #[test]
    fn what_is_offered_already_or_holds_the_answer_is_no_choice() {
        assert!(choices(&[triple(1, "Who met Bo Lind?", "Ada Holm"), triple(1, "Who was Ada Holm's friend?", "Bo Lind")]).is_empty());
        assert!(choices(&[triple(1, "Who was first?", "Ada Holm"), triple(1, "Who was second?", "Ada")]).is_empty());
    }
}
