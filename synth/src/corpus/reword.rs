//! People ask in other words than the text: words and phrases of a question are exchanged for others of the same meaning, part of speech and
//! form; names, quotes and numbers stay. What a word is, its neighbours must say; where they do not, it stays too.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::language::{Class, Form, Language, Place};

/// Longest phrase that is exchanged as one, in words.
const LONGEST: usize = 4;

/// The words of a question, and what may be seen of them.
struct Pieces<'a> {
    language: &'a Language,
    /// As they stand, with the marks on them.
    pieces: Vec<&'a str>,
    /// Without marks, in small letters.
    lower: Vec<String>,
    /// Small letters alone, outside quotes.
    free: Vec<bool>,
}

impl<'a> Pieces<'a> {
    fn new(question: &'a str, language: &'a Language) -> Self {
        let pieces: Vec<&str> = question.split(' ').collect();
        let core = |piece: &&str| piece.trim_matches(|c: char| matches!(c, '?' | ',' | '.' | ';' | ':' | '!' | '(' | ')')).to_owned();
        let cores: Vec<String> = pieces.iter().map(core).collect();
        let mut quoted = false;
        let free = pieces.iter().zip(&cores).enumerate().map(|(number, (piece, core))| {
            quoted ^= piece.matches(['"', '“', '”', '`']).count() % 2 == 1;
            let small = core.chars().all(|c| c.is_lowercase() || c == '-') && !core.is_empty();
            (number > 0 || core.chars().all(char::is_lowercase)) && !quoted && small
        });
        Self { language, free: free.collect(), lower: cores.iter().map(|core| core.to_lowercase()).collect(), pieces }
    }

    /// What may stand for the `count` words from `at`.
    fn exchanges(&self, at: usize, count: usize) -> Vec<&'a str> {
        let end = at + count;
        let whole = end <= self.pieces.len()
            && self.free[at..end].iter().all(|free| *free)
            && self.pieces[at..end - 1].iter().zip(&self.lower[at..]).all(|(piece, core)| *piece == core)
            && self.pieces[end - 1].starts_with(self.lower[end - 1].as_str());
        if !whole {
            return Vec::new();
        }
        let phrase = self.lower[at..end].join(" ");
        let fitting = self.language.exchanges(&phrase).iter().filter(|(place, to)| self.fits(*place, at, end, to));
        fitting.map(|(_, to)| to.as_str()).collect()
    }

    fn word(&self, at: Option<usize>) -> &str {
        at.and_then(|at| self.lower.get(at)).map_or("", String::as_str)
    }

    /// Whether the neighbours of the words `at..end` say that they are of this part of speech.
    fn fits(&self, place: Place, at: usize, end: usize, to: &str) -> bool {
        let (language, word) = (self.language, self.lower[at].as_str());
        let before = self.word(at.checked_sub(1).filter(|before| self.pieces[*before].ends_with(|c: char| c.is_alphabetic())));
        let closes = !self.pieces[end - 1].ends_with(|c: char| c.is_alphabetic());
        let after = if closes { "" } else { self.word(Some(end)) };
        let determined = language.is(Class::Determiner, before) || matches!(before, "my" | "your" | "our" | "his" | "her");
        let opens_verb =
            matches!(before, "to" | "not" | "i" | "you" | "we" | "they" | "who" | "please") || language.is(Class::Modal, before);
        let opens_object = language.is(Class::Determiner, after) || matches!(after, "my" | "your" | "it" | "them");
        let doubtful = language.is(Class::Doubtful, word) || self.both(&self.lower[at..end].join(" "));
        match place {
            // "was replaced straight away", but not "was straight away replaced".
            Place::Phrase => {
                let adverb = to.contains(' ') && end == at + 1 && (word.ends_with("ly") || word == "often");
                !matches!(before, "what" | "which") && (!adverb || after.is_empty() || language.is(Class::Preposition, after))
            }
            Place::Adjective => {
                let names = !after.is_empty() && !language.is_closed(after);
                let told = matches!(before, "is" | "are" | "was" | "were" | "be" | "too" | "very" | "more" | "am") && !names;
                !opens_verb && !matches!(before, "how" | "so" | "as") && (names && !to.contains(' ') || told)
            }
            Place::Noun => {
                let led = determined
                    || language.is(Class::Preposition, before) && before != "to"
                    || before == "and"
                    || !language.is_closed(before) && !before.is_empty() && !self.is_verb(before);
                let told = determined || language.is(Class::Preposition, before) && before != "to";
                let sure = if doubtful || self.is_verb(word) { told } else { led || matches!(before, "what" | "which" | "many") };
                !self.is_head(after) && !opens_verb && sure
            }
            Place::Verb(form) => {
                let phrasal = to.contains(' ');
                let attribute = determined && !language.is_closed(after) && !after.is_empty();
                let leans = phrasal && (matches!(after, "it" | "them" | "him" | "her") || attribute);
                let stands = match form {
                    Form::Base | Form::Third if doubtful => opens_verb || (!determined && opens_object),
                    Form::Base | Form::Third => !determined && !matches!(before, "of" | "a" | "an"),
                    Form::Past => !opens_verb && !self.after_auxiliary(at) && (!doubtful || opens_object) && !determined,
                    // "did they found it" is "establish", not "locate".
                    Form::Participle => self.after_auxiliary(at) && !self.after_do(at) && !(doubtful && determined),
                    // "usability testing" is a thing.
                    Form::Gerund if !language.is_closed(before) && !before.is_empty() && !self.is_verb(before) => false,
                    Form::Gerund => !determined && !matches!(before, "and" | "of") && !closes && !language.is(Class::Preposition, after),
                };
                let chained = before == "as" || after == "to" && (word == "used" || language.is(Class::Chain, word));
                // "apply to" is not "put to use to", and "is made use of in" is said by nobody.
                let hangs =
                    phrasal && (matches!(after, "to" | "from" | "for" | "at" | "of") || form == Form::Participle && to.ends_with(" of"));
                let governs = is_particle(after) && form != Form::Participle || hangs;
                stands && !leans && !governs && !chained && !matches!(before, "which" | "what")
            }
        }
    }

    /// Whether a word makes one thing with a noun before it, as "control" does with "change".
    fn is_head(&self, word: &str) -> bool {
        !word.is_empty()
            && !self.language.is_closed(word)
            && !word.ends_with("ly")
            && !word.ends_with("ed")
            && (self.language.is(Class::Doubtful, word) || !self.is_verb(word) || self.names(word))
    }

    /// Whether the rings know a phrase as more than one part of speech.
    fn both(&self, phrase: &str) -> bool {
        let all = self.language.exchanges(phrase);
        all.iter().any(|(place, _)| matches!(place, Place::Verb(_))) && all.iter().any(|(place, _)| !matches!(place, Place::Verb(_)))
    }

    fn names(&self, word: &str) -> bool {
        self.language.exchanges(word).iter().any(|(place, _)| *place == Place::Noun)
    }

    fn is_verb(&self, word: &str) -> bool {
        [Form::Base, Form::Third, Form::Past, Form::Gerund].iter().any(|form| self.language.verb(word, *form).is_some())
    }

    /// Whether the last auxiliary before a word takes a base form.
    fn after_do(&self, at: usize) -> bool {
        let last =
            self.lower[..at].iter().rev().find(|word| self.language.is_auxiliary(word) || matches!(word.as_str(), "be" | "been" | "being"));
        last.is_some_and(|word| self.language.is(Class::Do, word) || self.language.is(Class::Modal, word))
    }

    /// Whether an auxiliary before a word makes an "-ed" form a participle.
    fn after_auxiliary(&self, at: usize) -> bool {
        let auxiliary = |word: &&String| self.language.is_auxiliary(word) || matches!(word.as_str(), "be" | "been" | "being" | "am");
        self.lower[..at].iter().any(|word| auxiliary(&word))
    }
}

/// Whether a word behind a verb belongs to its meaning: "check with" is not "inspect with".
fn is_particle(word: &str) -> bool {
    matches!(word, "in" | "on" | "with" | "up" | "out" | "off" | "down" | "back" | "away" | "over" | "into" | "about" | "through")
}

/// The question with each exchangeable word exchanged by this chance, and how many were.
pub(super) fn reword(question: &str, chance: f64, language: &Language, rng: &mut ChaCha8Rng) -> (String, usize) {
    let question = nominal(question, chance, language, rng);
    let all = Pieces::new(&question, language);
    let (mut out, mut exchanged, mut at): (Vec<String>, usize, usize) = (Vec::new(), 0, 0);
    while at < all.pieces.len() {
        let longest = (1..=LONGEST).rev().map(|count| (count, all.exchanges(at, count))).find(|(_, others)| !others.is_empty());
        let chosen = longest.filter(|_| rng.random_bool(chance)).and_then(|(count, others)| Some((count, *others.choose(rng)?)));
        if let Some((count, other)) = chosen {
            exchanged += 1;
            fix_article(&mut out, other);
            let last = all.pieces[at + count - 1];
            out.push(format!("{other}{}", &last[all.lower[at + count - 1].len()..]));
            at += count;
        } else {
            out.push(all.pieces[at].to_owned());
            at += 1;
        }
    }
    (out.join(" "), exchanged)
}

/// "for approving the form" may become "for the approval of the form", "the approval of forms" become "approving forms".
fn nominal(question: &str, chance: f64, language: &Language, rng: &mut ChaCha8Rng) -> String {
    let mut pieces: Vec<String> = question.split(' ').map(str::to_owned).collect();
    for at in 1..pieces.len().saturating_sub(2) {
        let Some(other) = language.act(&pieces[at]) else { continue };
        let (before, after) = (pieces[at - 1].as_str(), pieces[at + 1].as_str());
        let led = |word: &str| matches!(word, "for" | "before" | "after" | "during" | "of" | "from" | "in" | "about" | "without");
        if led(before) && language.is(Class::Determiner, after) && pieces[at].ends_with("ing") {
            if rng.random_bool(chance) {
                pieces[at] = format!("the {other} of");
            }
        } else if before == "the" && after == "of" && at >= 2 && led(&pieces[at - 2]) && rng.random_bool(chance) {
            pieces[at] = other.to_owned();
            pieces[at - 1].clear();
            pieces[at + 1].clear();
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.join(" ")
}

/// "an error" but "a mistake".
fn fix_article(before: &mut [String], next: &str) {
    let Some(article) = before.last_mut().filter(|word| matches!(word.as_str(), "a" | "an")) else { return };
    let consonant = ["us", "uni", "eu", "one", "once"].iter().any(|front| next.starts_with(front));
    *article = if next.starts_with(['a', 'e', 'i', 'o', 'u']) && !consonant { "an" } else { "a" }.to_owned();
}

/// How people type: now and then without capitals or the mark at the end.
pub(super) fn typed(question: String, rng: &mut ChaCha8Rng) -> String {
    match rng.random_range(0..20) {
        0 => question.to_lowercase().trim_end_matches('?').to_owned(),
        1 => question.to_lowercase(),
        2 => question.trim_end_matches('?').to_owned(),
        _ => question,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// Every outcome of many tries with each exchange made.
    fn outcomes(question: &str) -> Vec<String> {
        let language = Language::get().unwrap();
        let mut all: Vec<String> = (0..60).map(|seed| reword(question, 1.0, language, &mut ChaCha8Rng::seed_from_u64(seed)).0).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn only_plain_words_are_exchanged() {
        for question in outcomes("When was a goal of \"the error\" fixed by Fix Error?") {
            assert!(question.contains("\"the error\"") && question.contains("Fix Error"), "{question}");
            assert!(question.contains(" an aim of"), "{question}");
        }
    }

    #[test]
    fn phrases_are_exchanged_in_the_form_of_their_verb() {
        let all = outcomes("Who must be notified before the form is submitted?");
        assert!(all.iter().any(|question| question.contains("is handed in?")), "{all:?}");
        assert!(all.iter().all(|question| !question.contains("told in") && !question.contains("gave")), "{all:?}");
    }

    #[test]
    fn neighbours_decide_between_verb_and_noun() {
        assert_eq!(outcomes("Which plan document does the change control cover?"), ["Which plan document does the change control cover?"]);
        let all = outcomes("How do I change the policy?");
        assert!(all.iter().all(|question| !question.contains("modification")) && all.len() > 1, "{all:?}");
        let all = outcomes("What is the effect of the change?");
        assert!(all.iter().all(|question| !question.contains("modify") && !question.contains("alter")), "{all:?}");
    }

    #[test]
    fn acts_become_nouns_and_nouns_acts() {
        assert!(outcomes("What is needed for approving the form?").iter().all(|question| question.contains("for the approval of the")));
        assert!(outcomes("Who is asked before the approval of travel?").iter().all(|question| !question.contains("approval")));
    }
}
