//! A stage as a scalar function of DataFusion: `NAME(job, row)`, both JSON, gives `struct{status, error, value}`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::thread;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StructArray};
use arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::children::Children;

/// What a worker does to each row of a piece of work. One value is called from several threads at a time.
pub trait Function: Send + Sync + 'static {
    /// What queries call it.
    const NAME: &'static str;
    /// What all rows of a run share: options, and what they are to be done with.
    type Job: Serialize + DeserializeOwned + Send;
    /// What goes in.
    type Row: Serialize + DeserializeOwned + Send;
    /// What comes out.
    type Value: Serialize + DeserializeOwned + Send;

    /// Does the rows of a piece, in their order: a value each, or why there is none.
    ///
    /// # Errors
    /// If the whole job cannot be done by this worker, since it has another model for example: what is wrong and what to do.
    fn call(&self, job: Self::Job, rows: Vec<Self::Row>) -> Result<Vec<Result<Self::Value, String>>, String>;
}

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// There is a value.
    Done,
    /// There is none, for a reason that is the row's own.
    Failed,
    /// The worker would not do the job at all.
    Refused,
}

/// A row of the result, as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome<V> {
    /// How it ended.
    pub status: Status,
    /// Why there is no value.
    pub error: Option<String>,
    /// The value.
    pub value: Option<V>,
}

impl<V> Outcome<V> {
    fn without(status: Status, error: String) -> Self {
        Self { status, error: Some(error), value: None }
    }
}

impl<V> From<Result<V, String>> for Outcome<V> {
    fn from(result: Result<V, String>) -> Self {
        match result {
            Ok(value) => Self { status: Status::Done, error: None, value: Some(value) },
            Err(error) => Self::without(Status::Failed, error),
        }
    }
}

/// A job with the version of the program that sends it: two versions may make different bytes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sent<J> {
    version: String,
    job: J,
}

impl<J> Sent<J> {
    pub fn new(job: J) -> Self {
        Self { version: version(), job }
    }
}

fn version() -> String {
    format!("{} (tables {}, readers {})", env!("CARGO_PKG_VERSION"), records::SCHEMA_VERSION, prep_model::read::READERS)
}

/// Where a function is called.
pub(crate) enum Place<F> {
    /// In this process.
    Here(F),
    /// In processes of their own.
    Children(Arc<Children>),
}

/// A [`Function`] as DataFusion calls it.
pub(crate) struct Stage<F> {
    place: Place<F>,
    signature: Signature,
    returns: DataType,
}

impl<F: Function> Stage<F> {
    /// Registered in client, scheduler and workers alike; only the last call it.
    pub fn udf(place: Place<F>) -> Arc<ScalarUDF> {
        // Volatile, so that nobody but a worker evaluates it: the arguments are constants.
        let signature = Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Volatile);
        let returns = DataType::Struct(records::fields::<Outcome<F::Value>>().into());
        Arc::new(ScalarUDF::from(Self { place, signature, returns }))
    }

    /// The outcomes of rows as a column.
    fn column(&self, job: &str, rows: &[&str]) -> Result<ArrayRef> {
        let children = match &self.place {
            Place::Here(function) => return array(&outcomes_of(function, job, rows)),
            Place::Children(children) => children,
        };
        let reason = match children.call(F::NAME, job, rows) {
            Ok(column) => return Ok(column),
            // Whoever asked asks another worker.
            Err(reason) if children.ended() => return Err(DataFusionError::Execution(reason)),
            Err(reason) => reason,
        };
        if rows.len() <= 1 {
            return array(&rows.iter().map(|_| Outcome::<F::Value>::without(Status::Failed, reason.clone())).collect::<Vec<_>>());
        }
        tracing::warn!("{}: {reason}; its rows are done one by one", F::NAME);
        let columns: Vec<ArrayRef> = rows.iter().map(|row| self.column(job, &[*row])).collect::<Result<_>>()?;
        Ok(arrow::compute::concat(&columns.iter().map(|column| column.as_ref()).collect::<Vec<_>>())?)
    }
}

fn outcomes_of<F: Function>(function: &F, job: &str, rows: &[&str]) -> Vec<Outcome<F::Value>> {
    let count = rows.len();
    let all = |status, error: String| (0..count).map(|_| Outcome::without(status, error.clone())).collect();
    match serde_json::from_str::<Sent<serde::de::IgnoredAny>>(job) {
        Ok(sent) if sent.version == version() => {}
        Ok(sent) => return all(Status::Refused, format!("it is tandem {}, and the driver {}: install the same", version(), sent.version)),
        Err(error) => return all(Status::Refused, format!("it cannot read the job ({error}): install the driver's version there")),
    }
    let read = || -> serde_json::Result<_> {
        let job: Sent<F::Job> = serde_json::from_str(job)?;
        Ok((job.job, rows.iter().map(|row| serde_json::from_str(row)).collect::<serde_json::Result<Vec<F::Row>>>()?))
    };
    let (job, rows) = match read() {
        Ok(read) => read,
        Err(error) => return all(Status::Refused, format!("it cannot read the job ({error}): install the driver's version there")),
    };
    // On a thread of its own: the index runs futures of its own, which a thread of the engine's may not wait for.
    match thread::scope(|scope| scope.spawn(|| function.call(job, rows)).join()) {
        Ok(Ok(values)) if values.len() == count => values.into_iter().map(Outcome::from).collect(),
        Ok(Ok(values)) => all(Status::Failed, format!("{} results came of {count} rows", values.len())),
        Ok(Err(reason)) => all(Status::Refused, reason),
        Err(_) => all(Status::Failed, "the worker panicked: its log says where; please report it".to_owned()),
    }
}

impl<F: Function> ScalarUDFImpl for Stage<F> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [jobs, rows] = arrays.as_slice() else {
            return Err(DataFusionError::Execution(format!("{} takes a job and a row", F::NAME)));
        };
        if jobs.is_empty() {
            return Ok(ColumnarValue::Array(array::<F::Value>(&[])?));
        }
        let rows: Vec<&str> = rows.as_string::<i32>().iter().map(Option::unwrap_or_default).collect();
        Ok(ColumnarValue::Array(self.column(jobs.as_string::<i32>().value(0), &rows)?))
    }
}

/// Outcomes as a column.
fn array<V: Serialize + DeserializeOwned>(outcomes: &[Outcome<V>]) -> Result<ArrayRef> {
    let fields = records::fields::<Outcome<V>>();
    let batch = serde_arrow::to_record_batch(&fields, &outcomes).map_err(|error| DataFusionError::External(Box::new(error)))?;
    Ok(Arc::new(StructArray::from(batch)))
}

/// Outcomes of a column.
pub(crate) fn outcomes<V: DeserializeOwned>(column: &ArrayRef) -> Result<Vec<Outcome<V>>, String> {
    let structs = column.as_struct_opt().ok_or("the worker sent no structs")?;
    serde_arrow::from_record_batch(&RecordBatch::from(structs)).map_err(|error| error.to_string())
}

impl<F> fmt::Debug for Stage<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stage").field("returns", &self.returns).finish_non_exhaustive()
    }
}

impl<F> PartialEq for Stage<F> {
    fn eq(&self, other: &Self) -> bool {
        self.returns == other.returns
    }
}

impl<F> Eq for Stage<F> {}

impl<F> Hash for Stage<F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.returns.hash(state);
    }
}
