//! Questions about an adjunct: when, where, how, why, how long, under what condition.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::clause::{Part, head};
use super::super::language::{Class, Form};
use super::super::sentences::{DATE, MONTHS, pattern};
use super::{Asker, NUMBER};

static DATED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^(?:(?:early|late|mid|about|around|the (?:summer|winter|spring|autumn|end|beginning|start|year|month) of) )*{}\b",
        *DATE
    ))
});

impl Asker<'_> {
    /// When, where, how, why, how long, under what condition?
    pub(super) fn adjunct(&mut self, part: &Part, number: Option<usize>) {
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
            "within" if duration => {
                let (rule, text, bytes) = ask("how_soon", "How soon", &part.tokens);
                self.add(rule, &[&text], bytes);
                Some(ask("within", "Within what time", &inside))
            }
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
            // "at least 30 days before the sale": how long before is a part of the answer.
            "before" | "after" if part.tokens.start > 0 && self.language.is(Class::Duration, clause.lower(part.tokens.start - 1)) => None,
            "during" | "before" | "after" | "until" if !gerund || inside.len() > 2 => Some(ask("when", "When", &part.tokens)),
            "because" if second == "of" => Some(ask("why", "Why", &part.tokens)),
            "because" => Some(ask("why", "Why", &inside)),
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
            "if" | "unless" | "when" if self.tells(&inside) && (number != Some(0) || clause.passive) => {
                let wh = if opener == "when" { "When" } else { "Under what condition" };
                Some(ask("condition", wh, &part.tokens))
            }
            // Behind what follows the place, "to" would stand alone.
            "to" if self.language.is(Class::Sending, clause.verb.rsplit(' ').next().unwrap_or_default())
                && number.is_some_and(|number| number > 0 && number + 1 == clause.parts.len()) =>
            {
                let wh = if self.wh(&inside) == "Who" { "Who" } else { "Where" };
                Some(ask("sending", wh, &inside)).map(|(rule, text, bytes)| (rule, format!("{text} to"), bytes))
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

    /// Whether a condition has a verb: "if it rains", not "if verbose".
    fn tells(&self, inside: &Range<usize>) -> bool {
        let verb = |word: &str| {
            let forms = [Form::Third, Form::Past, Form::Base];
            self.language.is_auxiliary(word) || forms.iter().any(|form| self.language.verb(word, *form).is_some())
        };
        inside.len() >= 3
            && inside
                .clone()
                .skip(1)
                .take_while(|at| !self.language.is(Class::Relative, self.clause.lower(*at)))
                .any(|at| verb(self.clause.lower(at)))
    }

    pub(super) fn is_time(&self, part: &Part) -> bool {
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
    pub(super) fn is_place(&self, part: &Part) -> bool {
        if !matches!(part.opener.as_str(), "in" | "at" | "near" | "inside" | "on" | "behind" | "under" | "above" | "below" | "within")
            && !self.particle_place(part)
        {
            return false;
        }
        let phrase = self.words(&(part.tokens.start + 1..part.tokens.end));
        let Some(noun) = phrase.get(head(phrase, self.language)) else { return false };
        let name = phrase.iter().all(|token| token.capital || matches!(token.lower.as_str(), "the" | "of")) && part.opener != "on";
        // "in November" is no place.
        let month = MONTHS.split('|').any(|month| month.eq_ignore_ascii_case(&noun.lower));
        (name && !month || self.language.is(Class::Place, &noun.lower)) && !noun.lower.chars().any(char::is_numeric) && phrase.len() <= 8
    }

    fn particle_place(&self, part: &Part) -> bool {
        part.opener.is_empty()
            && self.clause.particle == Some(part.tokens.start)
            && matches!(self.clause.lower(part.tokens.start), "in" | "at" | "near")
    }
}
