//! Which phrases of a sentence can stand alone: judged by word lists, since a wrong "no" costs one question and a wrong "yes" a bad one.

use super::sentences::{is_leaning, is_pointing};

/// Words near the start of a predicate that judges instead of defining.
const VAGUE: &str = "way good great only same case problem reason result goal question first most best example important common bit lot number \
    few little possible thing choice obstacle alternative compromise improvement big nice typical natural very major minor \
    useful huge real key hot respected mixture topic matter must part mistake step perfect valid potential new";
/// Words that no noun phrase worth asking about holds.
const NO_SUBJECT: &str = "which that who and or if when not is are was were has have can will would should may must to both each one some any all \
    other only what no there but also often already currently usually never still now just even then than more most many several \
    new existing proposed current same such because where how so first second last next previous final obvious typical main \
    alternative another rest result reason example above every particular latter former does do did as while instead simplest \
    best sometimes generally actually really probably by from";
/// First words that make a phrase an adverbial.
const PREPOSITIONS: &str = "in on at for with without under over of during before after since until unlike like via per using given despite within \
    between among here";
/// Words in the names of bodies and things that look like persons.
const BODIES: &str = "Council Committee Team Group Agency Office Department Congress Foundation Government University Administration Service Act \
    Library Python Rust States House API Interface System Version Code Center Program";
/// Endings of words that name no person.
const THINGS: [&str; 22] = [
    "tion", "tions", "ment", "ments", "ing", "ings", "ity", "ities", "ness", "ance", "ence", "ics", "ices", "ware", "logy", "form",
    "forms", "ects", "ages", "ores", "uters", "ives",
];
/// Capitalised first words that begin no name.
const OPENERS: &str = "The This That A An Since When Another Each Most Some No All Both In On As For Every Many Several";

/// Whether a phrase is a noun phrase that leans on nothing around it.
pub(super) fn is_plain_subject(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default().to_lowercase();
    let leaning = is_leaning(&first) || has(PREPOSITIONS, &first) || first.ends_with("ing") || first.ends_with("ly");
    !leaning && !has_pointing(text) && !text.split(' ').any(|word| has(NO_SUBJECT, &word.to_lowercase()) || word.ends_with("'s"))
}

/// Whether a phrase points at something outside itself.
fn has_pointing(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|word| is_pointing(&word.to_lowercase()))
}

/// Whether a phrase holds a word that is a name for more reasons than standing first.
pub(super) fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let article = matches!(words.first(), Some(&("The" | "A" | "An")));
    let special = |word: &str| {
        word.chars().filter(|c| c.is_uppercase() || c.is_numeric()).count() >= 2
            || (word.starts_with('`') && word.ends_with('`') && word.len() > 3)
    };
    let later_capital = words.iter().skip(1).any(|word| word.starts_with(|c: char| c.is_uppercase()));
    later_capital || words.iter().skip(usize::from(article)).any(|word| special(word))
}

/// A phrase as it stands inside a sentence: a leading article in small letters.
pub(super) fn lowered(text: &str) -> String {
    ["The ", "A ", "An "]
        .iter()
        .find_map(|article| Some(format!("{}{}", article.to_lowercase(), text.strip_prefix(article)?)))
        .unwrap_or_else(|| text.to_owned())
}

/// Whether a phrase is the name of a person.
pub(super) fn is_person(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let opens = words.first().is_some_and(|first| has(OPENERS, first));
    !opens
        && !text.contains("'s")
        && !text.contains("’s")
        && (2..=4).contains(&words.len())
        && words.iter().all(|word| word.starts_with(|c: char| c.is_uppercase()) || matches!(*word, "van" | "von" | "de" | "du"))
        && !words.iter().any(|word| THINGS.iter().any(|end| word.ends_with(end)))
        && !words.iter().any(|word| has(BODIES, word) || word.chars().all(|c| c.is_uppercase()))
}

/// Whether a predicate tells what somebody thinks of a thing, or says too little to tell what it is.
pub(super) fn is_vague(predicate: &str) -> bool {
    let judges = predicate.split(' ').skip(1).take(2).any(|word| has(VAGUE, &word.to_lowercase()));
    let bare =
        predicate.starts_with("the ") && ![" of ", " that ", " which ", " for ", " who "].iter().any(|link| predicate.contains(link));
    judges || bare || has_pointing(predicate.split(' ').next().unwrap_or_default())
}

/// Whether a list of words holds this one.
fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_told_from_bodies() {
        assert!(is_person("Ada Lovelace") && is_person("Guido van Rossum"));
        assert!(!is_person("The Council") && !is_person("Steering Council") && !is_person("PEP Editors'"));
    }
}
