//! Counts the word list `words/english.txt`: words that stand in lower case often enough in enough documents of the folders given.
//!
//! `cargo run --release -p prep-model --example words -- DIR... > prep-model/words/english.txt`. Only folders of the training part belong here:
//! the list is an input of the preparation model, and a word counted from a development corpus would make its figures there worthless.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Times a word must stand in lower case in all documents together.
const LEAST_COUNT: u32 = 5;
/// Documents it must stand in: a name or a slip of one author is no common word.
const LEAST_DOCUMENTS: u32 = 3;

/// One in so many must be in lower case: more than names have, and less than words that often start a title or a sentence.
const LEAST_LOWER: u32 = 8;

/// How often a word was seen.
#[derive(Default)]
struct Seen {
    lower: u32,
    capital: u32,
    documents: u32,
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "txt" || extension == "md" || extension == "rst") {
            out.push(path);
        }
    }
    Ok(())
}

fn count(text: &str, seen: &mut HashMap<String, Seen>) {
    let mut here: HashSet<String> = HashSet::new();
    for range in text::words(text) {
        let word = &text[range];
        if !word.chars().all(char::is_alphabetic) {
            continue;
        }
        let lower = word.to_lowercase();
        let entry = seen.entry(lower.clone()).or_default();
        if lower == word {
            entry.lower += 1;
            entry.documents += u32::from(here.insert(lower));
        } else {
            entry.capital += 1;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = Vec::new();
    for dir in std::env::args().skip(1) {
        files(Path::new(&dir), &mut paths)?;
    }
    let mut seen = HashMap::new();
    for path in &paths {
        count(&String::from_utf8_lossy(&fs::read(path)?), &mut seen);
    }
    let common = |seen: &Seen| seen.lower >= LEAST_COUNT && seen.documents >= LEAST_DOCUMENTS && seen.lower * LEAST_LOWER > seen.capital;
    let mut words: Vec<&String> = seen.iter().filter(|(_, seen)| common(seen)).map(|(word, _)| word).collect();
    words.sort_unstable();
    words.iter().for_each(|word| println!("{word}"));
    eprintln!("{} words of {} files", words.len(), paths.len());
    Ok(())
}
