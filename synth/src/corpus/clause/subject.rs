//! The subject of a clause: what may stand before it, where it ends, which word is its verb.

use std::ops::Range;

use super::super::language::{Class, Form, Language};
use super::{Token, is_plural};

const MOST_SUBJECT_WORDS: usize = 12;

/// The number of tokens that only lean on the sentence before ("However,").
pub(super) fn opener(tokens: &[Token], sentence: &str, language: &Language) -> usize {
    let Some(comma) = tokens.iter().take(6).position(|token| token.after.contains(',')) else {
        return usize::from(tokens.first().is_some_and(|token| matches!(token.lower.as_str(), "and" | "but" | "so")));
    };
    let lead = sentence[tokens[0].range.start..tokens[comma].range.end].to_lowercase();
    if language.openers.contains(&lead) || (comma == 0 && lead.ends_with("ly")) { comma + 1 } else { 0 }
}

/// The subject that starts at a token, an apposition after it, and the token of the first verb.
pub(super) fn subject(all: &[Token], start: usize, language: &Language) -> Option<(Range<usize>, Option<Range<usize>>, usize)> {
    let (mut end, mut apposition) = (None, None);
    let first = all.get(start)?.lower.as_str();
    if language.is_auxiliary(first)
        || language.is(Class::Adverb, first) && first != "both"
        || language.is(Class::Preposition, first) && start > 0
        || language.is(Class::Relative, first)
        || matches!(
            first,
            "to" | "and" | "or" | "but" | "nor" | "neither" | "as" | "than" | "please" | "let's" | "let" | "here" | "there" | "such"
        )
        || first.ends_with("ly")
    {
        return None;
    }
    let mut at = start;
    while at < all.len() && at - start <= MOST_SUBJECT_WORDS + 10 {
        let token = &all[at];
        let word = token.lower.as_str();
        if at > start && is_finite(all, start, at, language) {
            let subject = start..end.unwrap_or(at);
            let adverbs = (subject.start + 1..subject.end)
                .rev()
                .take_while(|i| language.is(Class::Adverb, &all[*i].lower) || all[*i].lower.ends_with("ly"))
                .count();
            let subject = subject.start..subject.end - adverbs;
            return (subject.len() <= MOST_SUBJECT_WORDS && !subject.is_empty()).then_some((subject, apposition, at));
        }
        let bare_clause = at > start + 1
            && end.is_none()
            && matches!(word, "the" | "a" | "an" | "we" | "you" | "they" | "it" | "i" | "he" | "she")
            && !language.is(Class::Preposition, &all[at - 1].lower)
            && !matches!(all[at - 1].lower.as_str(), "and" | "or" | "both" | "all" | "of" | "to")
            && !all[at - 1].lower.ends_with("ing");
        // "users adopt": a verb that was not taken for the finite one, so that a later one would be.
        let missed = at > start
            && !token.capital
            && !language.is(Class::Doubtful, word)
            && language.verb(word, Form::Base).is_some()
            && all[at - 1].lower.ends_with('s')
            && !all[at - 1].capital
            && !all[at - 1].lower.ends_with("ss");
        if bare_clause
            || missed
            || language.is(Class::Relative, word) && at > start
            || matches!(
                word,
                "but" | "because" | "if" | "when" | "unless" | "while" | "although" | "though" | "since" | "until" | "whereas" | "whether"
            )
        {
            return None;
        }
        if token.after.contains(',') && end.is_none() {
            let close = (at + 1..all.len().min(at + 14)).find(|i| all[*i].after.contains(','))?;
            let next = all.get(at + 1)?.lower.as_str();
            if !matches!(next, "the" | "a" | "an") || !is_finite(all, start, close + 1, language) {
                return None;
            }
            (end, apposition) = (Some(at + 1), Some(at + 1..close + 1));
            at = close + 1;
            continue;
        }
        if token.after.contains([';', ':', '.', '—', '–', '!', '?']) || token.before.contains(['—', '–']) {
            return None;
        }
        at += 1;
    }
    None
}

/// Whether a token is the finite verb of the subject that starts at `start`.
fn is_finite(all: &[Token], start: usize, at: usize, language: &Language) -> bool {
    let Some(token) = all.get(at) else { return false };
    let word = token.lower.as_str();
    if language.is_auxiliary(word) {
        // "Members deserve to have a say".
        return all[at - 1].lower != "to";
    }
    let before = all[at - 1].lower.as_str();
    // "The path bases are relative": what an auxiliary follows is a noun.
    if all.get(at + 1).is_some_and(|next| language.is_auxiliary(&next.lower)) {
        return false;
    }
    if at == start + 1 {
        let form = match before {
            "we" | "you" | "they" | "i" => Form::Base,
            "he" | "she" | "it" => Form::Third,
            _ => Form::Gerund,
        };
        if form != Form::Gerund && (language.verb(word, form).is_some() || language.verb(word, Form::Past).is_some()) {
            return true;
        }
    }
    // "Creating shared tools".
    if at == start + 1 && before.ends_with("ing") && language.verb(word, Form::Third).is_none() {
        return false;
    }
    let (third, past, base) = (language.verb(word, Form::Third), language.verb(word, Form::Past), language.verb(word, Form::Base));
    if token.capital || (third.is_none() && past.is_none() && base.is_none()) {
        return false;
    }
    let after_noun = !language.is(Class::Determiner, before)
        && !language.is(Class::Preposition, before)
        && !matches!(before, "and" | "or" | "to" | "not" | "be" | "been" | "being");
    let plural = is_plural(&all[start..at], language);
    let agrees = match (third.is_some(), past.is_some()) {
        (true, _) => !plural || at == start + 1,
        (_, true) => true,
        _ => plural && at > start,
    };
    let opens_object = all.get(at + 1).is_some_and(|next| {
        language.is(Class::Determiner, &next.lower) && next.lower != "that"
            || matches!(next.lower.as_str(), "it" | "them" | "how" | "what" | "whether" | "only" | "out" | "up")
            || next.lower.starts_with(|c: char| c.is_ascii_digit())
            || next.lower.ends_with("()")
            || next.lower.contains(['_', '`'])
    });
    // "The report published by the board is": a participle that only tells which one, since a finite verb follows and no object does.
    let agent = past.is_some_and(|verb| verb.past == verb.participle)
        && all.get(at + 1).is_some_and(|next| matches!(next.lower.as_str(), "by" | "under" | "pursuant"));
    if agent {
        return false;
    }
    let reduced = past.is_some_and(|verb| verb.past == verb.participle)
        && third.is_none()
        && !opens_object
        && (at + 1..all.len().min(at + 12)).any(|i| {
            let next = all[i].lower.as_str();
            language.is_auxiliary(next) || !language.is(Class::Doubtful, next) && language.verb(next, Form::Third).is_some()
        });
    // Law says much between a subject and its "shall".
    let late = (at + 12..all.len().min(at + 30)).any(|i| language.is(Class::Modal, &all[i].lower));
    let reduced = reduced || late && past.is_some_and(|verb| verb.past == verb.participle) && third.is_none() && !opens_object;
    // "Access to the default encoded version": inside a phrase that hangs on the subject's noun, and without an object that could be told.
    let hanging = past.is_some_and(|verb| verb.past == verb.participle)
        && third.is_none()
        && !opens_object
        && all[start + 1..at].iter().any(|token| language.is(Class::Preposition, &token.lower))
        && all.get(at + 1).is_some_and(|next| !language.is_closed(&next.lower) && !next.lower.ends_with("ly") && token.after.is_empty());
    if hanging {
        return false;
    }
    let doubtful = language.is(Class::Doubtful, word) || third.is_none() && past.is_none();
    after_noun && agrees && !reduced && (!doubtful || opens_object)
}
