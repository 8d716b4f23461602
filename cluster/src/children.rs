//! The processes in which a worker does its work: a document that ends one ends nothing else. Each does one piece at a time and lives on; a request is a line of
//! JSON, an answer a stream of Arrow behind its length.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::common::ScalarValue;
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};
use serde::{Deserialize, Serialize};

use crate::ClusterError;
use crate::functions::{Models, all};

/// A piece of work.
#[derive(Serialize, Deserialize)]
struct Request {
    function: String,
    job: String,
    rows: Vec<String>,
}

/// Processes that wait for work, and how to start another.
pub(crate) struct Children {
    arguments: Vec<OsString>,
    idle: Mutex<Vec<Running>>,
    /// All that were started and not seen to end.
    started: Mutex<Vec<Arc<Mutex<Child>>>>,
    ended: AtomicBool,
}

struct Running {
    child: Arc<Mutex<Child>>,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Children {
    /// Processes of this program with these arguments, which must lead to [`serve`].
    pub fn new(arguments: Vec<OsString>) -> Self {
        Self { arguments, idle: Mutex::default(), started: Mutex::default(), ended: AtomicBool::new(false) }
    }

    /// Whether they were ended by the worker and not by their work.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// What a function gives for rows.
    ///
    /// # Errors
    /// If the process ends over it: how.
    pub fn call(&self, function: &str, job: &str, rows: &[&str]) -> Result<ArrayRef, String> {
        let waiting = held(&self.idle).pop();
        let mut running = match waiting {
            Some(running) => running,
            None => self.start().map_err(|error| format!("no process can be started for it: {error}"))?,
        };
        let request =
            Request { function: function.to_owned(), job: job.to_owned(), rows: rows.iter().map(|row| (*row).to_owned()).collect() };
        match running.answer(&request) {
            Ok(answer) => {
                held(&self.idle).push(running);
                answer
            }
            Err(error) => {
                held(&self.started).retain(|child| !Arc::ptr_eq(child, &running.child));
                Err(running.ended(&error))
            }
        }
    }

    fn start(&self) -> io::Result<Running> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let taken = || io::Error::other("its pipes are missing");
        let (to, from) = (child.stdin.take().ok_or_else(taken)?, child.stdout.take().ok_or_else(taken)?);
        let child = Arc::new(Mutex::new(child));
        let mut started = held(&self.started);
        if self.ended() {
            end(&child);
        }
        started.push(child.clone());
        Ok(Running { child, to: BufWriter::new(to), from: BufReader::new(from) })
    }

    /// Ends all of them, whatever they are doing, and starts no more.
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        for child in held(&self.started).drain(..) {
            end(&child);
        }
    }
}

impl Running {
    /// Outer errors are those of a process that is no more.
    fn answer(&mut self, request: &Request) -> io::Result<Result<ArrayRef, String>> {
        serde_json::to_writer(&mut self.to, request)?;
        self.to.write_all(b"\n")?;
        self.to.flush()?;
        let mut length = [0; 8];
        self.from.read_exact(&mut length)?;
        let mut bytes = Vec::new();
        let length = u64::from_le_bytes(length);
        if (&mut self.from).take(length).read_to_end(&mut bytes)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(read(&bytes))
    }

    fn ended(self, error: &io::Error) -> String {
        drop(self.to);
        let how = end(&self.child).map_or_else(|| error.to_string(), |status| status.to_string());
        format!("the process ended over it ({how})")
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.end();
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a process that has not ended by itself; how it ended.
fn end(child: &Mutex<Child>) -> Option<ExitStatus> {
    let mut child = held(child);
    let _ = child.kill();
    child.wait().ok()
}

fn read(bytes: &[u8]) -> Result<ArrayRef, String> {
    let said = |error: arrow::error::ArrowError| error.to_string();
    let batch = StreamReader::try_new(bytes, None).map_err(said)?.next().ok_or("an answer without rows")?.map_err(said)?;
    Ok(batch.column(0).clone())
}

fn written(array: ArrayRef) -> Result<Vec<u8>, arrow::error::ArrowError> {
    let schema = Schema::new(vec![Field::new("outcome", array.data_type().clone(), true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![array])?;
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// Does what comes on standard input until that ends.
///
/// # Errors
/// If the worker that asks is gone or asks for what this program cannot do.
pub fn serve(models: &Models) -> Result<(), ClusterError> {
    let functions = all(models);
    let (input, mut output) = (io::stdin().lock(), io::stdout().lock());
    for line in input.lines() {
        let request: Request = serde_json::from_str(&line.map_err(ClusterError::failed)?).map_err(ClusterError::failed)?;
        let function = functions.iter().find(|function| function.name() == request.function);
        let function = function.ok_or_else(|| ClusterError::failed(format!("{} is no function of this program", request.function)))?;
        let bytes = written(called(function, request)?).map_err(ClusterError::failed)?;
        output.write_all(&(bytes.len() as u64).to_le_bytes()).map_err(ClusterError::failed)?;
        output.write_all(&bytes).and_then(|()| output.flush()).map_err(ClusterError::failed)?;
    }
    Ok(())
}

/// Calls a function as a query would.
fn called(function: &ScalarUDF, Request { job, rows, .. }: Request) -> Result<ArrayRef, ClusterError> {
    let number_rows = rows.len();
    let text = |name: &str| Arc::new(Field::new(name, arrow::datatypes::DataType::Utf8, true));
    let returns = function.return_type(&[]).map_err(ClusterError::failed)?;
    let arguments = ScalarFunctionArgs {
        args: vec![
            ColumnarValue::Scalar(ScalarValue::Utf8(Some(job))),
            ColumnarValue::Array(Arc::new(StringArray::from_iter_values(rows))),
        ],
        arg_fields: vec![text("job"), text("row")],
        number_rows,
        return_field: Arc::new(Field::new("outcome", returns, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let outcome = function.invoke_with_args(arguments).and_then(|value| value.into_array(number_rows));
    outcome.map_err(ClusterError::failed)
}
