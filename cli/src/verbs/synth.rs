//! `tandem synth`: triples from a world or from prepared documents.

use ::synth::corpus::{self, Excluded};
use ::synth::world::{self, WorldPreset};
use anyhow::{Context as _, Result, bail};

use crate::args::Synth;
use crate::outcome::Outcome;
use crate::progress::Progress;

/// Triples made from a corpus where no number is given; fewer where it gives fewer.
const CORPUS_TRIPLES: usize = 10_000;

pub fn run(args: &Synth) -> Result<Outcome> {
    let progress = Progress::new("synth");
    let Some(out) = args.out.as_deref() else { return preview(args, &progress) };
    let manifest = match (&args.source.world, &args.source.corpus) {
        (Some(name), _) => world::generate(&preset(name)?, out, args.triples.unwrap_or_default(), args.seed, progress.bar())?,
        (None, Some(sections)) => {
            corpus::generate_without(sections, out, args.triples.unwrap_or(CORPUS_TRIPLES), args.seed, &excluded(args)?, progress.bar())?
        }
        (None, None) => bail!("name a --world preset or a --corpus folder"),
    };
    Ok(Outcome::of("synth", manifest.counts).open(out))
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
