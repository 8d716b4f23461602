//! Which ways through the three stages are tried, and how each is put together.

use std::sync::Arc;

use records::Section;
use retrieve_model::inference::PassageSource;

use super::gold::Gold;
use super::stores::{Narrowed, RankedByModel, RankedByWorkflow};
use super::{Climb, Maker};
use crate::EvalError;
use crate::asking::{Answered, RETRIEVED, by_system};
use crate::baseline::{Searcher, Workflow};
use crate::score::Retrieved;
use crate::suite::Case;
use crate::systems::{System, Tandem, WorkflowSystem};

/// How a question is answered on a rung.
pub(super) type Way<'a> = Box<dyn Fn(&Case) -> Answered + Sync + 'a>;

/// A rung that is still to be asked.
pub(super) struct Planned<'a> {
    /// What is read.
    pub text: &'static str,
    /// Who prepares, finds, answers.
    pub makers: [Maker; 3],
    /// The rung it is compared with.
    pub against: Option<usize>,
    /// How it answers.
    pub way: Way<'a>,
}

/// The eight combinations of parts, the workflow alone first; each is compared with it.
pub(super) fn combinations<'a>(job: &'a Climb<'_>, ours: Option<&[Section]>, theirs: &[Section]) -> Result<Vec<Planned<'a>>, EvalError> {
    use Maker::{Tandem as T, Workflow as W};
    let mut plan: Vec<Planned<'a>> = Vec::new();
    for makers in [[W, W, W], [T, W, W], [W, T, W], [W, W, T], [T, T, W], [T, W, T], [W, T, T], [T, T, T]] {
        let sections = if makers[0] == W { Some(theirs) } else { ours };
        let Some(sections) = sections else { continue };
        let Some(way) = combined(job, makers, sections.to_vec())? else { continue };
        plan.push(Planned { text: "raw files", makers, against: (!plan.is_empty()).then_some(0), way });
    }
    Ok(plan)
}

/// A way through these parts over prepared sections; none where it needs models that are not there.
fn combined<'a>(job: &Climb<'_>, makers: [Maker; 3], sections: Vec<Section>) -> Result<Option<Way<'a>>, EvalError> {
    let config = job.config.clone();
    let system: Box<dyn System> = match (makers[1], makers[2], job.loaded) {
        (Maker::Workflow, Maker::Workflow, _) => Box::new(WorkflowSystem::over_sections(config, sections, job.seed)?),
        (_, _, None) => return Ok(None),
        (Maker::Workflow, _, Some(loaded)) => {
            let searches = Arc::new(WorkflowSystem::over_sections(config, sections, job.seed)?);
            let store = RankedByWorkflow::new(Arc::clone(&searches), loaded.answerer.config.search.read);
            let reads = Tandem::over(loaded, Box::new(store));
            return Ok(Some(Box::new(move |case| {
                let found = searches.find(&case.question.question).map_err(|error| error.to_string())?;
                let found = found.iter().filter_map(|section| Retrieved::of(section, 0.0)).take(RETRIEVED).collect();
                Ok((reads.answer(&case.question)?, found))
            })));
        }
        (_, Maker::Workflow, Some(loaded)) => {
            let store = RankedByModel::new(loaded.answerer.clone(), loaded.in_memory(sections));
            Box::new(WorkflowSystem::over(config, Box::new(store)))
        }
        (_, _, Some(loaded)) => Box::new(Tandem::over(loaded, Box::new(loaded.in_memory(sections)))),
    };
    Ok(Some(Box::new(move |case| by_system(system.as_ref())(case))))
}

/// Both systems with clean text, the gold sections, the gold sentences; each is compared with the rung before, the first with raw files.
pub(super) fn given<'a>(job: &'a Climb<'_>, gold: &'a Gold, full: &'a dyn PassageSource) -> Result<Vec<Planned<'a>>, EvalError> {
    let mut plan: Vec<Planned<'a>> = Vec::new();
    // Numbers of the unmixed systems among the combinations: with models there are eight, the last one all ours; without, one.
    let (count, last) = if job.loaded.is_some() { (8, 7) } else { (1, 0) };
    let makers = [(Maker::Tandem, last), (Maker::Workflow, 0)];
    for (maker, raw) in makers.into_iter().filter(|(maker, _)| *maker == Maker::Workflow || job.loaded.is_some()) {
        let mut before = raw;
        let clean = job.clean.clone().map(|clean| combined(job, [Maker::Given, maker, maker], clean)).transpose()?;
        if let Some(way) = clean.flatten() {
            plan.push(Planned { text: "clean text", makers: [Maker::Given, maker, maker], against: Some(before), way });
            before = count + plan.len() - 1;
        }
        for (text, sentences) in [("gold sections", false), ("gold sentences", true)] {
            let way: Way<'a> = Box::new(move |case| with_gold(job, maker, &Narrowed::new(full, gold.of(case, sentences)), case));
            plan.push(Planned { text, makers: [Maker::Given, Maker::Given, maker], against: Some(before), way });
            before = count + plan.len() - 1;
        }
    }
    Ok(plan)
}

/// One system answers from given sections.
fn with_gold(job: &Climb<'_>, maker: Maker, store: &Narrowed<'_>, case: &Case) -> Answered {
    let retrieved = store.sections().iter().filter_map(|section| Retrieved::of(section, 1.0)).take(RETRIEVED).collect();
    let question = &case.question;
    let report = match (maker, job.loaded) {
        (Maker::Tandem, Some(loaded)) => loaded.answerer.answer(store, question).map_err(|error| error.to_string())?,
        _ => {
            let searcher = Searcher::new(store, None, job.config.retrieval.candidates);
            let workflow = Workflow { config: job.config.clone() };
            workflow.draft(&searcher, &question.question).map_err(|error| error.to_string())?.report(question, 0)
        }
    };
    Ok((report, retrieved))
}
