//! `tandem cluster`: the processes that do the work of `--cluster`; and what the verbs need that give it to them.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, anyhow};
use backbone::DeviceChoice;
use clap::ValueEnum as _;
use cluster::functions::{AnswerJob, EmbedJob, Models, PrepJob};
use cluster::{Answering, Embedding, Engine, Preparing, Scheduler, Worker, schedule, serve, work};
use prep_model::inference::{PrepareOptions, Preparer};
use retrieve_model::index::Index;
use retrieve_model::inference::{Answerer, Habits};

use crate::args::{Cluster, ClusterVerb, SchedulerArgs, Sharing, WorkerArgs, Working};
use crate::outcome::{Outcome, say};

pub fn run(args: &Cluster) -> Result<Outcome> {
    match &args.what {
        ClusterVerb::Scheduler(args) => scheduler(args)?,
        ClusterVerb::Worker(args) => worker(args)?,
        ClusterVerb::Child(working) => child(working)?,
    }
    // Each ends when it is told to, and a child's output belongs to its worker.
    Ok(Outcome { told: true, ..Outcome::of("cluster", records::Counts::new()) })
}

fn scheduler(SchedulerArgs { listen, host }: &SchedulerArgs) -> Result<()> {
    let host = host.clone().unwrap_or_else(|| listen.ip().to_string());
    say(&format!("scheduler  df://{host}:{}\n", listen.port()))?;
    Ok(schedule(&Scheduler { listen: *listen, host }, &none())?)
}

fn worker(args: &WorkerArgs) -> Result<()> {
    // What would end every child is told at once.
    crate::recognition::choose(&args.working.recognition, None)?;
    let host = args.host.clone().unwrap_or_else(|| args.listen.ip().to_string());
    say(&format!("worker     {host}:{}, of {}\n", args.listen.port(), args.scheduler))?;
    let (scheduler, listen, places, scratch) = (args.scheduler.clone(), args.listen, usize::from(args.places), args.scratch.clone());
    Ok(work(&Worker { scheduler, listen, host, places, scratch, child: child_of(&args.working) })?)
}

/// What a child of a worker is started with.
fn child_of(working: &Working) -> Vec<OsString> {
    let Working { prep_model, retrieve_model, recognition, device } = working;
    let when = recognition.ocr.map(|when| when.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default());
    let options = [
        ("--prep-model", prep_model.clone().map(OsString::from)),
        ("--retrieve-model", retrieve_model.clone().map(OsString::from)),
        ("--ocr", when.map(OsString::from)),
        ("--ocr-language", recognition.ocr_language.clone().map(OsString::from)),
        ("--device", Some(device.to_string().into())),
    ];
    let given = options.into_iter().filter_map(|(name, value)| Some([name.into(), value?])).flatten();
    ["cluster".into(), "child".into()].into_iter().chain(given).collect()
}

fn child(working: &Working) -> Result<()> {
    crate::recognition::choose(&working.recognition, None)?;
    let find = |named: Option<&Path>, name| crate::models::find(named, name).map_err(|error| format!("{error:#}"));
    let (prep, retrieve) = (find(working.prep_model.as_deref(), "prep"), find(working.retrieve_model.as_deref(), "retrieve"));
    Ok(serve(&Models { prep, retrieve, device: working.device })?)
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
