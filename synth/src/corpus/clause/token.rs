//! The words of a sentence, without the marks around them, and what the words of a noun phrase tell: its head, its number.

use std::ops::Range;

use super::super::language::{Class, Form, Language};

/// A word of a sentence without the marks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::corpus) struct Token {
    /// Bytes of the sentence.
    pub range: Range<usize>,
    pub lower: String,
    pub capital: bool,
    /// Marks directly before and after.
    pub before: String,
    pub after: String,
}

/// The words of a sentence, cut at white space.
pub(in crate::corpus) fn tokens(sentence: &str) -> Vec<Token> {
    let mark = |c: char| !c.is_alphanumeric() && !matches!(c, '$' | '€' | '£' | '%' | '_' | '`' | '&' | '#' | '@' | '<' | '>' | '[');
    let of_piece = |piece: &str| {
        let start = piece.as_ptr() as usize - sentence.as_ptr() as usize;
        let core = piece.trim_matches(mark);
        let at = piece.find(core).filter(|_| !core.is_empty())?;
        // "resolve()" is one word.
        let core = if piece[at + core.len()..].starts_with("()") { &piece[at..at + core.len() + 2] } else { core };
        let range = start + at..start + at + core.len();
        Some(Token {
            lower: core.to_lowercase().replace('’', "'"),
            capital: core.starts_with(char::is_uppercase),
            before: piece[..at].to_owned(),
            after: piece[at + core.len()..].to_owned(),
            range,
        })
    };
    sentence.split_whitespace().filter_map(of_piece).flat_map(uncontracted).collect()
}

/// "you'll" is two words: "you" and "will".
fn uncontracted(token: Token) -> Vec<Token> {
    const PRONOUNS: [&str; 8] = ["i", "you", "we", "they", "he", "she", "it", "that"];
    const SHORT: [(&str, &str); 5] = [("ll", "will"), ("ve", "have"), ("re", "are"), ("d", "would"), ("s", "is")];
    let parts = token.lower.split_once('\'').filter(|(front, _)| PRONOUNS.contains(front));
    let Some((front, whole)) = parts.and_then(|(front, end)| Some((front, SHORT.iter().find(|(short, _)| *short == end)?.1))) else {
        return vec![token];
    };
    let cut = token.range.start + front.len();
    let (range, after) = (token.range.start..cut, String::new());
    let first = Token { lower: front.to_owned(), after, range, ..token.clone() };
    let second = Token { lower: whole.to_owned(), capital: false, before: String::new(), range: cut..token.range.end, ..token };
    vec![first, second]
}

/// Whether a subject takes a plural verb.
pub(in crate::corpus) fn is_plural(subject: &[Token], language: &Language) -> bool {
    let head = head(subject, language);
    let first = subject.first().map_or("", |token| token.lower.as_str());
    let joined = subject.iter().any(|token| token.lower == "and");
    let word = subject.get(head).map_or("", |token| token.lower.as_str());
    let capital = subject.get(head).is_some_and(|token| token.capital) && head > 0;
    let s = word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is") && !capital;
    joined
        || matches!(first, "these" | "those" | "many" | "several" | "few" | "we" | "you" | "i" | "they" | "both")
        || s
        || matches!(word, "people" | "children" | "men" | "women" | "data" | "police")
}

/// "members working on the code": a participle that tells more about the noun before it.
fn opens_participle(phrase: &[Token], at: usize, language: &Language) -> bool {
    let before = phrase[at - 1].lower.as_str();
    let several = before.ends_with('s') && !before.ends_with("ss") && !before.ends_with("'s");
    let object = phrase.get(at + 1).is_some_and(|next| language.is(Class::Determiner, &next.lower));
    phrase[at].lower.ends_with("ing") && language.verb(&phrase[at].lower, Form::Gerund).is_some() && (several || object)
}

/// The place of a noun phrase's head: its last word before a preposition.
pub(in crate::corpus) fn head(phrase: &[Token], language: &Language) -> usize {
    let participle = |word: &str| {
        word.ends_with("ed") && language.verb(word, Form::Participle).is_some() || matches!(word, "used" | "given" | "known" | "taken")
    };
    let cut = (1..phrase.len()).find(|at| {
        let word = phrase[*at].lower.as_str();
        let last = phrase.get(at + 1).is_none_or(|next| language.is(Class::Preposition, &next.lower));
        (language.is(Class::Preposition, word) && word != "like")
            || (last && participle(word))
            || language.is(Class::Relative, word)
            || word == "to"
            || opens_participle(phrase, *at, language)
    });
    cut.unwrap_or(phrase.len()).saturating_sub(1)
}
