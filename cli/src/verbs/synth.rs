//! `tandem synth`: triples from a world or from prepared documents.

use std::path::Path;

use ::synth::corpus::{self, Beside, Excluded};
use ::synth::teacher::{Teacher, TeacherConfig};
use ::synth::world::{self, WorldPreset};
use anyhow::{Context as _, Result, bail};
use records::Counts;

use crate::args::{Synth, TeacherArgs};
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;
use crate::summary::{Summary, count, reasons};

/// Triples made from a corpus where no number is given; fewer where it gives fewer.
const CORPUS_TRIPLES: usize = 10_000;

pub fn run(args: &Synth) -> Result<Outcome> {
    let progress = Progress::new("synth");
    let Some(out) = args.out.as_deref() else { return preview(args, &progress) };
    folder_apart(out, inputs(args))?;
    let manifest = match (&args.source.world, &args.source.corpus) {
        (Some(name), _) => {
            let preset = preset(name)?;
            let teacher = teacher(&args.teacher, preset.teacher.clone(), out)?;
            world::generate_taught(&preset, out, args.triples.unwrap_or_default(), args.seed, teacher.as_ref(), progress.bar())?
        }
        (None, Some(sections)) => {
            let (excluded, teacher) = (excluded(args)?, teacher(&args.teacher, None, out)?);
            let triples = args.triples.unwrap_or(CORPUS_TRIPLES);
            let beside = Beside { excluded: Some(&excluded), teacher: teacher.as_ref(), written: args.written.as_deref() };
            corpus::generate_beside(sections, out, triples, args.seed, &beside, progress.bar())?
        }
        (None, None) => bail!("name a --world preset or a --corpus folder"),
    };
    let failed = manifest.counts.get("teacher.failed").copied().unwrap_or(0);
    let text = summary(&manifest.counts, failed, out);
    Ok(Outcome { text, told: true, ..Outcome { failed, ..Outcome::of("synth", manifest.counts) }.open(out) })
}

/// The files and folders that the options name.
fn inputs(args: &Synth) -> impl Iterator<Item = Input<'_>> {
    // A preset and a teacher are files where they end like one; else they are a name and an address.
    let files = [("--world", &args.source.world), ("--teacher", &args.teacher.teacher)].into_iter();
    let files = files.filter_map(|(option, value)| Some((option, value.as_deref().filter(|value| value.ends_with(".toml"))?)));
    let paths = [
        ("--corpus", &args.source.corpus),
        ("--exclude", &args.exclude),
        ("--written", &args.written),
        ("--teacher-prompts", &args.teacher.teacher_prompts),
        ("--teacher-cache", &args.teacher.teacher_cache),
    ];
    paths
        .into_iter()
        .filter_map(|(option, path)| Input::maybe(option, path.as_deref()))
        .chain(files.map(|(option, file)| Input::of(option, Path::new(file))))
}

/// The dozens of other numbers stand in the card and in the manifest.
fn summary(counts: &Counts, failed: u64, out: &Path) -> String {
    let count = |name: &str| count(counts, name);
    let dropped: u64 = counts.iter().filter(|(name, _)| name.starts_with("dropped.")).map(|(_, count)| count).sum();
    let [made, wanted, documents, sections] = ["questions", "questions_wanted", "documents", "sections"].map(count);
    let teacher = if failed > 0 { format!("; {failed} requests to the teacher failed") } else { String::new() };
    Summary {
        made: format!("{made} questions of {wanted} wanted, on {documents} documents in {sections} sections"),
        left_out: format!("{dropped} tries{}{teacher}", reasons(counts, "dropped.")),
        ..Summary::default()
    }
    .lies(&out.join("README.md"))
    .to_string()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_short_however_many_counters_there_are() {
        let mut counts: Counts = (0..80).map(|number| (format!("dropped.reason_{number}"), 2)).collect();
        counts.extend(
            [("questions", 90), ("questions_wanted", 100), ("documents", 7), ("sections", 40)].map(|(name, n)| (name.to_owned(), n)),
        );
        let text = summary(&counts, 0, Path::new("out"));
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() < 160), "{text}");
        assert!(text.contains("90 questions of 100") && text.contains("160 tries") && text.contains("148 for other reasons"), "{text}");
        assert!(summary(&counts, 3, Path::new("out")).contains("3 requests"));
    }
}
