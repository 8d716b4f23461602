//! Programs of the system that reading calls, with limits on memory, processor, output and time: none of them is trusted with a file.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Draws pages of a PDF; of poppler, as [`WORDS`].
pub(super) const PAINTER: &str = "pdftoppm";
/// Says where words stand on a page of a PDF.
pub(super) const WORDS: &str = "pdftotext";
/// Limits of a shell: seconds of the processor, kilobytes of memory, blocks of 512 bytes of a file.
const LIMITS: &str = "ulimit -t 100 -v 4000000 -f 1000000 -c 0 2>/dev/null; exec \"$@\"";

/// Where a program is installed.
pub(super) fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// Runs a program with limits, and for at most so long by the clock; what it says is not read.
///
/// # Errors
/// How it ended.
pub(super) fn run<'a>(program: &Path, arguments: impl Iterator<Item = &'a OsStr>, wall: Duration) -> Result<(), String> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", LIMITS, "sh"]).arg(program).args(arguments).env("OMP_THREAD_LIMIT", "1");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{} ended with {status}", program.display())),
            Err(error) => return Err(error.to_string()),
            Ok(None) if started.elapsed() > wall => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("took more than {} seconds", wall.as_secs()));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_takes_too_long_or_is_missing_is_told() {
        let run = |program: &str, arguments: &[&str], seconds| {
            run(Path::new(program), arguments.iter().map(OsStr::new), Duration::from_secs(seconds))
        };
        run("/bin/true", &[], 9).unwrap();
        assert!(run("/bin/sh", &["-c", "exit 3"], 9).unwrap_err().contains('3'));
        assert!(run("/bin/sleep", &["60"], 0).unwrap_err().contains("more than 0 seconds"));
        assert!(run("/nothing/here", &[], 9).is_err());
    }
}
