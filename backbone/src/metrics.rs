//! The numbers of a run, one row a number: appended to `metrics.jsonl` while training, written as `metrics-00000.parquet` at its end.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use records::{Row, TableError, TableWriter};
use serde::{Deserialize, Serialize};

/// Name of the file in the run folder.
const FILE: &str = "metrics.jsonl";

/// A row of `metrics`: one number of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Steps done when it was taken.
    pub step: u64,
    /// Seconds of training until then, interruptions left out.
    pub seconds: f64,
    /// What it is: `loss`, `learning_rate`, `gradient_norm`, `tokens_per_second` (without padding), `padding` (share of the places),
    /// `gigaflops` (as far as the objective counts), `product_share` of a plain matrix product's rate (not on the CPU), or a name of the
    /// objective's; `dev_` before a number measured on the development split.
    pub name: String,
    /// The number; where it is a mean, over the steps since the row before.
    pub value: f64,
}

impl Row for Metric {
    const TABLE: &'static str = "metrics";
}

/// The open file.
pub(crate) struct MetricsFile {
    path: PathBuf,
    file: File,
}

impl MetricsFile {
    /// Opens the file of a run that goes on after `step`: rows of later steps, left by a run that was killed after its last checkpoint, and
    /// a line cut short are dropped, because those steps will run again.
    pub(crate) fn resume(run_dir: &Path, step: u64) -> io::Result<Self> {
        let path = run_dir.join(FILE);
        let mut kept = Vec::new();
        for metric in read(&path)?.into_iter().filter(|metric| metric.step <= step) {
            serde_json::to_writer(&mut kept, &metric)?;
            kept.push(b'\n');
        }
        records::write_atomically(&path, &kept)?;
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok(Self { path, file })
    }

    /// Appends rows. Numbers that are not finite cannot stand in JSON and are left out.
    pub(crate) fn append(&mut self, metrics: &[Metric]) -> io::Result<()> {
        let mut lines = Vec::new();
        for metric in metrics.iter().filter(|metric| metric.value.is_finite()) {
            serde_json::to_writer(&mut lines, metric)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines)
    }

    /// Writes the whole table as Parquet.
    pub(crate) fn finish(self) -> Result<(), TableError> {
        let rows = read(&self.path).map_err(|source| TableError::Io { path: self.path.clone(), source })?;
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let mut writer = TableWriter::<Metric>::create(dir, 0)?;
        writer.extend(rows)?;
        writer.finish().map(|_| ())
    }
}

fn read(path: &Path) -> io::Result<Vec<Metric>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut rows = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        rows.extend(serde_json::from_slice(&line?).ok());
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(step: u64, value: f64) -> Metric {
        Metric { step, seconds: step as f64, name: "loss".into(), value }
    }

    #[test]
    fn rows_after_the_checkpoint_and_a_cut_line_are_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = MetricsFile::resume(dir.path(), 0).unwrap();
        file.append(&[metric(10, 1.0), metric(20, 0.5), metric(30, f64::NAN)]).unwrap();
        file.file.write_all(b"{\"step\":30,").unwrap();
        let mut file = MetricsFile::resume(dir.path(), 10).unwrap();
        file.append(&[metric(20, 0.4)]).unwrap();
        file.finish().unwrap();
        let rows: Vec<Metric> = records::read_table(dir.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [metric(10, 1.0), metric(20, 0.4)]);
    }
}
