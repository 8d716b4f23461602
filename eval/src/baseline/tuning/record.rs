//! The tuning record, `tuning.jsonl` in a run folder: every trial with all its knobs, its score, and which one was chosen. What a run used is held
//! against it, so that a baseline that was not given its best is caught, and the knob is named.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::knobs::knobs;
use super::{CHUNK_KNOB, Tuned};
use crate::EvalError;
use crate::baseline::WorkflowConfig;
use crate::suite::Objective;

/// Name of the file.
pub const RECORD: &str = "tuning.jsonl";
/// Scores that differ by less are equal.
const ROUNDING: f64 = 1e-9;

/// A line of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Counted from 0.
    pub trial: usize,
    /// What was to be made large.
    pub goal: Objective,
    /// Round of the search.
    pub round: usize,
    /// The knob that was turned.
    pub knob: String,
    /// What it was set to.
    pub value: f64,
    /// Mean over the development questions.
    pub objective: f64,
    /// Whether this trial is the choice.
    pub chosen: bool,
    /// Every knob.
    pub knobs: WorkflowConfig,
}

/// Every trial of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    trials: Vec<Trial>,
}

impl Record {
    /// The record of a search that began at `start`, and of the one for the reader's score that went on from there. The knobs of each trial follow from
    /// the order of the tries.
    #[must_use]
    pub fn of(start: &WorkflowConfig, tuned: &Tuned) -> Self {
        let mut out = Self { trials: Vec::new() };
        out.follow(start, tuned);
        if let Some(cautious) = &tuned.cautious {
            out.follow(&tuned.config, cautious);
        }
        out
    }

    fn follow(&mut self, start: &WorkflowConfig, tuned: &Tuned) {
        let (mut best, known) = (start.clone(), knobs(tuned.goal));
        let chosen = tuned.tries.iter().rposition(|one| one.kept);
        for (at, one) in tuned.tries.iter().enumerate() {
            let mut tried = best.clone();
            if let Some(overlap) = one.knob.strip_prefix(CHUNK_KNOB).and_then(|rest| rest.rsplit(' ').next()?.parse().ok()) {
                (tried.chunks.words, tried.chunks.overlap) = (one.value as usize, overlap);
            } else if let Some(knob) = known.iter().find(|knob| knob.name == one.knob) {
                (knob.set)(&mut tried, one.value as f32);
            }
            if one.kept {
                best.clone_from(&tried);
            }
            self.trials.push(Trial {
                trial: self.trials.len(),
                goal: tuned.goal,
                round: one.round,
                knob: one.knob.clone(),
                value: one.value,
                objective: one.objective,
                chosen: chosen == Some(at),
                knobs: tried,
            });
        }
    }

    /// Writes the record into a run folder.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<(), EvalError> {
        let path = dir.join(RECORD);
        let mut text = String::new();
        for trial in &self.trials {
            text.push_str(&serde_json::to_string(trial).map_err(|error| EvalError::input(&path, error.to_string()))?);
            text.push('\n');
        }
        records::write_atomically(&path, text.as_bytes()).map_err(EvalError::io(&path))
    }

    /// Reads the record of a run folder.
    ///
    /// # Errors
    /// If there is none or a line is broken.
    pub fn read(dir: &Path) -> Result<Self, EvalError> {
        let path = dir.join(RECORD);
        let text = std::fs::read_to_string(&path).map_err(EvalError::io(&path))?;
        let broken = |error: serde_json::Error| EvalError::input(&path, format!("{error}: run the evaluation again"));
        Ok(Self { trials: text.lines().map(|line| serde_json::from_str(line).map_err(broken)).collect::<Result<_, _>>()? })
    }

    fn choice(&self, goal: Objective) -> Option<&Trial> {
        self.of_goal(goal).find(|trial| trial.chosen)
    }

    fn of_goal(&self, goal: Objective) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(move |trial| trial.goal == goal)
    }

    /// Everything that says a baseline tuned for `goal` was not given its best: it ran with other knobs than the search chose, a trial beat the choice,
    /// a knob was never turned. Empty where the record holds.
    #[must_use]
    pub fn faults(&self, used: &WorkflowConfig, goal: Objective) -> Vec<String> {
        let Some(choice) = self.choice(goal) else { return vec!["the record names no choice".into()] };
        let mut out = Vec::new();
        let (wanted, ran) = (flat(&choice.knobs), flat(used));
        for (name, value) in &ran {
            let searched = wanted.get(name);
            if searched != Some(value) {
                let tried = self
                    .best_with(goal, name, value)
                    .map_or("it was never tried".into(), |best| format!("the best trial with it scored {best:.4}"));
                let searched = searched.map_or("nothing".into(), ToString::to_string);
                out.push(format!("{name} = {value}: the search chose {searched} with {:.4}; {tried}", choice.objective));
            }
        }
        for trial in self.of_goal(goal).filter(|trial| trial.objective > choice.objective + ROUNDING) {
            let (knob, value) = (&trial.knob, trial.value);
            out.push(format!("trial {} ({knob} = {value}) scored {:.4}, the choice {:.4}", trial.trial, trial.objective, choice.objective));
        }
        let turned = |name: &str| self.of_goal(goal).any(|trial| trial.knob == name);
        out.extend(knobs(choice.goal).iter().filter(|knob| !turned(knob.name)).map(|knob| format!("{} was never turned", knob.name)));
        out
    }

    /// Knobs that stand at the end of the values tried, where the best may lie beyond.
    #[must_use]
    pub fn at_the_end(&self, goal: Objective) -> Vec<&'static str> {
        let Some(choice) = self.choice(goal) else { return Vec::new() };
        let set = flat(&choice.knobs);
        let ends = |name: &str, values: &[f32]| {
            let own = set.get(name).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN) as f32;
            let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
            // A weight of nothing is a choice, not an end.
            own >= high || own <= low && low > 0.0
        };
        knobs(choice.goal).into_iter().filter(|knob| ends(knob.name, knob.values)).map(|knob| knob.name).collect()
    }

    fn best_with(&self, goal: Objective, name: &str, value: &serde_json::Value) -> Option<f64> {
        let having = self.of_goal(goal).filter(|trial| flat(&trial.knobs).get(name) == Some(value));
        having.map(|trial| trial.objective).reduce(f64::max)
    }
}

/// Every field of a configuration under its path. Numbers are rounded to what 32 bits hold, so that a file and the memory agree.
fn flat(config: &WorkflowConfig) -> BTreeMap<String, serde_json::Value> {
    let mut out = BTreeMap::new();
    let parts = serde_json::to_value(config).unwrap_or_default();
    for (part, fields) in parts.as_object().into_iter().flatten() {
        for (field, value) in fields.as_object().into_iter().flatten() {
            let value = value.as_f64().map_or(value.clone(), |number| serde_json::json!((number * 1e6).round() / 1e6));
            out.insert(format!("{part}.{field}"), value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Try;

    /// A search that tried every knob and found a threshold of 0.35 and a longer chunk.
    fn searched() -> (WorkflowConfig, Tuned) {
        let start = WorkflowConfig::default();
        let mut config = start.clone();
        (config.chunks.words, config.chunks.overlap, config.answers.threshold) = (220, 55, 0.35);
        let one = |round, knob: &str, value, objective, kept| Try { round, knob: knob.into(), value, objective, kept };
        let mut tries = vec![
            one(0, "chunks.words, overlap 30", 120.0, 0.40, true),
            one(0, "chunks.words, overlap 55", 220.0, 0.45, true),
            one(1, "answers.threshold", 0.35, 0.62, true),
            one(1, "answers.threshold", 0.9, 0.50, false),
        ];
        tries.extend(knobs(Objective::Balanced).iter().map(|knob| one(1, knob.name, f64::from(knob.values[0]), 0.41, false)));
        (start, Tuned { config, objective: 0.62, goal: Objective::Balanced, questions: 9, seconds: 1.0, tries, cautious: None })
    }

    #[test]
    fn a_record_survives_the_disk_and_agrees_with_what_was_chosen() {
        let (start, tuned) = searched();
        let (dir, record) = (tempfile::tempdir().unwrap(), Record::of(&start, &tuned));
        record.write(dir.path()).unwrap();
        assert_eq!(Record::read(dir.path()).unwrap(), record);
        assert_eq!(record.faults(&tuned.config, Objective::Balanced), Vec::<String>::new());
        assert_eq!(record.trials[2].knobs, tuned.config);
    }

    #[test]
    fn the_cautious_search_is_on_record_too() {
        let (start, mut tuned) = searched();
        let (_, mut cautious) = searched();
        (cautious.goal, cautious.config.chunks) = (Objective::ReaderScore, tuned.config.chunks.clone());
        cautious.tries.retain(|one| !one.knob.starts_with("chunks"));
        tuned.cautious = Some(Box::new(cautious.clone()));
        let record = Record::of(&start, &tuned);
        assert_eq!(record.faults(&cautious.config, Objective::ReaderScore), Vec::<String>::new());
        let mut planted = cautious.config;
        planted.answers.threshold = 0.0;
        assert!(record.faults(&planted, Objective::ReaderScore)[0].contains("answers.threshold"));
        assert_eq!(record.faults(&tuned.config, Objective::Balanced), Vec::<String>::new());
    }

    #[test]
    fn a_planted_bad_setting_is_named_with_what_it_cost() {
        let (start, tuned) = searched();
        let record = Record::of(&start, &tuned);
        let mut planted = tuned.config.clone();
        planted.answers.threshold = 0.9;
        let faults = record.faults(&planted, Objective::Balanced);
        assert!(
            faults.len() == 1 && faults[0].contains("answers.threshold") && faults[0].contains("0.35") && faults[0].contains("0.5000"),
            "{faults:?}"
        );
        planted.retrieval.k1 = 7.0;
        assert!(
            record
                .faults(&planted, Objective::Balanced)
                .iter()
                .any(|fault| fault.contains("retrieval.k1") && fault.contains("never tried"))
        );
    }

    #[test]
    fn a_choice_that_a_trial_beats_and_a_knob_left_alone_are_faults() {
        let (start, mut tuned) = searched();
        tuned.tries[3].objective = 0.7;
        assert!(Record::of(&start, &tuned).faults(&tuned.config, Objective::Balanced)[0].contains("scored 0.7000"));
        let (start, mut tuned) = searched();
        tuned.tries.retain(|one| one.knob != "retrieval.b");
        assert_eq!(Record::of(&start, &tuned).faults(&tuned.config, Objective::Balanced), ["retrieval.b was never turned"]);
        tuned.tries.iter_mut().for_each(|one| one.kept = false);
        assert_eq!(Record::of(&start, &tuned).faults(&tuned.config, Objective::Balanced), ["the record names no choice"]);
    }

    #[test]
    fn a_knob_at_the_end_of_its_values_is_shown() {
        let (start, mut tuned) = searched();
        tuned.tries.push(Try { round: 2, knob: "retrieval.k1".into(), value: 2.0, objective: 0.63, kept: true });
        assert!(Record::of(&start, &tuned).at_the_end(Objective::Balanced).contains(&"retrieval.k1"));
        assert!(!Record::of(&start, &tuned).at_the_end(Objective::Balanced).contains(&"answers.threshold"));
    }
}
