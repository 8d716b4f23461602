//! The search for the knobs of the tasks of preparation: few enough to try every value, one knob after the other.

use super::Tuning;
use crate::baseline::{Try, WorkflowConfig};
use crate::suite::Items;

/// A knob of a task: its name, the values to try, how to set it.
pub(super) type Knob = (&'static str, &'static [f32], fn(&mut WorkflowConfig, f32));

/// What decides which lines are kept.
pub(super) const CLEANING: [Knob; 3] = [
    ("cleaning.max_link_density", &[0.2, 0.35, 0.5, 0.6, 0.75, 0.9], |config, value| config.cleaning.max_link_density = value),
    ("cleaning.repeated_lines", &[2.0, 3.0, 5.0, 9.0], |config, value| config.cleaning.repeated_lines = value as usize),
    ("cleaning.drop_boilerplate", &[0.0, 1.0], |config, value| config.cleaning.drop_boilerplate = value > 0.5),
];
/// What decides where texts are cut.
pub(super) const CUTTING: [Knob; 1] =
    [("chunks.words", &[20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0, 220.0, 320.0, 500.0], |config, value| {
        config.chunks.words = value as usize
    })];

/// One knob after the other, twice around.
pub(super) fn search(
    start: WorkflowConfig,
    knobs: &[Knob],
    items: usize,
    goal: &str,
    score: &dyn Fn(&WorkflowConfig) -> f64,
) -> (WorkflowConfig, Option<Tuning>) {
    if items == 0 {
        return (start, None);
    }
    let first = Try { round: 0, knob: "start".into(), value: 0.0, objective: score(&start), kept: true };
    let (mut config, mut objective, mut tries) = (start, first.objective, vec![first]);
    for round in 1..=2 {
        for (name, values, set) in knobs {
            for value in *values {
                let mut tried = config.clone();
                set(&mut tried, *value);
                if tried == config {
                    continue;
                }
                let reached = score(&tried);
                let kept = reached > objective + 1e-9;
                tries.push(Try { round, knob: (*name).to_owned(), value: f64::from(*value), objective: reached, kept });
                if kept {
                    (config, objective) = (tried, reached);
                }
            }
        }
    }
    (config, Some(Tuning { goal: goal.to_owned(), objective, items, tries }))
}

/// Items that tune, at most as many as the suite says where a share of the items does.
pub(super) fn tuning<T>(items: &Items<T>) -> &[T] {
    let part = &items.file.tuning;
    let most = if part.enabled { part.first.unwrap_or(part.questions) } else { 0 };
    &items.development[..items.development.len().min(most)]
}
