//! What comes back: the envelope of a chat completion, and inside it the JSON object that a prompt asks for. Nothing is taken on trust: what
//! does not fit its schema, or is longer than allowed, is no answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Places where a JSON object may begin that are looked at: models like to talk before they answer.
const PLACES: usize = 64;
/// Most characters of a field.
const LONGEST: usize = 600;

/// A chat completion, as far as it is used.
#[derive(Debug, Deserialize)]
struct Envelope {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Usage {
    #[serde(default)]
    total_tokens: Option<u64>,
}

/// The text of a completion and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// Empty where the model declined.
    pub content: String,
    /// As the server counts them, if it does.
    pub tokens: Option<u64>,
}

/// Why a body is no completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCompletion {
    /// It is not JSON at all.
    NotJson,
    /// It is JSON of another kind.
    NotACompletion,
}

impl Completion {
    /// Reads the body of a reply.
    pub fn parse(body: &[u8]) -> Result<Self, NoCompletion> {
        let json: serde_json::Value = serde_json::from_slice(body).map_err(|_| NoCompletion::NotJson)?;
        let Envelope { choices, usage } = serde_json::from_value(json).map_err(|_| NoCompletion::NotACompletion)?;
        let first = choices.into_iter().next().ok_or(NoCompletion::NotACompletion)?;
        let tokens = usage.and_then(|usage| usage.total_tokens);
        Ok(Self { content: first.message.content.unwrap_or_default(), tokens })
    }
}

/// A question in other words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Reworded {
    pub question: String,
}

/// A question on a section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Asked {
    /// None where the section tells nothing worth a question.
    pub question: Option<String>,
    #[serde(default)]
    pub answer: String,
    #[serde(default)]
    pub sentence: String,
}

/// Whether a quote answers a question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Judged {
    pub answered: bool,
    pub reason: String,
}

/// The first object in a text that has the fields of `T`.
pub(crate) fn object<T: DeserializeOwned>(content: &str) -> Option<T> {
    let mut places = content.match_indices('{').map(|(at, _)| at).take(PLACES);
    places.find_map(|at| serde_json::Deserializer::from_str(&content[at..]).into_iter::<T>().next()?.ok())
}

/// An answer that fits a prompt.
pub(crate) trait Answer: DeserializeOwned {
    /// The fields that a model wrote freely.
    fn texts(&self) -> Vec<&str>;

    /// The first object in a text that has the fields of this answer, none of them too long.
    fn read(content: &str) -> Option<Self> {
        let answer: Self = object(content)?;
        answer.texts().iter().all(|text| text.chars().count() <= LONGEST).then_some(answer)
    }
}

impl Answer for Reworded {
    fn texts(&self) -> Vec<&str> {
        vec![&self.question]
    }
}

impl Answer for Asked {
    fn texts(&self) -> Vec<&str> {
        vec![self.question.as_deref().unwrap_or_default(), &self.answer, &self.sentence]
    }
}

impl Answer for Judged {
    fn texts(&self) -> Vec<&str> {
        vec![&self.reason]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_is_read_with_and_without_its_usage() {
        let body = br#"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}],"usage":{"total_tokens":7}}"#;
        assert_eq!(Completion::parse(body), Ok(Completion { content: "hi".into(), tokens: Some(7) }));
        let body = br#"{"choices":[{"message":{"content":null,"refusal":"no"}}]}"#;
        assert_eq!(Completion::parse(body), Ok(Completion { content: String::new(), tokens: None }));
        assert_eq!(Completion::parse(b"<html>"), Err(NoCompletion::NotJson));
        assert_eq!(Completion::parse(b"{\"choices\":[]}"), Err(NoCompletion::NotACompletion));
        assert_eq!(Completion::parse(b"{\"error\":\"busy\"}"), Err(NoCompletion::NotACompletion));
    }

    #[test]
    fn the_object_is_found_between_other_words() {
        let content = "I think {so}.\n```json\n{\"answered\": true, \"reason\": \"it says so\"}\n```";
        assert_eq!(Judged::read(content), Some(Judged { answered: true, reason: "it says so".into() }));
        assert_eq!(Judged::read("{\"answered\": \"maybe\", \"reason\": \"x\"}"), None);
        assert_eq!(Judged::read("yes"), None);
        assert_eq!(Asked::read("{\"question\": null}").map(|asked| asked.question), Some(None));
        assert_eq!(Reworded::read("{\"question\": \"cut"), None);
    }

    #[test]
    fn what_is_too_long_is_no_answer() {
        assert_eq!(Reworded::read(&serde_json::json!({ "question": "x".repeat(LONGEST + 1) }).to_string()), None);
        assert!(Reworded::read(&serde_json::json!({ "question": "x".repeat(LONGEST) }).to_string()).is_some());
    }
}
