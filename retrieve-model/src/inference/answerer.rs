//! A trained model ready for questions: it searches, and runs a question to its end.
//! Every call is independent, so questions may be answered on as many threads as there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use backbone::Tokenizer;
use burn::tensor::Device;
use records::{Report, Search, Section, UserQuestion};

use super::action::Action;
use super::choices::Choices;
use super::compared::Compared;
use super::compose;
use super::confidence::confidence_features;
use super::controller::{MOST_ANSWERS, Quoted, State, worth};
use super::memory::{InMemory, sections_of};
use super::read::{self, Read};
use super::search::{self, Hit};
use super::source::{PassageSource, SourceError};
use crate::data::{Encoder, follow_up};
use crate::model::{Policy, RetrieveConfig, RetrieveModel};

/// Sections of a question's own sources that get vectors; of more, words alone choose.
const SOURCE_VECTORS: usize = 256;

/// How a question ended, before it is written as a report.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The last state.
    pub state: State,
    /// Searches made.
    pub searches: Vec<Search>,
    /// What the confidence is computed from; empty where there is no answer.
    pub features: Vec<f32>,
}

/// A trained model.
#[derive(Clone)]
pub struct Answerer {
    /// Sizes, habits and calibration.
    pub config: RetrieveConfig,
    /// The network.
    pub model: RetrieveModel,
    pub(super) encoder: Encoder,
    pub(super) device: Device,
    pub(super) identity: String,
    pub(super) embedding: String,
    pub(super) compared: Arc<Compared>,
    remembered: Option<Arc<Remembered>>,
}

/// What every search of a question brought, by question, evidence and lead.
type Remembered = Mutex<HashMap<[String; 3], (Search, Vec<Read>)>>;

impl Answerer {
    /// Where it computes.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// An answerer from its parts.
    #[must_use]
    pub fn new(config: RetrieveConfig, model: RetrieveModel, tokenizer: Arc<Tokenizer>, device: &Device) -> Self {
        Self {
            config,
            model,
            encoder: Encoder::new(tokenizer),
            device: device.clone(),
            identity: String::new(),
            embedding: String::new(),
            compared: Arc::default(),
            remembered: None,
        }
    }

    /// The same model, remembering what its searches brought: for training, where one store is asked the same questions over and over.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.remembered = Some(Arc::default());
        self
    }

    /// The same model, with what another that compares by the same blocks has compared already: half of a question's time where both are asked about one
    /// collection.
    #[must_use]
    pub fn comparing_with(mut self, other: &Self) -> Self {
        self.compared = other.compared.clone();
        self
    }

    /// The same model, giving the answers that are right so often (0 to 1, see [`crate::model::Calibration::threshold_for`]) and none beside them; as it
    /// ships for none.
    #[must_use]
    pub fn with_precision(mut self, precision: Option<f32>) -> Self {
        let calibration = &mut self.config.calibration;
        if let Some(precision) = precision {
            calibration.threshold = calibration.threshold_for(precision);
            calibration.unsure = calibration.threshold;
        }
        self
    }

    /// The `k` best passages for a query.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn search(&self, source: &dyn PassageSource, query: &str, k: usize) -> Result<Vec<Hit>, SourceError> {
        let candidates = source.candidates(query, &self.embed_question(query), k.max(self.config.search.candidates))?;
        let mut hits = self.compare(query, search::rank(&self.model.first_stage, candidates, &self.device));
        hits.truncate(k);
        Ok(hits)
    }

    /// Answers a question from a store, or from its own sources where it brings some.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn answer(&self, source: &dyn PassageSource, question: &UserQuestion) -> Result<Report, SourceError> {
        let started = Instant::now();
        let outcome = if question.sources.is_empty() {
            self.run(source, &question.question)?
        } else {
            self.run(&self.store(question), &question.question)?
        };
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(compose::report(question, &outcome, &self.config.calibration, milliseconds))
    }

    /// The sources of a question as a store.
    #[must_use]
    pub fn store(&self, question: &UserQuestion) -> InMemory {
        let sections: Vec<Section> = question.sources.iter().flat_map(sections_of).collect();
        let few = sections.len() <= SOURCE_VECTORS && sections.len() > self.config.search.read;
        let vectors = if few { self.embed_sections(&sections) } else { Vec::new() };
        InMemory::new(sections, vectors)
    }

    /// Runs a question to its end with the controller's best action at each step.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn run(&self, source: &dyn PassageSource, question: &str) -> Result<Outcome, SourceError> {
        self.run_with(source, question, |_, actions, probabilities| likely(actions, probabilities))
    }

    /// Runs a question to its end; `pick` chooses among the actions by number.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn run_with(
        &self,
        source: &dyn PassageSource,
        question: &str,
        pick: impl FnMut(&State, &[Action], &[f32]) -> usize,
    ) -> Result<Outcome, SourceError> {
        self.run_by(&self.model.policy, source, question, pick)
    }

    /// The same with another controller than the model's up to the first answer.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn run_by(
        &self,
        policy: &Policy,
        source: &dyn PassageSource,
        question: &str,
        mut pick: impl FnMut(&State, &[Action], &[f32]) -> usize,
    ) -> Result<Outcome, SourceError> {
        let mut out = Outcome::default();
        if question.trim().is_empty() {
            return Ok(out);
        }
        self.look(source, question, &mut out)?;
        let limits = &self.config.search;
        // Each pass quotes, searches or ends; both are bounded, and so is this.
        for _ in 0..limits.quotes + limits.searches + MOST_ANSWERS + 1 {
            // What is said behind the first answer is another controller's business: it was learned apart, and takes nothing from the first.
            let policy = if out.state.answers.is_empty() { Some(policy) } else { self.model.further.as_ref() };
            let Some(policy) = policy else { break };
            let actions = out.state.actions(limits);
            let choices = Choices::new(&out.state, &actions, self.config.encoder.hidden_size);
            let mut probabilities = choices.probabilities(policy, &self.device);
            if let Some(stop) = actions.iter().position(|action| *action == Action::Stop) {
                probabilities[stop] *= limits.stopping.exp();
            }
            let chosen = pick(&out.state, &actions, &probabilities).min(actions.len() - 1);
            let state = &mut out.state;
            match actions[chosen] {
                Action::Search => self.look(source, question, &mut out)?,
                Action::Quote { read, sentence } => {
                    let value = state.reads[read].values.iter().position(|value| value.sentence == sentence);
                    state.leads.push(Quoted { read: state.reads[read].clone(), sentence, value });
                    state.may_search = true;
                }
                Action::Answer { read, value } => {
                    out.features = confidence_features(state, read, value);
                    state.answer(read, value);
                }
                Action::More { read, value } => state.answer(read, value),
                Action::Conflict { read, value } => {
                    state.answer(read, value);
                    state.disagrees = true;
                }
                Action::Abstain | Action::Stop => break,
            }
        }
        Ok(out)
    }

    /// Searches (with words of the evidence where there is some) and reads the best of what it finds.
    fn look(&self, source: &dyn PassageSource, question: &str, out: &mut Outcome) -> Result<(), SourceError> {
        let idf = self.idf(source);
        let evidence = out.state.evidence();
        // What else there is of a list is not found by an item of it.
        let lead = out.state.leads.last().filter(|_| out.state.answers.is_empty()).map_or("", Quoted::value);
        let key = || [question, &evidence, lead].map(str::to_owned);
        let known = self.remembered.as_ref().and_then(|known| known.lock().ok()?.get(&key()).cloned());
        let (search, reads) = match known {
            Some(known) => known,
            None => {
                let query = if evidence.is_empty() { question.to_owned() } else { follow_up(question, &evidence, lead, &idf) };
                let hits = self.search(source, &query, self.config.search.read)?;
                let search = Search { query, hits: hits.len() as u32 };
                let found = (search, self.read_until(self.config.search.enough, hits, question, &evidence, &idf));
                if let Some(Ok(mut known)) = self.remembered.as_ref().map(|known| known.lock()) {
                    known.insert(key(), found.clone());
                }
                found
            }
        };
        out.searches.push(search);
        out.state.searches += 1;
        out.state.may_search = false;
        out.state.reads = reads;
        Ok(())
    }

    /// How rare a term is in a store, or in general where the store is too small to tell.
    pub fn idf<'a>(&'a self, source: &'a dyn PassageSource) -> impl Fn(&str) -> f32 + 'a {
        let few = source.few().is_some();
        move |term: &str| if few { self.encoder.rarity(term) } else { source.idf(term) }
    }

    /// Reads passages beside a question and the evidence so far; the most relevant first.
    #[must_use]
    pub fn read(&self, hits: Vec<Hit>, question: &str, evidence: &str, idf: &dyn Fn(&str) -> f32) -> Vec<Read> {
        self.read_until(None, hits, question, evidence, idf)
    }

    /// The same, without those behind one that is relevant with this probability.
    fn read_until(&self, enough: Option<f32>, hits: Vec<Hit>, question: &str, evidence: &str, idf: &dyn Fn(&str) -> f32) -> Vec<Read> {
        let RetrieveConfig { read_tokens: tokens, search, .. } = &self.config;
        let enough = enough.map(|probability| (probability / (1.0 - probability)).ln());
        let asked = read::Question { question, evidence, tokens: *tokens, answer_tokens: search.answer_tokens, enough, idf };
        let mut reads = read::read(&self.model.reader, &self.encoder, hits, &asked, &self.device);
        reads.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        reads
    }
}

/// The action to take. Abstaining comes last: whether an answer is believed is for its calibrated confidence alone to say, and a proposal that is never
/// made cannot be weighed.
#[must_use]
pub fn likely(actions: &[Action], probabilities: &[f32]) -> usize {
    let weight = |n: usize| if actions[n] == Action::Abstain { 0.0 } else { probabilities[n] };
    (0..actions.len().min(probabilities.len())).max_by(|a, b| weight(*a).total_cmp(&weight(*b)).then(b.cmp(a))).unwrap_or(0)
}
