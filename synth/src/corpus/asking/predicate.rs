//! Questions about what stands after the verb: the object, the number in it, what a preposition of the verb governs, the complement of "be".

use std::ops::Range;

use super::super::clause::head;
use super::super::language::Class;
use super::super::phrases::is_person;
use super::{Asker, MONEY, NUMBER, is_clause_opener, lowered};

impl Asker<'_> {
    /// What does S do something to?
    pub(super) fn object(&mut self) {
        let clause = self.clause;
        let Some(part) = clause.parts.first().filter(|part| part.opener.is_empty()) else { return };
        let mut tokens = part.tokens.clone();
        let first = clause.lower(tokens.start).to_owned();
        if matches!(first.as_str(), "that") && tokens.len() > 3 {
            tokens.start += 1;
        } else if self.language.is(Class::Pronoun, &first)
            || matches!(first.as_str(), "as" | "than" | "like" | "not" | "so" | "true" | "up" | "out")
        {
            return;
        }
        // "helps agencies figure out what ..." has an object that does something.
        if matches!(clause.verb.as_str(), "help" | "let") {
            return;
        }
        let adverb = first.ends_with("ly") || self.language.is(Class::Adverb, &first);
        if adverb || !self.is_thing(&tokens) || (clause.passive && first.ends_with("ing")) {
            return;
        }
        let (subject, rest) = (self.subject_text(), self.kept(Some(0)));
        if self.counted(&tokens, &subject, &clause.verb, &rest) {
            return;
        }
        let lower = self.text(&tokens).to_lowercase();
        let timed = lower.split(' ').any(|word| self.language.is(Class::Duration, word));
        let bare = |word: &str| matches!(word, "every" | "each") && !timed;
        let often = self.language.frequencies.iter().any(|word| (lower.starts_with(&format!("{word} ")) || lower == *word) && !bare(word));
        let wh = match () {
            () if often => "How often".to_owned(),
            () if MONEY.is_match(&lower) => "How much".to_owned(),
            () if self.language.is(Class::Contact, clause.verb.rsplit(' ').next().unwrap_or_default()) => "Who".to_owned(),
            () => {
                let wh = self.wh(&tokens);
                if wh.starts_with("Which") && tokens.len() > 4 { "What".to_owned() } else { wh }
            }
        };
        let rule = if clause.verb == "mean" { "means" } else { "object" };
        self.add(rule, &[&wh, &clause.auxiliary, &subject, &clause.verb, &rest], self.bytes(&tokens));
    }

    /// Whether some tokens read as a noun phrase or a clause, not as an adjective, an adverb or a particle.
    pub(super) fn is_thing(&self, tokens: &Range<usize>) -> bool {
        let phrase = self.words(tokens);
        let Some(first) = phrase.first() else { return false };
        let Some(noun) = phrase.get(head(phrase, self.language)) else { return false };
        let word = noun.lower.as_str();
        let clause = self.language.is(Class::Subordinator, &first.lower) && first.lower != "whether";
        if clause {
            return false;
        }
        let opened = self.language.is(Class::Determiner, &first.lower) || first.capital || !first.before.is_empty();
        let code = first.lower.starts_with(|c: char| !c.is_alphabetic()) || first.lower.contains(['_', '`', '.', '/', ':']);
        let linking = ["become", "remain", "seem", "behave", "appear", "stay", "look", "feel", "go", "come", "get", "act", "work", "stand"];
        let bare = ["s", "ion", "ment", "ness", "ity", "ance", "ence", "ism", "ship", "ing", "ure", "age", "al", "ory", "ist"];
        let noun_like = phrase.len() > 1
            && !matches!(
                first.lower.as_str(),
                "more" | "less" | "very" | "too" | "down" | "off" | "back" | "away" | "forward" | "over" | "together"
            )
            || bare.iter().any(|end| word.ends_with(end));
        let links = linking.iter().any(|verb| self.clause.verb.ends_with(verb));
        opened || code || (noun_like && !links)
    }

    /// How many things does S have?
    fn counted(&mut self, tokens: &Range<usize>, subject: &str, verb: &str, rest: &str) -> bool {
        let (text, clause) = (self.text(tokens), self.clause);
        let Some(found) = NUMBER.captures(text) else { return false };
        let (Some(number), Some(unit)) = (found.name("n"), found.name("u")) else { return false };
        let Some(start) = clause.bytes(tokens).map(|bytes| bytes.start) else { return false };
        let tail = &text[unit.end()..];
        let percent = unit.as_str().starts_with("per");
        let long = self.language.is(Class::Duration, unit.as_str()) && matches!(verb, "take" | "last" | "be" | "");
        let wh = if percent {
            format!("What percentage{tail}")
        } else if long {
            "How long".to_owned()
        } else {
            format!("How many {}{tail}", unit.as_str())
        };
        let answer = if long || percent {
            start + number.start()..start + unit.end()
        } else {
            start + number.range().start..start + number.range().end
        };
        self.add("how_many", &[&wh, &clause.auxiliary, subject, verb, rest], Some(answer));
        true
    }

    /// What does S depend on?
    pub(super) fn particle(&mut self) {
        let clause = self.clause;
        let (Some(at), Some(part)) = (clause.particle, clause.parts.first()) else { return };
        let tokens = at + 1..part.tokens.end;
        let adverb = matches!(clause.lower(at), "out" | "off" | "up" | "down" | "along" | "behind");
        if self.is_time(part) || adverb && self.language.is(Class::Preposition, clause.lower(tokens.start)) {
            return;
        }
        if tokens.is_empty() || self.language.is(Class::Pronoun, clause.lower(tokens.start)) {
            return;
        }
        let (word, subject, rest) = (clause.lower(at).to_owned(), self.subject_text(), self.kept(Some(0)));
        let gerund = clause.lower(tokens.start).ends_with("ing") || word == "using" || word == "via";
        if word == "by" && gerund || word == "using" || word == "via" || word == "per" {
            self.add("how", &["How", &clause.auxiliary, &subject, &clause.verb, &rest], self.bytes(&part.tokens));
        } else if word == "by" && clause.passive {
            let wh = self.wh(&tokens);
            let wh = if wh == "Who" { "By whom".to_owned() } else { format!("By {}", lowered(&wh)) };
            self.add("by", &[&wh, &clause.auxiliary, &subject, &clause.verb, &rest], self.bytes(&tokens));
        } else if self.is_place(part) {
            self.add("where", &["Where", &clause.auxiliary, &subject, &clause.verb, &rest], self.bytes(&part.tokens));
        } else if !matches!(
            word.as_str(),
            "since"
                | "until"
                | "within"
                | "per"
                | "during"
                | "before"
                | "after"
                | "without"
                | "despite"
                | "except"
                | "over"
                | "off"
                | "near"
        ) && clause.lower(tokens.start) != "to"
        {
            let wh = if self.wh(&tokens) == "Who" { "Who" } else { "What" };
            if !self.is_thing(&tokens) {
                return;
            }
            self.add("what_particle", &[wh, &clause.auxiliary, &subject, &clause.verb, &word, &rest], self.bytes(&tokens));
        }
    }

    /// What is X? How many are X? Who is the Y?
    pub(super) fn complement(&mut self) {
        let clause = self.clause;
        let Some(part) = clause.parts.first() else { return };
        let (subject, first) = (self.subject_text(), clause.lower(part.tokens.start).to_owned());
        let rest = self.kept(Some(0));
        if !part.opener.is_empty() || clause.verb.starts_with("not") {
            return;
        }
        if self.counted(&part.tokens, &subject, &clause.verb, &rest) {
            return;
        }
        let token = &clause.tokens[part.tokens.start];
        let noun = self.language.is(Class::Determiner, &first)
            || token.capital
            || token.lower.starts_with(|c: char| c.is_numeric() || matches!(c, '$' | '`'));
        let judged = matches!(first.as_str(), "no" | "not" | "that" | "this" | "these" | "its" | "their" | "more" | "much" | "all" | "any");
        if !noun || judged {
            return;
        }
        let phrase = self.words(&clause.subject);
        let wh = if is_person(self.text(&clause.subject)) { "Who" } else { "What" };
        // The complement with its adjuncts is the answer: "a tool for building parsers".
        let whole = part.tokens.start
            ..clause.parts.iter().take_while(|part| !is_clause_opener(&part.opener)).last().map_or(part.tokens.end, |last| last.tokens.end);
        self.add("complement", &[wh, &clause.auxiliary, &subject, &clause.verb], self.bytes(&whole));
        let named = phrase.iter().all(|token| token.capital || matches!(token.lower.as_str(), "the" | "of")) && clause.subject.len() <= 6;
        if first == "the" && named && whole.len() >= 3 {
            let (who, group) = (self.wh(&clause.subject), self.text(&clause.group));
            self.add("named", &[if who == "Who" { "Who" } else { "What" }, group, self.text(&whole)], self.bytes(&clause.subject));
        }
    }
}
