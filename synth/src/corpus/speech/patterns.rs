//! How speech and minutes frame a clause: "I think that ...", "I will ...", "it was agreed that ...", "the board noted that ...".

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Speech;
use crate::corpus::sentences::pattern;

/// What a speaker does with a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// "I think that ...".
    Opinion,
    /// "I will ...".
    Promise,
    /// "It was agreed that ...", with its verb.
    Decision(String),
    /// "The board noted that ...": bytes of the name, and the verb.
    Reported(Range<usize>, String),
}

/// A frame and the bytes of the clause in it, without the mark at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Framed {
    pub frame: Frame,
    pub clause: Range<usize>,
    /// Whether "that" stands before the clause: without it the clause may be a phrase.
    pub said: bool,
}

/// The frames, made of the lists of verbs.
struct Frames {
    opinion: Regex,
    promise: Regex,
    decision: Regex,
    reported: Regex,
}

static FRAMES: LazyLock<Option<Frames>> = LazyLock::new(|| {
    let speech = Speech::get().ok()?;
    let any = |words: &[String]| words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>().join("|");
    let (thinking, deciding, reporting) = (any(&speech.thinking), any(&speech.deciding), any(&speech.reporting));
    Some(Frames {
        opinion: pattern(&format!(
            r"^I(?: really| also| still| just| personally| actually| certainly| do)* ?(?:{thinking}),?(?P<t> that)? (?P<c>[^?]+?)[.!]$"
        )),
        promise: pattern(r"^I(?:'ll|’ll| will| am going to|'m going to|’m going to)(?: just| then| also)? (?P<c>[a-z][^?]+?)[.!]$"),
        decision: pattern(&format!(
            r"^(?:[Ii]t (?:was|has been)|[Ww]e(?:'ve|’ve| have)?(?: all| already)?|[Tt]hey(?: have| had)?(?: all)?)(?: also| then| finally)? (?P<v>{deciding})(?P<t> that) (?P<c>[^?]+?)\.$"
        )),
        reported: pattern(&format!(
            r"^(?P<s>\p{{Lu}}[\p{{L}}\p{{N}}.'’-]*(?: [\p{{L}}\p{{N}}.'’-]+){{0,5}}?)(?: also| then| first| further| finally| \p{{L}}+ly)?(?: has| have| had)?(?: also)? (?P<v>{reporting})(?P<t> that)? (?P<c>[^?]+?)\.$"
        )),
    })
});

/// The frame of a sentence, if it has one.
pub(super) fn framed(sentence: &str) -> Option<Framed> {
    let frames = FRAMES.as_ref()?;
    let found = |rule: &Regex, frame: fn(Option<Range<usize>>, Option<&str>) -> Option<Frame>| {
        let found = rule.captures(sentence)?;
        let frame = frame(found.name("s").map(|name| name.range()), found.name("v").map(|verb| verb.as_str()))?;
        Some(Framed { frame, clause: found.name("c")?.range(), said: found.name("t").is_some() })
    };
    found(&frames.opinion, |_, _| Some(Frame::Opinion))
        .or_else(|| found(&frames.promise, |_, _| Some(Frame::Promise)))
        .or_else(|| found(&frames.decision, |_, verb| Some(Frame::Decision(verb?.to_owned()))))
        .or_else(|| found(&frames.reported, |name, verb| Some(Frame::Reported(name?, verb?.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_are_found_in_their_frames() {
        let told = |sentence: &'static str| framed(sentence).map(|found| (found.frame, &sentence[found.clause]));
        assert_eq!(told("I really think that the case is too large."), Some((Frame::Opinion, "the case is too large")));
        assert_eq!(told("I'd say the case is too large."), Some((Frame::Opinion, "the case is too large")));
        assert_eq!(told("I'll send the minutes to the board."), Some((Frame::Promise, "send the minutes to the board")));
        assert_eq!(told("It was agreed that the fee is waived."), Some((Frame::Decision("agreed".into()), "the fee is waived")));
        assert_eq!(told("Ada thought the fee was low."), Some((Frame::Reported(0..3, "thought".into()), "the fee was low")));
        assert_eq!(told("The board noted that the fee is low."), Some((Frame::Reported(0..9, "noted".into()), "the fee is low")));
        let (name, verb) = (0..5, "said".to_owned());
        assert_eq!(told("A. Bo clearly has said that the fee is low."), Some((Frame::Reported(name, verb), "the fee is low")));
        assert_eq!(told("Is it true that the fee is low?"), None);
    }
}
