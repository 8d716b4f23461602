//! Runs a suite from the command line.
use std::path::PathBuf;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (suite, out) = (arguments.next().ok_or("suite")?, arguments.next().ok_or("out")?);
    let data = arguments.next();
    let retrieve_model = arguments.next();
    let prep_model = arguments.next();
    let options = eval::EvalOptions { data, retrieve_model, prep_model, ..eval::EvalOptions::default() };
    let started = std::time::Instant::now();
    let summary = eval::run_suite(&suite, &out, &options, &indicatif::ProgressBar::hidden())?;
    println!("{:#?}\n{:.1} s", summary.counts, started.elapsed().as_secs_f64());
    println!("{}", std::fs::read_to_string(out.join("comparison.md"))?.chars().take(9000).collect::<String>());
    Ok(())
}
