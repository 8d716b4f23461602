//! What breaks the systems: the same questions over documents damaged more and more, one kind of damage at a time; the workflow with one knob set
//! wrong at a time; and both on another suite than the one the workflow was tuned for.
//!
//! A sample of documents and questions is used, all stores are in memory: minutes on two cores.

mod knobs;
mod noise;
mod sample;

use std::collections::HashSet;
use std::path::Path;

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use crate::EvalError;
use crate::asking::{ask_all, by_system, limited};
use crate::baseline::WorkflowConfig;
use crate::report::{Line, ResultRow, correct_family, lines};
use crate::statistics::Draws;
use crate::suite::{Case, Suite};
use crate::systems::{Loaded, System, Tandem, WorkflowSystem, chunk_corpus};
use sample::Sample;

/// Questions of a curve, at most.
pub const QUESTIONS: usize = 120;
/// The metrics of a curve.
pub const MEASURES: [&str; 4] = ["exact_match", "f1", "reader_score", "ndcg_10"];

/// Every curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fragility {
    /// Questions of every point.
    pub questions: usize,
    /// Documents of the sample.
    pub documents: usize,
    /// Names of the systems, in the order of the estimates.
    pub systems: Vec<String>,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// What a curve is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Damage to the documents; the axis is the share of damaged words.
    Noise,
    /// A knob of the workflow; the axis is the factor it is off by.
    Knob,
    /// Another suite; the points are named.
    Domain,
}

/// Scores along an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// What is turned.
    pub against: Against,
    /// Which damage, which knob, which suite.
    pub name: String,
    /// What that is, in a sentence.
    pub meaning: String,
    /// The points, along the axis.
    pub points: Vec<Point>,
}

/// The scores at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Where on the axis.
    pub at: f64,
    /// The place in words.
    pub label: String,
    /// Share of the characters that the damage changed, where there is damage.
    pub characters: Option<f64>,
    /// The measures for every system, with the difference where there are two.
    pub lines: Vec<Line>,
}

/// What the curves are made with.
pub struct Strain<'a> {
    /// Our models; without them the workflow is strained alone.
    pub loaded: Option<&'a Loaded>,
    /// The tuned workflow.
    pub config: &'a WorkflowConfig,
    /// The questions of the suite.
    pub cases: &'a [Case],
    /// The raw files; without a corpus there is nothing to damage.
    pub corpus: Option<&'a Path>,
    /// Another suite to be tried on.
    pub shifted: Option<&'a Path>,
    /// Where damaged documents are written.
    pub work: &'a Path,
    /// Seed of damage, vectors and resamples.
    pub seed: u64,
    /// Resamples of the bootstrap.
    pub resamples: usize,
    /// Shows how far it is.
    pub progress: &'a ProgressBar,
}

/// Draws every curve.
///
/// # Errors
/// If documents cannot be read, damaged copies not be written, or the other suite not be opened.
pub fn strain(job: &Strain<'_>) -> Result<Fragility, EvalError> {
    let cases: Vec<Case> = job.cases.iter().filter(|case| case.question.sources.is_empty()).cloned().collect();
    let (cases, _) = limited(&cases, Some(QUESTIONS));
    let mut out = Fragility { systems: job.systems(), ..Fragility::default() };
    let Some(corpus) = job.corpus.filter(|_| !cases.is_empty()) else { return Ok(out) };
    job.progress.set_message("fragility: clean documents");
    let sample = Sample::take(corpus, &cases, job.seed)?;
    let clean = sample.write(&job.work.join("clean"))?;
    let base = Asked::of(job, &clean, &cases, job.config)?;
    (out.questions, out.documents) = (cases.len(), sample.documents());
    let start = |label: &str, at: f64| base.point(job, at, label, None);

    for channel in noise::CHANNELS {
        let mut points = vec![start("undamaged", 0.0)];
        for level in noise::LEVELS {
            job.progress.set_message(format!("fragility: {} {:.0} %", channel.name, 100.0 * level));
            let dir = job.work.join("damaged");
            let damaged = sample.damaged(&channel, level, job.seed)?;
            let corpus = damaged.write(&dir)?;
            let asked = Asked::of(job, &corpus, &damaged.cases(&cases), job.config)?;
            points.push(asked.point(job, level, &format!("{:.0} % of the words", 100.0 * level), Some(damaged.characters())));
            std::fs::remove_dir_all(&dir).map_err(EvalError::io(&dir))?;
        }
        out.curves.push(Curve { against: Against::Noise, name: channel.name.into(), meaning: channel.meaning.into(), points });
    }
    for knob in knobs::KNOBS {
        let mut points = Vec::new();
        for factor in knobs::FACTORS {
            let Some(config) = knobs::off_by(job.config, &knob, factor) else { continue };
            job.progress.set_message(format!("fragility: {} x {factor}", knob.path));
            let asked = if factor == 1.0 { base.clone() } else { base.with_workflow(job, &clean, &cases, &config)? };
            points.push(asked.point(job, factor, &format!("{} × {factor}", knob.path), None));
        }
        if !points.is_empty() {
            out.curves.push(Curve { against: Against::Knob, name: knob.path.into(), meaning: knob.meaning.into(), points });
        }
    }
    out.curves.extend(shifted(job, start("the suite itself", 0.0))?);
    for curve in &mut out.curves {
        // A curve is a family of its own: the undamaged point stands in every one of them.
        correct_family(curve.points.iter_mut().flat_map(|point| &mut point.lines).flat_map(Line::differences_mut).collect());
    }
    Ok(out)
}

/// Both systems on another suite, the workflow as it was tuned for this one.
fn shifted(job: &Strain<'_>, home: Point) -> Result<Option<Curve>, EvalError> {
    let Some(path) = job.shifted else { return Ok(None) };
    job.progress.set_message("fragility: another suite");
    let suite = Suite::open(path, None, job.work)?;
    let own: Vec<Case> = suite.test.iter().filter(|case| case.question.sources.is_empty()).cloned().collect();
    let (cases, _) = limited(&own, Some(QUESTIONS));
    let Some(corpus) = suite.corpus.as_deref().filter(|_| !cases.is_empty()) else {
        return Err(EvalError::input(path, "has no questions over a corpus of its own: name another suite with --shifted"));
    };
    let sample = Sample::take(corpus, &cases, job.seed)?;
    let clean = sample.write(&job.work.join("shifted"))?;
    let asked = Asked::of(job, &clean, &cases, job.config)?;
    let there = asked.point(job, 1.0, &format!("{} (knobs of the suite above)", suite.file.name), None);
    let meaning = format!("{} questions over {} documents of the suite {}.", cases.len(), sample.documents(), suite.file.name);
    Ok(Some(Curve { against: Against::Domain, name: suite.file.name, meaning, points: vec![home, there] }))
}

/// The rows of every system at one place.
#[derive(Clone)]
struct Asked {
    by_system: Vec<Vec<ResultRow>>,
}

impl Strain<'_> {
    fn systems(&self) -> Vec<String> {
        let names = if self.loaded.is_some() { &["tandem", "workflow"][..] } else { &["workflow"] };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn ask(&self, system: &dyn System, cases: &[Case]) -> Vec<ResultRow> {
        self.progress.set_position(0);
        self.progress.set_length(cases.len() as u64);
        ask_all(&system.card().name, cases, &by_system(system), self.progress)
    }
}

impl Asked {
    fn of(job: &Strain<'_>, corpus: &Path, cases: &[Case], config: &WorkflowConfig) -> Result<Self, EvalError> {
        let mut by_system = Vec::new();
        if let Some(loaded) = job.loaded {
            let sections = sample::prepared(loaded, corpus)?;
            by_system.push(job.ask(&Tandem::over(loaded, Box::new(loaded.in_memory(sections))), cases));
        }
        by_system.push(Self::workflow(job, corpus, cases, config)?);
        Ok(Self { by_system })
    }

    /// The same with another workflow.
    fn with_workflow(&self, job: &Strain<'_>, corpus: &Path, cases: &[Case], config: &WorkflowConfig) -> Result<Self, EvalError> {
        let mut by_system = self.by_system.clone();
        by_system.pop();
        by_system.push(Self::workflow(job, corpus, cases, config)?);
        Ok(Self { by_system })
    }

    fn workflow(job: &Strain<'_>, corpus: &Path, cases: &[Case], config: &WorkflowConfig) -> Result<Vec<ResultRow>, EvalError> {
        let chunks = chunk_corpus(corpus, config, usize::MAX, &HashSet::new())?;
        Ok(job.ask(&WorkflowSystem::over_sections(config.clone(), chunks, job.seed)?, cases))
    }

    fn point(&self, job: &Strain<'_>, at: f64, label: &str, characters: Option<f64>) -> Point {
        let rows: Vec<Vec<&ResultRow>> = self.by_system.iter().map(|rows| rows.iter().collect()).collect();
        let draws = Draws::new(rows.first().map_or(0, Vec::len), job.resamples, job.seed);
        Point { at, label: label.to_owned(), characters, lines: lines(&rows, &MEASURES, &draws) }
    }
}

#[cfg(test)]
mod tests {
    use records::UserQuestion;

    use super::*;
    use crate::suite::GoldFact;

    #[test]
    fn the_workflow_loses_answers_as_letters_are_confused_and_as_its_threshold_rises() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        std::fs::create_dir(&corpus).unwrap();
        let mut cases = Vec::new();
        for number in 0..30 {
            let town = ["Lindholm", "Kellhurst", "Overbrook", "Wellington", "Northcastle"][number % 5];
            let text = format!("The regional harbour office number {number} is based in the town of {town}.");
            std::fs::write(corpus.join(format!("{number}.txt")), format!("{text} Its committee meets every second month.\n")).unwrap();
            let sentence = 0..text.len() as u64;
            let fact = GoldFact { doc: format!("{number}.txt"), doc_id: String::new(), sentence, value: None, text, vital: true };
            let question = UserQuestion {
                id: format!("q{number}"),
                question: format!("In which town is the regional harbour office number {number} based?"),
                brief: None,
                sources: vec![],
            };
            let (kind, setting, aliases) = ("k".into(), "corpus".into(), vec![town.into()]);
            cases.push(Case { question, kind, setting, hops: 1, answerable: true, noise_level: None, aliases, facts: vec![fact] });
        }
        let (config, progress) = (WorkflowConfig::default(), ProgressBar::hidden());
        let work = dir.path().join("work");
        let job = Strain {
            loaded: None,
            config: &config,
            cases: &cases,
            corpus: Some(&corpus),
            shifted: None,
            work: &work,
            seed: 1,
            resamples: 20,
            progress: &progress,
        };
        let found = strain(&job).unwrap();
        assert_eq!((found.questions, found.documents), (30, 30));
        let curve = |name: &str| found.curves.iter().find(|curve| curve.name == name).unwrap();
        let value = |point: &Point| point.lines[0].estimates[0].unwrap().value;
        let confused = curve("confused letters");
        assert!(value(&confused.points[0]) > 0.9, "{confused:?}");
        assert!(value(confused.points.last().unwrap()) < value(&confused.points[0]) - 0.2, "{confused:?}");
        let changed: Vec<f64> = confused.points.iter().filter_map(|point| point.characters).collect();
        assert!(changed.is_sorted() && changed[0] > 0.0, "{changed:?}");
        let threshold = curve("answers.threshold");
        assert!(value(threshold.points.last().unwrap()) < value(&threshold.points[0]), "{threshold:?}");
        assert_eq!(strain(&job).unwrap(), found, "twice the same");
    }
}
