//! The tasks of preparation: our model, the workflow's cleaning rules and doing nothing, on the same raw text.

use std::time::Instant;

use indicatif::ProgressBar;
use prep_model::inference::Preparer;
use prep_model::read::{MediaType, ReadLimits, Reading, read_bytes};
use records::Section;

use super::cutting;
use super::rows::short;
use super::tuning::{CLEANING, search, tuning};
use super::{Outcome, Part, TaskRow, TaskSystem};
use crate::baseline::{WorkflowConfig, chunks_of_lines, clean};
use crate::metrics::{KeptStrings, character_errors};
use crate::suite::{Items, Page, Pair};
use crate::systems::model_hash;
use crate::{EvalError, EvalOptions};

/// What a system made of a file: its text, and the first raw byte of each part.
pub(super) struct Prepared {
    pub text: String,
    pub starts: Vec<u64>,
}

/// A way to prepare the bytes of a file of a name.
pub(super) enum Preparation {
    Model(Box<Preparer>),
    Rules(WorkflowConfig),
    /// TextTiling, with so many token sequences on either side of a gap.
    Tiles(usize),
    /// What the reader sees, mark-up undone, as one part.
    Nothing,
}

impl Preparation {
    fn run(&self, name: &str, bytes: &[u8]) -> Result<Prepared, String> {
        if let Self::Model(model) = self {
            let (_, sections) = model.prepare(name, bytes).map_err(|failure| failure.reason)?;
            return Ok(Prepared { text: text_of(&sections), starts: starts_of(&sections) });
        }
        let reading = reading(name, bytes)?;
        Ok(match self {
            Self::Rules(config) => by_rules(name, &reading, config),
            Self::Tiles(block) => cutting::by_tiles(&reading, *block),
            Self::Model(_) | Self::Nothing => {
                let text = reading.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
                Prepared { text, starts: Vec::new() }
            }
        })
    }
}

/// What the reader makes of the bytes of a file of a name.
pub(super) fn reading(name: &str, bytes: &[u8]) -> Result<Reading, String> {
    read_bytes(MediaType::of_name(name), bytes, &ReadLimits::default()).map_err(|error| error.to_string())
}

/// What the workflow makes of a file that was read.
fn by_rules(name: &str, reading: &Reading, config: &WorkflowConfig) -> Prepared {
    let blocks = clean(&reading.lines, &config.cleaning);
    let text = blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n");
    let starts = starts_of(&chunks_of_lines(name, &reading.doc_id, None, &reading.lines, config));
    Prepared { text, starts }
}

/// Headings once each, then the text below them; one that stands in the text too is not said twice.
fn text_of(sections: &[Section]) -> String {
    let mut out = String::new();
    let mut above: &[String] = &[];
    for section in sections {
        let known = above.iter().zip(&section.heading_path).take_while(|(a, b)| a == b).count();
        let is_told = |heading: &str| section.text.lines().any(|line| line == heading);
        for text in section.heading_path[known..].iter().filter(|heading| !is_told(heading)).chain([&section.text]) {
            out.push_str(text);
            out.push('\n');
        }
        above = &section.heading_path;
    }
    out
}

fn starts_of(sections: &[Section]) -> Vec<u64> {
    let first = |section: &Section| section.spans.raw_range(0..section.text.len() as u64).map(|range| range.start);
    sections.iter().filter_map(first).collect()
}

/// The systems of a task; `nothing` is what doing nothing is called.
pub(super) fn preparations(
    config: WorkflowConfig,
    nothing: &str,
    options: &EvalOptions,
) -> Result<Vec<(TaskSystem, Preparation)>, EvalError> {
    let system = |name: &str, description: &str, configuration: serde_json::Value, started: Instant| TaskSystem {
        name: name.to_owned(),
        description: description.to_owned(),
        configuration,
        preparation_seconds: started.elapsed().as_secs_f64(),
        ..TaskSystem::default()
    };
    let mut out = Vec::new();
    if let Some(dir) = &options.prep_model {
        let started = Instant::now();
        let failed = |error: &dyn std::fmt::Display| EvalError::system("tandem", format!("{error}: train it with `tandem train prep`"));
        let device = backbone::open_device(options.device).map_err(|error| EvalError::system("tandem", error))?;
        let model = Preparer::load(dir, &device).map_err(|error| failed(&error))?;
        let configuration = serde_json::json!({ "model": dir, "blake3": { "prep": model_hash(dir)? } });
        out.push((system("tandem", "The preparation model.", configuration, started), Preparation::Model(Box::new(model))));
    }
    let started = Instant::now();
    let configuration = serde_json::to_value(&config).unwrap_or_default();
    out.push((system("workflow", "Cleaning rules and fixed chunks.", configuration, started), Preparation::Rules(config)));
    out.push((system(nothing, "What the reader sees, unchanged.", serde_json::Value::Null, started), Preparation::Nothing));
    Ok(out)
}

/// A name and bytes.
pub(super) type File = (String, Vec<u8>);

/// An item as a file, what stands in a row about it, and the parts of its measures.
pub(super) struct Job<'a, T> {
    pub kind: &'a dyn Fn(&T) -> String,
    pub id: &'a dyn Fn(&T) -> String,
    pub shown: &'a dyn Fn(&T) -> (String, String),
    pub file: &'a dyn Fn(&T) -> Result<File, String>,
    pub parts: &'a dyn Fn(&T, &Prepared) -> Vec<Part>,
}

/// An item whose file was read.
pub(super) struct Read<'a, T> {
    pub item: &'a T,
    name: String,
    pub reading: Reading,
}

impl<T> Job<'_, T> {
    fn prepare(&self, preparation: &Preparation, item: &T) -> Result<(Prepared, Vec<Part>), String> {
        let (name, bytes) = (self.file)(item)?;
        let prepared = preparation.run(&name, &bytes)?;
        let parts = (self.parts)(item, &prepared);
        Ok((prepared, parts))
    }

    pub fn rows(&self, systems: &[(TaskSystem, Preparation)], items: &[T], progress: &ProgressBar) -> Vec<TaskRow> {
        progress.set_message("preparing");
        progress.set_length((systems.len() * items.len()) as u64);
        let mut rows = Vec::with_capacity(systems.len() * items.len());
        for (card, preparation) in systems {
            for item in items {
                let started = Instant::now();
                let outcome = self.prepare(preparation, item);
                let seconds = started.elapsed().as_secs_f64();
                let (given, wanted) = (self.shown)(item);
                // What cannot be prepared is an empty text.
                let empty = Prepared { text: String::new(), starts: Vec::new() };
                let (found, parts, failure) = match outcome {
                    Ok((prepared, parts)) => (short(&prepared.text), parts, None),
                    Err(reason) => (String::new(), (self.parts)(item, &empty), Some(reason)),
                };
                let (item, kind, system) = ((self.id)(item), (self.kind)(item), card.name.clone());
                rows.push(TaskRow { item, kind, system, given, wanted, found, parts, seconds, failure });
                progress.inc(1);
            }
        }
        rows
    }

    /// Some items as the reader sees them, once for all tries of a search. What cannot be read is left out.
    pub fn read<'a>(&self, items: &'a [T]) -> Vec<Read<'a, T>> {
        let one = |item: &'a T| {
            let (name, bytes) = (self.file)(item).ok()?;
            let reading = reading(&name, &bytes).ok()?;
            Some(Read { item, name, reading })
        };
        items.iter().filter_map(one).collect()
    }

    /// A measure of the rules over some items: sum over sum.
    pub fn value(&self, config: &WorkflowConfig, items: &[Read<'_, T>], measure: &str) -> f64 {
        let (mut above, mut below) = (0.0, 0.0);
        for part in items.iter().flat_map(|read| (self.parts)(read.item, &by_rules(&read.name, &read.reading, config))) {
            if part.measure == measure {
                (above, below) = (above + part.numerator, below + part.denominator);
            }
        }
        if below > 0.0 { above / below } else { 0.0 }
    }
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Repair of recognised text. The rules have no knob that touches characters.
pub(super) fn repair(items: &Items<Pair>, options: &EvalOptions, progress: &ProgressBar) -> Result<Outcome, EvalError> {
    let parts = |pair: &Pair, prepared: &Prepared| {
        let gold = collapsed(&pair.gold);
        let (errors, characters) = character_errors(&collapsed(&prepared.text), &gold);
        let (before, _) = character_errors(&collapsed(&pair.damaged), &gold);
        let counted = |holds: bool| Some(f64::from(u8::from(holds)));
        vec![
            Part::new("character_error_rate", errors as f64, characters as f64),
            Part::value("texts_better", counted(errors < before)),
            Part::value("texts_worse", counted(errors > before)),
        ]
    };
    let job = Job {
        kind: &|pair: &Pair| pair.kind.clone(),
        id: &|pair: &Pair| pair.id.clone(),
        shown: &|pair: &Pair| (short(&pair.damaged), short(&pair.gold)),
        file: &|pair: &Pair| Ok(("text.txt".into(), pair.damaged.clone().into_bytes())),
        parts: &parts,
    };
    let systems = preparations(items.file.baseline.clone(), "as it is", options)?;
    let rows = job.rows(&systems, &items.test, progress);
    Ok(Outcome { systems: systems.into_iter().map(|(card, _)| card).collect(), rows, tuned: None })
}

/// Text out of web pages; the cleaning rules are tuned for F1.
pub(super) fn extraction(items: &Items<Page>, options: &EvalOptions, progress: &ProgressBar) -> Result<Outcome, EvalError> {
    let parts = |page: &Page, prepared: &Prepared| {
        let counts = KeptStrings::of(&prepared.text, &page.stay, &page.go);
        let part = |measure: &str, above: u64, below: u64| Part::new(measure, above as f64, below as f64);
        let KeptStrings { kept, lost, intruding, dropped } = counts;
        vec![
            part("f1", 2 * kept, 2 * kept + intruding + lost),
            part("precision", kept, kept + intruding),
            part("recall", kept, kept + lost),
            part("accuracy", kept + dropped, kept + lost + intruding + dropped),
        ]
    };
    let job = Job {
        kind: &|_: &Page| "page".into(),
        id: &|page: &Page| page.id.clone(),
        shown: &|page: &Page| (short(&format!("must go: {}", page.go.join(" | "))), short(&page.stay.join(" | "))),
        file: &|page: &Page| std::fs::read(&page.path).map(|bytes| ("page.html".into(), bytes)).map_err(|error| error.to_string()),
        parts: &parts,
    };
    progress.set_message("tuning the workflow");
    let tuning = job.read(tuning(items));
    let score = |config: &WorkflowConfig| job.value(config, &tuning, "f1");
    let (config, tuned) = search(items.file.baseline.clone(), &CLEANING, tuning.len(), "F1", &score);
    let systems = preparations(config, "as it is", options)?;
    let rows = job.rows(&systems, &items.test, progress);
    Ok(Outcome { systems: systems.into_iter().map(|(card, _)| card).collect(), rows, tuned })
}
