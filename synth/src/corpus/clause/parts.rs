//! What follows the verb group, cut into an object and adjuncts, and where the main clause ends.

use super::super::language::{Class, Form, Language};
use super::{Clause, Part};

impl Clause {
    /// Cuts what follows the verb group into parts.
    pub(super) fn rest(&mut self, language: &Language) -> Option<()> {
        let mut start = self.group.end;
        let end = self.end(language);
        if start >= end {
            return Some(());
        }
        let prepositional = |at: usize| language.is(Class::Preposition, self.lower(at));
        let infinitive = self.lower(start) == "to" && self.is_base(start + 1, language);
        let fixed = matches!(self.lower(start + 1), "least" | "most" | "once" | "all" | "first" | "last");
        if !self.copula
            && !infinitive
            && !fixed
            && prepositional(start)
            && !matches!(self.lower(start), "than" | "like" | "as")
            && start + 1 < end
        {
            self.particle = Some(start);
        }
        let mut parts: Vec<Part> = Vec::new();
        let opens = |at: usize| {
            let word = self.lower(at);
            let infinitive = word == "to" && self.is_base(at + 1, language);
            let linked = at > 0
                && matches!(
                    self.lower(at - 1),
                    "such"
                        | "even"
                        | "up"
                        | "out"
                        | "more"
                        | "less"
                        | "and"
                        | "or"
                        | "rather"
                        | "other"
                        | "well"
                        | "due"
                        | "according"
                        | "depending"
                        | "based"
                        | "from"
                        | "to"
                        | "of"
                )
                || (at > self.group.end && language.is_participle(self.lower(at - 1)) && !language.is(Class::Doubtful, self.lower(at - 1)));
            let clause = matches!(word, "because" | "if" | "when" | "unless" | "although" | "while" | "until" | "so" | "whereas" | "where");
            let plain = language.is(Class::Preposition, word) && !matches!(word, "of" | "than" | "between" | "like" | "as" | "including")
                || clause
                || infinitive;
            let order = word == "in" && self.lower(at + 1) == "order";
            let fixed = matches!(self.lower(at + 1), "least" | "most" | "once" | "all" | "first" | "last" | "which" | "whom");
            // "by using", "by putting out": one part, and "a problem to be solved".
            let phrasal = matches!(word, "out" | "up" | "off" | "down" | "away" | "back")
                && [Form::Base, Form::Third, Form::Past, Form::Participle, Form::Gerund]
                    .iter()
                    .any(|form| language.verb(self.lower(at.saturating_sub(1)), *form).is_some());
            let linked = linked
                || phrasal
                || word == "using" && self.lower(at.saturating_sub(1)) == "by"
                || infinitive && self.lower(at + 1) == "be" && !self.passive;
            let governed = infinitive && self.governs_infinitive(at, language);
            let ordered = infinitive && self.lower(at.saturating_sub(1)) == "order";
            let bound = fixed || linked || governed || ordered;
            (plain || order) && !bound
        };
        let mut opener = if opens(start) { self.lower(start).to_owned() } else { String::new() };
        // A clause inside a part keeps all that follows.
        let closes = |at: usize| {
            language.is(Class::Relative, self.lower(at))
                || matches!(self.lower(at), "because" | "if" | "unless" | "although" | "while" | "until" | "whereas" | "whether")
                || self.opens_contact(at, language)
        };
        let mut closed = closes(start);
        for at in start + 1..end {
            if !closed && opens(at) {
                parts.push(Part { opener: std::mem::take(&mut opener), tokens: start..at });
                (start, opener) = (at, self.lower(at).to_owned());
            }
            closed |= closes(at);
        }
        parts.push(Part { opener, tokens: start..end });
        self.parts = parts;
        Some(())
    }

    /// Whether the "to" here belongs to a verb or noun before it: "allows users to vote", "a way to vote".
    fn governs_infinitive(&self, at: usize, language: &Language) -> bool {
        let forms = [Form::Base, Form::Third, Form::Past, Form::Participle, Form::Gerund];
        let controls = |word: &str| {
            let base = forms.iter().find_map(|form| language.verb(word, *form)).map_or(word, |verb| verb.base.as_str());
            language.is(Class::Control, base)
        };
        language.is(Class::ToNoun, self.lower(at.saturating_sub(1)))
            || self.verb.rsplit(' ').next().is_some_and(controls)
            || (self.group.end..at).any(|before| controls(self.lower(before)))
    }

    /// Whether a pronoun or article here begins a clause about the noun before it: "the form you sent", "a thing the board wants".
    fn opens_contact(&self, at: usize, language: &Language) -> bool {
        let before = self.lower(at.saturating_sub(1));
        let verb = [Form::Base, Form::Past, Form::Gerund].iter().any(|form| language.verb(before, *form).is_some());
        matches!(self.lower(at), "i" | "you" | "he" | "she" | "we" | "they" | "the" | "a" | "an" | "its" | "their" | "our" | "your")
            && at > self.group.end
            && self.tokens[at - 1].after.is_empty()
            && !language.is_closed(before)
            && (!verb || language.is(Class::Doubtful, before))
    }

    /// Whether the word here is a second verb in the form of the first: "can send the form and pay the fee".
    fn repeats_verb(&self, at: usize, language: &Language) -> bool {
        let next = self.lower(at + 1);
        let object = language.is(Class::Determiner, next) || language.is(Class::Pronoun, next);
        let word = self.lower(at);
        // "does not constitute or impair": where the auxiliary stands there, the second verb has no ending either.
        let does = self.auxiliary == "does" && self.group.len() == 1;
        if does {
            let governs = object || matches!(next, "to" | "whether" | "if" | "how");
            return language.verb(word, Form::Third).is_some() && governs;
        }
        let adverb = language.is(Class::Adverb, self.lower(at - 1));
        let based = self.imperative
            || matches!(self.auxiliary.as_str(), "do" | "does")
            || language.is(Class::Modal, &self.auxiliary)
            || self.verb.contains(" to ");
        based && language.verb(word, Form::Base).is_some() && (object || adverb || !language.is(Class::Doubtful, word))
    }

    /// Whether a bracket opens here that holds more than a number or a letter.
    fn opens_bracket(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        token.before.contains('(') && !(token.after.contains(')') && token.range.len() <= 4)
    }

    /// Where the main clause ends: before a second clause that hangs on it.
    fn end(&self, language: &Language) -> usize {
        let past = |at: usize| {
            let next = self.lower(at + 1);
            let closed = self.tokens.len() == at + 1
                || language.is(Class::Determiner, next)
                || language.is(Class::Preposition, next)
                || language.is(Class::Pronoun, next);
            closed && language.verb(self.lower(at), Form::Past).is_some()
        };
        let finite = |at: usize| {
            let word = self.lower(at);
            let doubtful = language.is(Class::Doubtful, word);
            language.is_auxiliary(word)
                || (!doubtful && (language.verb(word, Form::Third).is_some() || past(at)))
                || (word.ends_with("ed") && language.is(Class::Preposition, self.lower(at + 1)))
        };
        // ", find the regions": an order behind a comma.
        let splices = |at: usize| {
            let word = self.lower(at);
            let base = language.verb(word, Form::Base).is_some() && !language.is(Class::Doubtful, word);
            base && language.is(Class::Determiner, self.lower(at + 1))
        };
        for at in self.group.end..self.tokens.len() {
            let (word, marks) = (self.lower(at), self.tokens[at - 1].after.as_str());
            let dashed = marks.contains([';', ':', '—', '–']) || self.tokens[at].before.contains(['—', '–']) || self.opens_bracket(at);
            let comma = marks.contains(',');
            let relative = comma
                && (language.is(Class::Relative, word)
                    || word.ends_with("ing")
                    || matches!(
                        word,
                        "although"
                            | "though"
                            | "while"
                            | "whereas"
                            | "since"
                            | "so"
                            | "but"
                            | "because"
                            | "unless"
                            | "if"
                            | "even"
                            | "with"
                            | "such"
                            | "not"
                            | "rather"
                            | "then"
                    ));
            let second = matches!(word, "and" | "but" | "or" | "yet")
                && (at + 1..(at + 1 + if comma { 7 } else { 2 }).min(self.tokens.len()))
                    .take_while(|i| !language.is(Class::Relative, self.lower(*i)))
                    .any(finite);
            let whom = comma && language.is(Class::Preposition, word) && matches!(self.lower(at + 1), "which" | "whom" | "whose");
            let adverb = usize::from(language.is(Class::Adverb, self.lower(at + 1)));
            let second = second || matches!(word, "and" | "or") && self.repeats_verb(at + 1 + adverb, language);
            // "began hosting events and working with them".
            let gerund = |at: usize| language.verb(self.lower(at), Form::Gerund).is_some();
            let second = second || matches!(word, "and" | "or") && gerund(self.group.end) && gerund(at + 1);
            let verb = comma && (!language.is(Class::Doubtful, word) && past(at) || self.repeats_verb(at, language) || splices(at));
            let bare = (comma || at > self.group.end) && word == "but" || whom || verb || (comma && matches!(word, "as" | "no"));
            if dashed || relative || second || bare {
                return at;
            }
            if word == "and" && comma && language.is(Class::Pronoun, self.lower(at + 1)) {
                return at;
            }
        }
        self.tokens.len()
    }
}
