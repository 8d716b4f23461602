//! The optional teacher: a language model behind any OpenAI-compatible endpoint that says questions in other words, asks about sections, and
//! judges whether a quote answers a question. Nothing needs it, and nothing goes over a network unless a [`TeacherConfig`] names an endpoint.
//!
//! In: triples that rules have made and sections of the same documents ([`lesson`](self)). Out: some of the triples reworded, some more, and
//! counts of everything that was asked. Text of documents is data: it stands between fences that it cannot end (`prompt`), and an answer is
//! used only after it was checked against the document (`draft`). Answers are kept on disk (`cache`): the same run again sends nothing and
//! leaves the same tables.
//!
//! Not a chat client: three jobs, one turn each, and one more that another crate brings its own prompt for ([`Writer`]).
//!
//! Try it: `tandem synth --corpus DIR --out DIR --teacher http://localhost:8080/v1 --teacher-model NAME --teacher-budget 50000`.

mod attempt;
mod cache;
mod client;
mod config;
mod draft;
#[cfg(feature = "teacher")]
mod endpoint;
mod ledger;
mod lesson;
mod pace;
mod prompt;
mod reply;
mod shelf;
#[cfg(feature = "teacher")]
mod tls;
mod wire;
mod writer;

use std::env;
use std::path::{Path, PathBuf};

use records::{RunError, RunFolder};
use serde::Serialize;

pub use config::{KEY_VARIABLE, TeacherConfig, TokensField};
pub(crate) use draft::{Rejection, asked};
pub(crate) use lesson::Lesson;
pub(crate) use prompt::JOBS;
pub(crate) use reply::Asked;
pub use writer::Writer;

use crate::SynthError;
use cache::Cache;
use client::Client;
use prompt::Prompts;

/// A teacher that is ready to be asked: settings checked, prompts and key read, nothing sent yet.
pub struct Teacher {
    config: TeacherConfig,
    prompts: Prompts,
    key: Option<String>,
    cache: PathBuf,
}

/// What of a teacher decides the rows of a run. A larger budget makes more of them, so it counts too; patience and pace do not.
#[derive(Serialize)]
struct Identity<'a> {
    endpoint: String,
    config: TeacherConfig,
    prompts: &'a Prompts,
}

impl Teacher {
    /// Reads what a teacher needs for a run into the folder `out`.
    ///
    /// # Errors
    /// If a setting makes no sense, a prompt is broken, the key's variable is missing, or this build has no client.
    pub fn open(config: TeacherConfig, out: &Path) -> Result<Self, SynthError> {
        config.validate()?;
        let prompts = Prompts::load(config.prompts.as_deref())?;
        let key = key(config.key_variable.as_deref())?;
        let cache = config.cache.clone().unwrap_or_else(|| out.parent().unwrap_or(Path::new("")).join("teacher-cache"));
        let teacher = Self { config, prompts, key, cache };
        // Found now rather than after the rules have done their work.
        teacher.client()?;
        Ok(teacher)
    }

    /// The name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.config.model
    }

    /// A client with the whole budget.
    fn client(&self) -> Result<Client, SynthError> {
        Ok(Client::new(&self.config, Cache::new(&self.cache), wire::to(&self.config, self.key.clone())?))
    }

    fn identity(&self) -> Identity<'_> {
        let usual = TeacherConfig::new("", "");
        let config = TeacherConfig {
            url: String::new(),
            key_variable: None,
            requests_per_minute: usual.requests_per_minute,
            concurrency: usual.concurrency,
            timeout: usual.timeout,
            attempts: usual.attempts,
            wait: usual.wait,
            give_up_after: usual.give_up_after,
            certificates: None,
            prompts: None,
            cache: None,
            ..self.config.clone()
        };
        Identity { endpoint: self.config.endpoint(), config, prompts: &self.prompts }
    }
}

/// The key in an environment variable; only one that was named must exist.
fn key(variable: Option<&str>) -> Result<Option<String>, SynthError> {
    let name = variable.unwrap_or(KEY_VARIABLE);
    let fail = |reason: &str| Err(SynthError::data(format!("environment variable {name}"), reason));
    match env::var(name) {
        Ok(key) if key.is_empty() || !key.chars().all(|c| c.is_ascii_graphic()) => fail("holds no key: visible ASCII characters only"),
        Ok(key) => Ok(Some(key)),
        Err(_) if variable.is_some() => fail("is not set; put the teacher's key into it"),
        Err(_) => Ok(None),
    }
}

/// Opens the folder of a run with or without a teacher; without one it is the same folder as ever.
pub(crate) fn run_folder(out: &Path, configuration: &impl Serialize, teacher: Option<&Teacher>, seed: u64) -> Result<RunFolder, RunError> {
    match teacher {
        None => RunFolder::open(out, "synth", configuration, seed),
        Some(teacher) => RunFolder::open(out, "synth", &(configuration, teacher.identity()), seed),
    }
}

#[cfg(all(test, feature = "teacher"))]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_named_must_be_there_and_is_never_told() {
        assert_eq!(key(None).unwrap(), env::var(KEY_VARIABLE).ok());
        let message = key(Some("TANDEM_NO_SUCH_VARIABLE")).unwrap_err().to_string();
        assert!(message.contains("TANDEM_NO_SUCH_VARIABLE"), "{message}");
    }

    #[test]
    fn pace_and_patience_do_not_make_another_run_but_the_budget_does() {
        let run = |change: &dyn Fn(&mut TeacherConfig)| {
            let mut config = TeacherConfig::new("http://localhost:1/v1", "m");
            change(&mut config);
            serde_json::to_string(&Teacher::open(config, Path::new("out")).unwrap().identity()).unwrap()
        };
        let usual = run(&|_| {});
        assert_eq!(run(&|config| (config.concurrency, config.timeout, config.url) = (9, 1.0, "http://localhost:1/v1/".into())), usual);
        assert_ne!(run(&|config| config.budget = 7), usual);
        assert_ne!(run(&|config| config.url = "http://localhost:2/v1".into()), usual);
    }
}
