//! How a verb ended, told to a person or to a program: the counts, whether something failed on the way, and where to look next.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use records::Counts;
use serde::Serialize;

/// The end of a verb that ran through.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// The verb.
    pub verb: String,
    /// Numbers by name.
    pub counts: Counts,
    /// Inputs that could not be used: with any, the exit code is 3.
    pub failed: u64,
    /// What to open next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<PathBuf>,
    /// What to print for a person, already laid out; not part of the JSON.
    #[serde(skip)]
    pub text: String,
    /// Whether the text says of the counts what a person wants to know of them.
    #[serde(skip)]
    pub told: bool,
    /// More for a program.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}

impl Outcome {
    /// The end of `verb` with its counts; `failed` is read from them, 0 where the step cannot fail on single inputs.
    pub fn of(verb: &str, mut counts: Counts) -> Self {
        let failed = *counts.entry("failed".to_owned()).or_default();
        Self { verb: verb.to_owned(), counts, failed, ..Self::default() }
    }

    /// With the file or folder to look at.
    pub fn open(mut self, path: impl Into<PathBuf>) -> Self {
        self.open = Some(path.into());
        self
    }

    /// Prints the outcome: JSON for a program, otherwise the counts on one line and the text.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn print(&self, json: bool) -> io::Result<()> {
        if json {
            return say(&(serde_json::to_string(self).expect("an outcome is plain data") + "\n"));
        }
        let mut text = self.text.clone();
        if !self.counts.is_empty() && !self.told {
            let counts: Vec<String> = self.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            text += &format!("{}: {}\n", self.verb, counts.join(", "));
        }
        // A text that says itself where the result lies needs no second word of it.
        if let Some(path) = self.open.as_ref().filter(|path| !text.contains(&*path.to_string_lossy())) {
            text += &format!("open {}\n", path.display());
        }
        say(&text)
    }

    /// 0 when all went well, 3 when something could not be used.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.failed > 0 { 3 } else { 0 })
    }
}

/// Prints to whoever reads; one that has stopped reading (`tandem ... | head`) has what it wanted.
///
/// # Errors
/// If it cannot be written, as on a full disk.
pub fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// What was wrong with how a verb was used, on one line, without the usage that follows it.
pub fn wrong_use(rendered: &str) -> String {
    let said = rendered.split("\n\nUsage:").next().unwrap_or(rendered);
    let said = said.split("\n\nFor more information").next().unwrap_or(said);
    said.trim_start_matches("error:").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error with its causes, each said once: most errors here repeat in their own words what the system said, and name it as their cause too.
pub fn told(error: &anyhow::Error) -> String {
    let mut out = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !out.contains(&cause) {
            out.push_str(if out.is_empty() { "" } else { ": " });
            out.push_str(&cause);
        }
    }
    // The system says what is missing and not what to do; what was finished by then is kept.
    if out.contains("No space left on device") {
        out.push_str(": make room there and run the same command again");
    }
    out
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_wrong_use_is_told_on_one_line() {
        let rendered = "error: the following required arguments were not provided:\n  --corpus <CORPUS>\n  --out <OUT>\n\nUsage: tandem prep --corpus <CORPUS>\n\nFor more information, try '--help'.\n";
        assert_eq!(wrong_use(rendered), "the following required arguments were not provided: --corpus <CORPUS> --out <OUT>");
    }

    #[test]
    fn no_cause_is_told_twice() {
        let full = || records::RunError::Io { path: "out/run.json".into(), source: io::Error::from(io::ErrorKind::StorageFull) };
        let words = io::Error::from(io::ErrorKind::StorageFull).to_string();
        for error in [anyhow::Error::new(full()), Err::<(), _>(full()).context("writing the run").unwrap_err()] {
            let told = told(&error);
            assert_eq!(told.matches(&words).count(), 1, "{told}");
            assert!(told.contains("out/run.json"), "{told}");
        }
        let plain = Err::<(), _>(io::Error::other("broken")).context("reading x").unwrap_err();
        assert_eq!(told(&plain), "reading x: broken");
    }
}
