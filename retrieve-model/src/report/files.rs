//! The files of a finished batch, made from its chunks, and the forms that can be made of them later: a document for a word processor is
//! written when it is asked for.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use records::{AtomicFile, Failure, Manifest, Report, RunFolder, Shard, TableReader, TableWriter};

use super::batch::BatchError;
use super::markdown::RenderError;
use super::outline::{MOST_FAILURES, Outline};
use super::parts::{CHUNK, Parts};
use super::{docx, html, markdown};

/// A form in which a report is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One page for a browser, which prints as it should.
    Html,
    /// Markdown.
    Md,
    /// A document for Word, LibreOffice and their like.
    Docx,
}

impl Format {
    /// The file of this form in a folder of reports.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Html => "report.html",
            Self::Md => "report.md",
            Self::Docx => "report.docx",
        }
    }
}

/// Reports in one of the forms, as a folder of them has it but for the passages around the quotations, which only a batch knows.
///
/// # Panics
/// Never: nothing is read, and memory takes all that is written.
#[must_use]
pub fn rendered(format: Format, title: &str, reports: &[Report]) -> Vec<u8> {
    let chunks = |chunk: usize| Ok(chunk_of(reports, chunk));
    let outline = Outline::of(title.to_owned(), reports.len().div_ceil(CHUNK), &chunks, Vec::new(), 0);
    let mut out = Vec::new();
    let write = |outline: &Outline<'_>, out: &mut Vec<u8>| match format {
        Format::Html => html::write(outline, &nonce(reports), out),
        Format::Md => markdown::write(outline, out),
        Format::Docx => docx::write(outline, out),
    };
    outline.map_err(RenderError::from).and_then(|outline| write(&outline, &mut out)).expect("reports in memory can be read and written");
    out
}

fn chunk_of(reports: &[Report], chunk: usize) -> Vec<Report> {
    reports.iter().skip(chunk * CHUNK).take(CHUNK).cloned().collect()
}

fn nonce(reports: &[Report]) -> String {
    let mut hasher = blake3::Hasher::new();
    for report in reports {
        hasher.update(&serde_json::to_vec(report).expect("a report is plain data"));
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Writes the files of a finished batch from its chunks.
pub(super) fn assemble(
    out: &Path,
    parts: &Parts,
    count: usize,
    outline: &Outline<'_>,
    formats: &[Format],
) -> Result<Vec<Shard>, BatchError> {
    let mut reports = TableWriter::<Report>::create_file(&out.join("reports.parquet"))?;
    let mut failures = TableWriter::<Failure>::create_file(&out.join("failures.parquet"))?;
    for chunk in 0..count {
        parts.read::<Report>(chunk)?.try_for_each(|report| reports.push(report?))?;
        parts.read::<Failure>(chunk)?.try_for_each(|failure| failures.push(failure?))?;
    }
    let mut shards = vec![reports.finish()?, failures.finish()?];
    let rows = shards[0].rows;
    let mut hasher = blake3::Hasher::new();
    let lines = |writer: &mut dyn Write| {
        for chunk in 0..count {
            for report in parts.read::<Report>(chunk)? {
                let mut line = serde_json::to_vec(&report?).map_err(io::Error::from)?;
                line.push(b'\n');
                hasher.update(&line);
                writer.write_all(&line)?;
            }
        }
        Ok(())
    };
    shards.push(write_file(&out.join("reports.jsonl"), rows, lines)?);
    shards.push(write_file(&out.join(Format::Md.file()), rows, |writer| markdown::write(outline, writer))?);
    let nonce = hasher.finalize().to_hex();
    shards.push(write_file(&out.join(Format::Html.file()), rows, |writer| html::write(outline, &nonce[..32], writer))?);
    if formats.contains(&Format::Docx) {
        shards.push(write_file(&out.join(Format::Docx.file()), rows, |writer| docx::write(outline, writer))?);
    }
    Ok(shards)
}

/// Writes the forms that a finished folder lacks and lists them in its manifest; whether there were any.
pub(super) fn complete(run: &RunFolder, manifest: &Manifest, title: &str, formats: &[Format]) -> Result<bool, BatchError> {
    let file = Format::Docx.file();
    if !formats.contains(&Format::Docx) || manifest.shards.iter().any(|shard| shard.file == file) {
        return Ok(false);
    }
    let reports: Vec<Report> = TableReader::open(&run.dir().join("reports.parquet"))?.collect::<Result<_, _>>()?;
    let failures = TableReader::open(&run.dir().join("failures.parquet"))?.take(MOST_FAILURES).collect::<Result<_, _>>()?;
    let chunks = |chunk: usize| Ok(chunk_of(&reports, chunk));
    let failed = manifest.counts.get("failed").copied().unwrap_or_default();
    let outline = Outline::of(title.to_owned(), reports.len().div_ceil(CHUNK), &chunks, failures, failed)?;
    let mut shards = manifest.shards.clone();
    shards.push(write_file(&run.dir().join(file), reports.len() as u64, |writer| docx::write(&outline, writer))?);
    run.finish(manifest.counts.clone(), shards)?;
    Ok(true)
}

/// Writes a file beside its place and renames it when whole.
fn write_file(path: &Path, rows: u64, fill: impl FnOnce(&mut dyn Write) -> Result<(), RenderError>) -> Result<Shard, BatchError> {
    let mut writer = BufWriter::new(AtomicFile::create(path).map_err(BatchError::io(path))?);
    match fill(&mut writer) {
        Ok(()) => {}
        Err(RenderError::Read(error)) => return Err(error.into()),
        Err(RenderError::Write(error)) => return Err(BatchError::io(path)(error)),
    }
    let finished = writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(AtomicFile::persist);
    finished.and_then(|()| Shard::of(path, rows)).map_err(BatchError::io(path))
}
