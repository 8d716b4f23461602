//! What is asked about single sentences, and what is not.

use super::super::phrases;
use super::*;

fn asked(sentence: &str) -> Vec<(String, String)> {
    let language = Language::get().unwrap();
    let clause = Clause::parse(sentence, language).or_else(|| Clause::instruction(sentence, language));
    let Some(clause) = clause else { return Vec::new() };
    let wh = Asker::new(sentence, &clause, language, &|text| phrases::lowered(text)).all();
    wh.into_iter().map(|wh| (wh.question, sentence[wh.answer].to_owned())).collect()
}

#[test]
fn clauses_become_questions_with_their_answers() {
    let cases = [
        ("Python 2.0 was released on October 16, 2000.", "When was Python 2.0 released?", "October 16, 2000"),
        ("The Forest Act was signed into law in 1906.", "When was the Forest Act signed into law?", "1906"),
        ("The Rust Survey is run by the Rust Survey Team.", "By whom is the Rust Survey run?", "the Rust Survey Team"),
        (
            "PEP 484 introduces a provisional module for type hints.",
            "Which module does PEP 484 introduce for type hints?",
            "a provisional module",
        ),
        ("Guido van Rossum created the language as a hobby project.", "Who created the language as a hobby project?", "Guido van Rossum"),
        ("The JSON parser relies on a table of states.", "What does the JSON parser rely on?", "a table of states"),
        ("The linker doesn't support shared libraries.", "Which libraries does the linker not support?", "shared libraries"),
        ("The board has seven members.", "How many members does the board have?", "seven"),
        ("If the test fails, the author must open a new ticket.", "What must the author do if the test fails?", "open a new ticket"),
        ("If the test fails, the author must open a new ticket.", "What happens if the test fails?", "the author must open a new ticket"),
        ("Ada Lovelace, the first programmer, wrote notes on the engine.", "Who is the first programmer?", "Ada Lovelace"),
        (
            "PEP 512 was withdrawn in part because nobody maintained the code.",
            "Why was PEP 512 withdrawn in part?",
            "nobody maintained the code",
        ),
        ("The default limit is 50 megabytes.", "How many megabytes is the default limit?", "50"),
        ("Employees can work from home for 3 weeks.", "For how long can you work from home?", "3 weeks"),
        ("You need to submit the report within 5 days.", "What do you need to submit within 5 days?", "the report"),
        ("You need to submit the report within 5 days.", "How soon do you need to submit the report?", "within 5 days"),
        ("You need to submit the report within 5 days.", "submit the report within 5 days", "You need to submit the report within 5 days"),
        ("The guide consists of four chapters.", "Of how many chapters does the guide consist?", "four"),
        ("The parser calls resolve() for every name.", "What does the parser call for every name?", "resolve()"),
        ("The path bases are relative to the folder.", "Which bases are relative to the folder?", "The path bases"),
    ];
    for (sentence, question, answer) in cases {
        let all = asked(sentence);
        assert!(all.contains(&(question.to_owned(), answer.to_owned())), "{sentence}: {all:#?}");
    }
}

#[test]
fn orders_and_rules_become_questions_of_those_they_speak_to() {
    let cases = [
        ("To request leave, send the form to your supervisor.", "request leave", "send the form to your supervisor"),
        ("If your badge is lost, you must call the security desk.", "your badge is lost", "you must call the security desk"),
        ("Contact the help desk if the screen stays black.", "if the screen stays black", "the help desk"),
        ("Use the blue form to report a change of address.", "report a change of address", "the blue form"),
        ("Employees may park their cars in the yard.", "park their cars in the yard", "Employees may park their cars in the yard"),
        ("Send the signed form to the payroll office.", "Where should you send the signed form to?", "the payroll office"),
    ];
    for (sentence, question, answer) in cases {
        let all = asked(sentence);
        assert!(all.contains(&(question.to_owned(), answer.to_owned())), "{sentence}: {all:#?}");
    }
}

#[test]
fn what_belongs_together_is_not_torn_apart() {
    let whole = [
        ("The process can vary in length and include many tasks.", "vary"),
        ("The guide allows users to search for pages.", "Why does"),
        ("Send the most important page you want to convey first.", "convey first"),
        ("The team will consider whether checking for conformance is possible.", "checking for"),
        ("The board kept track of the costs.", "keep"),
        ("The wildcard pattern has no analogous expression.", "Which expression does"),
        ("Experience posters—The posters highlight our values.", ""),
        ("The second benefit is that it is fast.", ""),
        ("Access to the default encoded version of the name.", ""),
        ("We began hosting events and working with the leaders.", "and working"),
        ("A good analysis assumes that specific goals and metrics were set.", "What does"),
        ("We listen to the staff and help agencies share the news.", "listen to the staff and"),
    ];
    for (sentence, part) in whole {
        let all = asked(sentence);
        assert!(all.iter().all(|(question, _)| !question.contains(part)), "{sentence}: {all:#?}");
    }
}

#[test]
fn plans_are_not_asked_about_as_orders_are() {
    assert_eq!(asked("Add a new concept."), []);
    assert!(!asked("Add your name to the list.").is_empty());
}

#[test]
fn pronouns_are_not_asked_about() {
    assert_eq!(asked("It was released in the spring of 1999."), []);
}
