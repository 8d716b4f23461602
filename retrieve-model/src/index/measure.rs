//! How long a build and a query take, and what lists of vectors miss; not tests but their recipes:
//! `cargo test --release --workspace --lib index::measure -- --ignored --nocapture` (set `SECTIONS` for another size, `INDEX` and `QUERIES` for the lists).

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use indicatif::ProgressBar;
use lancedb::DistanceType;
use lancedb::index::Index as Kind;
use lancedb::index::vector::{IvfFlatIndexBuilder, IvfSqIndexBuilder};
use lancedb::query::{ExecutableQuery, QueryBase, Select};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::{Counts, OffsetMap, Role, RunFolder, Section, TableWriter};

use super::{BuildOptions, Index, build, folder, table};
use crate::inference::{Answerer, PassageSource};

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

/// Sections that are compared by their numbers in the first stage of a search, and of which none should be missed.
const ASKED: usize = 32;

#[test]
#[ignore = "a measurement of minutes, in a copy of an index that it changes"]
fn measure_lists_against_every_vector() {
    let path = |name: &str| std::env::var_os(name).map(PathBuf::from).unwrap_or_else(|| panic!("set {name}"));
    let dir = path("INDEX");
    let index = Index::open(&dir).unwrap();
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    let answerer = Answerer::load(std::path::Path::new("../data/models/retrieve"), &device).unwrap();
    let queries = std::fs::read_to_string(path("QUERIES")).unwrap();
    let question = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["question"].as_str().unwrap().to_owned();
    let vectors: Vec<Vec<f32>> = queries.lines().map(|line| answerer.embed_question(&question(line))).collect();
    let exact: Vec<Vec<u64>> =
        vectors.iter().map(|vector| index.nearest(vector, ASKED).unwrap().into_iter().map(|hit| hit.0).collect()).collect();
    let rows = &index.store.as_ref().unwrap().rows;
    let opening = async { lancedb::connect(&dir.to_string_lossy()).execute().await?.open_table(folder::TABLE).execute().await };
    let sections = index.runtime.block_on(opening).unwrap();
    let root = (index.card().rows as f64).sqrt() as u32;
    let kinds = [
        ("as they are, lists by themselves", Kind::IvfFlat(IvfFlatIndexBuilder::default().distance_type(DistanceType::Cosine))),
        ("bytes, a root of lists", Kind::IvfSq(IvfSqIndexBuilder::default().distance_type(DistanceType::Cosine).num_partitions(root))),
    ];
    for (name, kind) in kinds {
        let start = Instant::now();
        index.runtime.block_on(sections.create_index(&[table::VECTOR], kind).replace(true).execute()).unwrap();
        println!("{name}: made in {:?}", start.elapsed());
        for (lists, wanted) in [(8, 50), (16, 50), (32, 50), (32, 100), (64, 50), (64, 100), (128, 100)] {
            let (mut found, mut times) = (0, Vec::new());
            for (vector, exact) in vectors.iter().zip(&exact) {
                let start = Instant::now();
                let search = sections.query().nearest_to(vector.as_slice()).unwrap().distance_type(DistanceType::Cosine);
                let search = search.limit(wanted).nprobes(lists).unwrap().select(Select::columns(&["_distance"])).with_row_id();
                let batches = async { search.execute().await?.try_collect::<Vec<_>>().await };
                let hits = table::addresses(&index.runtime.block_on(batches).unwrap()).unwrap();
                times.push(start.elapsed());
                found += hits.iter().filter(|row| exact.contains(&rows.key(**row).unwrap())).count();
            }
            times.sort();
            let share = found as f64 / (exact.len() * ASKED) as f64;
            println!("  {lists} lists, {wanted} sections: recall {share:.4}, median {:?}", times[times.len() / 2]);
        }
    }
}
