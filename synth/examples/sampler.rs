//! Writes a page that shows some documents of a finished data set with their planted facts and questions.
//!
//! `cargo run --release -p synth --example sampler -- RUN [PAGE.html [DOCUMENTS]]`; the page goes to `RUN/sampler.html` if it has no name.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// Documents shown where no number is given.
const DOCUMENTS: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let run = arguments.next().map(PathBuf::from).ok_or("name a folder that `tandem synth` made")?;
    let page = arguments.next().map_or_else(|| run.join("sampler.html"), PathBuf::from);
    let documents = arguments.next().map_or(Ok(DOCUMENTS), |number| number.parse::<usize>())?;
    fs::write(&page, synth::sampler::sample_page(&run, documents)?)?;
    println!("{}", page.display());
    Ok(())
}
