//! Well-formed wh-questions from a cut clause: for the subject, the object, each adjunct, the complement, the number in it, the whole verb
//! phrase. Auxiliary first, then the subject, then the rest, as English asks.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::clause::{Clause, Part, Token, head, is_plural};
use super::language::{Class, Form, Language};
use super::phrases::is_person;
use super::sentences::{DATE, pattern};

/// A question and where its answer stands in the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wh {
    pub question: String,
    /// Bytes of the sentence.
    pub answer: Range<usize>,
    /// Which rule, part of the template family.
    pub rule: &'static str,
}

static DATED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^(?:(?:early|late|mid|about|around|the (?:summer|winter|spring|autumn|end|beginning|start|year|month) of) )*{}\b",
        *DATE
    ))
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:about|around|over|only|exactly|nearly|some|at least|at most|up to|more than|less than) )?(?P<n>\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|(?:a|one) hundred) (?P<u>[a-z-]+s|people|men|women|children|percent|per cent)\b",
    )
});
static MONEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:about |over |up to )?[$€£]\d"));

/// Asks about one clause of a sentence.
pub(super) struct Asker<'a> {
    pub sentence: &'a str,
    pub clause: &'a Clause,
    pub language: &'a Language,
    /// A phrase as it stands inside a sentence: its first word in small letters unless it is a name.
    pub inner: &'a dyn Fn(&str) -> String,
    out: Vec<Wh>,
}

impl<'a> Asker<'a> {
    pub fn new(sentence: &'a str, clause: &'a Clause, language: &'a Language, inner: &'a dyn Fn(&str) -> String) -> Self {
        Self { sentence, clause, language, inner, out: Vec::new() }
    }

    /// Every question the rules give.
    pub fn all(mut self) -> Vec<Wh> {
        self.subject();
        self.apposition();
        if self.leans_on_pronoun() {
            return self.out;
        }
        if self.clause.copula {
            self.complement()
        } else {
            self.object()
        }
        self.particle();
        for number in 0..self.clause.parts.len() {
            let part = self.clause.parts[number].clone();
            let at_verb = number == 0 && self.clause.particle.is_some() && !self.is_time(&part);
            if !part.opener.is_empty() && !at_verb {
                self.adjunct(&part, Some(number));
            }
        }
        if let Some(front) = &self.clause.front {
            self.adjunct(front, None);
        }
        self.action();
        self.consequence();
        self.out
    }

    fn add(&mut self, rule: &'static str, words: &[&str], answer: Option<Range<usize>>) {
        let Some(answer) = answer else { return };
        let joined = words.iter().flat_map(|text| text.split_whitespace()).collect::<Vec<_>>().join(" ");
        let question = format!("{}?", joined.trim_end_matches([',', '.', ';', ':', ' ']));
        let first: String = question.chars().take(1).flat_map(char::to_uppercase).chain(question.chars().skip(1)).collect();
        self.out.push(Wh { question: first, answer, rule });
    }

    fn text(&self, tokens: &Range<usize>) -> &'a str {
        self.clause.text(self.sentence, tokens)
    }

    fn bytes(&self, tokens: &Range<usize>) -> Option<Range<usize>> {
        self.clause.bytes(tokens).filter(|_| tokens.len() <= 25)
    }

    fn words(&self, tokens: &Range<usize>) -> &'a [Token] {
        &self.clause.tokens[tokens.clone()]
    }

    fn subject_text(&self) -> String {
        (self.inner)(self.text(&self.clause.subject))
    }

    fn leans_on_pronoun(&self) -> bool {
        let first = self.clause.lower(self.clause.subject.start);
        let lone = self.clause.subject.len() == 1 && self.language.is(Class::Pronoun, first) && !matches!(first, "we" | "you");
        lone || matches!(
            first,
            "this"
                | "these"
                | "those"
                | "there"
                | "such"
                | "another"
                | "that"
                | "no"
                | "each"
                | "nothing"
                | "none"
                | "all"
                | "some"
                | "most"
                | "others"
        )
    }

    /// The parts after the verb that stay in a question, without this one.
    fn kept(&self, without: Option<usize>) -> String {
        let stays = |(number, part): &(usize, &Part)| Some(*number) != without && !is_clause_opener(&part.opener);
        self.clause.parts.iter().enumerate().filter(stays).map(|(_, part)| self.text(&part.tokens)).collect::<Vec<_>>().join(" ")
    }

    /// Who, what, or which of a kind.
    fn wh(&self, tokens: &Range<usize>) -> String {
        let phrase = self.words(tokens);
        let text = self.text(tokens);
        let at = head(phrase, self.language);
        let Some(noun) = phrase.get(at) else { return "What".to_owned() };
        if phrase.first().is_some_and(|first| first.lower.ends_with("ing")) {
            return "What".to_owned();
        }
        let honorific = phrase.first().is_some_and(|first| self.language.is(Class::Honorific, &first.lower));
        let plural = is_plural(phrase, self.language);
        if is_person(text) || honorific || (self.language.is(Class::Person, &noun.lower) && !plural) {
            return "Who".to_owned();
        }
        let code = noun.lower.contains(['`', '_', '.', '/']) || noun.lower.chars().any(char::is_numeric);
        let modified = at > usize::from(self.language.is(Class::Determiner, &phrase[0].lower));
        let noun_like = !noun.capital
            && !code
            && noun.lower.len() > 2
            && !self.language.is(Class::Empty, &noun.lower)
            && !noun.lower.ends_with("ing")
            && !noun.lower.ends_with("ly")
            && !self.language.is(Class::Adverb, &noun.lower)
            && !matches!(noun.lower.as_str(), "here" | "there" | "above" | "below");
        if plural && self.language.is(Class::Person, &noun.lower) {
            return "Who".to_owned();
        }
        if noun_like && modified && noun_like_end(&noun.lower) && phrase.iter().all(|token| !matches!(token.lower.as_str(), "and" | "or")) {
            format!("Which {}", noun.lower)
        } else {
            "What".to_owned()
        }
    }

    /// Who or what does it?
    fn subject(&mut self) {
        let clause = self.clause;
        let phrase = self.words(&clause.subject);
        let determiner = self.language.is(Class::Determiner, &phrase[0].lower);
        let pointing = phrase.iter().any(|token| self.language.is(Class::Pointing, &token.lower)) || self.leans_on_pronoun();
        let named = phrase
            .iter()
            .skip(usize::from(determiner || clause.subject.start == 0))
            .any(|token| token.capital || token.lower.contains('`'));
        let telling = named || phrase.len() >= 2 + usize::from(determiner);
        let pronoun = phrase.len() == 1 && self.language.is(Class::Pronoun, &phrase[0].lower);
        let end = clause.parts.last().map_or(clause.group.end, |part| part.tokens.end);
        let bracketed = phrase.iter().any(|token| token.before.contains('('));
        if bracketed || pointing || pronoun || !telling || end - clause.group.end < 2 || end - clause.group.start > 24 {
            return;
        }
        let wh = self.wh(&clause.subject);
        let plural = is_plural(phrase, self.language);
        let group = self.text(&clause.group).to_owned();
        let verb = match clause.auxiliary.as_str() {
            // "Who use" wants the singular, "Which compilers use" the plural.
            "do" if clause.group.len() == 1 && !wh.starts_with("Which") => {
                self.language.verb(&clause.verb, Form::Base).map_or(group, |verb| verb.third.clone())
            }
            _ if plural && !wh.starts_with("Which") => {
                let mut words = group.split(' ');
                let singular = match words.next() {
                    Some("are") => "is",
                    Some("were") => "was",
                    Some("have") => "has",
                    Some(other) => other,
                    None => "",
                };
                std::iter::once(singular).chain(words).collect::<Vec<_>>().join(" ")
            }
            _ => group,
        };
        let rest = self.text(&(clause.group.end..end));
        let front = clause.front.as_ref().filter(|front| !is_clause_opener(&front.opener)).map_or("", |front| self.text(&front.tokens));
        let front = lowered(front);
        self.add("subject", &[&wh, &verb, rest, &front], self.bytes(&clause.subject));
    }

    /// "X, the Y of Z, ..."
    fn apposition(&mut self) {
        let Some(apposition) = &self.clause.apposition else { return };
        let subject = &self.clause.subject;
        let named = self.words(subject).iter().all(|token| token.capital) && subject.len() <= 5;
        if named && apposition.len() >= 3 {
            let who = if is_person(self.text(subject)) { "Who is" } else { "What is" };
            let described = self.text(apposition);
            self.add("apposition_name", &[who, described], self.bytes(subject));
            self.add("apposition", &[who, self.text(subject)], self.bytes(apposition));
        }
    }

    /// What does S do something to?
    fn object(&mut self) {
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
        let adverb = first.ends_with("ly") || self.language.is(Class::Adverb, &first);
        if adverb || !self.is_thing(&tokens) || (clause.passive && first.ends_with("ing")) {
            return;
        }
        let (subject, rest) = (self.subject_text(), self.kept(Some(0)));
        if self.counted(&tokens, &subject, &clause.verb, &rest) {
            return;
        }
        let lower = self.text(&tokens).to_lowercase();
        let often = self.language.frequencies.iter().any(|word| lower.starts_with(&format!("{word} ")) || lower == *word);
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

    /// Whether some tokens read as a noun phrase or a clause, not as an adjective, an adverb or a particle.
    fn is_thing(&self, tokens: &Range<usize>) -> bool {
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
    fn particle(&mut self) {
        let clause = self.clause;
        let (Some(at), Some(part)) = (clause.particle, clause.parts.first()) else { return };
        if self.is_time(part) {
            return;
        }
        let tokens = at + 1..part.tokens.end;
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
    fn complement(&mut self) {
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

    /// When, where, how, why, how long, under what condition?
    fn adjunct(&mut self, part: &Part, number: Option<usize>) {
        let clause = self.clause;
        let inside = part.tokens.start + 1..part.tokens.end;
        if inside.is_empty() {
            return;
        }
        let (subject, rest) = (self.subject_text(), self.kept(number));
        let opener = part.opener.as_str();
        let second = clause.lower(inside.start).to_owned();
        let body: [&str; 4] = [&clause.auxiliary, &subject, &clause.verb, &rest];
        let ask = |rule: &'static str, wh: &str, answer: &Range<usize>| {
            let bytes = self.clause.bytes(answer).filter(|_| answer.len() <= 25);
            let mut words = vec![wh];
            words.extend(body);
            let joined = words.join(" ");
            (rule, joined, bytes)
        };
        let inner = clause.text(self.sentence, &inside).to_lowercase();
        let duration = NUMBER.captures(&inner).is_some_and(|found| self.language.is(Class::Duration, &found["u"]))
            || matches!(
                inner.as_str(),
                "a year" | "one year" | "a week" | "one week" | "a day" | "one day" | "an hour" | "a month" | "one month"
            );
        let dated = self.is_time(part);
        let gerund = self.language.verb(&second, Form::Gerund).is_some();
        let made = match opener {
            "for" if duration => Some(ask("how_long", "For how long", &inside)),
            "within" if duration => Some(ask("within", "Within what time", &inside)),
            "in" | "on" | "at" | "by" | "since" | "until" if dated => {
                let wh = match opener {
                    "since" => "Since when",
                    "until" => "Until when",
                    "by" => "By when",
                    _ => "When",
                };
                let answer = if matches!(opener, "in" | "on" | "by" | "since" | "until") { inside } else { part.tokens.clone() };
                Some(ask("when", wh, &answer))
            }
            "during" | "before" | "after" | "until" if !gerund || inside.len() > 2 => Some(ask("when", "When", &part.tokens)),
            "because" if second == "of" => Some(ask("why", "Why", &part.tokens)),
            "because" => Some(ask("why", "Why", &inside)),
            "so" if second == "that" => Some(ask("why", "Why", &part.tokens)),
            "in" if second == "order" => Some(ask("why", "Why", &part.tokens)),
            "to" if self.language.verb(&second, Form::Base).is_some() => {
                let used = ["used", "designed", "intended", "needed", "required", "made"].iter().any(|verb| clause.verb.ends_with(verb));
                let has_object = clause.passive
                    || (number != Some(0) && clause.parts.first().is_some_and(|part| part.opener.is_empty() && part.tokens.len() >= 2));
                match (used, has_object && !clause.copula) {
                    (true, _) => {
                        Some(ask("used_for", "What", &part.tokens)).map(|(rule, text, bytes)| (rule, format!("{text} for"), bytes))
                    }
                    (_, true) if number.is_none_or(|number| number + 1 == clause.parts.len()) => Some(ask("purpose", "Why", &part.tokens)),
                    _ => None,
                }
            }
            "by" if gerund => Some(ask("how", "How", &part.tokens)),
            "using" | "via" => Some(ask("how", "How", &part.tokens)),
            "if" | "unless" | "when" if inside.len() >= 3 => {
                let wh = if opener == "when" { "When" } else { "Under what condition" };
                Some(ask("condition", wh, &part.tokens))
            }
            _ if self.is_place(part) => Some(ask("where", "Where", &part.tokens)),
            "from" | "with" | "for" | "into" | "against"
                if !clause.copula
                    && !second.ends_with("ing")
                    && number.is_some_and(|number| number > 0 && number + 1 == clause.parts.len()) =>
            {
                let good =
                    inside.len() <= 8 && !matches!(second.as_str(), "example" | "instance" | "now" | "all") && self.is_thing(&inside);
                let wh = if self.wh(&inside) == "Who" { "Who" } else { "What" };
                good.then(|| ask("stranded", wh, &inside)).map(|(rule, text, bytes)| (rule, format!("{text} {opener}"), bytes))
            }
            _ => None,
        };
        if let Some((rule, text, bytes)) = made {
            self.add(rule, &[&text], bytes);
        }
    }

    /// "... must do X": what must they do?
    fn action(&mut self) {
        let clause = self.clause;
        let modal = matches!(clause.auxiliary.as_str(), "must" | "should" | "may" | "can" | "shall" | "will" | "would" | "could");
        let end =
            clause.parts.iter().take_while(|part| !is_clause_opener(&part.opener)).last().map_or(clause.group.end, |part| part.tokens.end);
        if !modal
            || clause.copula
            || clause.passive
            || clause.verb.starts_with("not")
            || end < clause.group.start + 4
            || end - clause.group.start > 24
        {
            return;
        }
        let subject = self.subject_text();
        let conditional = |part: &&Part| matches!(part.opener.as_str(), "if" | "when" | "before" | "after" | "unless" | "to" | "in");
        let condition = clause
            .front
            .as_ref()
            .filter(conditional)
            .or_else(|| clause.parts.iter().find(|part| matches!(part.opener.as_str(), "if" | "when" | "unless")));
        let condition = condition.map(|part| lowered(self.text(&part.tokens))).unwrap_or_default();
        let answer = self.bytes(&(clause.group.start + 1..end));
        if condition.is_empty() && clause.subject.len() < 3 {
            return;
        }
        self.add("action", &["What", &clause.auxiliary, &subject, "do", &condition], answer);
    }

    /// "If A, B": what happens if A?
    fn consequence(&mut self) {
        let clause = self.clause;
        let part = clause
            .front
            .iter()
            .chain(&clause.parts)
            .find(|part| matches!(part.opener.as_str(), "if" | "when" | "unless") && part.tokens.len() >= 4);
        let Some(part) = part else { return };
        // "A reason is when ..." tells no consequence.
        if clause.copula && clause.parts.first() == Some(part) {
            return;
        }
        let end = clause.parts.iter().take_while(|other| *other != part).last().map_or(clause.group.end, |last| last.tokens.end);
        let answer = self.bytes(&(clause.subject.start..end)).filter(|_| end - clause.subject.start >= 4);
        let condition = lowered(self.text(&part.tokens));
        self.add("what_happens", &["What happens", &condition], answer);
    }

    fn is_time(&self, part: &Part) -> bool {
        let inside = self.text(&(part.tokens.start + 1..part.tokens.end));
        let lower = inside.to_lowercase();
        let worded = matches!(
            lower.trim_start_matches("the "),
            "noon"
                | "midnight"
                | "night"
                | "dawn"
                | "monday"
                | "tuesday"
                | "wednesday"
                | "thursday"
                | "friday"
                | "saturday"
                | "sunday"
                | "morning"
                | "evening"
                | "afternoon"
                | "spring"
                | "summer"
                | "autumn"
                | "winter"
                | "end of the year"
                | "future"
                | "past"
        );
        DATED.is_match(inside) || worded
    }

    /// "in Paris", "at the old school": a place by its name or its noun.
    fn is_place(&self, part: &Part) -> bool {
        if !matches!(part.opener.as_str(), "in" | "at" | "near" | "inside" | "on" | "behind" | "under" | "above" | "below" | "within")
            && !self.particle_place(part)
        {
            return false;
        }
        let phrase = self.words(&(part.tokens.start + 1..part.tokens.end));
        let Some(noun) = phrase.get(head(phrase, self.language)) else { return false };
        let name = phrase.iter().all(|token| token.capital || matches!(token.lower.as_str(), "the" | "of")) && part.opener != "on";
        (name || self.language.is(Class::Place, &noun.lower)) && !noun.lower.chars().any(char::is_numeric) && phrase.len() <= 8
    }

    fn particle_place(&self, part: &Part) -> bool {
        part.opener.is_empty()
            && self.clause.particle == Some(part.tokens.start)
            && matches!(self.clause.lower(part.tokens.start), "in" | "at" | "near")
    }
}

/// Whether a word does not end as an adjective does.
fn noun_like_end(word: &str) -> bool {
    !["able", "ible", "ful", "ous", "ive", "ical", "less", "cient", "est"].iter().any(|end| word.ends_with(end))
}

/// Words that open a clause of its own, which a question about the main clause does not need.
fn is_clause_opener(opener: &str) -> bool {
    matches!(opener, "because" | "if" | "when" | "unless" | "although" | "while" | "until" | "so" | "whereas" | "where")
}

fn lowered(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::phrases;
    use super::*;

    fn asked(sentence: &str) -> Vec<(String, String)> {
        let language = Language::get().unwrap();
        let Some(clause) = Clause::parse(sentence, language) else { return Vec::new() };
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
            (
                "Guido van Rossum created the language as a hobby project.",
                "Who created the language as a hobby project?",
                "Guido van Rossum",
            ),
            ("The JSON parser relies on a table of states.", "What does the JSON parser rely on?", "a table of states"),
            ("The linker doesn't support shared libraries.", "Which libraries does the linker not support?", "shared libraries"),
            ("The board has seven members.", "How many members does the board have?", "seven"),
            ("If the test fails, the author must open a new ticket.", "What must the author do if the test fails?", "open a new ticket"),
            (
                "If the test fails, the author must open a new ticket.",
                "What happens if the test fails?",
                "the author must open a new ticket",
            ),
            ("Ada Lovelace, the first programmer, wrote notes on the engine.", "Who is the first programmer?", "Ada Lovelace"),
            (
                "PEP 512 was withdrawn in part because nobody maintained the code.",
                "Why was PEP 512 withdrawn in part?",
                "nobody maintained the code",
            ),
            ("The default limit is 50 megabytes.", "How many megabytes is the default limit?", "50"),
            ("Employees can work from home for 3 weeks.", "For how long can Employees work from home?", "3 weeks"),
        ];
        for (sentence, question, answer) in cases {
            let all = asked(sentence);
            assert!(all.contains(&(question.to_owned(), answer.to_owned())), "{sentence}: {all:#?}");
        }
    }

    #[test]
    fn pronouns_are_not_asked_about() {
        assert_eq!(asked("It was released in the spring of 1999."), []);
    }
}
