//! How long a build and a query take; not a test but its recipe:
//! `cargo test --release -p retrieve-model --lib -- --ignored --nocapture measure` (set `SECTIONS` for another size).

use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::{Counts, OffsetMap, Role, RunFolder, Section, TableWriter};

use super::{BuildOptions, Index, build};
use crate::inference::PassageSource;

const DIMENSIONS: usize = 256;

/// A word of a vocabulary of 50,000 whose frequencies fall with the rank, as in a language.
fn word(random: &mut ChaCha8Rng) -> String {
    let rank = (50_000_f64.powf(random.random::<f64>())) as u32;
    let letters = |mut n: u32| {
        let mut out = String::new();
        while out.len() < 4 || n > 0 {
            out.push((b'a' + (n % 26) as u8) as char);
            n /= 26;
        }
        out
    };
    letters(rank.wrapping_mul(2_654_435_761) % 11_881_376)
}

fn text(random: &mut ChaCha8Rng, words: usize) -> String {
    (0..words).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

fn section(n: usize, random: &mut ChaCha8Rng) -> Section {
    let text = text(random, 120);
    Section {
        doc_id: format!("{:064}", n / 10),
        path: format!("corpus/{}.md", n / 10),
        title: Some(format!("Document {}", n / 10)),
        section: (n % 10) as u32,
        heading_path: vec![format!("Part {}", n % 10)],
        role: Role::Paragraph,
        spans: OffsetMap::identity(text.len() as u64),
        text,
        page: None,
        repairs: vec![],
        links: vec![],
        pages: Vec::new(),
    }
}

fn vector(random: &mut ChaCha8Rng) -> Vec<f32> {
    (0..DIMENSIONS).map(|_| random.random::<f32>() - 0.5).collect()
}

fn timed<T>(name: &str, times: u32, mut work: impl FnMut() -> T) {
    let mut all: Vec<Duration> = (0..times)
        .map(|_| {
            let start = Instant::now();
            let _ = work();
            start.elapsed()
        })
        .collect();
    all.sort();
    println!("{name}: median {:?}, 95 % {:?}", all[all.len() / 2], all[all.len() * 95 / 100]);
}

#[test]
#[ignore = "a measurement of minutes"]
fn measure_build_and_queries() {
    let count: usize = std::env::var("SECTIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let dir = tempfile::tempdir().unwrap();
    let (sections, out) = (dir.path().join("prep"), dir.path().join("index"));
    let run = RunFolder::open(&sections, "prep", &count, 0).unwrap();
    let mut writer = TableWriter::<Section>::create(&sections, 0).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    (0..count).for_each(|n| writer.push(section(n, &mut random)).unwrap());
    run.finish(Counts::new(), vec![writer.finish().unwrap()]).unwrap();
    let embed = |batch: &[Section]| {
        let mut random = ChaCha8Rng::seed_from_u64(batch.len() as u64 + batch[0].text.len() as u64);
        batch.iter().map(|_| vector(&mut random)).collect()
    };
    let start = Instant::now();
    let done = build(&sections, &out, &embed, &BuildOptions::of("random"), &ProgressBar::hidden()).unwrap();
    println!("build: {count} sections in {:?}, vector index {}", start.elapsed(), done.card.vector_index);
    timed("open", 5, || Index::open(&out).unwrap());
    let index = Index::open(&out).unwrap();
    let mut query = || text(&mut random, 8);
    timed("full text, 8 words", 50, || index.full_text(&query(), 50).unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(9);
    timed("nearest", 50, || index.nearest(&vector(&mut random), 50).unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(11);
    timed("100 passages", 50, || {
        let keys: Vec<u64> = (0..100).map(|_| random.random_range(0..index.card().rows)).collect();
        index.passages(&keys).unwrap()
    });
    let mut random = ChaCha8Rng::seed_from_u64(13);
    timed("candidates, k 50", 50, || index.candidates(&text(&mut random, 8), &vector(&mut random), 50).unwrap());
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}
