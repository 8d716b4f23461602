//! Short answers compared with the accepted ones, normalised as the SQuAD scripts do it: lower case, no ASCII punctuation, no articles, single spaces
//! (Rajpurkar et al. 2016, `evaluate-v2.0.py`). The best alias counts.

use std::collections::{HashMap, HashSet};

use records::Report;

/// Lower case, ASCII punctuation and the articles a, an, the removed, white space collapsed.
#[must_use]
pub fn normalise(text: &str) -> String {
    let bare: String = text.to_lowercase().chars().filter(|c| !c.is_ascii_punctuation()).collect();
    without_articles(&bare).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every whole word that is an article becomes a space. A word ends at any character that is no letter or digit, also at a dash, a curly quotation mark
/// or an accent of its own, which the script leaves standing: not the words that search knows.
fn without_articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let of_word = first.is_alphanumeric();
        let end = rest.find(|c: char| c.is_alphanumeric() != of_word).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        out.push_str(if matches!(piece, "a" | "an" | "the") { " " } else { piece });
        rest = behind;
    }
    out
}

/// 1 if the normalised answer equals a normalised alias, else 0.
#[must_use]
pub fn exact_match(answer: &str, aliases: &[String]) -> f64 {
    let answer = normalise(answer);
    f64::from(u8::from(aliases.iter().any(|alias| normalise(alias) == answer)))
}

/// Harmonic mean of word precision and word recall, words counted with multiplicity; the best over the aliases.
/// `F1 = 2 P R / (P + R)`, `P = common / words(answer)`, `R = common / words(alias)`. Two empty strings agree (1), one empty string never does (0), as in the script for SQuAD 2.0.
#[must_use]
pub fn f1(answer: &str, aliases: &[String]) -> f64 {
    let answer = normalise(answer);
    aliases.iter().map(|alias| word_f1(&answer, &normalise(alias))).fold(0.0, f64::max)
}

/// `F1 = 2 P R / (P + R)` of the items of an answer against those that are wanted, each right by [`exact_match`] and counted once; none where no items
/// are. An answer gives its items as a report does, behind each other or against each other.
#[must_use]
pub fn set_f1(answer: &str, wanted: &[&str]) -> Option<f64> {
    if wanted.is_empty() {
        return None;
    }
    let between = [Report::BETWEEN_ITEMS, Report::BETWEEN_ANSWERS].into_iter().find(|between| answer.contains(between));
    let split = |text: &str| between.map_or_else(|| vec![normalise(text)], |between| text.split(between).map(normalise).collect());
    let items = |all: Vec<String>| all.into_iter().filter(|item| !item.is_empty()).collect::<HashSet<String>>();
    let given = items(split(answer));
    let wanted = items(wanted.iter().map(|item| normalise(item)).collect());
    let both = given.intersection(&wanted).count();
    Some(2.0 * both as f64 / (given.len() + wanted.len()).max(1) as f64)
}

fn word_f1(answer: &str, alias: &str) -> f64 {
    let (given, wanted) = (answer.split(' ').count() as f64, alias.split(' ').count() as f64);
    if answer.is_empty() || alias.is_empty() {
        return f64::from(u8::from(answer == alias));
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in alias.split(' ') {
        *left.entry(word).or_default() += 1;
    }
    let mut common = 0.0;
    for word in answer.split(' ') {
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            common += 1.0;
        }
    }
    if common == 0.0 { 0.0 } else { 2.0 * common / (given + wanted) }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::metrics::outside::{numbers, same};

    #[derive(Deserialize)]
    struct Answer {
        given: String,
        golds: Vec<String>,
        normalised: String,
        exact: f64,
        f1: f64,
    }

    #[test]
    fn the_numbers_are_those_of_the_squad_script() {
        for row in numbers::<Vec<Answer>>("answers") {
            assert_eq!(normalise(&row.given), row.normalised);
            same(Some(exact_match(&row.given, &row.golds)), row.exact);
            same(Some(f1(&row.given, &row.golds)), row.f1);
        }
    }

    fn aliases(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn articles_case_and_punctuation_do_not_count() {
        assert_eq!(normalise("The  U.S. Army's (old) tank"), "us armys old tank");
        assert_eq!(normalise("a - the"), "");
        assert_eq!(exact_match("the Anglican communion.", &aliases(&["Anglican Communion"])), 1.0);
        assert_eq!(exact_match("Anglicans", &aliases(&["Anglican Communion", "Church"])), 0.0);
    }

    #[test]
    fn set_f1_by_hand() {
        let wanted = ["Mara Lind", "Tor Vik"];
        assert_eq!(set_f1("Tor Vik; the Mara Lind", &wanted), Some(1.0));
        assert_eq!(set_f1("tor vik / Ada Holm", &wanted), Some(0.5));
        assert_eq!(set_f1("Tor Vik", &wanted), Some(2.0 / 3.0));
        assert_eq!(set_f1("Tor Vik; Tor Vik", &wanted), Some(2.0 / 3.0));
        assert_eq!((set_f1("", &wanted), set_f1("Tor Vik", &[])), (Some(0.0), None));
    }

    #[test]
    fn f1_by_hand() {
        // answer "stanley hall of harvard" (4 words), alias "g stanley hall" (3): 2 common, P = 2/4, R = 2/3, F1 = 4/7.
        assert!((f1("Stanley Hall of Harvard", &aliases(&["G. Stanley Hall"])) - 4.0 / 7.0).abs() < 1e-12);
        // A repeated word counts once when the alias holds it once: common 1 of 2 and 1.
        assert!((f1("yes yes", &aliases(&["yes"])) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(f1("blue", &aliases(&["red", "dark blue", "blue"])), 1.0);
        assert_eq!(f1("", &aliases(&["red"])), 0.0);
        assert_eq!(f1("red", &[]), 0.0);
    }
}
