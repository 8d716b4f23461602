//! What a teacher may do: where it is, how much it is asked, and how patient the client is. The fields of a preset's `[teacher]` table, or of
//! a file of its own; the key is never among them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::SynthError;

/// The variable that holds the key where none is named; a server that wants no key needs none.
pub const KEY_VARIABLE: &str = "TANDEM_TEACHER_KEY";

/// Fields of a request that the client writes itself.
const OWN_FIELDS: [&str; 8] = ["model", "messages", "stream", "n", "max_tokens", "max_completion_tokens", "temperature", "response_format"];

/// A teacher and its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherConfig {
    /// The base of an OpenAI-compatible endpoint, as `http://localhost:8080/v1`; requests go to `URL/chat/completions`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// The environment variable that holds the key; if not given, [`KEY_VARIABLE`], which may be missing.
    #[serde(default)]
    pub key_variable: Option<String>,
    /// Share of the natural, paraphrase and unanswerable questions that are said in other words.
    #[serde(default = "defaults::reword")]
    pub reword: f64,
    /// Extra questions about single sections, as a share of the triples wanted.
    #[serde(default = "defaults::ask")]
    pub ask: f64,
    /// Whether only those are kept that the teacher finds answered by their quote.
    #[serde(default = "defaults::judge")]
    pub judge: bool,
    /// Tokens that may be spent in a run; answers from the cache cost none.
    #[serde(default = "defaults::budget")]
    pub budget: u64,
    /// Requests a minute; 0 for no limit.
    #[serde(default)]
    pub requests_per_minute: u32,
    /// Requests on their way at a time.
    #[serde(default = "defaults::concurrency")]
    pub concurrency: usize,
    /// Seconds that a request may take.
    #[serde(default = "defaults::timeout")]
    pub timeout: f64,
    /// How often a request is tried.
    #[serde(default = "defaults::attempts")]
    pub attempts: u32,
    /// Seconds between two tries: at first, and at most. A server that asks for a longer pause gets no second try.
    #[serde(default = "defaults::wait")]
    pub wait: [f64; 2],
    /// Requests that may fail in a row, each with all its tries, before no more are sent.
    #[serde(default = "defaults::give_up_after")]
    pub give_up_after: u32,
    /// Most tokens of an answer; models that think before they answer need more.
    #[serde(default = "defaults::answer_tokens")]
    pub answer_tokens: u32,
    /// The field of the request that carries that number.
    #[serde(default)]
    pub tokens_field: TokensField,
    /// How free the wording is; the judge is asked at 0. Not sent where it is not given, since some models refuse it.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Whether to ask the server for JSON (`response_format`); not every server knows it, and the prompts ask for it anyway.
    #[serde(default)]
    pub json_mode: bool,
    /// Further fields of every request, as they are.
    #[serde(default)]
    pub extra: BTreeMap<String, serde_json::Value>,
    /// A PEM file of certificates to trust beside the system's, for a server with a certificate of its own making.
    #[serde(default)]
    pub certificates: Option<PathBuf>,
    /// A folder whose `paraphrase.md`, `ask.md` and `judge.md` replace those of this crate.
    #[serde(default)]
    pub prompts: Option<PathBuf>,
    /// Where answers are kept; if not given, `teacher-cache` beside the output folder.
    #[serde(default)]
    pub cache: Option<PathBuf>,
}

/// The two names that servers have for the longest answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokensField {
    /// The old name, which nearly every server knows.
    #[default]
    MaxTokens,
    /// The new name, which some models insist on.
    MaxCompletionTokens,
}

mod defaults {
    pub fn reword() -> f64 {
        0.3
    }
    pub fn ask() -> f64 {
        0.1
    }
    pub fn judge() -> bool {
        true
    }
    pub fn budget() -> u64 {
        1_000_000
    }
    pub fn concurrency() -> usize {
        4
    }
    pub fn timeout() -> f64 {
        120.0
    }
    pub fn attempts() -> u32 {
        5
    }
    pub fn wait() -> [f64; 2] {
        [1.0, 60.0]
    }
    pub fn give_up_after() -> u32 {
        4
    }
    pub fn answer_tokens() -> u32 {
        400
    }
}

impl TeacherConfig {
    /// A teacher with the usual limits.
    #[must_use]
    pub fn new(url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            model: model.into(),
            key_variable: None,
            reword: defaults::reword(),
            ask: defaults::ask(),
            judge: defaults::judge(),
            budget: defaults::budget(),
            requests_per_minute: 0,
            concurrency: defaults::concurrency(),
            timeout: defaults::timeout(),
            attempts: defaults::attempts(),
            wait: defaults::wait(),
            give_up_after: defaults::give_up_after(),
            answer_tokens: defaults::answer_tokens(),
            tokens_field: TokensField::default(),
            temperature: None,
            json_mode: false,
            extra: BTreeMap::new(),
            certificates: None,
            prompts: None,
            cache: None,
        }
    }

    /// A teacher from a TOML text with the fields of the `[teacher]` table.
    ///
    /// # Errors
    /// If a field is unknown or makes no sense.
    pub fn parse(text: &str) -> Result<Self, SynthError> {
        let config: Self = toml::from_str(text).map_err(|error| SynthError::data("teacher", error))?;
        config.validate()?;
        Ok(config)
    }

    /// Where requests go.
    pub(super) fn endpoint(&self) -> String {
        let base = self.url.trim_end_matches('/');
        if base.ends_with("/chat/completions") { base.to_owned() } else { format!("{base}/chat/completions") }
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first field that does not.
    pub fn validate(&self) -> Result<(), SynthError> {
        let fail = |reason: &str| Err(SynthError::data("teacher", reason));
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let seconds = |value: f64| value > 0.0 && value <= 86_400.0;
        let host = self.url.strip_prefix("http://").or_else(|| self.url.strip_prefix("https://")).unwrap_or_default();
        if host.is_empty() || host.starts_with('/') {
            return fail("url must begin with http:// or https:// and name a host, as http://localhost:8080/v1");
        }
        if host.split('/').next().is_some_and(|host| host.contains('@')) {
            return fail("url must hold no user or password; put the key into an environment variable");
        }
        if self.model.is_empty() {
            return fail("model must be the name of a model at that endpoint");
        }
        if !share(self.reword) || !(0.0..=10.0).contains(&self.ask) {
            return fail("reword must lie between 0 and 1, ask between 0 and 10");
        }
        if self.concurrency == 0 || self.concurrency > 256 || self.attempts == 0 || self.give_up_after == 0 || self.answer_tokens == 0 {
            return fail("concurrency (at most 256), attempts, give_up_after and answer_tokens must be at least 1");
        }
        if !seconds(self.timeout) || !self.wait.into_iter().all(seconds) || self.wait[0] > self.wait[1] {
            return fail("timeout and wait are seconds, more than 0 and at most a day, the first wait no longer than the second");
        }
        if self.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
            return fail("temperature must lie between 0 and 2");
        }
        if let Some(field) = OWN_FIELDS.iter().find(|field| self.extra.contains_key(**field)) {
            return fail(&format!("extra may not hold {field:?}, which has a field of its own or is not to be changed"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_and_model_are_enough_and_the_rest_has_the_usual_limits() {
        let text = "url = \"http://localhost:8080/v1/\"\nmodel = \"m\"";
        let config = TeacherConfig::parse(text).unwrap();
        assert_eq!(config, TeacherConfig::new("http://localhost:8080/v1/", "m"));
        assert_eq!(config.endpoint(), "http://localhost:8080/v1/chat/completions");
        assert_eq!(TeacherConfig::new("https://a/b/chat/completions", "m").endpoint(), "https://a/b/chat/completions");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut TeacherConfig), word: &str| {
            let mut config = TeacherConfig::new("http://localhost/v1", "m");
            change(&mut config);
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        };
        refused(&|config| config.url = "localhost:8080".into(), "http://");
        refused(&|config| config.url = "https://me:secret@host/v1".into(), "password");
        refused(&|config| config.model.clear(), "model");
        refused(&|config| config.reword = 1.5, "reword");
        refused(&|config| config.concurrency = 0, "concurrency");
        refused(&|config| config.timeout = f64::NAN, "timeout");
        refused(&|config| config.wait = [2.0, 1.0], "wait");
        refused(&|config| config.temperature = Some(-1.0), "temperature");
        refused(&|config| _ = config.extra.insert("stream".into(), true.into()), "stream");
        assert!(TeacherConfig::parse("url = \"http://a\"\nmodel = \"m\"\nkey = \"secret\"").is_err());
    }
}
