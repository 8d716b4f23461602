//! The tables of a data set as they grow: shards of bounded size, finished one by one.

use std::path::{Path, PathBuf};

use records::{Answer, Candidates, Document, LineLabel, Question, Row, Section, Shard, TableWriter};

use crate::SynthError;

/// Rows of a shard; small enough to read one at a time, large enough to compress.
const SHARD_ROWS: u64 = 200_000;

/// One table in shards. A table without rows leaves no file.
pub(crate) struct Table<R: Row> {
    dir: PathBuf,
    writer: Option<TableWriter<R>>,
    in_shard: u64,
    rows: u64,
    shards: Vec<Shard>,
}

impl<R: Row> Table<R> {
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), writer: None, in_shard: 0, rows: 0, shards: Vec::new() }
    }

    pub fn push(&mut self, row: R) -> Result<(), SynthError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => empty.insert(TableWriter::create(&self.dir, self.shards.len())?),
        };
        writer.push(row)?;
        self.in_shard += 1;
        self.rows += 1;
        if self.in_shard >= SHARD_ROWS {
            self.close()?;
        }
        Ok(())
    }

    pub fn extend(&mut self, rows: impl IntoIterator<Item = R>) -> Result<(), SynthError> {
        rows.into_iter().try_for_each(|row| self.push(row))
    }

    /// Rows so far, over all shards.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn close(&mut self) -> Result<(), SynthError> {
        if let Some(writer) = self.writer.take() {
            self.shards.push(writer.finish()?);
        }
        self.in_shard = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Shard>, SynthError> {
        self.close()?;
        Ok(self.shards)
    }
}

/// Every table of a data set.
pub(crate) struct Tables {
    pub documents: Table<Document>,
    pub sections: Table<Section>,
    pub line_labels: Table<LineLabel>,
    pub questions: Table<Question>,
    pub answers: Table<Answer>,
    pub candidates: Table<Candidates>,
}

impl Tables {
    pub fn new(dir: &Path) -> Self {
        Self {
            documents: Table::new(dir),
            sections: Table::new(dir),
            line_labels: Table::new(dir),
            questions: Table::new(dir),
            answers: Table::new(dir),
            candidates: Table::new(dir),
        }
    }

    pub fn finish(self) -> Result<Vec<Shard>, SynthError> {
        let Self { documents, sections, line_labels, questions, answers, candidates } = self;
        let parts =
            [documents.finish()?, sections.finish()?, line_labels.finish()?, questions.finish()?, answers.finish()?, candidates.finish()?];
        Ok(parts.into_iter().flatten().collect())
    }
}
