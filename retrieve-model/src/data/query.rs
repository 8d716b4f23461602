//! The words of a follow-up search: what the question still asks for, and rare words copied from the evidence. In a chain of facts the
//! sentence just quoted names what the next one is about, so what it adds to the question is the lead, and what both share is done with.

use std::collections::HashSet;

/// Rare evidence words that a follow-up search takes over.
const COPIED_WORDS: usize = 8;

/// The query that looks for the next fact; `lead` is the part of the last quoted sentence that the reader pointed at, empty where it has none.
#[must_use]
pub fn follow_up(question: &str, evidence: &str, lead: &str, idf: &dyn Fn(&str) -> f32) -> String {
    let terms = |text: &str| text::terms(text).into_iter().collect::<HashSet<_>>();
    let (asked, quoted) = (terms(question), terms(evidence));
    let mut words: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for range in text::words(question) {
        push_new(&question[range], &mut words, &mut seen, &|term| !quoted.contains(term));
    }
    for range in text::words(lead) {
        push_new(&lead[range], &mut words, &mut seen, &|_| true);
    }
    let mut rare: Vec<(f32, &str)> = Vec::new();
    for range in text::words(evidence) {
        let word = &evidence[range];
        if let Some(term) = text::term(word).filter(|term| !asked.contains(term)) {
            rare.push((idf(&term), word));
        }
    }
    rare.sort_by(|a, b| b.0.total_cmp(&a.0));
    let room = words.len() + COPIED_WORDS;
    for (_, word) in rare {
        if words.len() < room {
            push_new(word, &mut words, &mut seen, &|_| true);
        }
    }
    if words.is_empty() { question.to_owned() } else { words.join(" ") }
}

fn push_new(word: &str, words: &mut Vec<String>, seen: &mut HashSet<String>, wanted: &dyn Fn(&str) -> bool) {
    if let Some(term) = text::term(word)
        && wanted(&term)
        && seen.insert(term)
    {
        words.push(word.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_up_keeps_what_is_still_asked_and_copies_what_the_evidence_adds() {
        let query = follow_up("Who leads the unit that runs Falcon?", "Falcon is run by the Harbour Unit.", "Harbour Unit", &|_| 1.0);
        let words: Vec<&str> = query.split(' ').collect();
        assert!(words.contains(&"leads") && words.contains(&"Harbour"), "{query}");
        assert!(!words.contains(&"Falcon"), "{query}");
    }

    #[test]
    fn an_empty_question_gives_an_empty_query() {
        assert_eq!(follow_up("", "", "", &|_| 1.0), "");
    }
}
