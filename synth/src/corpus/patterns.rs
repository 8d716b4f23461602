//! Sentence patterns that turn into a question by moving a clause, for those few that turn well. Each gives the question, the answer's place
//! in the sentence, and the place of the subject's name in the question (for near misses).

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::phrases::{defines, has_pointing, is_agent, is_object, is_person, is_singular, is_term, lowered, subject};
use super::sentences::{DATE, pattern};

/// A question made from a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reordered {
    pub question: String,
    /// Bytes of the sentence.
    pub answer: Range<usize>,
    /// The subject as it stands in the question.
    pub subject: String,
    /// Which pattern, part of the template family.
    pub rule: &'static str,
}

/// A noun phrase a question can be asked about: it names one thing wherever it stands.
const SUBJECT: &str = r"(?P<s>(?:(?:The|An?) )?(?:[\p{L}\p{N}`'’.+/-]+ ){0,6}?[\p{L}\p{N}`'’.+/-]+)";
const PARTICIPLE: &str =
    r"(?P<p>[a-z]{3,}ed|founded|known|made|written|built|given|found|held|sent|begun|chosen|drawn|shown|taken|led|run)";

static WHEN_PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<b>was|were) (?:first |originally |formally |officially |initially )?{PARTICIPLE}(?P<m>(?: [\p{{L}}\p{{N}}'’-]+){{0,6}}?) (?:in|on) (?P<a>{})\.$",
        *DATE
    ))
});
static BY_AGENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<b>is|was|are|were) (?P<v>(?:first |originally |also |usually |often |typically )?){PARTICIPLE}(?P<m>(?: [\p{{L}}\p{{N}}'’-]+){{0,5}}?) by (?P<a>(?:the |an? )?[\p{{L}}\p{{N}}`'’ -]{{3,60}})\.$"
    ))
});
static WHAT_VERB: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<v>provides|proposes|introduces|describes|defines|specifies|requires|contains|supports|returns|replaces|removes|includes|creates|explains|recommends|establishes|represents|offers|publishes|manages|produces|covers|handles|implements|adds) (?P<a>[^.;:()]{{8,160}})\.$"
    ))
});
static WHO_DID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?P<a>\p{Lu}[\p{L}'’-]+(?: (?:van|von|de|du))? \p{Lu}[\p{L}'’-]+) (?P<v>[a-z]{3,}ed|wrote|found|gave|led|built|made|began|held|won|took|became|said) (?P<r>[^;:()]{12,150})\.$",
    )
});
static HOW_MANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<v>has|have|contains|includes|requires|uses|takes|defines|covers|supports) (?:about |around |over |only |exactly |at least )?(?P<a>\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) (?P<n>(?:[a-z-]+ ){{0,2}}[a-z]{{3,}}s)(?P<r> (?:for|in|per|at|on) [^.;:(),]{{2,90}})?\.$"
    ))
});
static USED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<b>is|are|was|were) (?:also |often |mainly |commonly |typically )?used (?P<a>(?:to|for) [^.;:()]{{8,120}})\.$"
    ))
});
static WHY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<b>is|are|was|were|can|cannot|should|must|will|has|have) (?P<m>[^.;:(),]{{4,70}}?),? because (?P<a>[^.;:()]{{12,130}})\.$"
    ))
});
static HOW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<b>can|may|must|should) be {PARTICIPLE}(?P<m>(?: [\p{{L}}\p{{N}}'’-]+){{0,5}}?) (?P<a>(?:by [a-z]+ing|using) [^.;:()]{{6,110}})\.$"
    ))
});
static PARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<v>consists of|depends on|relies on|refers to|belongs to|leads to|applies to|results in|comes from|deals with|stands for|points to) (?P<a>[^.;:()]{{6,130}})\.$"
    ))
});
static STATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^{SUBJECT} (?P<b>is|are|was|were) (?P<v>based on|part of|responsible for|defined in|described in|stored in|derived from|composed of|named after|intended for|designed for|similar to|equivalent to|limited to|located in|restricted to) (?P<a>[^.;:()]{{5,120}})\.$"
    ))
});
static IS_A: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"^{SUBJECT} (?P<b>is|are) (?P<a>(?:an?|the) [^.;:()]{{12,170}})\.$")));
static LONG_FORM: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<a>[\p{L}-]+(?: [\p{L}-]+){1,7}) \((?P<x>\p{Lu}[\p{Lu}\p{N}-]{1,7})\)"));

/// Verbs of [`WHAT_VERB`] and [`HOW_MANY`] that form their base in an irregular way; all others lose an "s".
const BASES: [(&str, &str); 5] =
    [("has", "have"), ("specifies", "specify"), ("relies", "rely"), ("publishes", "publish"), ("establishes", "establish")];

fn base(verb: &str) -> &str {
    BASES.iter().find(|(form, _)| *form == verb).map_or_else(|| verb.strip_suffix('s').unwrap_or(verb), |(_, base)| base)
}

/// Every wh-question the patterns give for a sentence; `title` replaces "this document" and the like.
pub(super) fn reorder(sentence: &str, title: Option<&str>, is_rare: &dyn Fn(&str) -> bool) -> Vec<Reordered> {
    let subject = |text: &str| subject(text, title, is_rare);
    let mut out = Vec::new();
    let mut add = |rule: &'static str, found: &Captures, name: &str, question: Option<(String, String)>| {
        if let (Some((question, subject)), Some(answer)) = (question, found.name(name)) {
            out.push(Reordered { question, answer: trimmed(sentence, answer.range()), subject, rule });
        }
    };
    if let Some(found) = WHEN_PASSIVE.captures(sentence) {
        let ask = |s: String| (format!("When {} {s} {}{}?", &found["b"], &found["p"], &found["m"]), s);
        add("when", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = BY_AGENT.captures(sentence).filter(|found| is_agent(&found["a"])) {
        let who = if is_person(&found["a"]) { "By whom" } else { "By what" };
        let ask = |s: String| (format!("{who} {} {s} {}{}{}?", &found["b"], &found["v"], &found["p"], &found["m"]), s);
        add("by", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = HOW_MANY.captures(sentence) {
        let helper = if &found["v"] == "have" { "do" } else { "does" };
        let ask = |s: String| {
            (format!("How many {} {helper} {s} {}{}?", &found["n"], base(&found["v"]), found.name("r").map_or("", |r| r.as_str())), s)
        };
        add("how_many", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = WHAT_VERB.captures(sentence).filter(|found| is_object(&found["a"])) {
        let ask = |s: String| (format!("What does {s} {}?", base(&found["v"])), s);
        add("what", &found, "a", subject(&found["s"]).filter(|s| is_singular(s)).map(ask));
    } else if let Some(found) = USED.captures(sentence).filter(|found| is_object(&found["a"][3..])) {
        let ask = |s: String| (format!("What {} {s} used for?", &found["b"]), s);
        add("used_for", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = WHY.captures(sentence).filter(|found| !has_pointing(&found["m"])) {
        let ask = |s: String| (format!("Why {} {s} {}?", &found["b"], &found["m"]), s);
        add("why", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = HOW.captures(sentence).filter(|found| is_object(&found["a"][3..])) {
        let ask = |s: String| (format!("How {} {s} be {}{}?", &found["b"], &found["p"], &found["m"]), s);
        add("how", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = PARTICLE.captures(sentence).filter(|found| is_object(&found["a"])) {
        let (verb, particle) = found["v"].split_once(' ').unwrap_or((&found["v"], ""));
        let ask = |s: String| (format!("What does {s} {} {particle}?", base(verb)), s);
        add("what_particle", &found, "a", subject(&found["s"]).filter(|s| is_singular(s)).map(ask));
    } else if let Some(found) = STATE.captures(sentence).filter(|found| is_object(&found["a"])) {
        let ask = |s: String| (format!("What {} {s} {}?", &found["b"], &found["v"]), s);
        add("state", &found, "a", subject(&found["s"]).map(ask));
    } else if let Some(found) = WHO_DID.captures(sentence).filter(|found| {
        is_person(&found["a"])
            && !found["v"].ends_with("based")
            && !found["r"].contains(" by ")
            && !has_pointing(&found["r"])
            && !found["r"].contains(", and ")
    }) {
        let question = format!("Who {} {}?", &found["v"], &found["r"]);
        add("who", &found, "a", Some((question, found["a"].to_owned())));
    }
    out
}

/// The term a sentence defines and the place of the definition.
pub(super) fn definition(sentence: &str) -> Option<(String, Range<usize>)> {
    let found = IS_A.captures(sentence)?;
    let (term, predicate) = (&found["s"], &found["a"]);
    (&found["b"] == "is" && is_term(term) && defines(predicate)).then(|| lowered(term)).zip(found.name("a").map(|a| a.range()))
}

/// Abbreviations with the long form in front of them: "application binary interface (ABI)".
pub(super) fn long_forms(sentence: &str) -> Vec<(String, Range<usize>)> {
    let of_match = |found: Captures| {
        let (short, long) = (found.name("x")?, found.name("a")?);
        let letters: Vec<char> = short.as_str().chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
        let words: Vec<(usize, &str)> = offsets(long.as_str());
        // The last words of the phrase whose initials spell the abbreviation, small words skipped or not.
        (2..=words.len()).rev().find_map(|count| {
            let tail = &words[words.len() - count..];
            let initials = |skip: bool| -> Vec<char> {
                let small = |word: &str| skip && matches!(word, "of" | "and" | "the" | "for" | "in" | "to" | "on");
                tail.iter()
                    .filter(|(_, word)| !small(word))
                    .flat_map(|(_, word)| word.split('-'))
                    .filter_map(|word| word.chars().next()?.to_lowercase().next())
                    .collect()
            };
            let starts_small = matches!(tail[0].1, "of" | "and" | "the" | "for" | "in" | "to" | "on" | "a" | "an");
            let fits = letters.len() >= 2 && !starts_small && (initials(true) == letters || initials(false) == letters);
            fits.then(|| (short.as_str().to_owned(), long.start() + tail[0].0..long.end()))
        })
    };
    LONG_FORM.captures_iter(sentence).filter_map(of_match).collect()
}

fn offsets(text: &str) -> Vec<(usize, &str)> {
    text.split(' ').map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word)).collect()
}

fn trimmed(sentence: &str, range: Range<usize>) -> Range<usize> {
    let text = &sentence[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sentence: &str) -> Option<(String, String)> {
        reorder(sentence, Some("PEP 9 - Style"), &|_| false).pop().map(|made| (made.question, sentence[made.answer].to_owned()))
    }

    #[test]
    fn clauses_are_moved_into_questions() {
        let cases = [
            ("Python 2.0 was released on October 16, 2000.", "When was Python 2.0 released?", "October 16, 2000"),
            ("The Forest Act was signed into law in 1906.", "When was the Forest Act signed into law?", "1906"),
            ("The Rust Survey is run by the Rust Survey Team.", "By what is the Rust Survey run?", "the Rust Survey Team"),
            (
                "PEP 484 introduces a provisional module for type hints.",
                "What does PEP 484 introduce?",
                "a provisional module for type hints",
            ),
            (
                "This PEP proposes a new syntax for keyword arguments.",
                "What does \"PEP 9 - Style\" propose?",
                "a new syntax for keyword arguments",
            ),
            (
                "Guido van Rossum created the language as a hobby project.",
                "Who created the language as a hobby project?",
                "Guido van Rossum",
            ),
            (
                "The GNU linker is used to combine object files into one program.",
                "What is the GNU linker used for?",
                "to combine object files into one program",
            ),
            (
                "PEP 512 was withdrawn in part because nobody maintained the code.",
                "Why was PEP 512 withdrawn in part?",
                "nobody maintained the code",
            ),
            (
                "The RSS feed can be checked by opening the address in a browser.",
                "How can the RSS feed be checked?",
                "by opening the address in a browser",
            ),
            ("The JSON parser relies on a table of states.", "What does the JSON parser rely on?", "a table of states"),
            (
                "The HTTP Archive contains 12 large tables for each month.",
                "How many large tables does the HTTP Archive contain for each month?",
                "12",
            ),
        ];
        for (sentence, question, answer) in cases {
            assert_eq!(ask(sentence), Some((question.to_owned(), answer.to_owned())), "{sentence}");
        }
    }

    #[test]
    fn sentences_that_turn_badly_are_left_alone() {
        for sentence in [
            "The result is computed by hand.",
            "The method returns the value, but it may fail.",
            "It was released in 1999.",
            "The change was made by calling the function.",
            "The PEP's authors published a second draft of the text.",
            "Since PEP 3 contains a list of rules.",
        ] {
            assert_eq!(ask(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn definitions_and_long_forms_are_found() {
        let sentence = "A context manager is an object that sets up a runtime context.";
        let (term, range) = definition(sentence).unwrap();
        assert_eq!((term.as_str(), &sentence[range]), ("a context manager", "an object that sets up a runtime context"));
        assert_eq!(definition("The goal is a faster startup of all programs."), None);
        let sentence = "Code uses the stable application binary interface (ABI) here.";
        let (short, range) = long_forms(sentence).pop().unwrap();
        assert_eq!((short.as_str(), &sentence[range]), ("ABI", "application binary interface"));
        assert!(long_forms("We met the old man (XYZ) there.").is_empty());
    }
}
