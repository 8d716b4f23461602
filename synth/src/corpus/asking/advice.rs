//! Questions of somebody who wants to get something done: what to do in a case, how to reach a purpose, whom to turn to, what is allowed.
//! What they give is the middle of a question ("my badge is lost"); the wordings around it are in `presets/corpus.toml`.

use std::ops::Range;

use super::super::clause::Part;
use super::super::language::{Class, Form};
use super::{Asker, Wh, is_clause_opener, lowered};

impl Asker<'_> {
    /// Whether the clause speaks to its reader, as an order does and "you must" or "employees may".
    pub(super) fn is_advice(&self) -> bool {
        self.clause.imperative || self.is_addressed()
    }

    /// Whether the subject is one of those a handbook speaks to, and is told what to do.
    pub(super) fn is_addressed(&self) -> bool {
        let clause = self.clause;
        let modal =
            self.language.is(Class::Modal, &clause.auxiliary) || clause.verb.starts_with("need to") || clause.verb.starts_with("have to");
        let subject = self.words(&clause.subject);
        let article = subject.first().is_some_and(|first| matches!(first.lower.as_str(), "the" | "a" | "an" | "all"));
        let [noun] = &subject[usize::from(article && subject.len() > 1)..] else { return false };
        modal && self.language.is(Class::Addressed, &noun.lower)
    }

    fn slot(&mut self, rule: &'static str, text: &str, answer: Option<Range<usize>>) {
        let last = text.trim_end_matches(|c: char| !c.is_alphanumeric()).rsplit(' ').next().unwrap_or_default().to_lowercase();
        let cut = [Class::Preposition, Class::Determiner, Class::Conjunction].iter().any(|class| self.language.is(*class, &last));
        if cut || last == "exactly" {
            return;
        }
        let question = text.trim().trim_end_matches([',', '.', ';', ':']).to_owned();
        self.out.extend(answer.map(|answer| Wh { question, answer, rule }));
    }

    pub(super) fn advice(&mut self) {
        let clause = self.clause;
        let start = if clause.imperative { clause.group.start } else { clause.subject.start };
        let case =
            |part: &&Part| matches!(part.opener.as_str(), "if" | "when" | "once" | "before" | "after" | "unless") && part.tokens.len() >= 4;
        // "Check if it works" and "look and see if it works": what is checked is no case.
        let checked = |part: &&Part| part.tokens.start > 0 && self.language.verb(clause.lower(part.tokens.start - 1), Form::Base).is_some();
        let object = clause.parts.iter().filter(|part| matches!(part.opener.as_str(), "if" | "when")).find(checked);
        if let Some(part) = clause.front.iter().chain(&clause.parts).find(case).filter(|part| Some(*part) != object) {
            let gerund = clause.lower(part.tokens.start + 1).ends_with("ing");
            let answer = self.bytes(&(start..self.end_before(None))).filter(|_| self.end_before(None) - start >= 2);
            if matches!(part.opener.as_str(), "if" | "when") && !gerund {
                self.slot("do_if", self.text(&(part.tokens.start + 1..part.tokens.end)), answer);
            } else {
                self.slot("do_when", &lowered(self.text(&part.tokens)), answer);
            }
        }
        if let Some(part) = clause.front.as_ref().filter(|part| part.opener == "for" && part.tokens.len() >= 3) {
            let answer = self.bytes(&(start..self.end_before(None)));
            self.slot("do_for", self.text(&(part.tokens.start + 1..part.tokens.end)), answer);
        }
        self.purpose(start);
        self.contact();
        if !clause.imperative {
            self.leave(start);
        }
    }

    /// The end of the parts before one, or before the first clause that hangs on the main one.
    fn end_before(&self, stop: Option<&Part>) -> usize {
        let stays = |part: &&Part| Some(*part) != stop && !is_clause_opener(&part.opener);
        self.clause.parts.iter().take_while(stays).last().map_or(self.clause.group.end, |last| last.tokens.end)
    }

    /// "To register, send the form": how to register? "Use the form to register": what to use?
    fn purpose(&mut self, start: usize) {
        let clause = self.clause;
        let last_verb = clause.verb.rsplit(' ').next().unwrap_or_default();
        if clause.verb.starts_with("not")
            || matches!(last_verb, "want" | "learn" | "see" | "think" | "remember" | "like" | "wish" | "hope" | "have" | "be")
        {
            return;
        }
        let verb_of = |part: &Part| match part.opener.as_str() {
            "to" => Some(part.tokens.start + 1),
            "in" if clause.lower(part.tokens.start + 1) == "order" && clause.lower(part.tokens.start + 2) == "to" => {
                Some(part.tokens.start + 3)
            }
            _ => None,
        };
        let wanted = |part: &Part| {
            let at = verb_of(part)?;
            let verb = clause.lower(at);
            (self.language.verb(verb, Form::Base).is_some() && part.tokens.end - at >= 2).then_some(at..part.tokens.end)
        };
        let last = clause.parts.iter().enumerate().skip(1).find(|(_, part)| wanted(part).is_some()).map(|(_, part)| part);
        let (purpose, end) = match (clause.front.as_ref().and_then(wanted), last) {
            (Some(purpose), _) => (purpose, self.end_before(None)),
            // What follows the purpose is a part of it.
            (None, Some(part)) => (
                wanted(part).map(|found| found.start..self.end_before(None).max(found.end)).unwrap_or_default(),
                self.end_before(Some(part)),
            ),
            _ => return,
        };
        let text = self.text(&purpose);
        let object = clause.parts.first().filter(|part| part.opener.is_empty() && part.tokens.len() <= 8);
        let used = clause.verb == "use" || clause.verb.ends_with(" use");
        if let Some(object) = object.filter(|_| used) {
            self.slot("use_to", text, self.bytes(&object.tokens));
        }
        let answer = self.bytes(&(start..end)).filter(|_| end - start >= 3);
        self.slot("how_to", text, answer);
    }

    /// "Contact the help desk if ...": whom to contact if ...?
    fn contact(&mut self) {
        let clause = self.clause;
        let verb = clause.verb.rsplit(' ').next().unwrap_or_default();
        let Some(object) = clause.parts.first().filter(|part| part.opener.is_empty() && part.tokens.len() <= 10) else { return };
        let acts = object.tokens.clone().any(|at| clause.lower(at) == "to");
        if acts || !self.language.is(Class::Contact, verb) || self.language.is(Class::Pronoun, clause.lower(object.tokens.start)) {
            return;
        }
        // "Ask the guard to open" is no question to the guard.
        let tells = matches!(verb, "ask" | "tell" | "inform" | "notify" | "alert");
        let occasion = |part: &&Part| match part.opener.as_str() {
            "to" => !tells,
            opener => matches!(opener, "if" | "when" | "for" | "about" | "with" | "regarding" | "before" | "after"),
        };
        let Some(part) = clause.parts[1..].iter().chain(&clause.front).find(occasion).filter(|part| part.tokens.len() >= 3) else { return };
        self.slot("contact", &lowered(self.text(&part.tokens)), self.bytes(&object.tokens));
    }

    /// "You may not park here": may I park here? "You must register": must I register?
    fn leave(&mut self, start: usize) {
        let clause = self.clause;
        let end = self.end_before(None);
        if clause.copula || clause.passive || end < clause.group.end + 2 {
            return;
        }
        let verb = clause.verb.strip_prefix("not ").unwrap_or(&clause.verb);
        let chained = ["need to ", "have to ", "required to ", "allowed to ", "permitted to "]
            .iter()
            .find_map(|chain| Some((*chain, verb.strip_prefix(*chain)?)));
        let (rule, verb) = match (clause.auxiliary.as_str(), chained) {
            (_, Some(("allowed to " | "permitted to ", verb))) => ("permission", verb),
            ("can" | "may", None) => ("permission", verb),
            (_, Some((_, verb))) => ("obligation", verb),
            ("must" | "should" | "shall", None) => ("obligation", verb),
            _ => return,
        };
        // "You may want to think about it" neither allows nor demands.
        let first = verb.split(' ').next().unwrap_or_default();
        if matches!(first, "want" | "wish" | "like" | "need" | "have" | "see" | "think" | "imagine" | "say" | "expect") {
            return;
        }
        let action = format!("{verb} {}", self.text(&(clause.group.end..end)));
        self.slot(rule, &action, self.bytes(&(start..end)));
    }
}
