//! How fast a released model embeds sections and answers questions, one thread asking.
//!
//! `cargo run --release -p retrieve-model --no-default-features --example bench -- MODEL DATA`

use std::path::Path;
use std::time::Instant;

use backbone::{DeviceChoice, open_device};
use records::{Question, Section, Status, UserQuestion, read_table};
use retrieve_model::inference::{Answerer, InMemory};

const SECTIONS: usize = 600;
const QUESTIONS: usize = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, data] = arguments.as_slice() else { return Err("MODEL DATA".into()) };
    let started = Instant::now();
    let answerer = Answerer::load(Path::new(model), &open_device(DeviceChoice::Cpu)?)?;
    println!("loaded in {} ms", started.elapsed().as_millis());
    let sections = read_table::<Section>(Path::new(data))?.take(SECTIONS).collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    let vectors = answerer.embed_sections(&sections);
    println!("{:.0} sections embedded a second", sections.len() as f64 / started.elapsed().as_secs_f64());
    let store = InMemory::new(sections, vectors);
    let questions = read_table::<Question>(Path::new(data))?.take(QUESTIONS).collect::<Result<Vec<_>, _>>()?;
    let mut times = Vec::new();
    let mut answered = 0;
    for question in &questions {
        let asked = UserQuestion { id: question.question_id.clone(), question: question.question.clone(), brief: None, sources: vec![] };
        let started = Instant::now();
        let report = answerer.answer(&store, &asked)?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        answered += usize::from(report.status != Status::Abstained);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0);
    println!("{} questions, {answered} answered: median {:.0} ms, 95 % below {:.0} ms", questions.len(), at(0.5), at(0.95));
    Ok(())
}
