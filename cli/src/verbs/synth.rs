//! `tandem synth`: triples from a world or from prepared documents.

use ::synth::corpus;
use ::synth::world::{self, WorldPreset};
use anyhow::{Context as _, Result, bail};

use crate::args::Synth;
use crate::outcome::Outcome;
use crate::progress::Progress;

pub fn run(args: &Synth) -> Result<Outcome> {
    let progress = Progress::new("synth");
    let triples = args.triples.unwrap_or_default();
    let manifest = match (&args.source.world, &args.source.corpus) {
        (Some(name), _) => world::generate(&preset(name)?, &args.out, triples, args.seed, progress.bar())?,
        (None, Some(sections)) => corpus::generate(sections, &args.out, triples, args.seed, progress.bar())?,
        (None, None) => bail!("name a --world preset or a --corpus folder"),
    };
    Ok(Outcome::of("synth", manifest.counts).open(&args.out))
}

/// A preset by name, or a file that holds one.
fn preset(name: &str) -> Result<WorldPreset> {
    if !name.ends_with(".toml") {
        return Ok(WorldPreset::named(name)?);
    }
    let text = std::fs::read_to_string(name).with_context(|| format!("reading the preset {name}"))?;
    WorldPreset::parse(&text).with_context(|| name.to_owned())
}
