//! `tandem bench growth`: time, memory and disk of the way from documents to reports, at several sizes. Every step is this program in a process of its
//! own, so that what counts is what a user would see.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use eval::systems::Models;
use indicatif::ProgressBar;
use records::{Counts, Question, RunFolder, Shard, read_table, write_atomically};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::page;
use super::queries::Queried;
use super::watched::{self, Cost};
use crate::args::Growth;
use crate::models;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;

/// Steps of each size: its documents, sections, index, queries and report.
const STEPS: u64 = 5;
/// Questions that a world is made for at most.
const TRIPLES: usize = 16_000;

/// What one size took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Sections that were asked for.
    pub wanted: u64,
    /// Sections that there were.
    pub sections: u64,
    /// Documents that they were made of.
    pub documents: u64,
    /// Questions of the report.
    pub questions: u32,
    /// Documents to sections.
    pub prep: Cost,
    /// Sections to an index.
    pub index: Cost,
    /// Queries to hits.
    pub queries: Queried,
    /// Questions to a report.
    pub report: Cost,
}

pub fn run(args: &Growth) -> Result<Outcome> {
    let models = [("--prep-model", &args.prep_model), ("--model", &args.model)];
    folder_apart(&args.out, models.into_iter().filter_map(|(option, path)| Input::maybe(option, path.as_deref())))?;
    let (prep, retrieve) = (models::find(args.prep_model.as_deref(), "prep")?, models::find(args.model.as_deref(), "retrieve")?);
    let models = Models { prep: Some(prep), retrieve, ..Models::default() };
    let mut wanted = args.sections.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let identity = (&wanted, args.queries, args.questions, models.hashes()?);
    let run = RunFolder::open(&args.out, "bench-growth", &identity, args.seed)?;
    let [numbers, table, plots] = ["growth.json", "growth.md", "growth.svg"].map(|name| args.out.join(name));
    let sizes: Vec<Size> = match run.finished()? {
        Some(_) => read(&numbers).with_context(|| format!("{}: is damaged, name another --out", numbers.display()))?,
        None => {
            let progress = Progress::new("bench");
            progress.bar().set_length(STEPS * wanted.len() as u64);
            let place =
                |wanted: u64| Place { dir: args.out.join(wanted.to_string()), args, models: &models, wanted, progress: progress.bar() };
            wanted.iter().map(|wanted| place(*wanted).measured()).collect::<Result<_>>()?
        }
    };
    let counts = Counts::from([("sizes".to_owned(), sizes.len() as u64)]);
    if run.finished()?.is_none() {
        write(&numbers, serde_json::to_vec_pretty(&sizes)?)?;
        write(&table, page::markdown(&sizes).into())?;
        write(&plots, page::plots(&sizes).into())?;
        let shards = [&numbers, &table, &plots].map(|path| Shard::of(path, sizes.len() as u64));
        run.finish(counts.clone(), shards.into_iter().collect::<Result<_, _>>()?)?;
    }
    let (text, detail) = (page::table(&sizes), serde_json::to_value(&sizes)?);
    Ok(Outcome { text, told: true, detail, ..Outcome::of("bench", counts) }.open(table))
}

fn write(path: &Path, bytes: Vec<u8>) -> Result<()> {
    write_atomically(path, &bytes).with_context(|| format!("writing {}", path.display()))
}

/// One size, and the folder it is measured in.
struct Place<'a> {
    dir: PathBuf,
    args: &'a Growth,
    models: &'a Models,
    wanted: u64,
    progress: &'a ProgressBar,
}

impl Place<'_> {
    fn measured(&self) -> Result<Size> {
        let documents = self.dir.join("documents");
        self.begin("documents");
        if !documents.is_dir() {
            self.documents(&documents)?;
        }
        self.progress.inc(1);
        let [sections, index, report] = ["sections", "index", "report"].map(|name| self.dir.join(name));
        let prep_model = text(self.models.prep.as_deref().unwrap_or(Path::new("")))?;
        let model = text(&self.models.retrieve)?;
        let [queries, questions] = ["queries.jsonl", "questions.jsonl"].map(|name| text(&self.dir.join(name)));
        let (queries, questions, named) = (queries?, questions?, text(&index)?);
        let prep = self.step("prep", Some(&sections), &["prep", "--corpus", &text(&documents)?, "--model", &prep_model])?;
        let index = self.step("index", Some(&index), &["index", "--sections", &text(&sections)?, "--model", &model])?;
        let search = ["bench", "queries", "--index", &named, "--queries", &queries, "--model", &model];
        let searched = self.step("search", None, &search)?;
        let ask = ["report", "--index", &named, "--questions", &questions, "--model", &model];
        let report = self.step("report", Some(&report), &ask)?;
        let count = |cost: &Cost, name: &str| cost.said["counts"][name].as_u64().unwrap_or_default();
        Ok(Size {
            wanted: self.wanted,
            sections: count(&index, "out"),
            documents: count(&prep, "out"),
            questions: self.args.questions,
            queries: serde_json::from_value(searched.said["detail"].clone()).context("what `bench queries` said of itself")?,
            prep,
            index,
            report,
        })
    }

    /// Worlds until they have as many sections as are wanted, their raw documents in one folder; queries and questions are those of the first.
    fn documents(&self, to: &Path) -> Result<()> {
        let making = self.dir.join("documents.partial");
        if making.exists() {
            fs::remove_dir_all(&making)?;
        }
        fs::create_dir_all(&making).with_context(|| format!("making {}", making.display()))?;
        let (mut sections, mut number) = (0, 0);
        while sections < self.wanted {
            let world = self.dir.join("world");
            if world.exists() {
                fs::remove_dir_all(&world)?;
            }
            let seed = (self.args.seed + number).to_string();
            let triples = share(self.wanted - sections).to_string();
            let arguments = ["synth", "--world", "reference", "--triples", &triples, "--seed", &seed, "--out", &text(&world)?];
            let made = watched::run(&arguments.map(str::to_owned), None)?;
            let more = made.said["counts"]["sections"].as_u64().unwrap_or_default();
            if more == 0 {
                bail!("{}: a world without a section", world.display());
            }
            if number == 0 {
                self.questions(&world)?;
            }
            fs::rename(world.join("raw"), making.join(format!("world-{number:04}")))
                .with_context(|| format!("{}: a world keeps its documents in `raw`", world.display()))?;
            fs::remove_dir_all(&world)?;
            (sections, number) = (sections + more, number + 1);
        }
        fs::rename(&making, to).with_context(|| format!("writing {}", to.display()))
    }

    fn questions(&self, world: &Path) -> Result<()> {
        let mut asked = Vec::new();
        for question in read_table::<Question>(world)?.take(self.args.queries.max(self.args.questions) as usize) {
            let Question { question_id, question, .. } = question?;
            asked.push(serde_json::json!({ "id": question_id, "question": question }).to_string());
        }
        for (name, count) in [("queries.jsonl", self.args.queries), ("questions.jsonl", self.args.questions)] {
            let lines = asked.iter().take(count as usize).fold(String::new(), |mut lines, line| {
                let _ = writeln!(lines, "{line}");
                lines
            });
            write(&self.dir.join(name), lines.into())?;
        }
        Ok(())
    }

    fn begin(&self, step: &str) {
        self.progress.set_message(format!("{} sections: {step}", self.wanted));
    }

    /// One step, with what it cost; what was measured before is read again.
    fn step(&self, name: &str, out: Option<&Path>, arguments: &[&str]) -> Result<Cost> {
        self.begin(name);
        let kept = self.dir.join(format!("{name}.json"));
        if let Some(cost) = read::<Cost>(&kept) {
            self.progress.inc(1);
            return Ok(cost);
        }
        if let Some(out) = out.filter(|out| out.exists()) {
            // What a step that was stopped had done would not be measured again.
            fs::remove_dir_all(out).with_context(|| format!("removing {}", out.display()))?;
        }
        let mut arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        if let Some(out) = out {
            arguments.extend(["--out".to_owned(), text(out)?]);
        }
        let cost = watched::run(&arguments, out)?;
        write(&kept, serde_json::to_vec_pretty(&cost)?)?;
        self.progress.inc(1);
        Ok(cost)
    }
}

fn text(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("{}: is no Unicode, name another --out", path.display()))?.to_owned())
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Questions that a world of about so many sections is made for.
fn share(sections: u64) -> usize {
    // Made for a thousand questions one had 1,371 sections.
    usize::try_from(sections).unwrap_or(TRIPLES).clamp(200, TRIPLES)
}
