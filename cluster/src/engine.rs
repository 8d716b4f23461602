//! The driver's side: a function mapped over pieces of work, each a query of its own, several under way, results in the pieces' order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{LogicalPlanBuilder, ScalarUDF, lit};
use datafusion::prelude::{SessionConfig, SessionContext, col};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::function::{Function, Outcome, Sent, Status, outcomes};
use crate::functions::{Models, all};
use crate::{Address, ClusterError, MESSAGE};

/// Times a piece is sent before its rows go one by one.
const TRIES: usize = 3;
/// How long a scheduler that answered once may be gone.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a driver that waits asks after its work.
const WORD: Duration = Duration::from_secs(10);
/// Time without a result after which a driver says that it waits, and again after as long.
const SILENCE: Duration = Duration::from_secs(60);

/// DataFusion with the stages as functions: in this process, or behind a scheduler of Ballista.
pub struct Engine {
    queries: Arc<Queries>,
    in_flight: usize,
    runtime: Runtime,
}

/// What runs a query.
struct Queries {
    context: SessionContext,
    functions: Vec<Arc<ScalarUDF>>,
    scheduler: Option<Address>,
    /// When the scheduler was reminded last.
    reminded: Mutex<Option<Instant>>,
    /// When something came back last, or its absence was told.
    came: Mutex<Instant>,
}

/// A row of a result.
type Row<F> = Outcome<<F as Function>::Value>;

impl Engine {
    /// DataFusion in this process: what a single worker would do.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn local(models: &Models) -> Result<Self, ClusterError> {
        let runtime = runtime()?;
        Ok(Self::of(SessionContext::new_with_config(one_partition(SessionConfig::new())), all(models), None, 1, runtime))
    }

    /// A scheduler. `in_flight` pieces of work are under way at a time; more than there are places at its workers keeps them busy.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect(address: &Address, models: &Models, in_flight: usize) -> Result<Self, ClusterError> {
        let runtime = runtime()?;
        let url = address.to_string();
        let config = one_partition(SessionConfig::new_with_ballista()).with_ballista_grpc_client_max_message_size(MESSAGE as usize);
        let state = SessionStateBuilder::new().with_default_features().with_config(config).build();
        let context = runtime.block_on(async {
            if !is_there(address).await {
                return Err(ClusterError::Unreachable { address: url.clone() });
            }
            SessionContext::remote_with_state(&url, state).await.map_err(ClusterError::failed)
        })?;
        Ok(Self::of(context, all(models), Some(address.clone()), in_flight, runtime))
    }

    fn of(context: SessionContext, functions: Vec<Arc<ScalarUDF>>, scheduler: Option<Address>, in_flight: usize, runtime: Runtime) -> Self {
        functions.iter().for_each(|function| context.register_udf(function.as_ref().clone()));
        Self {
            queries: Arc::new(Queries { context, functions, scheduler, reminded: Mutex::default(), came: Mutex::new(Instant::now()) }),
            in_flight: in_flight.max(1),
            runtime,
        }
    }

    /// The outcome of each row of each piece, in order.
    pub fn map<'a, F: Function>(
        &'a self,
        job: F::Job,
        pieces: impl Iterator<Item = Vec<F::Row>> + 'a,
    ) -> impl Iterator<Item = Result<Vec<Row<F>>, ClusterError>> + 'a {
        let job: Arc<str> = json(&Sent::new(job)).into();
        Mapped::<F, _> { engine: self, job, pieces, under_way: VecDeque::new() }
    }
}

struct Mapped<'a, F: Function, P> {
    engine: &'a Engine,
    job: Arc<str>,
    pieces: P,
    under_way: VecDeque<JoinHandle<Result<Vec<Row<F>>, ClusterError>>>,
}

impl<F: Function, P: Iterator<Item = Vec<F::Row>>> Iterator for Mapped<'_, F, P> {
    type Item = Result<Vec<Row<F>>, ClusterError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.under_way.len() < self.engine.in_flight
            && let Some(piece) = self.pieces.next()
        {
            let (queries, job) = (self.engine.queries.clone(), self.job.clone());
            let rows: Vec<String> = piece.iter().map(json).collect();
            self.under_way.push_back(self.engine.runtime.spawn(async move { queries.piece::<F>(&job, rows).await }));
        }
        let first = self.under_way.pop_front()?;
        Some(self.engine.runtime.block_on(first).unwrap_or_else(|error| Err(ClusterError::failed(error))))
    }
}

impl<F: Function, P> Drop for Mapped<'_, F, P> {
    fn drop(&mut self) {
        self.under_way.iter().for_each(JoinHandle::abort);
    }
}

impl Queries {
    /// Sends a piece until it is done: as a whole at first, then row by row.
    async fn piece<F: Function>(&self, job: &str, rows: Vec<String>) -> Result<Vec<Row<F>>, ClusterError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let reason = match self.tried::<F>(job, &rows).await? {
            Ok(outcomes) => return Ok(outcomes),
            Err(reason) => reason,
        };
        if rows.len() == 1 {
            let error = format!("failed {TRIES} times on the cluster ({})", first_line(&reason));
            return Ok(vec![Outcome { status: Status::Failed, error: Some(error), value: None }]);
        }
        tracing::warn!("a piece of work failed {TRIES} times and is done row by row: {}", first_line(&reason));
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            outcomes.extend(Box::pin(self.piece::<F>(job, vec![row])).await?);
        }
        Ok(outcomes)
    }

    /// A piece as one query, a few times; what was said at last. A scheduler that is away is waited for.
    async fn tried<F: Function>(&self, job: &str, rows: &[String]) -> Result<Result<Vec<Row<F>>, String>, ClusterError> {
        let mut reason = String::new();
        let mut failed = 0;
        while failed < TRIES {
            match self.query::<F>(job, rows).await {
                Ok(outcomes) => {
                    let refused = outcomes.iter().find(|outcome| outcome.status == Status::Refused);
                    return match refused {
                        Some(outcome) => Err(ClusterError::Refused(outcome.error.clone().unwrap_or_default())),
                        None => Ok(Ok(outcomes)),
                    };
                }
                Err(error) => reason = error,
            }
            if !self.is_scheduled().await? {
                failed += 1;
            }
        }
        Ok(Err(reason))
    }

    /// Whether the scheduler was away, and is there again: then nothing that was sent to it counts.
    async fn is_scheduled(&self) -> Result<bool, ClusterError> {
        let Some(address) = &self.scheduler else { return Ok(false) };
        let mut away = Duration::ZERO;
        while !is_there(address).await {
            if away >= PATIENCE {
                return Err(ClusterError::Unreachable { address: address.to_string() });
            }
            self.miss(address);
            sleep(Duration::from_secs(1)).await;
            away += Duration::from_secs(1);
        }
        Ok(!away.is_zero())
    }

    /// Says that the scheduler is away: once for all pieces that wait for it.
    fn miss(&self, address: &Address) {
        let mut last = self.reminded.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= WORD) {
            *last = Some(Instant::now());
            tracing::warn!("{address}: the scheduler does not answer; waiting for it");
        }
    }

    /// Has the scheduler look at what waits: it does so when something happens, and the work of a worker that died waits for that (Ballista 54.1, pushed
    /// tasks). Says so where nothing has come back for long: there may be no worker.
    async fn remind(&self) {
        {
            let mut last = self.reminded.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last.elapsed() < WORD) {
                return;
            }
            *last = Some(Instant::now());
        }
        if let Some(address) = &self.scheduler {
            let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
            if came.elapsed() >= SILENCE {
                *came = Instant::now();
                let silence = SILENCE.as_secs();
                tracing::warn!(
                    "nothing has come back for {silence} s: work takes long, or no worker is there (`tandem cluster worker --scheduler {address}`)"
                );
            }
        }
        if let Ok(plan) = LogicalPlanBuilder::values(vec![vec![lit(1_i64)]]).and_then(LogicalPlanBuilder::build) {
            let query = async { self.context.execute_logical_plan(plan).await?.collect().await };
            // Behind other work it takes as long as that does.
            let _ = timeout(Duration::from_secs(1), query).await;
        }
    }

    /// One query: the rows as a table of constants, the function over it.
    async fn query<F: Function>(&self, job: &str, rows: &[String]) -> Result<Vec<Row<F>>, String> {
        let said = |error: datafusion::error::DataFusionError| error.to_string();
        let function = self.functions.iter().find(|function| function.name() == F::NAME).ok_or("is no function of this program")?;
        let values = (0_i64..).zip(rows).map(|(at, row)| vec![lit(at), lit(row.as_str())]).collect();
        let call = function.call(vec![lit(job), col("column2")]).alias("outcome");
        let plan = LogicalPlanBuilder::values(values).and_then(|table| table.project(vec![col("column1").alias("at"), call]));
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(said)?;
        let running = async { self.context.execute_logical_plan(plan).await?.collect().await };
        tokio::pin!(running);
        let batches = loop {
            match timeout(WORD, &mut running).await {
                Ok(batches) => break batches.map_err(said)?,
                Err(_) => self.remind().await,
            }
        };
        *self.came.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let mut placed: Vec<(i64, Row<F>)> = Vec::with_capacity(rows.len());
        for batch in batches {
            let at = arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(batch.column(0)).values().to_vec();
            placed.extend(at.into_iter().zip(outcomes(batch.column(1))?));
        }
        placed.sort_by_key(|(at, _)| *at);
        match placed.len() == rows.len() {
            true => Ok(placed.into_iter().map(|(_, outcome)| outcome).collect()),
            false => Err(format!("{} rows came back of {}", placed.len(), rows.len())),
        }
    }
}

/// A piece stays one task, so that its rows keep their order and its worker sees all of them.
fn one_partition(config: SessionConfig) -> SessionConfig {
    config.with_target_partitions(1)
}

async fn is_there(address: &Address) -> bool {
    let place = format!("{}:{}", address.host, address.port);
    matches!(timeout(Duration::from_secs(5), TcpStream::connect(place)).await, Ok(Ok(_)))
}

pub(crate) fn runtime() -> Result<Runtime, ClusterError> {
    // As deep a stack as Ballista's own programs give their threads: plans are walked by recursion.
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(32 << 20).build().map_err(ClusterError::failed)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("rows and jobs are plain data")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
