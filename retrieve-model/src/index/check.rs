//! What `tandem doctor` asks an index: is every file there, does it read, do both searches answer?

use std::fmt;
use std::path::Path;

use records::Shard;

use super::{Index, IndexError, folder};

/// Something that is wrong with an index, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was found.
    pub what: String,
    /// The next step.
    pub remedy: String,
}

impl Problem {
    /// What an error says, which names the next step itself where it is told as one.
    fn of(error: &IndexError, dir: &Path) -> Self {
        let text = error.to_string();
        match text.rsplit_once(": run ") {
            Some((what, next)) => Self { what: what.to_owned(), remedy: format!("run {next}") },
            None => Self { what: text, remedy: format!("run `tandem index --sections DIR --out {}` again", dir.display()) },
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.remedy)
    }
}

impl Index {
    /// Looks at every byte of an index; nothing is changed. No problem means that it can be searched.
    #[must_use]
    pub fn check(dir: &Path) -> Vec<Problem> {
        let (card, manifest) = match folder::open(dir) {
            Ok(found) => found,
            Err(error) => return vec![Problem::of(&error, dir)],
        };
        let problem = |what: String| Problem {
            what,
            remedy: format!("run `tandem index --sections {} --out {}` again", card.sections.display(), dir.display()),
        };
        let told = |shard: &Shard| problem(format!("{} has changed since it was made", dir.join(&shard.file).display()));
        let mut problems: Vec<Problem> = folder::changed(dir, &manifest).into_iter().map(told).collect();
        if !problems.is_empty() {
            return problems;
        }
        let index = match Self::open(dir) {
            Ok(index) => index,
            Err(error) => return vec![Problem::of(&error, dir)],
        };
        if card.rows > 0 {
            problems.extend(index.try_searches().into_iter().map(problem));
        }
        problems
    }

    /// Searches for what the last section holds.
    fn try_searches(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        match self.runtime.block_on(self.count()) {
            Ok(rows) if rows == self.card.rows => {}
            Ok(rows) => wrong.push(format!("{}: the table has {rows} sections instead of {}", self.dir.display(), self.card.rows)),
            Err(error) => wrong.push(error.to_string()),
        }
        match self.passages(&[self.card.rows - 1]) {
            Ok(passages) => {
                let text = passages.first().map(|passage| passage.section.text.as_str()).unwrap_or_default();
                if let Err(error) = self.full_text(text, 1) {
                    wrong.push(error.to_string());
                }
            }
            Err(error) => wrong.push(error.to_string()),
        }
        if self.card.dimensions > 0
            && let Err(error) = self.nearest(&vec![1.0; self.card.dimensions], 1)
        {
            wrong.push(error.to_string());
        }
        wrong
    }

    async fn count(&self) -> Result<u64, super::IndexError> {
        let Some(store) = &self.store else { return Ok(0) };
        store.table.count_rows(None).await.map(|rows| rows as u64).map_err(|error| super::IndexError::database(&self.dir, &error))
    }
}
