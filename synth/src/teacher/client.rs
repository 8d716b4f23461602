//! Requests with everything that can go wrong: answered from the cache where possible, sent at a steady rate by a few workers, tried again with
//! growing waits, stopped when the budget is spent or the server does not recover. Each ends as one of four: cached, made, refused (not
//! sent) or failed (sent in vain).

use std::collections::{BTreeMap, HashSet};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;

use super::attempt::{Failure, Try, look};
use super::cache::Cache;
use super::config::{TeacherConfig, TokensField};
use super::pace::{Pace, backoff};
use super::prompt::Messages;
use super::reply::Completion;
use super::wire::Wire;
use crate::SynthError;

/// Bytes of a token where nobody counts: English has about four, so this errs on the dear side.
const BYTES_PER_TOKEN: u64 = 3;

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    key: String,
    body: String,
    /// Tokens it may cost at most, by estimate.
    reserve: u64,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// Answered from the disk.
    Cached(Completion),
    /// Sent and answered.
    Made(Completion),
    /// Not sent.
    Refused(Refusal),
    /// Sent, and no answer came.
    Failed(Failure),
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// The tokens of the budget are spent.
    Budget,
    /// Too many requests in a row have failed, or the server lets nobody in.
    GaveUp,
    /// The text holds control marks of chat formats.
    ControlMarks,
}

/// The client of one run.
pub(crate) struct Client {
    config: TeacherConfig,
    cache: Cache,
    wire: Box<dyn Wire>,
    pace: Pace,
    /// Tokens that are neither spent nor reserved.
    left: AtomicI64,
    spent: AtomicU64,
    /// Requests that failed since one was answered.
    in_a_row: AtomicU32,
    stopped: AtomicBool,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(flatten)]
    extra: &'a BTreeMap<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

/// Tokens of so many bytes, when nobody has counted.
fn estimate(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

impl Client {
    pub fn new(config: &TeacherConfig, cache: Cache, wire: Box<dyn Wire>) -> Self {
        Self {
            pace: Pace::new(config.requests_per_minute),
            left: AtomicI64::new(i64::try_from(config.budget).unwrap_or(i64::MAX)),
            config: config.clone(),
            cache,
            wire,
            spent: AtomicU64::new(0),
            in_a_row: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// Tokens spent so far.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Tokens that a request with so many bytes of messages may cost.
    pub fn reserve(&self, bytes: usize) -> u64 {
        estimate(bytes) + u64::from(self.config.answer_tokens)
    }

    /// A request with these messages; one that wants the same answer each time is `steady`.
    pub fn request(&self, steady: bool, Messages { system, user }: &Messages) -> Result<Request, SynthError> {
        let config = &self.config;
        let longest = |field: TokensField| (config.tokens_field == field).then_some(config.answer_tokens);
        let body = Body {
            model: &config.model,
            messages: [Message { role: "system", content: system }, Message { role: "user", content: user }],
            max_tokens: longest(TokensField::MaxTokens),
            max_completion_tokens: longest(TokensField::MaxCompletionTokens),
            temperature: config.temperature.map(|temperature| if steady { 0.0 } else { temperature }),
            response_format: config.json_mode.then(|| BTreeMap::from([("type", "json_object")])),
            extra: &config.extra,
        };
        let body = serde_json::to_string(&body).map_err(|error| SynthError::data("teacher", error))?;
        Ok(Request { key: Cache::key(&config.endpoint(), &body), reserve: self.reserve(system.len() + user.len()), body })
    }

    /// Ends every request, in their order; a request that must be refused anyway says why. What a request that is sent may bring about later
    /// (`follow_up` tokens) must fit into the budget too. Which ones do is settled in order before any is sent, so that it does not depend on
    /// which is answered first.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub fn call(&self, requests: &[Result<Request, Refusal>], follow_up: u64, progress: &ProgressBar) -> Result<Vec<Called>, SynthError> {
        let mut ended: Vec<Option<Called>> = Vec::new();
        let (mut first, mut twins, mut keys, mut later) = (Vec::new(), Vec::new(), HashSet::new(), 0);
        for (at, request) in requests.iter().enumerate() {
            ended.push(match request {
                Err(refusal) => Some(Called::Refused(*refusal)),
                Ok(request) => match self.cache.find(&request.key) {
                    Some(completion) => Some(Called::Cached(completion)),
                    None if self.stopped.load(Ordering::Relaxed) => Some(Called::Refused(Refusal::GaveUp)),
                    None if self.take(request.reserve + follow_up) => {
                        later += follow_up;
                        if keys.insert(&request.key) {
                            first.push((at, request))
                        } else {
                            twins.push((at, request))
                        }
                        None
                    }
                    None => Some(Called::Refused(Refusal::Budget)),
                },
            });
        }
        let called = in_order(self.config.concurrency, first.len(), |number| {
            let called = self.one(first[number].1);
            progress.set_message(format!("teacher, {} tokens spent", self.spent()));
            called
        });
        for ((at, _), called) in first.into_iter().zip(called) {
            ended[at] = Some(called?);
        }
        // The same words twice: the second finds the answer of the first.
        for (at, request) in twins {
            ended[at] = Some(self.one(request)?);
        }
        self.give_back(later);
        Ok(ended.into_iter().flatten().collect())
    }

    /// Ends one request, whose tokens are reserved.
    fn one(&self, request: &Request) -> Result<Called, SynthError> {
        if let Some(completion) = self.cache.find(&request.key) {
            self.give_back(request.reserve);
            return Ok(Called::Cached(completion));
        }
        if self.stopped.load(Ordering::Relaxed) {
            self.give_back(request.reserve);
            return Ok(Called::Refused(Refusal::GaveUp));
        }
        match self.send(request) {
            Ok(completion) => {
                self.in_a_row.store(0, Ordering::Relaxed);
                self.cache.keep(&request.key, &request.body, &completion)?;
                Ok(Called::Made(completion))
            }
            Err(failure) => {
                let in_a_row = self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
                if in_a_row >= self.config.give_up_after {
                    self.stop(failure);
                }
                Ok(Called::Failed(failure))
            }
        }
    }

    /// Tries until an answer comes, the tries are used up, or no further one makes sense.
    fn send(&self, request: &Request) -> Result<Completion, Failure> {
        let mut number = 0;
        loop {
            self.pace.wait();
            let (why, pause, paid) = match look(self.wire.post(&request.body)) {
                Try::Done(completion) => {
                    let counted = completion.tokens.unwrap_or_else(|| estimate(completion.content.len()) + estimate(request.body.len()));
                    self.pay(request.reserve, counted);
                    return Ok(completion);
                }
                Try::Again { why, pause, paid } => (why, pause, paid),
                Try::Never(why) => {
                    self.give_back(request.reserve);
                    return Err(why);
                }
                Try::Stop(why) => {
                    self.give_back(request.reserve);
                    self.stop(why);
                    return Err(why);
                }
            };
            self.pay(request.reserve, if paid { request.reserve } else { 0 });
            number += 1;
            let wait = pause.unwrap_or_else(|| backoff(number - 1, self.config.wait, &request.key));
            if pause.is_some() {
                self.pace.hold(wait.min(Duration::from_secs_f64(self.config.wait[1])));
            }
            let patient = wait.as_secs_f64() <= self.config.wait[1];
            if number >= self.config.attempts || !patient || self.stopped.load(Ordering::Relaxed) || !self.take(request.reserve) {
                return Err(why);
            }
            thread::sleep(wait);
        }
    }

    /// No more requests are sent.
    fn stop(&self, why: Failure) {
        if !self.stopped.swap(true, Ordering::Relaxed) {
            let (why, url) = (crate::candidates::name(&why), &self.config.url);
            tracing::warn!("the teacher at {url} is asked no more ({why}); what it has told is used, run again to ask for the rest");
        }
    }

    fn take(&self, tokens: u64) -> bool {
        let tokens = i64::try_from(tokens).unwrap_or(i64::MAX);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left >= tokens).then(|| left - tokens)).is_ok()
    }

    fn give_back(&self, tokens: u64) {
        self.pay(tokens, 0);
    }

    /// Settles a reservation with what was really spent.
    fn pay(&self, reserved: u64, spent: u64) {
        self.spent.fetch_add(spent, Ordering::Relaxed);
        let back = i64::try_from(reserved).unwrap_or(i64::MAX).saturating_sub(i64::try_from(spent).unwrap_or(i64::MAX));
        let add = |left: i64| Some(left.saturating_add(back));
        // The closure never declines.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

/// Does pieces of work by number on a few threads; gives the results in the order of the numbers.
fn in_order<T: Send>(workers: usize, number: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let share = || {
        let mine = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)).take_while(|at| *at < number);
        mine.map(|at| (at, work(at))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers.min(number)).map(|_| scope.spawn(share)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
