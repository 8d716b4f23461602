//! The same client for a job of another crate: a prompt of the caller's, one turn, the object that came back. Cache, budget, pace and patience are
//! those of the teacher.

use std::path::Path;

use indicatif::ProgressBar;
use serde::de::DeserializeOwned;

use super::cache::Cache;
use super::client::{Called, Client};
use super::config::TeacherConfig;
use super::prompt::Prompt;
use super::{key, reply, wire};
use crate::SynthError;
use crate::candidates::name;

/// A language model that is asked with one prompt; threads may share it.
pub struct Writer {
    client: Client,
    prompt: Prompt,
}

impl Writer {
    /// Makes ready; nothing is sent. `prompt` is a Markdown text with a part for the system and one for the user which shows the data `shown`, by name.
    /// Answers are kept in `cache`, if the settings name no other folder.
    ///
    /// # Errors
    /// If a setting makes no sense, the prompt is broken, the key's variable is missing, or this build has no client.
    pub fn open(config: &TeacherConfig, prompt: &str, shown: &[&str], cache: &Path) -> Result<Self, SynthError> {
        config.validate()?;
        let prompt = Prompt::parse(shown, "the writer's prompt", prompt)?;
        let wire = wire::to(config, key(config.key_variable.as_deref())?)?;
        let cache = Cache::new(config.cache.as_deref().unwrap_or(cache));
        Ok(Self { client: Client::new(config, cache, wire), prompt })
    }

    /// The first object of what the model says that has the fields of `T`.
    ///
    /// # Errors
    /// If nothing was sent, no answer came, or it holds no such object; the error says which. Each costs this request alone.
    pub fn write<T: DeserializeOwned>(&self, data: &[(&str, &str)]) -> Result<T, SynthError> {
        let fail = |reason: String| SynthError::data("language model", reason);
        let messages = self.prompt.render(data).ok_or_else(|| fail("not asked: the text holds control marks of chat formats".into()))?;
        let request = self.client.request(true, &messages)?;
        let called = self.client.call(&[Ok(request)], 0, &ProgressBar::hidden())?;
        match called.into_iter().next() {
            Some(Called::Cached(completion) | Called::Made(completion)) => {
                reply::object(&completion.content).ok_or_else(|| fail("answered without the JSON object that was asked for".into()))
            }
            Some(Called::Refused(refusal)) => Err(fail(format!("not asked: {}", name(&refusal).replace('_', " ")))),
            Some(Called::Failed(failure)) => Err(fail(format!("did not answer: {}", name(&failure).replace('_', " ")))),
            None => Err(fail("not asked".into())),
        }
    }
}
