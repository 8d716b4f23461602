//! `tandem synth`: triples from a world or from prepared documents.

use std::path::Path;

use ::synth::corpus::{self, Excluded};
use ::synth::teacher::{Teacher, TeacherConfig};
use ::synth::world::{self, WorldPreset};
use anyhow::{Context as _, Result, bail};

use crate::args::{Synth, TeacherArgs};
use crate::outcome::Outcome;
use crate::progress::Progress;

/// Triples made from a corpus where no number is given; fewer where it gives fewer.
const CORPUS_TRIPLES: usize = 10_000;

pub fn run(args: &Synth) -> Result<Outcome> {
    let progress = Progress::new("synth");
    let Some(out) = args.out.as_deref() else { return preview(args, &progress) };
    let manifest = match (&args.source.world, &args.source.corpus) {
        (Some(name), _) => {
            let preset = preset(name)?;
            let teacher = teacher(&args.teacher, preset.teacher.clone(), out)?;
            world::generate_taught(&preset, out, args.triples.unwrap_or_default(), args.seed, teacher.as_ref(), progress.bar())?
        }
        (None, Some(sections)) => {
            let (excluded, teacher) = (excluded(args)?, teacher(&args.teacher, None, out)?);
            let triples = args.triples.unwrap_or(CORPUS_TRIPLES);
            corpus::generate_taught(sections, out, triples, args.seed, &excluded, teacher.as_ref(), progress.bar())?
        }
        (None, None) => bail!("name a --world preset or a --corpus folder"),
    };
    let failed = manifest.counts.get("teacher.failed").copied().unwrap_or(0);
    Ok(Outcome { failed, ..Outcome::of("synth", manifest.counts).open(out) })
}

/// The teacher that was asked for on the command line, else the preset's, with the options typed in its place.
fn teacher(args: &TeacherArgs, of_preset: Option<TeacherConfig>, out: &Path) -> Result<Option<Teacher>> {
    let config = match &args.teacher {
        Some(file) if file.ends_with(".toml") => {
            let text = std::fs::read_to_string(file).with_context(|| format!("reading the teacher {file}"))?;
            Some(TeacherConfig::parse(&text).with_context(|| file.clone())?)
        }
        Some(url) => {
            let model = args.teacher_model.as_deref().context("--teacher URL needs --teacher-model NAME")?;
            Some(TeacherConfig::new(url, model))
        }
        None => of_preset,
    };
    let Some(usual) = config else {
        if *args != TeacherArgs::default() {
            bail!("the options of a teacher need --teacher URL, or a preset with a [teacher] table");
        }
        return Ok(None);
    };
    let config = TeacherConfig {
        model: args.teacher_model.clone().unwrap_or(usual.model),
        key_variable: args.teacher_key_variable.clone().or(usual.key_variable),
        budget: args.teacher_budget.unwrap_or(usual.budget),
        requests_per_minute: args.teacher_requests_per_minute.unwrap_or(usual.requests_per_minute),
        concurrency: args.teacher_concurrency.unwrap_or(usual.concurrency),
        reword: args.teacher_reword.unwrap_or(usual.reword),
        ask: args.teacher_ask.unwrap_or(usual.ask),
        judge: usual.judge && !args.teacher_no_judge,
        prompts: args.teacher_prompts.clone().or(usual.prompts),
        cache: args.teacher_cache.clone().or(usual.cache),
        ..usual
    };
    Ok(Some(Teacher::open(config, out)?))
}

fn excluded(args: &Synth) -> Result<Excluded> {
    Ok(args.exclude.as_deref().map(Excluded::read).transpose()?.unwrap_or_default())
}

fn preview(args: &Synth, progress: &Progress) -> Result<Outcome> {
    let triples = args.triples.unwrap_or(::synth::preview::TRIPLES);
    let preview = match (&args.source.world, &args.source.corpus) {
        (Some(name), _) => ::synth::preview::world(&preset(name)?, triples, args.seed, progress.bar())?,
        (None, Some(sections)) => ::synth::preview::corpus(sections, triples, args.seed, &excluded(args)?, progress.bar())?,
        (None, None) => bail!("name a --world preset or a --corpus folder"),
    };
    Ok(Outcome { verb: "synth".into(), text: preview.to_string(), detail: serde_json::to_value(&preview)?, ..Outcome::default() })
}

/// A preset by name, or a file that holds one.
fn preset(name: &str) -> Result<WorldPreset> {
    if !name.ends_with(".toml") {
        return Ok(WorldPreset::named(name)?);
    }
    let text = std::fs::read_to_string(name).with_context(|| format!("reading the preset {name}"))?;
    WorldPreset::parse(&text).with_context(|| name.to_owned())
}
