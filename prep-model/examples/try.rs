//! The room on its own: `try train DATA OUT PRESET [MINUTES]`, `try prepare CORPUS OUT MODEL`, `try verify OUT CORPUS`. Prints what came out
//! and how long it took; the `tandem` binary does the same with progress bars.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use backbone::{DeviceChoice, open_device};
use indicatif::ProgressBar;
use prep_model::inference::{PrepareOptions, Preparer, prepare_corpus};
use prep_model::training::{PrepTrainingOptions, train};
use prep_model::verify::Verifier;
use records::{Citation, Document, Section, keyword, read_table};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let started = Instant::now();
    match arguments.as_slice() {
        ["train", data, out, preset, minutes @ ..] => {
            let minutes = minutes.first().map(|minutes| minutes.parse()).transpose()?;
            let options = PrepTrainingOptions { preset: (*preset).to_owned(), minutes, ..PrepTrainingOptions::default() };
            for (name, value) in train(Path::new(data), Path::new(out), &options, &ProgressBar::hidden())? {
                println!("{name:26} {value:.4}");
            }
        }
        ["prepare", corpus, out, model] => {
            let preparer = Preparer::load(Path::new(model), &open_device(DeviceChoice::Cpu)?)?;
            let manifest =
                prepare_corpus(Path::new(corpus), Path::new(out), &preparer, &PrepareOptions::default(), &ProgressBar::hidden())?;
            let bytes =
                read_table::<Document>(Path::new(out))?.map(|document| document.map(|document| document.bytes)).sum::<Result<u64, _>>()?;
            let seconds = started.elapsed().as_secs_f64();
            println!("{:?}\n{bytes} bytes, {:.2} MB/s", manifest.counts, bytes as f64 / 1e6 / seconds);
        }
        ["verify", out, corpus] => verify(Path::new(out), Path::new(corpus))?,
        _ => println!("usage: try train DATA OUT PRESET [MINUTES] | try prepare CORPUS OUT MODEL | try verify OUT CORPUS"),
    }
    println!("{:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Cites every sentence of every section and checks it.
fn verify(out: &Path, corpus: &Path) -> Result<(), Box<dyn Error>> {
    let verifier = Verifier::open(corpus)?;
    let (mut verified, mut refuted, mut characters, mut changed) = (0_u64, 0_u64, 0_u64, 0_u64);
    for section in read_table::<Section>(out)? {
        let section = section?;
        characters += section.text.chars().count() as u64;
        changed += section
            .repairs
            .iter()
            .map(|repair| repair.original.chars().count().max((repair.end - repair.start) as usize) as u64)
            .sum::<u64>();
        for sentence in keyword::sentences(&section.text) {
            let raw = section.spans.raw_range(sentence.start as u64..sentence.end as u64);
            let quote = section.unrepaired(sentence).split_whitespace().collect::<Vec<_>>().join(" ");
            let (start, end) = raw.map_or((0, 0), |raw| (raw.start, raw.end));
            let citation = Citation { doc: section.path.clone(), doc_id: section.doc_id.clone(), page: section.page, start, end, quote };
            match verifier.check(&citation) {
                verdict if verdict.is_verified() => verified += 1,
                verdict => {
                    refuted += 1;
                    if refuted <= 5 {
                        println!("{verdict:?} {:?}", citation.quote);
                    }
                }
            }
        }
    }
    println!(
        "{verified} sentences verified, {refuted} refuted; {:.2} characters in 10,000 changed",
        1e4 * changed as f64 / characters.max(1) as f64
    );
    Ok(())
}
