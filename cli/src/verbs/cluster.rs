//! `tandem cluster`: the processes that do the work of `--cluster`; and what the verbs need that give it to them.

use anyhow::{Result, anyhow};
use backbone::DeviceChoice;
use cluster::functions::{AnswerJob, EmbedJob, Models, PrepJob};
use cluster::{Answering, Embedding, Engine, Preparing, Scheduler, Worker, schedule, work};
use prep_model::inference::{PrepareOptions, Preparer};
use retrieve_model::index::Index;
use retrieve_model::inference::{Answerer, Habits};

use crate::args::{Cluster, ClusterVerb, SchedulerArgs, Sharing, WorkerArgs};
use crate::outcome::{Outcome, say};

pub fn run(args: &Cluster) -> Result<Outcome> {
    match &args.what {
        ClusterVerb::Scheduler(args) => scheduler(args)?,
        ClusterVerb::Worker(args) => worker(args)?,
    }
    Ok(Outcome::of("cluster", records::Counts::new()))
}

fn scheduler(SchedulerArgs { listen, host }: &SchedulerArgs) -> Result<()> {
    let host = host.clone().unwrap_or_else(|| listen.ip().to_string());
    say(&format!("scheduler  df://{host}:{}\n", listen.port()))?;
    Ok(schedule(&Scheduler { listen: *listen, host }, &none())?)
}

fn worker(args: &WorkerArgs) -> Result<()> {
    crate::recognition::choose(&args.recognition, None)?;
    let host = args.host.clone().unwrap_or_else(|| args.listen.ip().to_string());
    let find = |named: Option<&std::path::Path>, name| crate::models::find(named, name).map_err(|error| format!("{error:#}"));
    let models = Models {
        prep: find(args.prep_model.as_deref(), "prep"),
        retrieve: find(args.retrieve_model.as_deref(), "retrieve"),
        device: args.device,
    };
    say(&format!("worker     {host}:{}, of {}\n", args.listen.port(), args.scheduler))?;
    let (scheduler, listen, places, scratch) = (args.scheduler.clone(), args.listen, usize::from(args.places), args.scratch.clone());
    Ok(work(&Worker { scheduler, listen, host, places, scratch }, &models)?)
}

/// The models of a process that knows the functions and calls none.
fn none() -> Models {
    let none = || Err("this process calls no model".to_owned());
    Models { prep: none(), retrieve: none(), device: DeviceChoice::Cpu }
}

/// The cluster that was named.
///
/// # Errors
/// If no scheduler answers there.
pub fn engine(sharing: &Sharing) -> Result<Option<Engine>> {
    let Some(address) = &sharing.cluster else { return Ok(None) };
    Ok(Some(Engine::connect(address, &none(), usize::from(sharing.cluster_pieces))?))
}

/// Preparation on a cluster.
pub fn preparing<'a>(engine: &'a Engine, preparer: &Preparer, options: &PrepareOptions) -> Preparing<'a> {
    let job = PrepJob { model: preparer.reading_identity(), repairs: options.repairs, limits: options.limits };
    Preparing { engine, job }
}

/// Embedding on a cluster.
pub fn embedding(engine: &Engine, embedding: impl Into<String>) -> Embedding<'_> {
    Embedding { engine, job: EmbedJob { embedding: embedding.into() } }
}

/// Answering on a cluster, from an index or from the questions' own sources.
pub fn answering<'a>(engine: &'a Engine, answerer: &Answerer, habits: Habits, index: Option<&Index>) -> Result<Answering<'a>> {
    let place = |index: &Index| std::fs::canonicalize(index.dir()).map_err(|error| anyhow!("{}: {error}", index.dir().display()));
    let sections = index.map(|index| index.card().sections_manifest.clone()).unwrap_or_default();
    Ok(Answering {
        engine,
        job: AnswerJob { model: answerer.identity().to_owned(), habits, index: index.map(place).transpose()?, sections },
    })
}
