//! Questions about what stands after the verb: the object, the number in it, what a preposition of the verb governs, the complement of "be".

use std::ops::Range;

use super::super::clause::head;
use super::super::language::{Class, Form};
use super::super::phrases::is_person;
use super::{Asker, MONEY, NUMBER, is_clause_opener, lowered};

impl Asker<'_> {
    /// What does S do something to?
    pub(super) fn object(&mut self) {
        let clause = self.clause;
        let Some(part) = clause.parts.first().filter(|part| part.opener.is_empty()) else { return };
        let mut tokens = part.tokens.clone();
        let first = clause.lower(tokens.start).to_owned();
        let verb = |at: usize| {
            let word = clause.lower(at);
            let forms = [Form::Third, Form::Past, Form::Base];
            self.language.is_auxiliary(word) || forms.iter().any(|form| self.language.verb(word, *form).is_some())
        };
        if matches!(first.as_str(), "that") && tokens.len() > 3 {
            tokens.start += 1;
            // "Allegations have arisen that ...", "she was concerned that ...": nothing that was arisen or concerned.
            if clause.passive
                || matches!(clause.verb.rsplit(' ').next(), Some("arise" | "arisen" | "emerge" | "emerged"))
                || !tokens.clone().any(verb)
            {
                return;
            }
        } else if self.language.is(Class::Pronoun, &first)
            || matches!(first.as_str(), "as" | "than" | "like" | "not" | "so" | "true" | "up" | "out")
        {
            return;
        }
        // "helps agencies figure out what ..." has an object that does something.
        let last_verb = clause.verb.rsplit(' ').next().unwrap_or_default();
        if tokens.len() == 1 && self.language.verb(&first, Form::Gerund).is_some() {
            return;
        }
        let governed = |at: usize| clause.lower(at) == "to" && self.language.verb(clause.lower(at + 1), Form::Base).is_some();
        let caused = self.language.is(Class::Control, last_verb) && tokens.clone().skip(1).any(governed);
        // "provides authors with tools", "gives users a choice": the first object is not what is given.
        let supplied = matches!(last_verb, "provide" | "supply" | "present" | "furnish" | "equip")
            && clause.parts.get(1).is_some_and(|next| next.opener == "with");
        let second = |at: usize| {
            matches!(clause.lower(at), "the" | "a" | "an")
                && !self.language.is_closed(clause.lower(at - 1))
                && clause.tokens[at - 1].after.is_empty()
        };
        let double = tokens.clone().skip(1).take(5).any(second) && tokens.len() <= 8;
        let led = first == "to" && clause.passive || first != "to" && self.language.is(Class::Preposition, &first);
        if supplied
            || double
            || led
            || matches!(last_verb, "help" | "let" | "make") && tokens.len() > 2
            || caused
            || first == "no"
            || self.is_idiom(&tokens)
        {
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
            () => {
                let wh = self.wh(&tokens);
                if wh.starts_with("Which") && tokens.len() > 4 { "What".to_owned() } else { wh }
            }
        };
        let rule = if clause.verb == "mean" { "means" } else { "object" };
        self.add(rule, &[&wh, &clause.auxiliary, &subject, &clause.verb, &rest], self.bytes(&tokens));
    }

    /// Whether some tokens make one expression with the verb: "keep track of".
    fn is_idiom(&self, tokens: &Range<usize>) -> bool {
        let verb = self.clause.verb.rsplit(' ').next().unwrap_or_default();
        let light = matches!(verb, "take" | "keep" | "make" | "have" | "give" | "pay" | "play" | "put" | "get" | "do");
        let article = matches!(self.clause.lower(tokens.start), "a" | "an" | "the");
        light && self.language.is(Class::Idiom, self.clause.lower(tokens.start + usize::from(article)))
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
        let code = first.lower.starts_with(|c: char| !c.is_alphabetic()) || first.lower.contains(['_', '`', '.', '/', ':', '(']);
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
        let gerund = self.language.verb(clause.lower(tokens.start), Form::Gerund).is_some();
        if gerund && !matches!(clause.lower(at), "by" | "using" | "via")
            || tokens.is_empty()
            || self.language.is(Class::Pronoun, clause.lower(tokens.start))
        {
            return;
        }
        // "found to either be too short".
        let acts = |at: usize| self.language.verb(clause.lower(at), Form::Base).is_some() || clause.lower(at) == "be";
        if clause.lower(at) == "to" && (acts(at + 1) || acts(at + 2) && self.language.is(Class::Adverb, clause.lower(at + 1))) {
            return;
        }
        let (word, subject, rest) = (clause.lower(at).to_owned(), self.subject_text(), self.kept(Some(0)));
        let gerund = clause.lower(tokens.start).ends_with("ing") || word == "using" || word == "via";
        // "considered using a list" and "vests by operation of law" tell no thing.
        if matches!(word.as_str(), "using" | "by") && !clause.passive && !(word == "by" && gerund) {
            return;
        }
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
            let person = self.wh(&tokens) == "Who" && !matches!(word.as_str(), "on" | "in" | "at" | "of");
            let wh = if person { "Who" } else { "What" };
            let counted = NUMBER.captures(self.text(&tokens)).and_then(|found| Some((found.name("n")?.range(), found.name("u")?)));
            if let Some((number, unit)) = counted {
                let start = clause.bytes(&tokens).map_or(0, |bytes| bytes.start);
                let many = format!("{word} how many {}{}", unit.as_str(), &self.text(&tokens)[unit.end()..]);
                let many: String = many.chars().take(1).flat_map(char::to_uppercase).chain(many.chars().skip(1)).collect();
                let answer = Some(start + number.start..start + number.end);
                return self.add("how_many", &[&many, &clause.auxiliary, &subject, &clause.verb, &rest], answer);
            }
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
        let subject_head = self.words(&clause.subject);
        if subject_head
            .get(head(subject_head, self.language))
            .is_some_and(|noun| matches!(noun.lower.as_str(), "example" | "examples" | "alternative" | "exception" | "reason"))
        {
            return;
        }
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
