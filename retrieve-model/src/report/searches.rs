//! `tandem search`: {"id","query"} lines in, {"id","hits":[{"doc","section","score"}]} lines out, in the same order. A line that cannot be
//! used is a failure with its number and leaves no line behind.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use rayon::prelude::*;
use records::{AtomicFile, Counts, Failure};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::lines::{Broken, Lines, scan};
use super::questions::unaskable;

/// Queries searched together.
const CHUNK: usize = 256;
/// Bytes of an existing file's first line that are looked at to see what it is.
const FIRST_LINE: u64 = 16 << 20;

/// One thing found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The name a user knows.
    pub doc: String,
    /// The section's position in the document.
    pub section: u32,
    /// Only the order within one search means something.
    pub score: f32,
}

/// The best sections for a query, best first.
pub type Searcher<'a> = &'a (dyn Fn(&str, usize) -> Result<Vec<Found>, String> + Sync);

/// What a batch of searches did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// `in` = `out` + `skipped` + `failed`.
    pub counts: Counts,
    /// What could not be used, at most the first thousand.
    pub failures: Vec<Failure>,
}

/// The queries cannot be read or the hits not written.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
pub struct SearchFileError {
    /// The file.
    path: PathBuf,
    /// What the file system said.
    source: io::Error,
}

#[derive(Deserialize)]
struct Query {
    id: serde_json::Value,
    query: String,
}

#[derive(Serialize, Deserialize)]
struct Hits {
    id: serde_json::Value,
    hits: Vec<Found>,
}

/// Searches for every line of `queries` and writes the hits to `out`, which appears when all of them are done; it replaces hits of an earlier
/// search and nothing else. A query without a word or number finds nothing, one that is too long to be a question is a failure.
///
/// # Errors
/// If a file cannot be read or written, or `out` holds something that is no hits.
pub fn search_file(
    queries: &Path,
    out: &Path,
    k: usize,
    search: Searcher<'_>,
    progress: &ProgressBar,
) -> Result<Searched, SearchFileError> {
    let error = |path: &Path| {
        let path = path.to_path_buf();
        move |source| SearchFileError { path, source }
    };
    let (_, total) = scan(queries).map_err(error(queries))?;
    let mut lines = Lines::open(queries).map_err(error(queries))?;
    replaceable(out).map_err(error(out))?;
    let mut writer = BufWriter::new(AtomicFile::create(out).map_err(error(out))?);
    progress.set_length(total);
    let mut done = Searched { counts: Counts::new(), failures: Vec::new() };
    let [mut read, mut written] = [0_u64; 2];
    loop {
        let chunk = next_chunk(&mut lines, queries).map_err(error(queries))?;
        if chunk.is_empty() {
            break;
        }
        let find = |line: &Result<(u64, String), Failure>| {
            let hits = line.as_ref().map_err(Clone::clone).and_then(|(number, line)| {
                hits_of(line, k, search).map_err(|reason| Failure::new(format!("{}:{number}", queries.display()), "search", reason))
            });
            progress.inc(1);
            hits
        };
        let found: Vec<Result<Vec<u8>, Failure>> = chunk.par_iter().map(find).collect();
        for hits in found {
            read += 1;
            match hits {
                Ok(line) => {
                    written += 1;
                    writer.write_all(&line).map_err(error(out))?;
                }
                Err(failure) if done.failures.len() < 1_000 => done.failures.push(failure),
                Err(_) => {}
            }
        }
        if read > written {
            progress.set_message(format!("{} failed", read - written));
        }
    }
    writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(AtomicFile::persist).map_err(error(out))?;
    done.counts =
        [("in", read), ("out", written), ("skipped", 0), ("failed", read - written)].map(|(name, count)| (name.to_owned(), count)).into();
    Ok(done)
}

/// Refuses a file that a search did not make: an empty one may go, and one whose first line is hits.
fn replaceable(out: &Path) -> io::Result<()> {
    let file = match File::open(out) {
        Ok(file) if file.metadata()?.is_file() => file,
        // What is there and no file is refused where the file is made; what cannot be read is told there too.
        _ => return Ok(()),
    };
    let mut first = String::new();
    let read = BufReader::new(file.take(FIRST_LINE)).read_line(&mut first);
    let hits = read.is_ok() && (first.trim().is_empty() || serde_json::from_str::<Hits>(&first).is_ok());
    if hits { Ok(()) } else { Err(io::Error::new(io::ErrorKind::AlreadyExists, "holds something else than hits: name another file")) }
}

/// The next lines that are not empty, with their numbers.
fn next_chunk(lines: &mut Lines, queries: &Path) -> io::Result<Vec<Result<(u64, String), Failure>>> {
    let mut chunk = Vec::new();
    while chunk.len() < CHUNK {
        match lines.next_line() {
            Ok(None) => break,
            Ok(Some((_, line))) if line.trim().is_empty() => {}
            Ok(Some(line)) => chunk.push(Ok(line)),
            Err(Broken::Line(reason)) => {
                chunk.push(Err(Failure::new(format!("{}:{}", queries.display(), lines.number()), "search", reason)))
            }
            Err(Broken::Io(error)) => return Err(error),
        }
    }
    Ok(chunk)
}

fn hits_of(line: &str, k: usize, search: Searcher<'_>) -> Result<Vec<u8>, String> {
    let query: Query = serde_json::from_str(line).map_err(|error| format!("no {{\"id\",\"query\"}}: {error}"))?;
    if let Some(reason) = unaskable(&query.query).filter(|_| !query.query.trim().is_empty()) {
        return Err(reason);
    }
    let hits = if text::words(&query.query).next().is_some() { search(&query.query, k)? } else { Vec::new() };
    let mut line = serde_json::to_vec(&Hits { id: query.id, hits }).map_err(|error| error.to_string())?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_query_is_no_longer_than_a_question() {
        let dir = tempfile::tempdir().unwrap();
        let (queries, out) = (dir.path().join("q.jsonl"), dir.path().join("hits.jsonl"));
        let long = "mast ".repeat(super::super::questions::LONGEST_QUESTION / 5);
        fs::write(
            &queries,
            format!("{{\"id\":1,\"query\":\"{long}\"}}\n{{\"id\":2,\"query\":\"{long}!\"}}\n{{\"id\":3,\"query\":\"\"}}\n"),
        )
        .unwrap();
        let done = search_file(&queries, &out, 3, &find, &ProgressBar::hidden()).unwrap();
        assert_eq!([done.counts["out"], done.counts["failed"]], [2, 1]);
        assert!(done.failures[0].path.ends_with(":2") && done.failures[0].reason.contains("20000"), "{:?}", done.failures);
    }

    fn find(query: &str, _: usize) -> Result<Vec<Found>, String> {
        Ok(vec![Found { doc: query.to_owned(), section: 0, score: 0.5 }])
    }

    #[test]
    fn hits_come_in_the_order_of_the_queries_and_broken_lines_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let (queries, out) = (dir.path().join("q.jsonl"), dir.path().join("hits.jsonl"));
        let lines: String =
            (0..600).map(|n| if n == 300 { "{broken\n\n".to_owned() } else { format!("{{\"id\":{n},\"query\":\"w{n}\"}}\n") }).collect();
        fs::write(&queries, lines).unwrap();
        let search = |query: &str, k: usize| {
            if query == "w7" { Err("no".to_owned()) } else { Ok(vec![Found { doc: query.to_owned(), section: k as u32, score: 0.5 }]) }
        };
        let done = search_file(&queries, &out, 3, &search, &ProgressBar::hidden()).unwrap();
        assert_eq!([done.counts["in"], done.counts["out"], done.counts["failed"]], [600, 598, 2]);
        assert!(done.failures[1].path.ends_with("q.jsonl:301"), "{:?}", done.failures);
        let text = fs::read_to_string(&out).unwrap();
        assert_eq!(text.lines().next().unwrap(), r#"{"id":0,"hits":[{"doc":"w0","section":3,"score":0.5}]}"#);
        assert_eq!(text.lines().count(), 598);
        assert!(search_file(&dir.path().join("none"), &out, 3, &search, &ProgressBar::hidden()).unwrap_err().to_string().contains("none"));
    }

    #[test]
    fn only_hits_are_replaced_by_hits() {
        let dir = tempfile::tempdir().unwrap();
        let (queries, out) = (dir.path().join("q.jsonl"), dir.path().join("out"));
        fs::write(&queries, "{\"id\":1,\"query\":\"wind\"}\n").unwrap();
        let run = |out: &Path| search_file(&queries, out, 1, &find, &ProgressBar::hidden());
        for mine in ["{\"id\":1,\"query\":\"wind\"}\n", "my notes\n", "\u{FEFF}x", "{\"id\":1,\"hits\":[]} and more\n"] {
            fs::write(&out, mine).unwrap();
            let error = run(&out).unwrap_err().to_string();
            assert!(error.contains("out") && error.contains("another file"), "{error}");
            assert_eq!(fs::read_to_string(&out).unwrap(), mine);
        }
        for gone in ["", "{\"id\":\"a\",\"hits\":[{\"doc\":\"d\",\"section\":1,\"score\":2}]}\n"] {
            fs::write(&out, gone).unwrap();
            run(&out).unwrap();
            assert!(fs::read_to_string(&out).unwrap().contains("wind"));
        }
        assert!(run(dir.path()).unwrap_err().to_string().contains("folder"));
        assert!(run(&dir.path().join("no/such")).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing stays behind");
    }

    #[test]
    fn progress_goes_to_the_number_of_lines_and_a_query_without_a_word_finds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (queries, out) = (dir.path().join("q.jsonl"), dir.path().join("hits.jsonl"));
        fs::write(&queries, "{\"id\":1,\"query\":\"wind 7\"}\n\n{\"id\":2,\"query\":\"((\"}\r\nbroken\n{\"id\":3,\"query\":\"7\"}")
            .unwrap();
        let progress = ProgressBar::hidden();
        let done = search_file(&queries, &out, 1, &find, &progress).unwrap();
        assert_eq!((progress.length(), progress.position()), (Some(4), 4));
        assert_eq!([done.counts["out"], done.counts["failed"]], [3, 1]);
        let found: Vec<Hits> = fs::read_to_string(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found.iter().map(|hits| hits.hits.len()).collect::<Vec<_>>(), [1, 0, 1]);
    }
}
