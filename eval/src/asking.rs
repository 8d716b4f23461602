//! Asking: every question to every system, with each answer put on disk as it comes, so that an evaluation that was killed asks only what is
//! left when it runs again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::Report;
use serde::{Deserialize, Serialize};

use crate::EvalError;
use crate::originals::Originals;
use crate::report::ResultRow;
use crate::score::{Retrieved, Scores};
use crate::suite::Case;
use crate::systems::System;

/// Passages kept for ranking metrics and for the page.
pub const RETRIEVED: usize = 10;

/// What a system said to a question and which passages it found.
pub type Answered = Result<(Report, Vec<Retrieved>), String>;

/// Answers that are on disk already, and the file that the next ones go to.
pub struct Journal {
    path: PathBuf,
    file: File,
    known: HashMap<(String, String), ResultRow>,
}

/// A line of the journal: who answered (a hash of everything that defines the system), and the row.
#[derive(Serialize, Deserialize)]
struct Entry {
    by: String,
    row: ResultRow,
}

impl Journal {
    /// Opens the journal `answers.jsonl` of a folder. A last line that was cut off counts as not written.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn open(work: &Path) -> Result<Self, EvalError> {
        let path = work.join("answers.jsonl");
        let mut known = HashMap::new();
        let mut whole = 0;
        if let Ok(old) = File::open(&path) {
            let mut reader = BufReader::new(old);
            let mut line = String::new();
            while reader.read_line(&mut line).map_err(EvalError::io(&path))? > 0 {
                let Some(entry) = line.ends_with('\n').then(|| serde_json::from_str::<Entry>(&line).ok()).flatten() else { break };
                known.insert((entry.by, entry.row.question_id.clone()), entry.row);
                whole += line.len() as u64;
                line.clear();
            }
        }
        let file = File::options().create(true).append(true).open(&path).map_err(EvalError::io(&path))?;
        file.set_len(whole).map_err(EvalError::io(&path))?;
        Ok(Self { path, file, known })
    }

    fn write(&mut self, by: &str, row: &ResultRow) -> Result<(), EvalError> {
        let entry = Entry { by: by.to_owned(), row: row.clone() };
        let mut line = serde_json::to_vec(&entry).map_err(|error| EvalError::input(&self.path, error.to_string()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(EvalError::io(&self.path))
    }
}

/// Every question to every system, one at a time so that times are comparable.
///
/// # Errors
/// If the journal cannot be written.
pub fn ask(
    systems: &[Box<dyn System>],
    cases: &[Case],
    corpus: Option<&Path>,
    journal: &mut Journal,
    progress: &ProgressBar,
) -> Result<Vec<ResultRow>, EvalError> {
    progress.set_message("asking");
    progress.set_position(0);
    progress.set_length((systems.len() * cases.len()) as u64);
    let names: Vec<String> = systems.iter().map(|system| identity(system.as_ref())).collect();
    let mut originals = Originals::open(corpus);
    let mut rows = Vec::with_capacity(systems.len() * cases.len());
    for case in cases {
        for (system, name) in systems.iter().zip(&names) {
            let row = match journal.known.get(&(name.clone(), case.question.id.clone())) {
                Some(row) if row.question == case.question.question => {
                    // Scored anew: decimal text does not give back every last bit.
                    let scores = scored(case, &row.report, &row.retrieved, &mut originals);
                    ResultRow { scores, ..row.clone() }
                }
                _ => {
                    let row = ask_one(system.as_ref(), case, &mut originals);
                    journal.write(name, &row)?;
                    row
                }
            };
            rows.push(row);
            progress.inc(1);
        }
    }
    Ok(rows)
}

/// What defines a system, as a hash: its name, models and knobs.
fn identity(system: &dyn System) -> String {
    let card = system.card();
    blake3::hash(format!("{} {}", card.name, card.configuration).as_bytes()).to_hex().to_string()
}

fn ask_one(system: &dyn System, case: &Case, originals: &mut Originals) -> ResultRow {
    let started = Instant::now();
    let answered = system.answer(&case.question);
    let seconds = started.elapsed().as_secs_f64();
    let found = system.search(&case.question, RETRIEVED);
    let mut row = match (answered, found) {
        (Ok(report), Ok(found)) => judge(case, &system.card().name, Ok((report, found))),
        (Err(reason), Ok(found)) => {
            ResultRow { failure: Some(reason), ..judge(case, &system.card().name, Ok((Report::unasked(&case.question), found))) }
        }
        (_, Err(reason)) => judge(case, &system.card().name, Err(reason)),
    };
    row.seconds = seconds;
    row.scores = scored(case, &row.report, &row.retrieved, originals);
    row
}

fn scored(case: &Case, report: &Report, retrieved: &[Retrieved], originals: &mut Originals) -> Scores {
    Scores { quote_fidelity: originals.fidelity(&case.question, report), ..Scores::of(case, report, retrieved) }
}

/// Every question to one way of answering, on all threads; times are not measured.
pub fn ask_all(name: &str, cases: &[Case], answer: &(dyn Fn(&Case) -> Answered + Sync), progress: &ProgressBar) -> Vec<ResultRow> {
    let one = |case: &Case| {
        let row = judge(case, name, answer(case));
        progress.inc(1);
        row
    };
    cases.par_iter().map(one).collect()
}

/// A system as a way of answering.
pub fn by_system(system: &dyn System) -> impl Fn(&Case) -> Answered + Sync + '_ {
    move |case: &Case| Ok((system.answer(&case.question)?, system.search(&case.question, RETRIEVED)?))
}

/// The scored row of an answer. A system that failed counts as one that said nothing.
pub fn judge(case: &Case, system: &str, answered: Answered) -> ResultRow {
    let (report, retrieved, failure) = match answered {
        Ok((report, retrieved)) => (report, retrieved, None),
        Err(reason) => (Report::unasked(&case.question), Vec::new(), Some(reason)),
    };
    ResultRow {
        question_id: case.question.id.clone(),
        question: case.question.question.clone(),
        kind: case.kind.clone(),
        setting: case.setting.clone(),
        hops: case.hops,
        answerable: case.answerable,
        noise_level: case.noise_level,
        aliases: case.aliases.clone(),
        facts: case.facts.clone(),
        system: system.to_owned(),
        scores: Scores::of(case, &report, &retrieved),
        report,
        retrieved,
        seconds: 0.0,
        failure,
    }
}

/// At most `limit` cases, chosen by hash so that no kind is favoured, in the suite's order; and how many are left out.
pub fn limited(cases: &[Case], limit: Option<usize>) -> (Vec<Case>, usize) {
    let kept = limit.unwrap_or(cases.len()).min(cases.len());
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|at| *blake3::hash(cases[*at].question.id.as_bytes()).as_bytes());
    order.truncate(kept);
    order.sort_unstable();
    (order.into_iter().map(|at| cases[at].clone()).collect(), cases.len() - kept)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use records::UserQuestion;

    use super::*;
    use crate::systems::SystemCard;

    struct Counting {
        card: SystemCard,
        asked: AtomicUsize,
    }

    impl System for Counting {
        fn card(&self) -> &SystemCard {
            &self.card
        }

        fn answer(&self, question: &UserQuestion) -> Result<Report, String> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if question.id == "q2" { Err("broken".into()) } else { Ok(Report::unasked(&case(&question.id).question)) }
        }

        fn search(&self, _: &UserQuestion, _: usize) -> Result<Vec<Retrieved>, String> {
            Ok(Vec::new())
        }
    }

    fn case(id: &str) -> Case {
        let question = UserQuestion { id: id.into(), question: "Who?".into(), brief: None, sources: vec![] };
        let (kind, setting) = ("k".into(), "corpus".into());
        Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases: vec!["x".into()], facts: vec![] }
    }

    #[test]
    fn a_killed_evaluation_asks_only_what_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let cases: Vec<Case> = ["q1", "q2", "q3"].map(case).into();
        let run = |cases: &[Case], name: &str| {
            let card = SystemCard { name: name.into(), ..SystemCard::default() };
            let systems: Vec<Box<dyn System>> = vec![Box::new(Counting { card, asked: AtomicUsize::new(0) })];
            ask(&systems, cases, None, &mut Journal::open(dir.path()).unwrap(), &ProgressBar::hidden()).unwrap()
        };
        let first = run(&cases[..2], "a");
        assert_eq!(first[1].failure.as_deref(), Some("broken"));
        let path = dir.path().join("answers.jsonl");
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written.lines().count(), 2);
        std::fs::write(&path, format!("{written}{{\"by\":\"cut o")).unwrap();
        let second = run(&cases, "a");
        assert!(second.iter().zip(&first).all(|(new, old)| new.report == old.report && new.failure == old.failure));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
        run(&cases, "another system");
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 6);
    }
}
