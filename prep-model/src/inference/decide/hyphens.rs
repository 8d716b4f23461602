//! Which hyphens at the ends of lines go. The model says where a word was broken, from what the lines look like; that "10-" and "12", "Anne-"
//! and "Marie" or "well-" and "known" are no halves of one word is told by the characters and by which words there are. A hyphen that
//! stays where a word was broken is still what the file says; one that goes where it belonged changes a number, a code or a name.

use records::{Join, Line};

use super::Decision;
use crate::model::Vocabulary;

/// The hyphens that stand in words too; what else ends a line inside a word is written for nothing else.
const HYPHENS: [char; 2] = ['-', '\u{2010}'];
/// Fewest letters on either side of a break, as typesetters have it.
const LEAST_LETTERS: usize = 2;
/// Fewest letters of a word that is believed to be one although it is not known.
const LEAST_UNKNOWN: usize = 6;

/// Keeps the hyphens that the text itself says belong there, and puts no space behind one that a number or a name goes on behind.
pub(in crate::inference) fn settle_hyphens(lines: &[Line], decisions: &mut [Decision], vocabulary: Vocabulary<'_>) {
    for at in 0..lines.len() {
        let join = decisions[at].join;
        if !matches!(join, Join::DropHyphen | Join::Space) || !lines[at].text.ends_with(HYPHENS) {
            continue;
        }
        let Some(next) = (at + 1..lines.len()).find(|next| decisions[*next].dropped.is_none()) else { continue };
        let (line, next) = (&lines[at].text, &lines[next].text);
        let keeps = if join == Join::Space { goes_on_behind(line, next) } else { !is_one_word(line, next, vocabulary) };
        if keeps {
            decisions[at].join = Join::KeepHyphen;
        }
    }
}

/// Whether a hyphen stands inside a name, a number or a code. One before a word in small letters may stand for a part of it ("pre- and post-war").
fn goes_on_behind(line: &str, next: &str) -> bool {
    let before = line.trim_end_matches(HYPHENS);
    line[before.len()..].chars().count() == 1
        && before.ends_with(char::is_alphanumeric)
        && next.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
}

/// Whether the end of a line and the start of the next may be halves of one word.
fn is_one_word(line: &str, next: &str, vocabulary: Vocabulary<'_>) -> bool {
    let before = line.strip_suffix(HYPHENS).unwrap_or(line);
    let head = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let tail = next.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let (before, behind) = (&before[..before.len() - head.len()], &next[tail.len()..]);
    let is_code = before.ends_with(char::is_numeric) || behind.starts_with(char::is_numeric);
    let has_other_hyphens = before.ends_with(HYPHENS) || behind.starts_with(HYPHENS);
    let letters = [head, tail].map(|half| half.chars().count());
    if is_code || has_other_hyphens || letters.iter().any(|letters| *letters < LEAST_LETTERS) {
        return false;
    }
    let is_known = vocabulary.knows(&format!("{head}{tail}"));
    if tail.starts_with(char::is_uppercase) {
        return is_known && [head, tail].iter().all(|half| half.chars().all(char::is_uppercase));
    }
    is_known || letters.iter().sum::<usize>() >= LEAST_UNKNOWN && !(vocabulary.knows(head) && vocabulary.knows(tail))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::model::{DocumentWords, WordList};

    #[test]
    fn a_hyphen_stays_where_the_halves_are_no_halves_of_a_word() {
        let words = ["national", "international", "well", "known", "together", "the", "art", "resign", "sign", "law", "in"];
        let list = WordList::of_counts(words.iter().map(|word| ((*word).to_owned(), 9)).collect::<HashMap<_, _>>());
        let document = DocumentWords::of(&[]);
        let vocabulary = Vocabulary { list: &list, document: &document };
        for (line, next) in [
            ("the rent is 10-", "12 crowns"),
            ("it ends in 2027-", "05, when"),
            ("part AB-", "1234 of"),
            ("part X7-", "abc of"),
            ("part ab-", "c3po of"),
            ("by Anne-", "Marie Berg"),
            ("in Санкт-", "Петербург"),
            ("in BADEN-", "BADEN"),
            ("a well-", "known man"),
            ("state-of-the-", "art tools"),
            ("the mother-in-", "law"),
            ("an e-", "mail"),
            ("the co-", "op"),
            ("Stratford-", "upon-Avon"),
            ("-", "then"),
        ] {
            assert!(!is_one_word(line, next, vocabulary), "{line} {next}");
        }
        for (line, next) in [
            ("they went to-", "gether"),
            ("the INTER-", "NATIONAL"),
            ("an inter-", "national"),
            ("der Vorsit-", "zende"),
            ("of Ravn-", "holm"),
        ] {
            assert!(is_one_word(line, next, vocabulary), "{line} {next}");
        }
        let goes_on = [("Anto Margraf-", "Fischer"), ("10-", "12"), ("pre-", "and post-war"), ("It was -", "Then"), ("so --", "Then")];
        assert_eq!(goes_on.map(|(line, next)| goes_on_behind(line, next)), [true, true, false, false, false]);
    }
}
