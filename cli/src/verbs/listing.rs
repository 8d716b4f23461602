//! `tandem info` and `tandem list`: what a library holds, without changing it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use records::Counts;
use retrieve_model::report::escape::terminal;
use serde_json::json;
use serve::library::{LibraryError, Listed, State};

use crate::args::{Info, List};
use crate::asked::library;
use crate::outcome::Outcome;

pub fn info(args: &Info) -> Result<Outcome> {
    let library = library(args.library.as_deref())?;
    let settings = library.settings()?;
    let (generation, rows, made) = match library.hold() {
        Ok(held) => (held.generation.number, held.generation.catalogue()?, Some(held.generation.card()?.made)),
        Err(LibraryError::Empty { .. }) => (0, Vec::new(), None),
        Err(error) => return Err(error.into()),
    };
    let counts = counted(&rows);
    let count = |name: &str| counts[name];
    let on_disk = bytes_under(&library.private());
    let mut text = format!("library    {}, state {generation}\n", terminal(&library.dir().display().to_string()));
    let _ = writeln!(
        text,
        "documents  {} in {} sections, {} bytes; {} of them the same as another",
        count("documents"),
        count("sections"),
        count("bytes"),
        count("same")
    );
    let _ = writeln!(
        text,
        "left out   {} failed, {} skipped; {} pieces of text in no section",
        count("failed"),
        count("skipped"),
        count("dropped")
    );
    for source in &settings.sources {
        let documents = rows.iter().filter(|row| row.source == source.name && row.state.answers()).count();
        let gone = if source.path.exists() { "" } else { " (gone)" };
        let _ = writeln!(
            text,
            "source     {}: {}{gone}, {documents} documents",
            terminal(&source.name),
            terminal(&source.path.display().to_string())
        );
    }
    for (name, model) in [("prep", &settings.models.prep), ("retrieve", &settings.models.retrieve)] {
        let _ = writeln!(text, "model      {name} {}, {}", model.hash.get(..8).unwrap_or_default(), model.path.display());
    }
    let _ = writeln!(text, "updated    {}, looked at {}; {on_disk} bytes on disk", ago(made), ago(library.looked()));
    let detail = json!({
        "library": library.dir(),
        "generation": generation,
        "sources": settings.sources,
        "models": settings.models,
        "made": made,
        "looked": library.looked(),
        "bytes_on_disk": on_disk,
    });
    Ok(Outcome { verb: "info".into(), counts, text, told: true, detail, ..Outcome::default() })
}

pub fn list(args: &List) -> Result<Outcome> {
    let library = library(args.library.as_deref())?;
    let rows = match library.hold() {
        Ok(held) => held.generation.catalogue()?,
        Err(LibraryError::Empty { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let counts = counted(&rows);
    let shown: Vec<&Listed> = rows.iter().filter(|row| args.all || row.state != State::Skipped).collect();
    let mut text = String::new();
    if !shown.is_empty() {
        text += "state     sections  left out  document\n";
    }
    for row in &shown {
        let reason = match row.state {
            State::Same => format!(" (as {})", row.reason),
            _ if row.reason.is_empty() => String::new(),
            _ => format!(": {}", row.reason),
        };
        let _ = writeln!(text, "{:<9} {:>8}  {:>8}  {}", row.state, row.sections, row.dropped, terminal(&format!("{}{reason}", row.name)));
    }
    let skipped = counts["skipped"];
    if !args.all && shown.len() < rows.len() {
        let _ = writeln!(text, "{skipped} more were skipped: `tandem list --all` shows why");
    }
    Ok(Outcome { verb: "list".into(), counts, text, told: true, detail: serde_json::to_value(&shown)?, ..Outcome::default() })
}

/// Numbers of a catalogue.
fn counted(rows: &[Listed]) -> Counts {
    let mut states: BTreeMap<State, u64> = BTreeMap::new();
    rows.iter().for_each(|row| *states.entry(row.state).or_default() += 1);
    let of = |state: State| states.get(&state).copied().unwrap_or_default();
    let prepared = || rows.iter().filter(|row| row.state == State::Prepared);
    let numbers = [
        ("documents", of(State::Prepared) + of(State::Same)),
        ("same", of(State::Same)),
        ("failed", of(State::Failed)),
        ("skipped", of(State::Skipped) + of(State::Excluded) + of(State::Empty)),
        ("excluded", of(State::Excluded)),
        ("sections", prepared().map(|row| u64::from(row.sections)).sum()),
        ("dropped", prepared().map(|row| u64::from(row.dropped)).sum()),
        ("bytes", prepared().map(|row| row.bytes).sum()),
    ];
    numbers.map(|(name, number)| (name.to_owned(), number)).into()
}

/// How long ago a time in seconds since 1970 is, in words.
fn ago(time: Option<u64>) -> String {
    let Some(time) = time else { return "never".into() };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match now.saturating_sub(time) {
        seconds @ 0..120 => format!("{seconds} s ago"),
        seconds @ 120..7_200 => format!("{} minutes ago", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// Bytes of the files under a folder.
fn bytes_under(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let size = |path: &Path| if path.is_dir() { bytes_under(path) } else { fs::metadata(path).map_or(0, |file| file.len()) };
    entries.map(|entry| size(&entry.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_unit_that_a_person_would_use() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let told = |seconds: u64| ago(Some(now - seconds));
        assert_eq!(told(600), "10 minutes ago");
        assert_eq!(told(36_000), "10 hours ago");
        assert_eq!(told(1_000_000), "11 days ago");
        assert_eq!(ago(None), "never");
    }
}
