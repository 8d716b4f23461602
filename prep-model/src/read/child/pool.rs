//! Children that wait for work. A caller takes one, or starts one where none waits, so there are never more than threads that extract; a child that ended,
//! was ended or has served long is not put back.

use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::frames::{Request, read_answer, write_request};
use super::worker::{MEMORY, PROCESSOR_SECONDS};
use crate::read::extract::Extraction;
use crate::read::{Container, ReadError, ReadLimits};

/// Files after which a child makes room for a new one: what its parsers keep is given back.
const SERVICE: u32 = 500;

/// Children of one program.
#[derive(Debug)]
pub(super) struct Pool {
    program: PathBuf,
    arguments: Vec<String>,
    wall: Duration,
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    child: Arc<Mutex<Child>>,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
    served: u32,
}

impl Pool {
    pub fn new(program: PathBuf, arguments: Vec<String>, wall: Duration) -> Self {
        Self { program, arguments, wall, idle: Mutex::default() }
    }

    /// Has a child extract a file.
    ///
    /// # Errors
    /// What the child says, or how it ended.
    pub fn extract(&self, kind: Container, bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
        let mut worker = match self.lock().pop() {
            Some(worker) => worker,
            None => self
                .start()
                .map_err(|error| ReadError::Child { reason: format!("no process to read it with could be started: {error}") })?,
        };
        let request = Request { kind, limits: *limits };
        match worker.ask(&request, bytes, self.wall) {
            Ok(answer) => {
                worker.served += 1;
                if worker.served < SERVICE {
                    self.lock().push(worker);
                }
                answer
            }
            Err(reason) => Err(ReadError::Child { reason }),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> std::io::Result<Worker> {
        let piped = || (Stdio::piped(), Stdio::piped());
        let (input, output) = piped();
        let mut child = Command::new(&self.program).args(&self.arguments).stdin(input).stdout(output).stderr(Stdio::null()).spawn()?;
        let (input, output) = child.stdin.take().zip(child.stdout.take()).ok_or(std::io::ErrorKind::BrokenPipe)?;
        Ok(Worker { child: Arc::new(Mutex::new(child)), input: BufWriter::new(input), output: BufReader::new(output), served: 0 })
    }
}

impl Worker {
    /// Asks, and ends the child where it takes longer than `wall`. An error is how it ended; it is of no use then.
    fn ask(&mut self, request: &Request, bytes: &[u8], wall: Duration) -> Result<Result<Extraction, ReadError>, String> {
        let (done, waiting) = channel::<()>();
        let late = &AtomicBool::new(false);
        let child = Arc::clone(&self.child);
        let answer = std::thread::scope(|scope| {
            scope.spawn(move || {
                if waiting.recv_timeout(wall) == Err(RecvTimeoutError::Timeout) {
                    late.store(true, Ordering::Relaxed);
                    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
                }
            });
            let answer = write_request(&mut self.input, request, bytes).and_then(|()| read_answer(&mut self.output));
            drop(done);
            answer
        });
        answer.map_err(|error| {
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            let said_too_much = error.kind() == std::io::ErrorKind::InvalidData;
            let status = child.try_wait().ok().flatten().or_else(|| {
                // It may be on its way out; one that goes on talking is stopped.
                std::thread::sleep(Duration::from_millis(if said_too_much { 0 } else { 50 }));
                child.try_wait().ok().flatten()
            });
            let _ = child.kill();
            let _ = child.wait();
            if late.load(Ordering::Relaxed) {
                format!("took more than {} seconds to read: split it, or save it anew", wall.as_secs_f32())
            } else if said_too_much {
                "gives more text than may be taken from one file: split it".into()
            } else {
                ended(status)
            }
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// How a child ended, for people.
fn ended(status: Option<ExitStatus>) -> String {
    #[cfg(unix)]
    if let Some(signal) = status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status)) {
        return match signal {
            // SIGXCPU, and SIGKILL where that was passed over.
            24 => format!("took more than {PROCESSOR_SECONDS} seconds of the processor to read: split it, or save it anew"),
            // SIGABRT: memory that was not given.
            6 => format!("could not be read: its reader crashed, or needed more than {} GB of memory", MEMORY >> 30),
            _ => format!("could not be read: its reader crashed on it (signal {signal})"),
        };
    }
    let code = status.and_then(|status| status.code()).map(|code| format!(" (code {code})")).unwrap_or_default();
    format!("could not be read: its reader crashed on it{code}")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn reason(script: &str) -> String {
        let pool = Pool::new("/bin/sh".into(), vec!["-c".into(), script.into()], Duration::from_millis(400));
        let error = pool.extract(Container::Pdf, &[b'x'; 100_000], &ReadLimits::default()).unwrap_err();
        assert!(pool.lock().is_empty(), "a child that failed is not asked again");
        error.to_string()
    }

    #[test]
    fn a_child_that_hangs_crashes_or_talks_without_end_is_one_failure_with_its_reason() {
        assert!(reason("exec sleep 60").contains("took more than 0.4 seconds"));
        assert!(reason("cat >/dev/null & exec sleep 60 <&-").contains("seconds") || reason("exit 3").contains("crashed"));
        assert!(reason("head -c 1000 >/dev/null; kill -SEGV $$").contains("crashed on it (signal 11)"));
        assert!(reason("head -c 1000 >/dev/null; kill -XCPU $$").contains("of the processor"));
        // Of one process: a child of the child would hold the pipe open that the request is written to.
        assert!(reason("head -c 100000 >/dev/null; exec tr '\\0' '\\377' </dev/zero").contains("more text than may be taken"));
        assert!(
            Pool::new("/nothing/here".into(), vec![], Duration::from_secs(1)).extract(Container::Pdf, b"", &ReadLimits::default()).is_err()
        );
    }
}
