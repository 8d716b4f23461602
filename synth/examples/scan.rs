//! Scratch: makes a corpus data set and prints random samples.
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use indicatif::ProgressBar;
use records::{Answer, Question, read_table};

fn main() -> Result<(), Box<dyn Error>> {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let (sections, triples, seed, out) = (&a[0], a[1].parse::<usize>()?, a[2].parse::<u64>()?, &a[3]);
    let start = Instant::now();
    let manifest = synth::corpus::generate(Path::new(sections), Path::new(out), triples, seed, &ProgressBar::hidden())?;
    for (name, count) in &manifest.counts {
        println!("{count:>9} {name}");
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());
    for pair in read_table::<Question>(Path::new(out))?.zip(read_table::<Answer>(Path::new(out))?) {
        let (q, a) = (pair.0?, pair.1?);
        let s: Vec<&str> = a.facts.iter().map(|f| f.sentence.as_str()).collect();
        let kind = serde_json::to_string(&q.kind)?;
        println!(
            "Q\t{}\t{:?}\t{}\t{}\t{}\t{}",
            kind.trim_matches('"'),
            q.bm25_rank,
            q.template_family,
            q.question.replace(['\n', '\t'], " "),
            a.aliases.join(" / ").replace(['\n', '\t'], " "),
            s.join(" // ").replace(['\n', '\t'], " ")
        );
    }
    Ok(())
}
