//! What the stages ask of whoever works for them, asked of an [`Engine`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;

use prep_model::inference::Attempt;
use prep_model::read::Source;
use records::{Failure, UserQuestion, Vector};
use retrieve_model::report::Reports;

use crate::function::Outcome;
use crate::functions::{Answer, AnswerJob, Embed, EmbedJob, Prep, PrepJob};
use crate::{ClusterError, Engine};

/// Prepares sources.
pub struct Preparing<'a> {
    /// Where.
    pub engine: &'a Engine,
    /// How.
    pub job: PrepJob,
}

impl prep_model::inference::Workers for Preparing<'_> {
    fn attempts<'a>(
        &'a self,
        shards: Box<dyn Iterator<Item = Vec<Source>> + 'a>,
    ) -> Box<dyn Iterator<Item = Result<Vec<Attempt>, String>> + 'a> {
        let name = |source: &Source| source.name.clone();
        named(
            self.engine,
            shards,
            name,
            move |engine, shards| Box::new(engine.map::<Prep>(self.job.clone(), shards)),
            |name, outcome| {
                let reason = outcome.error.unwrap_or_default();
                outcome.value.map_or_else(|| vec![Attempt::lost(&name, &reason)], |value| value.attempts)
            },
        )
    }
}

/// Embeds shards of sections.
pub struct Embedding<'a> {
    /// Where.
    pub engine: &'a Engine,
    /// How.
    pub job: EmbedJob,
}

impl retrieve_model::index::Workers for Embedding<'_> {
    fn vectors<'a>(&'a self, shards: Box<dyn Iterator<Item = PathBuf> + 'a>) -> Box<dyn Iterator<Item = Result<Vec<Vector>, String>> + 'a> {
        let pieces = shards.map(|shard| vec![shard]);
        let vectors = |piece: Result<Vec<Outcome<_>>, ClusterError>| {
            let mut vectors = Vec::new();
            for outcome in piece.map_err(|error| error.to_string())? {
                let value: crate::functions::Vectors = outcome.value.ok_or_else(|| outcome.error.unwrap_or_default())?;
                vectors.extend(value.vectors);
            }
            Ok(vectors)
        };
        Box::new(self.engine.map::<Embed>(self.job.clone(), pieces).map(vectors))
    }
}

/// Answers questions.
pub struct Answering<'a> {
    /// Where.
    pub engine: &'a Engine,
    /// How.
    pub job: AnswerJob,
}

impl retrieve_model::report::Workers for Answering<'_> {
    fn reports<'a>(
        &'a self,
        chunks: Box<dyn Iterator<Item = Vec<UserQuestion>> + 'a>,
    ) -> Box<dyn Iterator<Item = Result<Reports, String>> + 'a> {
        let id = |question: &UserQuestion| question.id.clone();
        named(
            self.engine,
            chunks,
            id,
            move |engine, chunks| Box::new(engine.map::<Answer>(self.job.clone(), chunks)),
            |id, outcome| vec![outcome.value.ok_or_else(|| Failure::new(&id, "report", outcome.error.unwrap_or_default()))],
        )
    }
}

type Pieces<'a, R> = Box<dyn Iterator<Item = Vec<R>> + 'a>;
type Results<'a, T> = Box<dyn Iterator<Item = T> + 'a>;

/// Maps pieces whose rows have names, and brings each outcome together with its row's name again.
fn named<'a, R: 'a, V: 'a, T: 'a>(
    engine: &'a Engine,
    pieces: Pieces<'a, R>,
    name: impl Fn(&R) -> String + 'a,
    map: impl FnOnce(&'a Engine, Pieces<'a, R>) -> Results<'a, Result<Vec<Outcome<V>>, ClusterError>>,
    made: impl Fn(String, Outcome<V>) -> Vec<T> + 'a,
) -> Results<'a, Result<Vec<T>, String>> {
    let sent = std::rc::Rc::new(RefCell::new(VecDeque::<Vec<String>>::new()));
    let noted = sent.clone();
    let pieces = pieces.inspect(move |rows| noted.borrow_mut().push_back(rows.iter().map(&name).collect()));
    Box::new(map(engine, Box::new(pieces)).map(move |outcomes| {
        let names = sent.borrow_mut().pop_front().unwrap_or_default();
        let outcomes = outcomes.map_err(|error| error.to_string())?;
        Ok(names.into_iter().zip(outcomes).flat_map(|(name, outcome)| made(name, outcome)).collect())
    }))
}

#[cfg(test)]
mod tests;
