use std::collections::HashMap;

use super::*;
use crate::model::{DocumentWords, WordList};

fn replace(with: char) -> Edit {
    Edit { operation: REPLACE as usize + writable(with).unwrap(), insertion: 0, probability: 0.9 }
}

fn proposed(text: &str, edits: &[(usize, Edit)]) -> Vec<(String, String)> {
    let list = WordList::of_counts(
        ["main", "hall", "of", "the", "important"].iter().map(|word| ((*word).to_owned(), 9)).collect::<HashMap<_, _>>(),
    );
    let document = DocumentWords::default();
    let mut all = vec![UNCHANGED; text.chars().count() + 1];
    edits.iter().for_each(|(at, edit)| all[*at] = *edit);
    let found = proposals(text, &all, Vocabulary { list: &list, document: &document });
    found.into_iter().map(|proposal| (text[proposal.change.range].to_owned(), proposal.change.text)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn an_unknown_word_may_become_a_known_one() {
    let delete = Edit { operation: DELETE as usize, insertion: 0, probability: 0.8 };
    assert_eq!(proposed("the rnain hall", &[(4, replace('m')), (5, delete)]), pairs(&[("rn", "m")]));
    assert_eq!(proposed("impor tant", &[(5, delete)]), pairs(&[(" ", "")]));
    let space = Edit { operation: 0, insertion: INSERT as usize + writable(' ').unwrap(), probability: 0.7 };
    assert_eq!(proposed("ofthe hall", &[(2, space)]), pairs(&[("", " ")]));
    let letter = Edit { operation: 0, insertion: INSERT as usize + writable('l').unwrap(), probability: 0.7 };
    assert_eq!(proposed("the hal", &[(7, letter)]), pairs(&[("", "l")]));
}

#[test]
fn known_words_unknown_results_and_numbers_are_left_alone() {
    assert_eq!(proposed("the hall", &[(4, replace('f'))]), pairs(&[]));
    assert_eq!(proposed("the hxll", &[(5, replace('q'))]), pairs(&[]));
    assert_eq!(proposed("room 18 hxll", &[(6, replace('6'))]), pairs(&[]));
}

#[test]
fn a_word_with_a_capital_or_a_foreign_letter_is_left_alone() {
    let delete = Edit { operation: DELETE as usize, insertion: 0, probability: 0.9 };
    assert_eq!(proposed("Rnain hall", &[(0, replace('m')), (1, delete)]), pairs(&[]));
    assert_eq!(proposed("the hâll", &[(5, replace('a'))]), pairs(&[]));
    assert!(is_garbled("ofï¬\u{81}ce") || is_garbled("donâ€™t"));
    assert!(!is_garbled("câmara") && !is_garbled("Ângela") && !is_garbled("São"));
}

#[test]
fn what_is_invisible_makes_no_word_unknown_and_nothing_strange() {
    let delete = Edit { operation: DELETE as usize, insertion: 0, probability: 0.9 };
    assert_eq!(proposed("the hal\u{ad}l", &[(4, replace('m'))]), pairs(&[]));
    assert_eq!(proposed("the im\u{ad}portant", &[(6, delete)]), pairs(&[]));
    assert_eq!(proposed("the hal\u{200b}x", &[(8, replace('l'))]), pairs(&[("x", "l")]));
}

#[test]
fn abbreviations_codes_and_names_of_two_words_are_left_alone() {
    let space = Edit { operation: 0, insertion: INSERT as usize + writable(' ').unwrap(), probability: 0.9 };
    assert_eq!(proposed("MainHall", &[(4, space)]), pairs(&[]));
    assert_eq!(proposed("the GF", &[(4, replace('o'))]), pairs(&[]));
    assert_eq!(proposed("0f", &[(0, replace('o'))]), pairs(&[]));
    assert_eq!(proposed("imp0rtant", &[(3, replace('o'))]), pairs(&[("0", "o")]));
}
