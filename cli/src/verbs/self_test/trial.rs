//! The folder in which the program is tried, with the documents, and the program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// A question, what stands in the sentence that answers it, and the document.
pub struct Planted {
    pub question: &'static str,
    pub fact: &'static str,
    pub document: &'static str,
}

/// Documents that can be read, of several kinds; the letter is read by a child process with fewer rights.
pub const DOCUMENTS: [(&str, &str); 4] = [
    ("pilot.txt", "The harbour pilot of Vik is Ola Ness. The pilot boat lies at the north mole.\n"),
    ("mill.md", "# The Elm mill\n\nThe keeper of the Elm mill is Rolf Aas. The mill grinds rye on Mondays.\n"),
    (
        "fair.html",
        "<html><body><h1>The fair</h1><p>The spring fair of Vik opens on 12 June. Stalls are let by the harbour office.</p></body></html>\n",
    ),
    (
        "letter.eml",
        "From: ida@skarv.example\r\nTo: office@vik.example\r\nSubject: The lamp\r\nDate: Mon, 3 Feb 2025 10:00:00 +0000\r\nContent-Type: text/plain\r\n\r\nThe lighthouse of Skarv was painted by Ida Holt. The paint came from Nordhaven.\r\n",
    ),
];
/// One that is damaged.
pub const DAMAGED: (&str, &[u8]) = ("damaged.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nend");
/// What the documents answer.
pub const PLANTED: [Planted; 4] = [
    Planted { question: "Who is the harbour pilot of Vik?", fact: "Ola Ness", document: "pilot.txt" },
    Planted { question: "Who is the keeper of the Elm mill?", fact: "Rolf Aas", document: "mill.md" },
    Planted { question: "When does the spring fair of Vik open?", fact: "12 June", document: "fair.html" },
    Planted { question: "Who painted the lighthouse of Skarv?", fact: "Ida Holt", document: "letter.eml" },
];

/// A question that none of them answers.
pub const UNTOLD: &str = "Which airline sells tickets to the capital of Mongolia?";

/// The program and where it is tried.
pub struct Trial {
    program: PathBuf,
    dir: PathBuf,
}

impl Trial {
    /// With the documents in `corpus`, a copy without the damaged one in `notes`, and the questions in `questions.txt`.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn new(program: PathBuf, dir: PathBuf) -> Result<Self> {
        for folder in ["corpus", "notes"] {
            let folder = dir.join(folder);
            fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
            for (name, words) in DOCUMENTS {
                fs::write(folder.join(name), words).with_context(|| format!("writing {name}"))?;
            }
        }
        fs::write(dir.join("corpus").join(DAMAGED.0), DAMAGED.1)?;
        let questions: Vec<&str> = PLANTED.iter().map(|planted| planted.question).chain([UNTOLD]).collect();
        fs::write(dir.join("questions.txt"), questions.join("\n"))?;
        Ok(Self { program, dir })
    }

    /// A place in the folder.
    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// [`Self::at`] as an argument.
    pub fn argument(&self, name: &str) -> Result<String> {
        self.at(name).into_os_string().into_string().ok().context("the folder of temporary files is no Unicode: set TMPDIR to another one")
    }

    /// Runs the program; arguments that begin with `@` are places in the folder.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.program);
        for argument in arguments {
            match argument.strip_prefix('@') {
                Some(name) => command.arg(self.argument(name)?),
                None => command.arg(argument),
            };
        }
        command.stdin(Stdio::null()).output().with_context(|| format!("starting {}", self.program.display()))
    }

    /// Runs it with `--json`, expects an exit code, and gives what was printed, which has to be one object.
    pub fn json(&self, expected: i32, arguments: &[&str]) -> Result<Value> {
        let output = self.run(&[&["--json"], arguments].concat())?;
        let verb = arguments.first().copied().unwrap_or_default();
        if output.status.code() != Some(expected) {
            let error = String::from_utf8_lossy(&output.stderr);
            let last = error.trim().lines().last().unwrap_or_default();
            bail!("`tandem {verb}` ended with {} in the place of exit code {expected}: {last}", output.status);
        }
        let value: Value = serde_json::from_slice(&output.stdout).with_context(|| format!("`tandem {verb}` printed no JSON object"))?;
        ensure!(value.is_object(), "`tandem {verb}` printed no JSON object");
        Ok(value)
    }
}

/// A counter of a printed outcome.
pub fn count(outcome: &Value, name: &str) -> u64 {
    outcome["counts"][name].as_u64().unwrap_or_default()
}

/// The rows of a `.jsonl` file.
pub fn rows(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| path.display().to_string())).collect()
}

/// Every quotation of a report with its document and place.
pub fn citations(report: &Value) -> Vec<&Value> {
    let part = |name: &str| report[name].as_array().into_iter().flatten();
    part("statements").chain(part("closest")).flat_map(|row| row["citations"].as_array().into_iter().flatten()).collect()
}
