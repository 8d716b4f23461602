//! The line before a list, made whole so that it can be read, and asked about, as a sentence.

use std::sync::LazyLock;

use regex::Regex;

use super::STAND_IN;
use crate::corpus::language::{Class, Language};
use crate::corpus::sentences::pattern;

static FOLLOWING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^The following (?P<n>[a-z]+(?: (?:of [a-z]+|[a-z]+)){0,2}) (?P<v>are|shall|may|must|can|will|were|have) (?P<r>\S+(?: \S+){1,20})$",
    )
});

/// A line before a list, made whole so that it can be read as a sentence.
pub(super) struct Announced {
    pub sentence: String,
    /// The rule that asks for the list, where only one can.
    pub rule: Option<&'static str>,
    /// What the items are, if the line says it: "the following duties".
    pub noun: Option<String>,
}

/// A line without the mark at its end, made whole.
pub(super) fn announcement(line: &str, language: &Language, conditions: &[String]) -> Option<Announced> {
    let (sentence, rule, noun) = (String::new(), None, None);
    let blank = Announced { sentence, rule, noun };
    if let Some(body) = conditions.iter().find_map(|word| line.strip_suffix(&format!(" {word}"))) {
        return Some(Announced {
            sentence: format!("{} if the list says so.", body.trim_end_matches(',')),
            rule: Some("condition"),
            ..blank
        });
    }
    let last = line.rsplit(' ').next()?.to_lowercase();
    if language.is(Class::Modal, &last) || last == "to" {
        return Some(Announced { sentence: format!("{line} do {STAND_IN}."), ..blank });
    }
    let cut = |end: &str| line.find(end).map(|at| (&line[..at], line[at + end.len()..].trim()));
    let (body, rest) = [" the following", " as follows", " these", " following"].iter().find_map(|end| cut(end)).unwrap_or((line, ""));
    let body = body.strip_suffix(" that").unwrap_or(body);
    let plain = (1..=4).contains(&rest.split(' ').count()) && !rest.is_empty() && !rest.split(' ').any(|word| language.is_closed(word));
    let noun = (plain && rest.ends_with('s') && !rest.contains(',')).then(|| rest.to_owned());
    Some(Announced { sentence: format!("{} {STAND_IN}.", body.trim_end_matches([',', ' '])), noun, ..blank })
}

/// "The following persons are exempt from the tax": which persons?
pub(super) fn announced(line: &str) -> Option<String> {
    let found = FOLLOWING.captures(line)?;
    let (noun, verb, rest) = (&found["n"], &found["v"], found["r"].trim_end_matches([',', ' ']));
    (!rest.contains(" following")).then(|| format!("Which {noun} {verb} {rest}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_before_a_list_is_made_whole() {
        let language = Language::get().unwrap();
        let conditions = ["if".to_owned()];
        let whole = |line: &str| announcement(line, language, &conditions).map(|found| (found.sentence, found.noun));
        let stands = |text: &str, noun: Option<&str>| Some((text.to_owned(), noun.map(str::to_owned)));
        assert_eq!(whole("A member may be removed if"), stands("A member may be removed if the list says so.", None));
        assert_eq!(whole("The Mayor shall"), stands("The Mayor shall do the items of the list.", None));
        assert_eq!(whole("The board has the following duties"), stands("The board has the items of the list.", Some("duties")));
        assert_eq!(whole("The applicant shall show that"), stands("The applicant shall show the items of the list.", None));
        assert_eq!(announced("The following persons are exempt from the tax").as_deref(), Some("Which persons are exempt from the tax?"));
    }
}
