//! From what a teacher says to a question with exact spans, or the reason why not. Everything is checked against the document: a quoted
//! sentence must stand there character by character, an answer must stand in that sentence, a reworded question must keep its names.

use std::collections::HashSet;

use records::{Answer, Kind, Question, Section, Split, Style};
use text::{sentences, words};

use super::reply::{Asked, Reworded};
use crate::candidates::Triple;
use crate::corpus::fact;
use crate::filter::{Reason, content_stems, wording};

/// Fewest words of a reworded question.
const FEWEST_WORDS: usize = 3;
/// Fewest words of a question that somebody wrote: "holiday pay" is one.
const FEWEST_ASKED: usize = 2;
/// Most words of an answer, as in corpus mode.
const LONGEST_ANSWER: usize = 45;

/// Why an answer of the teacher is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// No JSON object with the fields that the prompt asks for.
    NotTheSchema,
    /// The teacher found nothing worth a question.
    NothingToAsk,
    /// A filter that the rules' questions pass too.
    Wording(Reason),
    /// Line breaks or control characters.
    NotOneLine,
    /// No question mark at its end.
    NotAQuestion,
    /// The same words as before.
    Unchanged,
    /// A name, number or code of the question is gone.
    NameLost,
    /// A name, number, code or address that the question did not have.
    SomethingAdded,
    /// The quoted sentence does not stand in the section.
    SentenceNotFound,
    /// The quote is more than a sentence.
    NotOneSentence,
    /// The sentence stands in several places.
    Repeated,
    /// The answer does not stand in the sentence.
    AnswerNotFound,
    /// The place has no exact bytes in the original file.
    NoSpan,
    /// Too close to a text of `--exclude`.
    Excluded,
    /// The documents that it needs belong to different splits.
    SeveralSplits,
    /// The judge says that the quote does not answer it.
    JudgedNo,
    /// The judge was not heard.
    Unjudged,
}

impl Rejection {
    /// The name in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotTheSchema => "not_the_schema",
            Self::NothingToAsk => "nothing_to_ask",
            Self::Wording(reason) => reason.name(),
            Self::NotOneLine => "not_one_line",
            Self::NotAQuestion => "not_a_question",
            Self::Unchanged => "unchanged",
            Self::NameLost => "name_lost",
            Self::SomethingAdded => "something_added",
            Self::SentenceNotFound => "sentence_not_found",
            Self::NotOneSentence => "not_one_sentence",
            Self::Repeated => "sentence_repeated",
            Self::AnswerNotFound => "answer_not_found",
            Self::NoSpan => "no_span",
            Self::Excluded => "excluded",
            Self::SeveralSplits => "several_splits",
            Self::JudgedNo => "judged_no",
            Self::Unjudged => "unjudged",
        }
    }
}

/// The triple with its question in the teacher's words.
pub(crate) fn reworded(triple: &Triple, Reworded { question }: Reworded) -> Result<Triple, Rejection> {
    let (before, question) = (&triple.question, question.trim());
    if !question.ends_with('?') {
        return Err(Rejection::NotAQuestion);
    }
    well_formed(question, &triple.answer.aliases, FEWEST_WORDS)?;
    let now = lower_words(question);
    if now == lower_words(&before.question) {
        return Err(Rejection::Unchanged);
    }
    let had = lower_words(&before.question);
    if names(&before.question).iter().any(|name| !now.contains(name)) {
        return Err(Rejection::NameLost);
    }
    // "I" names nobody.
    let added = names(question).into_iter().any(|name| name.chars().nth(1).is_some() && !had.contains(&name));
    let linked = |text: &str| text.contains("://");
    if added || linked(question) && !linked(&before.question) {
        return Err(Rejection::SomethingAdded);
    }
    let kind = match triple.answer.facts.first() {
        Some(fact) => kind(question, &fact.sentence),
        None => before.kind,
    };
    let family = format!("{}/teacher", before.template_family);
    let question = Question { question: question.to_owned(), kind, style: Style::Question, template_family: family, ..before.clone() };
    Ok(Triple { question, answer: triple.answer.clone(), gold: triple.gold.clone() })
}

/// The triple of a question on a section.
pub(crate) fn asked(section: &Section, split: Split, asked: Asked, id: String) -> Result<Triple, Rejection> {
    let question = asked.question.ok_or(Rejection::NothingToAsk)?;
    let (question, answer, quote) = (question.trim(), asked.answer.trim(), asked.sentence.trim());
    if answer.is_empty() || quote.is_empty() {
        return Err(Rejection::NotTheSchema);
    }
    let start = section.text.find(quote).ok_or(Rejection::SentenceNotFound)?;
    let end = start + quote.len();
    let holds = |sentence: &std::ops::Range<usize>| sentence.start <= start && end <= sentence.end;
    let sentence = sentences(&section.text).into_iter().find(holds).ok_or(Rejection::NotOneSentence)?;
    let at = start + whole_words(quote, answer).ok_or(Rejection::AnswerNotFound)?;
    // Whoever wrote it may ask in the words of a search box, without a question mark, or name the answers to choose between.
    well_formed(question, &[], FEWEST_ASKED)?;
    let aliases = vec![answer.to_owned()];
    if answer.split_whitespace().count() > LONGEST_ANSWER {
        return Err(Rejection::Wording(Reason::TooLong));
    }
    let fact = fact(section, at..at + answer.len(), sentence).ok_or(Rejection::NoSpan)?;
    let question = Question {
        question_id: id.clone(),
        question: question.to_owned(),
        kind: kind(question, &fact.sentence),
        hops: 1,
        style: Style::Question,
        template_family: "teacher/ask".to_owned(),
        split,
        answerable: true,
        bm25_rank: None,
    };
    let answer = Answer { question_id: id, aliases, facts: vec![fact] };
    Ok(Triple { question, answer, gold: vec![(section.doc_id.clone(), section.section)] })
}

/// One line of so many words that names none of the answers.
fn well_formed(question: &str, answers: &[String], fewest_words: usize) -> Result<(), Rejection> {
    if question.contains(char::is_control) {
        return Err(Rejection::NotOneLine);
    }
    wording(question, answers, fewest_words).map_err(Rejection::Wording)
}

/// Where `part` stands in `text` and ends no word in the middle.
fn whole_words(text: &str, part: &str) -> Option<usize> {
    let goes_on =
        |before: Option<char>, after: Option<char>| before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
    let whole = |at: usize| {
        let (before, rest) = text.split_at(at);
        let after = &rest[part.len()..];
        !goes_on(before.chars().last(), part.chars().next()) && !goes_on(part.chars().last(), after.chars().next())
    };
    text.match_indices(part).map(|(at, _)| at).find(|at| whole(*at))
}

fn lower_words(text: &str) -> Vec<String> {
    words(text).map(|range| text[range].to_lowercase()).collect()
}

/// Words that name something, in small letters: they hold a digit, or a capital that is not owed to the beginning of the sentence.
fn names(text: &str) -> HashSet<String> {
    let is_name = |(at, word): &(usize, &str)| {
        let capital = word.chars().skip(usize::from(*at == 0)).any(char::is_uppercase);
        capital || word.contains(|c: char| c.is_ascii_digit())
    };
    words(text).map(|range| &text[range]).enumerate().filter(is_name).map(|(_, word)| word.to_lowercase()).collect()
}

/// A paraphrase shares no content word with its sentence but for names.
fn kind(question: &str, sentence: &str) -> Kind {
    let of_names: HashSet<String> = names(sentence).iter().flat_map(|name| content_stems(name)).collect();
    let told = content_stems(sentence);
    let shared = content_stems(question).iter().any(|stem| told.contains(stem) && !of_names.contains(stem));
    if shared { Kind::Natural } else { Kind::Paraphrase }
}

#[cfg(test)]
mod tests {
    use records::{Fact, OffsetMap, Role};

    use super::*;

    fn section(text: &str) -> Section {
        Section {
            doc_id: "d".into(),
            path: "d.txt".into(),
            title: None,
            section: 3,
            heading_path: Vec::new(),
            role: Role::Paragraph,
            spans: OffsetMap::verbatim(1_000, text.len() as u64),
            text: text.into(),
            page: None,
            repairs: Vec::new(),
            links: Vec::new(),
            pages: Vec::new(),
        }
    }

    fn ask(text: &str, question: &str, answer: &str, sentence: &str) -> Result<Triple, Rejection> {
        let said = Asked { question: Some(question.into()), answer: answer.into(), sentence: sentence.into() };
        asked(&section(text), Split::Train, said, "id".into())
    }

    const TEXT: &str = "The Velmar bridge was built by Ada Holm in 1907. It planned nothing, and an engineer followed the plan.";

    #[test]
    fn an_asked_question_hangs_on_the_exact_bytes_of_its_answer() {
        let triple =
            ask(TEXT, "Who erected the crossing at Velmar?", "Ada Holm", "The Velmar bridge was built by Ada Holm in 1907.").unwrap();
        let fact: &Fact = &triple.answer.facts[0];
        assert_eq!((fact.raw_start, fact.raw_end, fact.sentence_start, fact.sentence_end), (1_031, 1_039, 1_000, 1_048));
        assert_eq!((triple.question.kind, triple.gold), (Kind::Paraphrase, vec![("d".to_owned(), 3)]));
        // An answer is found as whole words, not inside "planned".
        let quote = "It planned nothing, and an engineer followed the plan.";
        let triple = ask(TEXT, "What was carried out afterwards by someone?", "plan", quote).unwrap();
        assert_eq!(triple.answer.facts[0].raw_start, 1_000 + TEXT.rfind("plan").unwrap() as u64);
    }

    #[test]
    fn a_person_asks_without_a_mark_and_names_the_choice() {
        let quote = "The Velmar bridge was built by Ada Holm in 1907.";
        for question in ["velmar builder", "Did Ada Holm or Bo Lind build it?"] {
            assert_eq!(ask(TEXT, question, "Ada Holm", quote).unwrap().question.question, question);
        }
    }

    #[test]
    fn what_the_document_does_not_say_is_rejected() {
        let quote = "The Velmar bridge was built by Ada Holm in 1907.";
        let of = |question: &str, answer: &str, sentence: &str| ask(TEXT, question, answer, sentence).map(|_| ()).unwrap_err();
        assert_eq!(of("Who built it in Velmar?", "Ada Holm", "The Velmar bridge was built by Ada."), Rejection::SentenceNotFound);
        assert_eq!(of("Who built it in Velmar?", "Bo Holm", quote), Rejection::AnswerNotFound);
        assert_eq!(of("Who built it in Velmar?", "Ada Holm", TEXT), Rejection::NotOneSentence);
        assert_eq!(of("Who built it\nin Velmar?", "Ada Holm", quote), Rejection::NotOneLine);
        assert_eq!(of("Who?", "Ada Holm", quote), Rejection::Wording(Reason::TooShort));
        assert_eq!(of("Who built it in Velmar?", "", quote), Rejection::NotTheSchema);
        let nothing = Asked { question: None, answer: String::new(), sentence: String::new() };
        assert_eq!(asked(&section(TEXT), Split::Train, nothing, "id".into()).map(|_| ()), Err(Rejection::NothingToAsk));
    }

    #[test]
    fn a_reworded_question_keeps_its_names_and_adds_none() {
        let quote = "The Velmar bridge was built by Ada Holm in 1907.";
        let before = ask(TEXT, "Who built the bridge at Velmar, article 7?", "Ada Holm", quote).unwrap();
        let reword = |question: &str| reworded(&before, Reworded { question: question.into() });
        let after = reword("Whose work is the crossing in Velmar of article 7?").unwrap();
        assert_eq!((after.question.kind, after.question.template_family.as_str()), (Kind::Paraphrase, "teacher/ask/teacher"));
        assert_eq!((after.answer, after.gold), (before.answer.clone(), before.gold.clone()));
        let of = |question: &str| reword(question).map(|_| ()).unwrap_err();
        assert_eq!(of("Who built the crossing of article 7?"), Rejection::NameLost);
        assert_eq!(of("Who made the bridge at Velmar, article 7 of 12?"), Rejection::SomethingAdded);
        assert_eq!(of("Who made the bridge at Velmar, article 7, http://x.y/ ?"), Rejection::SomethingAdded);
        assert_eq!(of("Who made the bridge at Velmar, article 7, for Bo?"), Rejection::SomethingAdded);
        assert_eq!(of("who built the bridge at velmar, article 7 ?"), Rejection::Unchanged);
        assert_eq!(of("Was it Ada Holm at Velmar, article 7?"), Rejection::Wording(Reason::AnswerInQuestion));
        assert_eq!(of("HACKED?"), Rejection::Wording(Reason::TooShort));
    }
}
