//! Which candidates are taken: drawn so that the groups come near their shares and no answer is given too often.

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::preset::{CorpusPreset, Group};
use super::rules::Candidate;
use crate::dropped::Dropped;
use crate::filter::Reason;

/// A candidate with the number that decides whether it is drawn: smaller is earlier.
pub(super) struct Ticket {
    pub candidate: Candidate,
    pub draw: f64,
}

/// Weights that bring the groups near their shares, whatever their yield (weighted sampling without replacement, Efraimidis and Spirakis 2006).
pub(super) struct Shares(HashMap<Group, f64>);

impl Shares {
    pub fn new(groups: impl Iterator<Item = Group>, preset: &CorpusPreset) -> Self {
        let mut weights: HashMap<Group, f64> = HashMap::new();
        groups.for_each(|group| *weights.entry(group).or_default() += 1.0);
        weights.iter_mut().for_each(|(group, weight)| *weight = preset.shares.get(group).copied().unwrap_or(0.0).max(1e-9) / *weight);
        Self(weights)
    }

    /// An exponential waiting time with the group's rate: the first to arrive are drawn.
    pub fn draw(&self, group: Group, rng: &mut ChaCha8Rng) -> f64 {
        -rng.random_range(f64::MIN_POSITIVE..1.0).ln() / self.0.get(&group).copied().unwrap_or(1e-9)
    }
}

/// Draws the wanted number over the whole corpus; no answer is given too often.
pub(super) fn choose(found: Vec<Ticket>, preset: &CorpusPreset, triples: usize, seed: u64, dropped: &mut Dropped) -> Vec<Candidate> {
    let shares = Shares::new(found.iter().map(|ticket| ticket.candidate.group), preset);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tickets: Vec<Ticket> =
        found.into_iter().map(|ticket| Ticket { draw: shares.draw(ticket.candidate.group, &mut rng), ..ticket }).collect();
    tickets.sort_by(|a, b| a.draw.total_cmp(&b.draw));
    let most_alike = preset.same_answer.0.max((preset.same_answer.1 * triples as f64) as u64);
    let mut answers: HashMap<String, u64> = HashMap::new();
    let mut chosen = Vec::new();
    for Ticket { candidate, .. } in tickets {
        if chosen.len() >= triples {
            break;
        }
        let Some(answer) = candidate.triple.answer.aliases.first().map(|alias| alias.to_lowercase()) else {
            chosen.push(candidate);
            continue;
        };
        let given = answers.entry(answer).or_default();
        *given += 1;
        if *given > most_alike {
            dropped.lose(Reason::CommonAnswer, &candidate.triple.question.question);
            continue;
        }
        chosen.push(candidate);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use records::{Answer, Kind, Question, Split, Style};

    use super::*;
    use crate::candidates::Triple;

    fn ticket(number: usize, answer: &str) -> Ticket {
        let question = Question {
            question_id: String::new(),
            question: format!("Question {number}?"),
            kind: Kind::Natural,
            hops: 1,
            style: Style::Question,
            template_family: String::new(),
            split: Split::Train,
            answerable: true,
            bm25_rank: None,
        };
        let answer = Answer { question_id: String::new(), aliases: vec![answer.to_owned()], facts: Vec::new() };
        let triple = Triple { question, answer, gold: vec![(format!("document {}", number % 3), 0)] };
        Ticket { candidate: Candidate { triple, swap: None, group: Group::Natural }, draw: 0.0 }
    }

    #[test]
    fn an_answer_that_many_sentences_give_is_taken_a_few_times_only() {
        let preset = CorpusPreset::load().unwrap();
        let found = (0..100).map(|number| ticket(number, if number < 90 { "Yes" } else { "no" })).collect();
        let mut dropped = Dropped::default();
        let chosen = choose(found, &preset, 50, 1, &mut dropped);
        let yes = chosen.iter().filter(|candidate| candidate.triple.answer.aliases[0] == "Yes").count() as u64;
        assert_eq!((yes, dropped.counts().next().unwrap().1), (preset.same_answer.0, 90 - preset.same_answer.0));
    }
}
