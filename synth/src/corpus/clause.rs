//! The main clause of an English sentence, cut into subject, verb group and what follows, by closed word classes and verb forms alone.
//! Refuses what it does not understand: a lost sentence costs one question, a wrong cut makes a bad one.

use std::ops::Range;

use super::language::{Class, Form, Language};

/// A word of a sentence without the marks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Bytes of the sentence.
    pub range: Range<usize>,
    pub lower: String,
    pub capital: bool,
    /// Marks directly before and after.
    pub before: String,
    pub after: String,
}

/// The words of a sentence, cut at white space.
pub(super) fn tokens(sentence: &str) -> Vec<Token> {
    let mark = |c: char| !c.is_alphanumeric() && !matches!(c, '$' | '€' | '£' | '%' | '_' | '`' | '&' | '#' | '@' | '<' | '>' | '[');
    let of_piece = |piece: &str| {
        let start = piece.as_ptr() as usize - sentence.as_ptr() as usize;
        let core = piece.trim_matches(mark);
        let at = piece.find(core).filter(|_| !core.is_empty())?;
        let range = start + at..start + at + core.len();
        Some(Token {
            lower: core.to_lowercase().replace('’', "'"),
            capital: core.starts_with(char::is_uppercase),
            before: piece[..at].to_owned(),
            after: piece[at + core.len()..].to_owned(),
            range,
        })
    };
    sentence.split_whitespace().filter_map(of_piece).collect()
}

/// Something after the verb group: an object, or an adjunct with the word that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The preposition, conjunction or "to" in small letters; empty for an object or complement.
    pub opener: String,
    /// Tokens, with the opener.
    pub tokens: Range<usize>,
}

/// A main clause; token numbers refer to the sentence's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub tokens: Vec<Token>,
    /// What stands before the subject: "In 1998", "If the test fails".
    pub front: Option<Part>,
    pub subject: Range<usize>,
    /// Appositive after the subject, between commas.
    pub apposition: Option<Range<usize>>,
    /// The first verb: an auxiliary in small letters, or do, does, did.
    pub auxiliary: String,
    /// Verb words after the auxiliary in a question ("not be used", "release"); empty where "be" is the only verb.
    pub verb: String,
    /// Tokens of the whole verb group as it stands.
    pub group: Range<usize>,
    /// Whether the verb group ends in a participle after a form of "be".
    pub passive: bool,
    /// Whether "be" (or "be" after a modal) is the only verb.
    pub copula: bool,
    /// A preposition that belongs to the verb.
    pub particle: Option<usize>,
    pub parts: Vec<Part>,
}

const MOST_SUBJECT_WORDS: usize = 12;

impl Clause {
    /// The main clause of a sentence, if its build is one of the plain ones.
    pub fn parse(sentence: &str, language: &Language) -> Option<Self> {
        let all = tokens(sentence);
        let mut at = opener(&all, sentence, language);
        let mut front = None;
        let first = all.get(at)?.lower.clone();
        let opens = language.is(Class::Preposition, &first) || language.is(Class::Subordinator, &first) || first == "to" || first == "in";
        if opens {
            let comma = (at..all.len()).find(|i| all[*i].after.contains(','))?;
            let lead = &sentence[all[at].range.start..all[comma].range.end];
            if lead.matches('(').count() != lead.matches(')').count() {
                return None;
            }
            front = Some(Part { opener: first, tokens: at..comma + 1 });
            at = comma + 1;
        }
        let (subject, apposition, verb_at) = subject(&all, at, language)?;
        let mut clause = Self {
            front,
            subject,
            apposition,
            auxiliary: String::new(),
            verb: String::new(),
            group: verb_at..verb_at + 1,
            passive: false,
            copula: false,
            particle: None,
            parts: Vec::new(),
            tokens: all,
        };
        clause.verbs(language)?;
        clause.rest(language)?;
        Some(clause)
    }

    /// The words of some tokens, with the marks between them.
    pub fn text<'a>(&self, sentence: &'a str, tokens: &Range<usize>) -> &'a str {
        let Some(bytes) = self.bytes(tokens) else { return "" };
        &sentence[bytes]
    }

    /// The bytes of some tokens; marks that close inside (quotes, brackets) at the ends are left out unless both are in.
    pub fn bytes(&self, tokens: &Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.tokens.get(tokens.start)?, self.tokens.get(tokens.end.checked_sub(1)?)?);
        (tokens.start < tokens.end).then(|| {
            let opened = first.before.chars().last().filter(|c| matches!(c, '"' | '“' | '('));
            let closed = last.after.chars().next().filter(|c| matches!(c, '"' | '”' | ')'));
            let both = opened.is_some() && closed.is_some();
            let inner_open = self.tokens[tokens.start + 1..tokens.end].iter().any(|token| token.before.contains('('));
            let start = first.range.start - if both { opened.map_or(0, char::len_utf8) } else { 0 };
            let end = last.range.end + if both || (inner_open && closed == Some(')')) { closed.map_or(0, char::len_utf8) } else { 0 };
            start..end
        })
    }

    pub fn lower(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.lower.as_str())
    }

    /// Reads the verb group that starts where `group` does.
    fn verbs(&mut self, language: &Language) -> Option<()> {
        let at = self.group.start;
        let first = self.lower(at).to_owned();
        if !language.is_auxiliary(&first) {
            let (auxiliary, verb) = match (language.verb(&first, Form::Third), language.verb(&first, Form::Past)) {
                (Some(verb), _) => ("does", verb),
                (_, Some(verb)) if language.verb(&first, Form::Base).is_none() || verb.base == verb.past && !self.is_plural(language) => {
                    ("did", verb)
                }
                _ => ("do", language.verb(&first, Form::Base)?),
            };
            (self.auxiliary, self.verb) = (auxiliary.to_owned(), verb.base.clone());
            self.group = at..at + 1;
            return Some(());
        }
        let mut end = at + 1;
        let mut words: Vec<&str> = Vec::new();
        if first == "cannot" || first.ends_with("n't") {
            words.push("not");
        }
        let mut main = false;
        while let Some(token) = self.tokens.get(end).filter(|_| !self.tokens[end - 1].after.contains([',', ';', ':', '('])) {
            let word = token.lower.as_str();
            let helper = matches!(word, "be" | "been" | "being" | "have");
            let adverb = language.is(Class::Adverb, word) || (word.ends_with("ly") && word.len() > 4);
            let after_be = words.iter().any(|word| matches!(*word, "be" | "been" | "being")) || language.is(Class::Be, &first);
            let verb = if after_be {
                language.is_participle(word) || language.verb(word, Form::Gerund).is_some()
            } else if language.is(Class::Have, &first) || words.contains(&"have") {
                language.is_participle(word)
            } else {
                language.verb(word, Form::Base).is_some()
            };
            let has_next = self.tokens.get(end + 1).is_some() && !token.after.contains([',', ';', ':']);
            if helper || (adverb && has_next) {
                words.push(word);
                end += 1;
            } else if verb && !main {
                main = true;
                self.passive = after_be && language.is_participle(word);
                words.push(word);
                end += 1;
                break;
            } else {
                break;
            }
        }
        // Adverbs at the end of a group without a main verb belong to the complement.
        while !main && words.last().is_some_and(|word| !matches!(*word, "be" | "been" | "being" | "have" | "not")) {
            words.pop();
            end -= 1;
        }
        let be = language.is(Class::Be, &first) || words.contains(&"be") || words.contains(&"been");
        self.copula = !main && be;
        if !main && !be && !language.is(Class::Have, &first) {
            return None;
        }
        self.auxiliary = positive(&first).to_owned();
        if !main && !be {
            // "has" as a verb of its own.
            self.auxiliary = match positive(&first) {
                "has" => "does",
                "had" => "did",
                _ => "do",
            }
            .to_owned();
            words.push("have");
        }
        self.verb = words.join(" ");
        self.group = at..end;
        Some(())
    }

    fn is_base(&self, at: usize, language: &Language) -> bool {
        let word = self.lower(at);
        matches!(word, "be" | "have" | "do" | "not") || language.verb(word, Form::Base).is_some()
    }

    fn is_plural(&self, language: &Language) -> bool {
        is_plural(&self.tokens[self.subject.clone()], language)
    }

    /// Cuts what follows the verb group into parts.
    fn rest(&mut self, language: &Language) -> Option<()> {
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
            (plain || order) && !fixed && !linked && !(infinitive && self.lower(at.saturating_sub(1)) == "order")
        };
        let mut opener = if opens(start) { self.lower(start).to_owned() } else { String::new() };
        // A clause inside a part keeps all that follows.
        let closes = |at: usize| {
            language.is(Class::Relative, self.lower(at))
                || matches!(self.lower(at), "because" | "if" | "unless" | "although" | "while" | "until" | "whereas")
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
            let verb = comma && !language.is(Class::Doubtful, word) && past(at);
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

/// An auxiliary without its "not".
fn positive(auxiliary: &str) -> &str {
    match auxiliary {
        "cannot" | "can't" => "can",
        "won't" => "will",
        _ => auxiliary.strip_suffix("n't").unwrap_or(auxiliary),
    }
}

/// The number of tokens that only lean on the sentence before ("However,").
fn opener(tokens: &[Token], sentence: &str, language: &Language) -> usize {
    let Some(comma) = tokens.iter().take(6).position(|token| token.after.contains(',')) else {
        return usize::from(tokens.first().is_some_and(|token| matches!(token.lower.as_str(), "and" | "but" | "so")));
    };
    let lead = sentence[tokens[0].range.start..tokens[comma].range.end].to_lowercase();
    if language.openers.contains(&lead) || (comma == 0 && lead.ends_with("ly")) { comma + 1 } else { 0 }
}

/// The subject that starts at a token, an apposition after it, and the token of the first verb.
fn subject(all: &[Token], start: usize, language: &Language) -> Option<(Range<usize>, Option<Range<usize>>, usize)> {
    let (mut end, mut apposition) = (None, None);
    let first = all.get(start)?.lower.as_str();
    if language.is_auxiliary(first)
        || language.is(Class::Adverb, first) && first != "both"
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
        if bare_clause
            || language.is(Class::Relative, word) && at > start
            || matches!(
                word,
                "because" | "if" | "when" | "unless" | "while" | "although" | "though" | "since" | "until" | "whereas" | "whether"
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
        return true;
    }
    let before = all[at - 1].lower.as_str();
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
            || matches!(next.lower.as_str(), "it" | "them" | "how" | "what" | "whether" | "only")
            || next.lower.starts_with(|c: char| c.is_ascii_digit())
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
    let doubtful = language.is(Class::Doubtful, word) || third.is_none() && past.is_none();
    after_noun && agrees && !reduced && (!doubtful || opens_object)
}

/// Whether a subject takes a plural verb.
pub(super) fn is_plural(subject: &[Token], language: &Language) -> bool {
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

/// The place of a noun phrase's head: its last word before a preposition.
pub(super) fn head(phrase: &[Token], language: &Language) -> usize {
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
    });
    cut.unwrap_or(phrase.len()).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(sentence: &str) -> Option<(String, String, String, Vec<String>)> {
        let clause = Clause::parse(sentence, Language::get().unwrap())?;
        let parts = clause.parts.iter().map(|part| clause.text(sentence, &part.tokens).to_owned()).collect();
        Some((clause.text(sentence, &clause.subject).to_owned(), clause.auxiliary.clone(), clause.verb.clone(), parts))
    }

    #[test]
    fn plain_clauses_are_cut_into_subject_verb_and_rest() {
        let cases: [(&str, &str, &str, &str, &[&str]); 6] = [
            (
                "The committee publishes its minutes within two weeks.",
                "The committee",
                "does",
                "publish",
                &["its minutes", "within two weeks"],
            ),
            ("In 1998, the old bridge was replaced by a tunnel.", "the old bridge", "was", "replaced", &["by a tunnel"]),
            (
                "Ada Lovelace wrote a history of the valley in 1843.",
                "Ada Lovelace",
                "did",
                "write",
                &["a history of the valley", "in 1843"],
            ),
            ("However, members must not vote on their own pay.", "members", "must", "not vote", &["on their own pay"]),
            ("The parser has two modes.", "The parser", "does", "have", &["two modes"]),
            (
                "Compilers use the registers for local values because memory is slow.",
                "Compilers",
                "do",
                "use",
                &["the registers", "for local values", "because memory is slow"],
            ),
        ];
        for (sentence, subject, auxiliary, verb, parts) in cases {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(cut(sentence), Some((subject.into(), auxiliary.into(), verb.into(), parts)), "{sentence}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for sentence in ["The man who came to dinner stayed.", "Never mind.", "What a day!", "", "Yes"] {
            assert_eq!(cut(sentence), None, "{sentence}");
        }
    }
}
