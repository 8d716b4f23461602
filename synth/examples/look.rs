//! Makes a world (or, given a folder of prepared sections, a corpus data set) and prints what came out.
//!
//! `cargo run --release -p synth --example look -- world 2000 [OUT [KIND [SAMPLES]]]` or `-- corpus SECTIONS 2000 [OUT [KIND [SAMPLES
//! [FAMILY]]]]`; with a kind, only questions of that kind are printed (`any` for all), about as many as SAMPLES says instead of 40, and only
//! those whose template family holds FAMILY. `-- check FOLDER` only reopens what a folder holds and checks every span.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use records::{Answer, Kind, Question, read_table};
use synth::world::WorldPreset;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, folder] = &arguments[..]
        && mode == "check"
    {
        println!("{:?}", synth::check::spans(Path::new(folder))?);
        return Ok(());
    }
    let corpus = arguments.first().is_some_and(|mode| mode == "corpus");
    let rest = &arguments[(1 + usize::from(corpus)).min(arguments.len())..];
    let triples = rest.first().map_or(Ok(2_000), |number| number.parse::<usize>())?;
    let out = rest.get(1).map_or_else(|| std::env::temp_dir().join(format!("tandem-look-{}", std::process::id())), PathBuf::from);
    let start = Instant::now();
    let manifest = if corpus {
        synth::corpus::generate(Path::new(&arguments[1]), &out, triples, 7, &ProgressBar::hidden())?
    } else {
        synth::world::generate(&WorldPreset::named("small")?, &out, triples, 7, &ProgressBar::hidden())?
    };
    let seconds = start.elapsed().as_secs_f64();
    for (name, count) in &manifest.counts {
        println!("{count:>9} {name}");
    }
    let made = manifest.counts.get("questions").copied().unwrap_or(0);
    println!("{made} triples in {seconds:.2} s: {:.0} a second; in {}", made as f64 / seconds, out.display());
    println!("{:?}", synth::check::spans(&out)?);
    let pairs = read_table::<Question>(&out)?.zip(read_table::<Answer>(&out)?);
    let samples = rest.get(3).map_or(Ok(40), |number| number.parse::<usize>())?;
    let kind: Option<Kind> =
        rest.get(2).filter(|name| *name != "any").map(|name| serde_json::from_value(name.as_str().into())).transpose()?;
    let of_kind = kind.map_or(made, |_| manifest.counts.get(&format!("kind.{}", rest[2])).copied().unwrap_or(0));
    let family = rest.get(4).map_or("", String::as_str);
    let fits = |question: &Question| kind.is_none_or(|kind| question.kind == kind) && question.template_family.contains(family);
    let pairs = pairs.filter(|(question, _)| question.as_ref().map_or(true, fits));
    let pairs: Vec<_> = pairs.collect();
    let of_kind = if family.is_empty() { of_kind as usize } else { pairs.len() };
    println!("{} of this kind and family", pairs.len());
    for pair in pairs.into_iter().step_by((of_kind / samples.max(1)).max(1)) {
        let (question, answer) = (pair.0?, pair.1?);
        println!(
            "\n[{:?} {:?} rank {:?} {}] {}",
            question.kind, question.split, question.bm25_rank, question.template_family, question.question
        );
        println!("  = {}", answer.aliases.join(" / "));
        answer.facts.iter().for_each(|fact| println!("  < {}", fact.sentence));
    }
    Ok(())
}
