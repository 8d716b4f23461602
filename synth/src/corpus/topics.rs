//! What people ask under the headings that many documents share. Under "Drawbacks" stands what speaks against the subject of the document: the
//! question names the subject and takes its other words from `language/topics.toml`, so that it shares none with the heading or the sentence.

use rand::Rng;
use records::{Kind, Section, Style};

use super::language::{Class, Form, Topic};
use super::preset::Group;
use super::rules::{Draft, Reader};
use super::sentences::{is_leaning, is_pointing};
use crate::filter::{Reason, content_stems, overlap};

/// Questions for one section.
const WORDINGS: usize = 2;
/// Most words of a subject that stands without quotes, and the chance that it does.
const PLAIN: usize = 6;
const UNQUOTED: f64 = 0.7;
/// How telling a subject must be, in the unit of the preset: less than a question, as a title or heading stands in the corpus once.
const TELLING: f32 = 0.5;

impl Reader<'_> {
    /// Questions that the heading of a section gives, answered by the first sentence under it: "What speaks against private fields?" under
    /// "Drawbacks".
    pub(super) fn topics(&mut self, section: &Section, sentence: &str) -> Vec<Draft> {
        let language = self.language;
        let topic = section.heading_path.last().and_then(|heading| language.topic(&plain(heading)));
        let Some(topic) = topic.filter(|topic| opens_section(sentence) && topic.is_told(sentence)) else { return Vec::new() };
        let Some(subject) = self.subject(section) else { return Vec::new() };
        let mut drafts: Vec<Draft> = (0..WORDINGS).filter_map(|_| self.about(topic, &subject, sentence)).collect();
        drafts.dedup_by(|one, other| one.family == other.family);
        drafts
    }

    fn about(&mut self, topic: &Topic, subject: &str, sentence: &str) -> Option<Draft> {
        let (form, family) = self.form(&topic.asked, &format!("topic/{}", topic.name))?;
        let question = form.replace("{t}", subject);
        let (shared, all) = overlap(&question, sentence);
        let (group, kind) = match shared * 3 <= all {
            true => (Group::Paraphrase, Kind::Paraphrase),
            false => (Group::Natural, Kind::Natural),
        };
        Some(Draft { group, kind, style: Style::Question, question, family, answer: 0..sentence.len(), swap: None })
    }

    /// What a section with a common heading is about: the heading above it, or the title, if that stands in the corpus once.
    fn subject(&mut self, section: &Section) -> Option<String> {
        let above = section.heading_path.iter().rev().nth(1).filter(|above| section.title.as_ref() != Some(*above));
        let name = match above {
            Some(above) => above.trim_end_matches([':', '.', '?', '#']).trim().replace('"', "'"),
            None => self.title(section)?,
        };
        let lower = plain(&name);
        let unique = above.is_none_or(|above| self.scout.headings(above) == 1) && self.language.topic(&lower).is_none();
        let clean = (4..=70).contains(&name.chars().count()) && !name.contains(['{', '}', '<', '>', '|', '‘', '“', '#', '?']);
        let open = !name.starts_with(|c: char| c.is_numeric()) && !content_stems(&name).is_empty();
        if !unique || !clean || !open || self.scout.telling(&name) < TELLING {
            self.drop(Reason::TooVague, &name);
            return None;
        }
        let words: Vec<&str> = name.split(' ').collect();
        let first = words[0].to_lowercase();
        let acts = self.language.verb(&first, Form::Base).is_some() && !self.language.is(Class::Doubtful, &first);
        let phrase = words.len() <= PLAIN
            && !acts
            && !self.language.is_closed(&first)
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '’' | '`'))
            && words.iter().all(|word| !self.language.is_auxiliary(&word.to_lowercase()));
        let bare = phrase && self.rng.random_bool(UNQUOTED);
        // "Postponed Evaluation" keeps its capitals.
        let titled = words.iter().skip(1).any(|word| word.starts_with(char::is_uppercase));
        Some(match bare {
            true if titled => name,
            true => self.scout.inside(&name),
            false => format!("\"{name}\""),
        })
    }
}

/// A heading in small letters, without its number and marks.
fn plain(heading: &str) -> String {
    let text = heading.trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ')' | ' '));
    text.trim_end_matches([':', '.', '#', ' ']).to_lowercase()
}

/// Words of sentences that tell about the text rather than its subject.
const ELSEWHERE: &str = "following below above section sections see described discussed chapter listed outlined subsections";
/// First words that lean on nothing but the heading.
const OPENING: &str = "this it when while although because if in for since no currently first there both each";

/// Whether a sentence can be read by somebody who knows the heading above it and nothing else.
fn opens_section(sentence: &str) -> bool {
    let words: Vec<String> = sentence.split(' ').map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).collect();
    let subject = |word: &str| OPENING.split(' ').any(|listed| listed == word);
    let first = words.first().map_or("", String::as_str);
    let leans = (is_leaning(first) || is_pointing(first)) && !subject(first);
    let elsewhere = words.iter().any(|word| ELSEWHERE.split(' ').any(|listed| listed == word));
    sentence.ends_with(['.', ')']) && sentence.starts_with(|c: char| c.is_uppercase() || c == '`') && !leans && !elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_sentence_is_read_with_its_heading_alone() {
        assert!(opens_section("This change breaks no program.") && opens_section("There are none at this time."));
        assert!(!opens_section("However, they are rare.") && !opens_section("The following sections list the costs."));
        assert!(!opens_section("Several costs:"));
    }

    #[test]
    fn headings_are_known_without_their_numbers_and_marks() {
        assert_eq!((plain("4.2 Prior Art:").as_str(), plain("Next steps").as_str()), ("prior art", "next steps"));
    }
}
