//! Questions that are not answered by a piece of text: yes or no, and one of two options.

use super::Found;
use super::answer::Picked;
use super::evidence::{Need, Scored, covered};
use super::spans::{Shape, spans};

/// Yes where the best sentences hold what is said about every name of the question.
#[must_use]
pub fn decide(need: &Need, question: &str, found: &[(&Found, Scored)]) -> Option<Picked> {
    const ENOUGH: f32 = 0.6;
    let (best, scored) = found.first()?;
    let best_cover = covered(need, best.chunks[scored.chunk].read(), scored.sentence);
    let subject = question.split_once(' ').map_or("", |(_, rest)| rest);
    let names: Vec<Vec<String>> = spans(subject)
        .into_iter()
        .filter(|(range, shape)| *shape == Shape::Name && !subject[range.clone()].contains(" and "))
        .map(|(range, _)| text::terms(&subject[range]))
        .filter(|terms| !terms.is_empty())
        .collect();
    let said: Vec<(String, f32)> = need.terms.iter().filter(|(term, _)| !names.iter().any(|name| name.contains(term))).cloned().collect();
    let said = Need::weighted(said, Vec::new());
    let of_name = |name: &Vec<String>| {
        let about = found.iter().filter(|(found, one)| {
            let chunk = found.chunks[one.chunk].read();
            name.iter()
                .all(|term| chunk.context.contains(term) || chunk.sentences[one.sentence].terms.iter().any(|(other, _)| other == term))
        });
        about.map(|(found, one)| covered(&said, found.chunks[one.chunk].read(), one.sentence)).fold(0.0, f32::max)
    };
    let cover = if names.len() < 2 || said.terms.is_empty() { best_cover } else { names.iter().map(of_name).fold(1.0, f32::min) };
    let text = if cover >= ENOUGH { "yes" } else { "no" };
    Some(Picked { text: text.into(), from: 0, score: scored.score })
}

/// The option whose year or number wins where an order is asked for, else the one with the better sentence.
#[must_use]
pub fn choose(options: &[String; 2], larger: Option<bool>, found: &[(&Found, Scored)]) -> Option<Picked> {
    let names = options.each_ref().map(|option| text::terms(option));
    let about = |name: &Vec<String>| {
        found.iter().enumerate().find(|(_, (found, one))| {
            let chunk = found.chunks[one.chunk].read();
            let holds =
                |term: &String| chunk.context.contains(term) || chunk.sentences[one.sentence].terms.iter().any(|(other, _)| other == term);
            !name.is_empty() && name.iter().all(holds) && (larger.is_none() || number(found, one).is_some())
        })
    };
    let [left, right] = names.each_ref().map(about);
    let pick = |option: &String, hit: (usize, &(&Found, Scored))| Some(Picked { text: option.clone(), from: hit.0, score: hit.1.1.score });
    match (left, right) {
        (Some(left), Some(right)) => {
            let values = (number(left.1.0, &left.1.1), number(right.1.0, &right.1.1));
            let left_wins = match (larger, values) {
                (Some(larger), (Some(a), Some(b))) if a != b => (a > b) == larger,
                _ => left.1.1.score >= right.1.1.score,
            };
            if left_wins { pick(&options[0], left) } else { pick(&options[1], right) }
        }
        (Some(left), None) => pick(&options[0], left),
        (None, Some(right)) => pick(&options[1], right),
        (None, None) => None,
    }
}

/// The first year of a sentence, else its first number.
fn number(found: &Found, one: &Scored) -> Option<f64> {
    let chunk = &found.chunks[one.chunk];
    let sentence = &chunk.read().sentences[one.sentence];
    let text = &chunk.section.text[sentence.range.clone()];
    let of = |wanted: Shape| sentence.spans.iter().find(|span| span.shape == wanted).map(|span| &text[span.range.clone()]);
    let piece = of(Shape::Year).or_else(|| of(Shape::Quantity))?;
    let digits: String = piece.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.trim_matches('.').parse().ok()
}
