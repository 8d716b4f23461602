//! Whether a question can be read without its sentence, and its answer stands for something.

use std::ops::Range;

use text::words;

use super::asking::Wh;
use super::clause::{Token, tokens};
use super::language::Class;
use super::rules::Reader;
use crate::filter::{content_stems, is_content_word};

/// Fewest and most words of a question.
const LENGTH: Range<usize> = 4..31;

impl Reader<'_> {
    /// Whether a question can be read without its sentence, and its answer stands for something.
    pub(super) fn is_sound(&self, wh: &Wh, sentence: &str) -> bool {
        let question = &wh.question;
        let all = tokens(question);
        let answer = &sentence[wh.answer.clone()];
        let closed = is_closed(question) && is_closed(answer);
        let content = content_stems(question).len();
        let told = words(answer)
            .any(|range| is_content_word(&answer[range.clone()].to_lowercase()) || answer[range].chars().any(char::is_numeric));
        // "until guidelines are submitted to?" was cut behind its preposition.
        let ending = all.last().is_some_and(|token| self.language.is(Class::Preposition, &token.lower));
        let hangs = self.is_hanging(answer) || ending && !["stranded", "sending", "what_particle", "used_for", "means"].contains(&wh.rule);
        // "to grow" of "to grow and to change".
        let torn = matches!(wh.rule, "purpose" | "used_for") && answer.split(' ').count() <= 2;
        LENGTH.contains(&all.len())
            && !hangs
            && !torn
            && !self.is_leaning(&all)
            && closed
            && content >= 2
            && (told || wh.rule == "how_many")
            && !self.is_pointing(wh.rule, answer)
            && !question.contains(['[', ']', '<', '>'])
    }

    /// Whether a word of a question stands for something that only the text before it names.
    fn is_leaning(&self, question: &[Token]) -> bool {
        // "its value" needs something before it that "its" may stand for.
        let named = |at: usize| {
            question[1..at].iter().any(|token| {
                is_content_word(&token.lower)
                    && !self.language.is_closed(&token.lower)
                    && !matches!(token.lower.as_str(), "condition" | "happens")
            })
        };
        question.iter().enumerate().any(|(at, token)| {
            let word = token.lower.as_str();
            let possessive = matches!(word, "its" | "their" | "his" | "her");
            self.language.is(Class::Pointing, word) && !(possessive && at > 0 && named(at))
                || matches!(word, "i" | "me")
                || self.language.is(Class::Unclear, word)
        })
    }

    /// Whether an answer says little more than "this" or "it".
    fn is_pointing(&self, rule: &str, answer: &str) -> bool {
        let first = answer.split(' ').next().unwrap_or_default().to_lowercase();
        let points = |word: &str| self.language.is(Class::Pointing, word) && !matches!(word, "its" | "their" | "his" | "her");
        // "when it comes to ...".
        let second = answer.split(' ').nth(1).unwrap_or_default().to_lowercase();
        rule == "condition" && points(&second)
            || answer.split(' ').count() <= 3 && self.language.is(Class::Pointing, &first)
            || answer.split(' ').count() <= 4 && answer.split(' ').any(points)
            || answer.split(' ').count() <= 4 && answer.split(' ').any(|word| self.language.is(Class::Unclear, &word.to_lowercase()))
    }

    /// Whether an answer was cut before its end.
    fn is_hanging(&self, answer: &str) -> bool {
        let last = answer.rsplit(' ').next().unwrap_or_default().to_lowercase();
        let opens = [Class::Determiner, Class::Preposition, Class::Conjunction, Class::Subordinator]
            .iter()
            .any(|class| self.language.is(*class, &last));
        let ends = matches!(
            last.as_str(),
            "one" | "two" | "three" | "four" | "five" | "six" | "seven" | "eight" | "nine" | "ten" | "off" | "out" | "near"
        );
        // "a hearing to determine" was cut before what is determined.
        let asks = matches!(last.as_str(), "determine" | "ensure" | "decide" | "whether" | "ascertain" | "verify" | "certify");
        // What takes "to" and lost it.
        let leads = matches!(
            last.as_str(),
            "subject" | "pursuant" | "relating" | "attesting" | "pertaining" | "according" | "equal" | "prior" | "due" | "belonging"
        );
        opens && !ends || asks || leads
    }
}

/// Whether brackets and quotes come in pairs.
fn is_closed(text: &str) -> bool {
    let even = |mark: char| text.matches(mark).count().is_multiple_of(2);
    let pair = |open: char, close: char| text.matches(open).count() == text.matches(close).count();
    even('"') && even('`') && pair('(', ')') && pair('“', '”') && pair('[', ']')
}
