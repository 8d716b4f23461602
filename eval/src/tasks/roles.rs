//! What each line of a file is for: our model, the workflow's rules, and calling everything a paragraph, on the lines of the same reader.

use std::time::Instant;

use indicatif::ProgressBar;
use prep_model::data::label_lines;
use prep_model::read::Reading;
use records::Role;

use super::preparing::{Preparation, preparations, reading};
use super::rows::short;
use super::tuning::{CLEANING, search, tuning};
use super::{Outcome, Part, TaskRow};
use crate::baseline::{Labelled, WorkflowConfig, label};
use crate::metrics::{BoundaryCounts, role_f1};
use crate::suite::{Items, LabelledFile};
use crate::{EvalError, EvalOptions};

/// A file as the reader sees it, and what its lines are: none where no label says.
struct Read {
    reading: Reading,
    gold: Vec<Option<Labelled>>,
}

fn read(file: &LabelledFile) -> Result<Read, String> {
    let bytes = std::fs::read(&file.path).map_err(|error| error.to_string())?;
    let reading = reading(&file.id, &bytes)?;
    let gold = label_lines(&reading.lines, &file.labels).into_iter().map(|(target, _)| {
        let role = usize::try_from(target.role).ok().and_then(|class| Role::ALL.get(class).copied())?;
        Some(Labelled { role, starts_section: target.starts_section > 0 })
    });
    let gold = gold.collect();
    Ok(Read { reading, gold })
}

/// The labels of a system.
fn labels(preparation: &Preparation, reading: &Reading) -> Vec<Labelled> {
    match preparation {
        Preparation::Model(model) => {
            model.decisions(reading).into_iter().map(|one| Labelled { role: one.role, starts_section: one.starts_section }).collect()
        }
        Preparation::Rules(config) => label(&reading.lines, &config.cleaning),
        Preparation::Nothing | Preparation::Tiles(_) => {
            vec![Labelled { role: Role::Paragraph, starts_section: false }; reading.lines.len()]
        }
    }
}

/// `2 both / (found + wanted)` of a property, as a part of a sum.
fn f1(measure: &str, pairs: &[(Labelled, Labelled)], holds: impl Fn(Labelled) -> bool) -> Part {
    let gold: Vec<bool> = pairs.iter().map(|(gold, _)| holds(*gold)).collect();
    let found: Vec<bool> = pairs.iter().map(|(_, found)| holds(*found)).collect();
    let counts = BoundaryCounts::of(&gold, &found);
    Part::new(measure, (2 * counts.right) as f64, (counts.found + counts.wanted) as f64)
}

fn parts(pairs: &[(Labelled, Labelled)]) -> Vec<Part> {
    let roles: Vec<(Role, Role)> = pairs.iter().map(|(gold, found)| (gold.role, found.role)).collect();
    let right = roles.iter().filter(|(gold, found)| gold == found).count();
    vec![
        Part::value("role_f1", role_f1(&roles).map(|scores| scores.macro_f1)),
        Part::new("accuracy", right as f64, roles.len() as f64),
        f1("furniture_f1", pairs, |one| !one.role.is_content()),
        f1("heading_f1", pairs, |one| matches!(one.role, Role::Title | Role::Heading)),
        f1("boundary_f1", pairs, |one| one.starts_section),
    ]
}

fn pairs(read: &Read, found: &[Labelled]) -> Vec<(Labelled, Labelled)> {
    read.gold.iter().zip(found).filter_map(|(gold, found)| Some(((*gold)?, *found))).collect()
}

/// The lines with another role than the gold one.
fn mistakes(read: &Read, found: &[Labelled]) -> String {
    let wrong = read.reading.lines.iter().zip(&read.gold).zip(found).filter_map(|((line, gold), found)| {
        let gold = (*gold)?;
        (gold.role != found.role).then(|| format!("{:?} for {:?}: {}", found.role, gold.role, line.text.trim()))
    });
    wrong.collect::<Vec<_>>().join(" / ")
}

/// Scores every system; the cleaning rules are tuned for the role F1.
pub(super) fn score(items: &Items<LabelledFile>, options: &EvalOptions, progress: &ProgressBar) -> Result<Outcome, EvalError> {
    progress.set_message("tuning the workflow");
    let known: Vec<Read> = tuning(items).iter().filter_map(|file| read(file).ok()).collect();
    let value = |config: &WorkflowConfig| {
        let scores = known.iter().filter_map(|read| {
            let pairs = pairs(read, &label(&read.reading.lines, &config.cleaning));
            Some(role_f1(&pairs.iter().map(|(gold, found)| (gold.role, found.role)).collect::<Vec<_>>())?.macro_f1)
        });
        let scores: Vec<f64> = scores.collect();
        scores.iter().sum::<f64>() / scores.len().max(1) as f64
    };
    let (config, tuned) = search(items.file.baseline.clone(), &CLEANING, known.len(), "role F1", &value);
    let systems = preparations(config, "all paragraphs", options)?;
    progress.set_message("labelling");
    progress.set_length((systems.len() * items.test.len()) as u64);
    let mut rows = Vec::with_capacity(systems.len() * items.test.len());
    for (card, preparation) in &systems {
        for file in &items.test {
            rows.push(row(&card.name, preparation, file));
            progress.inc(1);
        }
    }
    Ok(Outcome { systems: systems.into_iter().map(|(card, _)| card).collect(), rows, tuned })
}

fn row(system: &str, preparation: &Preparation, file: &LabelledFile) -> TaskRow {
    let started = Instant::now();
    let labelled = read(file).map(|read| {
        let found = labels(preparation, &read.reading);
        (read, found)
    });
    let seconds = started.elapsed().as_secs_f64();
    let (wanted, found, parts, failure) = match labelled {
        Ok((read, found)) => {
            let lines = format!("{} labelled lines", read.gold.iter().flatten().count());
            (lines, short(&mistakes(&read, &found)), parts(&pairs(&read, &found)), None)
        }
        Err(reason) => (String::new(), String::new(), parts(&[]), Some(reason)),
    };
    let (item, kind, given) = (file.id.clone(), file.kind.clone(), file.id.clone());
    TaskRow { item, kind, system: system.to_owned(), given, wanted, found, parts, seconds, failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_by_hand() {
        let one = |role: Role, starts_section: bool| Labelled { role, starts_section };
        let (heading, text, page) = (one(Role::Heading, true), one(Role::Paragraph, false), one(Role::PageNumber, false));
        let pairs = [(heading, heading), (text, text), (text, heading), (page, text)];
        let found = parts(&pairs);
        let value = |name: &str| {
            let part = found.iter().find(|part| part.measure == name).unwrap();
            part.numerator / part.denominator
        };
        // Heading 2 / 3, paragraph 2 / 4, page number 0.
        assert!((value("role_f1") - (2.0 / 3.0 + 0.5) / 3.0).abs() < 1e-12);
        assert_eq!((value("accuracy"), value("furniture_f1")), (0.5, 0.0));
        assert!((value("heading_f1") - 2.0 / 3.0).abs() < 1e-12 && (value("boundary_f1") - 2.0 / 3.0).abs() < 1e-12);
    }
}
