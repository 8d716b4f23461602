//! Makes a world of the reference preset and prints how fast and in how much memory; `look` on the same folder then checks every span.
//!
//! `cargo run --release -p synth --example measure -- 1000000 OUT`

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use indicatif::ProgressBar;
use synth::world::{WorldPreset, generate};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let triples = arguments.next().map_or(Ok(20_000), |number| number.parse::<usize>())?;
    let out = arguments.next().map_or_else(|| std::env::temp_dir().join(format!("tandem-measure-{}", std::process::id())), PathBuf::from);
    let start = Instant::now();
    let manifest = generate(&WorldPreset::named("reference")?, &out, triples, 7, &ProgressBar::hidden())?;
    let seconds = start.elapsed().as_secs_f64();
    for (name, count) in &manifest.counts {
        println!("{count:>9} {name}");
    }
    let made = manifest.counts.get("questions").copied().unwrap_or(0);
    println!("{made} triples in {seconds:.1} s: {:.0} a second; in {}", made as f64 / seconds, out.display());
    Ok(())
}
