//! `tandem bench growth`: time, memory and disk of the way from documents to reports, at several sizes. Every step is this program in a process of its
//! own, so that what counts is what a user would see.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use indicatif::ProgressBar;
use records::{Counts, Question, read_table, write_atomically};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::page;
use super::queries::Queried;
use super::watched::{self, Cost};
use crate::args::Growth;
use crate::outcome::Outcome;
use crate::progress::Progress;

/// Steps of each size: its documents, sections, index, queries and report.
const STEPS: u64 = 5;
/// Questions that a world is made for; it has some documents for each.
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
    fs::create_dir_all(&args.out).with_context(|| format!("making {}", args.out.display()))?;
    let progress = Progress::new("bench");
    let mut sizes = Vec::new();
    let mut wanted = args.sections.clone();
    wanted.sort_unstable();
    wanted.dedup();
    progress.bar().set_length(STEPS * wanted.len() as u64);
    for wanted in wanted {
        sizes.push(Place { dir: args.out.join(wanted.to_string()), args, wanted, progress: progress.bar() }.measured()?);
    }
    let text = page::table(&sizes);
    write(&args.out.join("growth.json"), serde_json::to_vec_pretty(&sizes)?)?;
    write(&args.out.join("growth.md"), page::markdown(&sizes).into())?;
    write(&args.out.join("growth.svg"), page::plots(&sizes).into())?;
    let counts = Counts::from([("sizes".to_owned(), sizes.len() as u64)]);
    Ok(Outcome { text, told: true, detail: serde_json::to_value(&sizes)?, ..Outcome::of("bench", counts) }.open(args.out.join("growth.md")))
}

fn write(path: &Path, bytes: Vec<u8>) -> Result<()> {
    write_atomically(path, &bytes).with_context(|| format!("writing {}", path.display()))
}

/// One size, and the folder it is measured in.
struct Place<'a> {
    dir: PathBuf,
    args: &'a Growth,
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
        let named = |option: &str, path: &Option<PathBuf>| {
            path.iter().flat_map(|path| [option.to_owned(), path.display().to_string()]).collect::<Vec<String>>()
        };
        let (prep_model, model) = (named("--model", &self.args.prep_model), named("--model", &self.args.model));
        let [queries, questions] = ["queries.jsonl", "questions.jsonl"].map(|name| self.dir.join(name));
        let prep = self.step("prep", Some(&sections), &[&["prep", "--corpus", &text(&documents)?], &model_arguments(&prep_model)[..]])?;
        let arguments = text(&sections)?;
        let index_cost = self.step("index", Some(&index), &[&["index", "--sections", &arguments], &model_arguments(&model)[..]])?;
        let (index, queries, questions) = (text(&index)?, text(&queries)?, text(&questions)?);
        let search = ["bench", "queries", "--index", &index, "--queries", &queries];
        let searched = self.step("search", None, &[&search, &model_arguments(&model)[..]])?;
        let ask = ["report", "--index", &index, "--questions", &questions];
        let report = self.step("report", Some(&report), &[&ask, &model_arguments(&model)[..]])?;
        let count = |cost: &Cost, name: &str| cost.said["counts"][name].as_u64().unwrap_or_default();
        Ok(Size {
            wanted: self.wanted,
            sections: count(&index_cost, "out"),
            documents: count(&prep, "out"),
            questions: self.args.questions,
            queries: serde_json::from_value(searched.said["detail"].clone()).context("what `bench queries` said of itself")?,
            prep,
            index: index_cost,
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
    fn step(&self, name: &str, out: Option<&Path>, arguments: &[&[&str]]) -> Result<Cost> {
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
        let mut arguments: Vec<String> = arguments.concat().into_iter().map(str::to_owned).collect();
        if let Some(out) = out {
            arguments.extend(["--out".to_owned(), text(out)?]);
        }
        let cost = watched::run(&arguments, out)?;
        write(&kept, serde_json::to_vec_pretty(&cost)?)?;
        self.progress.inc(1);
        Ok(cost)
    }
}

fn model_arguments(named: &[String]) -> Vec<&str> {
    named.iter().map(String::as_str).collect()
}

fn text(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("{}: is no Unicode, name another --out", path.display()))?.to_owned())
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Questions that a world of about so many sections is made for.
fn share(sections: u64) -> usize {
    // A world of the largest size has about a section for each of its questions.
    usize::try_from(sections).unwrap_or(TRIPLES).clamp(200, TRIPLES)
}
