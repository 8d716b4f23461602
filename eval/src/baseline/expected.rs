//! What kind of answer a question wants, read off its words.

use std::sync::LazyLock;

use regex::Regex;

/// The type of the expected answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Yes or no.
    YesNo,
    /// One of the options that the question names; `larger` where it asks for the later, larger or younger one.
    Choice {
        /// The options.
        options: [String; 2],
        /// Which end of an order wins, where the question asks for one.
        larger: Option<bool>,
    },
    /// A person, or whoever acts.
    Person,
    /// A place.
    Place,
    /// A day, month or year.
    Date,
    /// A year.
    Year,
    /// A number, with its unit.
    Quantity,
    /// An e-mail or web address.
    Address,
    /// A telephone number, version or code.
    Number,
    /// What something is.
    Definition,
    /// Why something happened.
    Reason,
    /// Which or what, with the noun that is asked for (its search term).
    Thing(Option<String>),
}

static CHOICE: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"((?:\p{Lu}|\d|“|\x22)[^,?]*?)";
    Regex::new(&format!(r"(?:,|:|\b(?i:first|earlier|later|older|younger|larger|smaller|more|longer|is|was|between|of)\b)\s+(?:the\s+)?{name},?\s+or\s+(?:the\s+)?{name}\s*\??$")).expect("a fixed pattern")
});
static LARGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(later|latest|younger|youngest|newer|newest|more|larger|largest|bigger|higher|highest|longer|most|last|after)\b")
        .expect("a fixed pattern")
});
static SMALLER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(first|earlier|earliest|older|oldest|before|fewer|smaller|smallest|lower|lowest|less|shorter)\b")
        .expect("a fixed pattern")
});

/// Words after which a question can be answered by yes or no when they begin it.
const AUXILIARIES: [&str; 18] = [
    "are", "can", "could", "did", "do", "does", "had", "has", "have", "is", "may", "might", "must", "should", "was", "were", "will",
    "would",
];
/// Nouns that ask for a place, a person, a day and a quantity.
const PLACES: [&str; 20] = [
    "address",
    "area",
    "birthplace",
    "borough",
    "city",
    "continent",
    "country",
    "county",
    "district",
    "headquarters",
    "location",
    "municipality",
    "place",
    "province",
    "region",
    "site",
    "state",
    "town",
    "venue",
    "village",
];
const PEOPLE: [&str; 28] = [
    "actor",
    "actress",
    "artist",
    "author",
    "captain",
    "ceo",
    "chair",
    "chairman",
    "coach",
    "composer",
    "director",
    "editor",
    "engineer",
    "founder",
    "head",
    "inventor",
    "king",
    "lead",
    "manager",
    "mayor",
    "officer",
    "owner",
    "person",
    "president",
    "secretary",
    "singer",
    "successor",
    "writer",
];
const QUANTITIES: [&str; 30] = [
    "age",
    "amount",
    "area",
    "budget",
    "cap",
    "capacity",
    "ceiling",
    "cost",
    "count",
    "distance",
    "duration",
    "fee",
    "funds",
    "height",
    "length",
    "limit",
    "maximum",
    "minimum",
    "money",
    "number",
    "percentage",
    "population",
    "price",
    "salary",
    "size",
    "speed",
    "sum",
    "temperature",
    "total",
    "weight",
];

impl Expected {
    /// Reads a question.
    #[must_use]
    pub fn of(question: &str) -> Self {
        let words: Vec<String> = text::words(question).map(|range| question[range].to_lowercase()).collect();
        // A capitalised word belongs to a name ("Mobile Phone Policy") and asks for nothing, unless it begins the question.
        let typed = text::words(question).map(|range| &question[range]).enumerate();
        let plain: Vec<bool> = typed.map(|(at, word)| at == 0 || !word.starts_with(char::is_uppercase)).collect();
        let has = |word: &str| words.iter().zip(&plain).any(|(other, plain)| *plain && other == word);
        // The first question word asks; later ones begin relative clauses ("the person who ...").
        let asks = words.iter().find(|word| WH_WORDS.contains(&word.as_str())).map_or("", String::as_str);
        let wh = !asks.is_empty();
        let follows = |first: &str, second: &str| words.windows(2).any(|pair| pair[0] == first && pair[1] == second);
        if let Some(found) = CHOICE.captures(question) {
            let larger = if LARGER.is_match(question) {
                Some(true)
            } else if SMALLER.is_match(question) {
                Some(false)
            } else {
                None
            };
            return Self::Choice { options: [found[1].trim().to_owned(), found[2].trim().to_owned()], larger };
        }
        if words.first().is_some_and(|word| AUXILIARIES.contains(&word.as_str())) {
            return Self::YesNo;
        }
        let asked = if wh { asked_noun(&words) } else { None };
        let noun = asked.as_deref().unwrap_or_default();
        let within = |list: &[&str], word: &str| {
            list.binary_search(&word).is_ok() || word.strip_suffix('s').is_some_and(|word| list.binary_search(&word).is_ok())
        };
        // Without a question word any word may be the one that is asked for.
        let one_of = |list: &[&str]| if wh { within(list, noun) } else { words.iter().any(|word| within(list, word)) };
        match () {
            () if matches!(asks, "who" | "whom" | "whose") => Self::Person,
            () if asks == "why" || ["cause", "caused", "reason", "result", "trace"].iter().any(|word| has(word)) => Self::Reason,
            () if has("define") || has("definition") || has("meaning") || has("explained") || follows("kind", "of") && has("thing") => {
                Self::Definition
            }
            () if asks == "how" && (has("write") || has("contact") || has("reach")) || asks == "where" && has("sent") => Self::Address,
            () if has("mail") || one_of(&["email", "url", "website"]) => Self::Address,
            () if follows("number", "of") && !has("phone") && !has("telephone") => Self::Quantity,
            () if one_of(&["dial", "line", "number", "phone", "release", "telephone", "version"]) || has("phone") || has("dial") => {
                Self::Number
            }
            () if one_of(&["decade", "year"]) => Self::Year,
            () if asks == "when" || one_of(&["date", "day", "deadline", "month"]) => Self::Date,
            () if ["many", "much", "long", "far", "old", "tall", "big", "large", "often", "fast", "high"]
                .iter()
                .any(|word| follows("how", word)) =>
            {
                Self::Quantity
            }
            () if asks == "where" => Self::Place,
            () if one_of(&PLACES) => Self::Place,
            () if one_of(&PEOPLE) => Self::Person,
            () if one_of(&QUANTITIES) => Self::Quantity,
            () if defines(question) => Self::Definition,
            () => Self::Thing(asked.map(|noun| text::stem(&noun))),
        }
    }
}

/// Whether a question is "what is" and a name, nothing else.
fn defines(question: &str) -> bool {
    static WHAT_IS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?i:what|who) (?i:exactly )?(?i:is|are) (?:(?i:an?|the) )?(?:\p{Lu}[\w-]*|\d[\w.-]*)(?: (?:\p{Lu}[\w-]*|\d[\w.-]*))*(?: at heart)?\s*\??$").expect("a fixed pattern")
    });
    WHAT_IS.is_match(question.trim())
}

/// Words that begin a question.
const WH_WORDS: [&str; 9] = ["how", "what", "when", "where", "which", "who", "whom", "whose", "why"];

/// The noun behind which or what: "which *city*", "what is the *name* of", "what was the population". Skips fillers such as "name of the".
fn asked_noun(words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| matches!(word.as_str(), "which" | "what"));
    let start = at.map_or(0, |at| at + 1);
    let filler = |word: &str| {
        text::is_stop_word(word)
            || AUXILIARIES.contains(&word)
            || matches!(word, "name" | "kind" | "type" | "term" | "s" | "give" | "state" | "tell" | "me" | "find")
    };
    words[start..].iter().take(8).find(|word| !filler(word)).cloned()
}

/// The words a question is asked with, which no source repeats.
#[must_use]
pub fn is_question_word(word: &str) -> bool {
    let words = [
        "who", "whom", "whose", "when", "where", "which", "what", "why", "how", "many", "much", "did", "does", "do", "name", "give",
        "tell", "me", "please", "find", "you", "i", "both", "either",
    ];
    words.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_read_off_the_question() {
        assert_eq!(Expected::of("Who leads the harbour office?"), Expected::Person);
        assert_eq!(Expected::of("In which city is Alder based?"), Expected::Place);
        assert_eq!(Expected::of("When did the contract end?"), Expected::Date);
        assert_eq!(Expected::of("In what year was it founded?"), Expected::Year);
        assert_eq!(Expected::of("How many ships does it own?"), Expected::Quantity);
        assert_eq!(Expected::of("What is the population of Alder?"), Expected::Quantity);
        assert_eq!(Expected::of("What is the phone number of the person who leads it?"), Expected::Number);
        assert_eq!(Expected::of("Is Alder a city?"), Expected::YesNo);
        assert_eq!(Expected::of("What is the name of the waterfall?"), Expected::Thing(Some("waterfal".into())));
        assert_eq!(Expected::of("On what number can I call Mira?"), Expected::Number);
        assert_eq!(Expected::of("mira holt e-mail"), Expected::Address);
        assert_eq!(Expected::of("project alder budget"), Expected::Quantity);
        assert_eq!(Expected::of("What is Alder Cloud?"), Expected::Definition);
        assert_eq!(Expected::of("Why did the flood IN-40 happen?"), Expected::Reason);
        assert_eq!(Expected::of("How can I write to Mira Holt?"), Expected::Address);
        assert_eq!(Expected::of(""), Expected::Thing(None));
    }

    #[test]
    fn a_choice_names_its_options() {
        let choice = |a: &str, b: &str, larger| Expected::Choice { options: [a.into(), b.into()], larger };
        assert_eq!(
            Expected::of("Which band was formed first, The Exies or Circus Diablo ?"),
            choice("The Exies", "Circus Diablo", Some(false))
        );
        assert_eq!(Expected::of("Which project is newer: Alder or Birch?"), choice("Alder", "Birch", Some(true)));
    }

    #[test]
    fn word_lists_are_sorted_for_the_search() {
        assert!(PLACES.is_sorted() && PEOPLE.is_sorted() && QUANTITIES.is_sorted());
    }
}
