//! Questions that nothing answers: a real question whose name, title or term is exchanged for one that exists, or might, but is never
//! mentioned together with what is asked.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use records::{Answer, Kind, Question, Split};

use super::preset::CorpusPreset;
use super::rules::{Candidate, Swap};
use super::scout::Scout;
use crate::candidates::Triple;
use crate::dropped::Dropped;
use crate::filter::{Reason, content_stems};

/// Names tried for one question.
const TRIES: usize = 12;

/// What may take the place of another: its split, its document and itself.
type Offer<'a> = (Split, &'a str, &'a Swap);

/// Turns the wanted share of the questions into unanswerable ones, in the order of the rest.
pub(super) fn near_misses(chosen: Vec<Candidate>, preset: &CorpusPreset, scout: &Scout, seed: u64, dropped: &mut Dropped) -> Vec<Triple> {
    let removed = chosen.iter().filter(|candidate| !candidate.triple.question.answerable).count();
    let wanted = ((chosen.len() as f64 * preset.unanswerable).round() as usize).saturating_sub(removed);
    let mut offers: [Vec<Offer>; 5] = Default::default();
    let mut eligible: [Vec<usize>; 5] = Default::default();
    for (at, candidate) in chosen.iter().enumerate() {
        if let (Some(swap), Some(gold)) = (&candidate.swap, candidate.triple.gold.first()) {
            offers[swap.class()].push((candidate.triple.question.split, &gold.0, swap));
            eligible[swap.class()].push(at);
        }
    }
    // The classes take turns, so that the commonest does not crowd out the rest.
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6e65_6172);
    for class in &mut eligible {
        class.shuffle(&mut rng);
        // The other half keeps its answers, or a rare kind of question would only be known as unanswerable.
        class.truncate(class.len().div_ceil(2));
    }
    let longest = eligible.iter().map(Vec::len).max().unwrap_or(0);
    let order: Vec<usize> = (0..longest).flat_map(|turn| eligible.iter().filter_map(move |class| class.get(turn).copied())).collect();
    let mut exchanged: Vec<(usize, String)> = Vec::new();
    // Tried in parallel, in batches, so that not many more are searched than wanted.
    for batch in order.chunks(256) {
        if exchanged.len() >= wanted {
            break;
        }
        let exchange = |at: &usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (*at as u64).wrapping_mul(0x9E37_79B9));
            exchange(&chosen[*at], &offers, scout, &mut rng).map(|question| (*at, question))
        };
        let tried: Vec<_> = batch.par_iter().map(exchange).collect();
        for (at, _) in batch.iter().zip(&tried).filter(|(_, result)| result.is_none()) {
            dropped.lose(Reason::NoMaterial, &chosen[*at].triple.question.question);
        }
        exchanged.extend(tried.into_iter().flatten());
    }
    exchanged.truncate(wanted);
    let mut triples: Vec<Triple> = chosen.into_iter().map(|candidate| candidate.triple).collect();
    for (at, question) in exchanged {
        let asked = &triples[at].question;
        let family = format!("{}/near_miss", asked.template_family);
        let question =
            Question { question, kind: Kind::Unanswerable, hops: 0, answerable: false, template_family: family, ..asked.clone() };
        triples[at] =
            Triple { question, answer: Answer { question_id: String::new(), aliases: Vec::new(), facts: Vec::new() }, gold: Vec::new() };
    }
    triples
}

/// The question with another name in it, if nothing in the corpus may answer that.
fn exchange(candidate: &Candidate, offers: &[Vec<Offer>; 5], scout: &Scout, rng: &mut ChaCha8Rng) -> Option<String> {
    let swap = candidate.swap.as_ref()?;
    let asked = &candidate.triple.question;
    let document = &candidate.triple.gold.first()?.0;
    let offers = &offers[swap.class()];
    (0..TRIES).find_map(|_| {
        let (split, from, other) = offers.get(rng.random_range(0..offers.len().max(1)))?;
        let name = match swap {
            Swap::Term(term) => crossed(term, other.text())?,
            Swap::Code(code) => crossed_code(code, other.text())?,
            _ => other.text().to_owned(),
        };
        let alike = article(&name) == article(swap.text());
        let question = asked.question.replacen(swap.text(), &name, 1);
        // A term or abbreviation must be missing from the corpus, a name or title only together with the question.
        let made_up = matches!(swap, Swap::Term(_) | Swap::Code(_));
        let answered = scout.may_answer(if made_up { &name } else { &question }, &name);
        // With one other word left, any section on the name might answer in its own words.
        let telling = content_stems(&question.replace(&name, "")).len() >= 2 || made_up;
        let foreign = *split == asked.split && *from != document && !asked.question.contains(&name);
        (alike && telling && foreign && !answered).then_some(question)
    })
}

/// The kind of article a name begins with.
fn article(name: &str) -> u8 {
    match name.split(' ').next() {
        Some("the") => 1,
        Some("a" | "an") => 2,
        _ => 0,
    }
}

/// The front of one term with the last word of another: "a trivial cast" and "a version check" give "a trivial check".
fn crossed(term: &str, other: &str) -> Option<String> {
    let (front, last) = term.rsplit_once(' ')?;
    let new = other.rsplit(' ').next()?;
    let bare = matches!(front, "a" | "an" | "the");
    (!bare && new != last && new.starts_with(char::is_lowercase) == last.starts_with(char::is_lowercase)).then(|| format!("{front} {new}"))
}

/// An abbreviation with its last letter taken from another: "PGO" and "LTS" give "PGS".
fn crossed_code(code: &str, other: &str) -> Option<String> {
    let (front, last) = code.char_indices().last().map(|(at, last)| (&code[..at], last))?;
    let new = other.chars().last().filter(|new| *new != last && new.is_uppercase())?;
    Some(format!("{front}{new}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_crossed_word_by_word() {
        assert_eq!(crossed("a trivial cast", "a version check").as_deref(), Some("a trivial check"));
        assert_eq!(crossed("a cast", "a version check"), None);
        assert_eq!(crossed_code("PGO", "LTS").as_deref(), Some("PGS"));
        assert_eq!(crossed_code("PGO", "DO"), None);
    }
}
