//! The comparison of what was found with the question, taught by larger encoders: its blocks learn the vectors that texts should have (distillation of
//! the vector and of the similarities within a batch, Hinton et al. 2015, Park et al. 2019). Whose these are is the business of who made the table:
//! `teacher.txt` beside it says it for the card.

use std::path::{Path, PathBuf};

use backbone::{BatchSource, BertBlocks, DeviceChoice, Objective, StepOutput, Work, length_buckets, open_device, step_seed, train};
use burn::module::Module as _;
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::{Manifest, Row, Shard, read_table, shards};
use serde::{Deserialize, Serialize};

use super::stage::Stage;
use super::start::{keep_card, onward, uncalibrated};
use super::vectors::{TextBatch, distances};
use super::{RetrieveOptions, TrainError, io_error, open_run, rounded, write_json};
use crate::data::{Encoder, VectorBatch};
use crate::inference::Answerer;
use crate::model::{Reader, RetrieveConfig, RetrieveModel, unit};

/// The file that names who taught.
const TEACHER: &str = "teacher.txt";

/// A text and the vector it should have, a row of `targets.parquet`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Title and headings; empty for a question.
    pub header: String,
    /// The text.
    pub text: String,
    /// As wide as the encoder, of any length above 0: only the direction counts.
    pub vector: Vec<f32>,
}

impl Row for Target {
    const TABLE: &'static str = "targets";
}

/// Texts of a table with the vectors they should have.
struct Targets {
    rows: Vec<Target>,
    encoder: Encoder,
    /// Tokens of a text at most.
    limit: usize,
    lengths: Vec<usize>,
    batch_tokens: usize,
    seed: u64,
    /// The epoch that `batches` belongs to.
    epoch: Option<u64>,
    batches: Vec<Vec<usize>>,
}

/// The table in a folder, each vector of unit length.
fn read(dir: &Path, width: usize) -> Result<Vec<Target>, TrainError> {
    let wrong = |row: usize, reason: String| TrainError::Targets { path: dir.to_path_buf(), row, reason };
    let mut rows = Vec::new();
    for (number, row) in read_table::<Target>(dir)?.enumerate() {
        let mut row = row?;
        if row.vector.len() != width {
            return Err(wrong(number, format!("its vector has {} numbers, the encoder's have {width}", row.vector.len())));
        }
        let length = row.vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if !(length.is_finite() && length > 0.0) {
            return Err(wrong(number, "its vector has no direction".to_owned()));
        }
        row.vector.iter_mut().for_each(|x| *x /= length);
        rows.push(row);
    }
    if rows.is_empty() { Err(wrong(0, "there is no text".to_owned())) } else { Ok(rows) }
}

impl Targets {
    fn new(rows: Vec<Target>, encoder: Encoder, limit: usize, batch_tokens: usize, seed: u64) -> Self {
        // A token of plain text holds about four bytes.
        let lengths = rows.iter().map(|row| ((row.header.len() + row.text.len()) / 4).clamp(4, limit.max(4))).collect();
        Self { rows, encoder, limit, lengths, batch_tokens, seed, epoch: None, batches: Vec::new() }
    }

    fn arrange(&mut self, epoch: u64) {
        if self.epoch != Some(epoch) {
            self.batches = length_buckets(&self.lengths, self.batch_tokens, 8, step_seed(self.seed, epoch));
            self.epoch = Some(epoch);
        }
    }
}

impl BatchSource for Targets {
    type Batch = TextBatch;

    fn batch(&mut self, step: u64) -> TextBatch {
        self.arrange(0);
        let count = self.batches.len().max(1) as u64;
        self.arrange(step / count);
        let chosen: Vec<&Target> = self.batches.get((step % count) as usize).into_iter().flatten().map(|row| &self.rows[*row]).collect();
        let encoded: Vec<_> = chosen.iter().map(|row| self.encoder.section(&row.header, &row.text, self.limit)).collect();
        TextBatch { texts: VectorBatch::new(encoded.iter()), wanted: chosen.iter().flat_map(|row| row.vector.iter().copied()).collect() }
    }
}

/// The comparison's objective: its blocks stand on a reader's embeddings, which stay.
struct Comparing {
    reader: Reader,
}

impl Objective for Comparing {
    type Model = BertBlocks;
    type Batch = TextBatch;

    fn step(&self, blocks: &BertBlocks, batch: TextBatch, device: &Device) -> StepOutput {
        let vectors = unit(self.reader.means(blocks, &batch.texts, device));
        let (loss, metrics) = distances(vectors, batch.wanted, device);
        let tokens = batch.texts.padding.iter().filter(|padding| !**padding).count();
        StepOutput { loss, work: Work::tokens(tokens), metrics }
    }
}

/// Trains what the model in `base` compares found sections with the question by, towards the vectors of the table in `targets`, and calibrates anew.
/// The release folder is `OUT/model`; vectors, reader, first stage and controllers are the base's.
///
/// # Errors
/// If the model compares nothing, or the table, the data or the run folder cannot be used.
pub fn train_similarity(
    data: &[PathBuf],
    base: &Path,
    targets: &Path,
    out: &Path,
    options: &RetrieveOptions,
    progress: &ProgressBar,
) -> Result<Manifest, TrainError> {
    let preset = options.preset()?;
    let device = open_device(options.device)?;
    let (mut answerer, tokenizer) = uncalibrated(base, &device)?;
    let Some(blocks) = answerer.model.similarity.clone() else { return Err(TrainError::NoComparison { base: base.to_path_buf() }) };
    let made = shards::<Target>(targets)?;
    let hashes =
        made.iter().map(|path| Ok(Shard::of(path, 0).map_err(io_error(path))?.blake3)).collect::<Result<Vec<String>, TrainError>>()?;
    let start = (options.start(data), answerer.identity().to_owned(), hashes);
    let run = open_run(out, "train-similarity", &preset, &start, options.seed)?;
    if let Some(manifest) = run.finished()? {
        return Ok(manifest);
    }
    write_json(&out.join("preset.json"), &preset)?;
    progress.set_message("reading texts");
    let rows = read(targets, answerer.config.encoder.hidden_size)?;
    let texts = rows.len();
    tracing::info!("{texts} texts");
    let named = targets.join(TEACHER);
    let teacher = std::fs::read_to_string(&named).map_err(io_error(&named))?.trim().to_owned();
    answerer.config = RetrieveConfig { teacher, ..onward(&preset, &options.preset, &answerer)? };
    let triples = options.triples(data)?;

    progress.set_message("comparison");
    let in_bfloat16 = rounded(preset.bfloat16, &device)?;
    let source =
        Targets::new(rows, Encoder::new(tokenizer.clone()), answerer.config.read_tokens, preset.similarity.batch_tokens, options.seed);
    let objective = Comparing { reader: answerer.model.reader.clone() };
    let learned = train(&preset.similarity.training(options.seed), &out.join("comparison"), blocks, &objective, source, &device, progress)?;
    drop(in_bfloat16);
    answerer.model = RetrieveModel { similarity: Some(learned), ..answerer.model };

    let cpu = open_device(DeviceChoice::Cpu)?;
    let answerer = Answerer::new(answerer.config, answerer.model.to_device(&cpu), tokenizer.clone(), &cpu);
    let stage = Stage { run: &run, triples: &triples, tokenizer: &tokenizer, preset: &preset, options, data, progress };
    let (weights, card, between) = keep_card(base, &out.join("model"))?;
    let training = format!(
        "what found sections are compared with the question by, towards the vectors of {texts} texts; all else is that of the weights {weights}, whose card is [`{card}`]({card})"
    );
    stage.finish(answerer, &[vec![training], between].concat().join("\n"), None)
}

#[cfg(test)]
mod tests {
    use records::TableWriter;

    use super::super::tests::{two_steps, write};
    use super::super::train_retrieve;
    use super::*;
    use crate::data::fixture;

    /// Texts of the fixture, each with a vector along one of two axes.
    fn table(dir: &Path, width: usize) -> Vec<Target> {
        std::fs::create_dir_all(dir).unwrap();
        let sections = fixture::triples(12).sections;
        let axis = |at: usize| (0..width).map(|n| if n == at % 2 { 3.0 } else { 0.0 }).collect();
        let rows: Vec<Target> = sections
            .iter()
            .enumerate()
            .map(|(at, section)| Target { header: String::new(), text: section.text.clone(), vector: axis(at) })
            .collect();
        let mut writer = TableWriter::<Target>::create(dir, 0).unwrap();
        writer.extend(rows.clone()).unwrap();
        writer.finish().unwrap();
        std::fs::write(dir.join(TEACHER), "two axes\n").unwrap();
        rows
    }

    #[test]
    fn the_comparison_learns_from_a_table_and_all_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let [data, base, targets, published] = ["data", "base", "targets", "published"].map(|name| dir.path().join(name));
        std::fs::create_dir_all(&data).unwrap();
        std::fs::create_dir_all(&published).unwrap();
        write(&data, fixture::tables(28));
        fixture::base(&published);
        let data = vec![data];
        let options = RetrieveOptions { encoder: Some(published), ..two_steps() };
        train_retrieve(&data, &base, &options, &ProgressBar::hidden()).unwrap();
        let width = fixture::bert().hidden_size;
        let rows = table(&targets, width);
        let out = dir.path().join("out");
        let longer = dir.path().join("longer.toml");
        let demo = include_str!("../../presets/demo.toml").to_owned();
        let (before, after) = demo.split_once("[similarity]").unwrap();
        let (own, after) = after.split_at(after.find("\n[").unwrap());
        assert!(own.contains("steps"));
        let own = "\nbatch_tokens = 4096\nsteps = 60\nlearning_rate = 4e-3\n";
        std::fs::write(&longer, format!("{before}[similarity]{own}{after}")).unwrap();
        let options = RetrieveOptions { preset: longer.display().to_string(), encoder: None, ..options };
        train_similarity(&data, &base, &targets, &out, &options, &ProgressBar::hidden()).unwrap();

        let model = |run: &Path| Answerer::load(&run.join("model"), &open_device(DeviceChoice::Cpu).unwrap()).unwrap();
        let cosine = |answerer: &Answerer| {
            let texts: Vec<_> = rows.iter().map(|row| fixture::encoder().section("", &row.text, 96)).collect();
            let blocks = answerer.model.similarity.as_ref().unwrap();
            let vectors = unit(answerer.model.reader.means(blocks, &VectorBatch::new(texts.iter()), answerer.device()));
            let vectors = crate::inference::numbers_of(vectors);
            vectors
                .chunks(width)
                .zip(&rows)
                .map(|(own, row)| own.iter().zip(&row.vector).map(|(a, b)| a * b / 3.0).sum::<f32>())
                .sum::<f32>()
                / rows.len() as f32
        };
        let (first, second) = (cosine(&model(&base)), cosine(&model(&out)));
        assert!(second > first + 0.3, "{first} -> {second}");
        let file = |run: &Path, name: &str| std::fs::read(run.join("model").join(name)).unwrap();
        for name in ["encoder.safetensors", "heads.safetensors", "vectors.safetensors", "controller.safetensors", "first_stage.safetensors"]
        {
            assert_eq!(file(&base, name), file(&out, name), "{name}");
        }
        let card = String::from_utf8(file(&out, "README.md")).unwrap();
        assert!(card.contains("to two axes") && card.contains("towards the vectors of"), "{card}");
        // A reader that is trained anew keeps it.
        let onward = RetrieveOptions { base: Some(out.clone()), encoder: Some(dir.path().join("published")), ..two_steps() };
        let later = dir.path().join("later");
        train_retrieve(&data, &later, &onward, &ProgressBar::hidden()).unwrap();
        assert_eq!(file(&out, "similarity.safetensors"), file(&later, "similarity.safetensors"));
        assert_eq!(model(&later).config.teacher, "two axes");
    }

    #[test]
    fn a_table_that_cannot_teach_is_named_with_its_row() {
        let dir = tempfile::tempdir().unwrap();
        let rows = table(dir.path(), 8);
        let refused = |width: usize| read(dir.path(), width).map(|_| ()).unwrap_err().to_string();
        assert!(read(dir.path(), 8).is_ok());
        assert!(refused(9).contains("text 0") && refused(9).contains("8 numbers"), "{}", refused(9));
        let mut writer = TableWriter::<Target>::create(dir.path(), 1).unwrap();
        writer.push(Target { vector: vec![0.0; 8], ..rows[0].clone() }).unwrap();
        writer.finish().unwrap();
        assert!(refused(8).contains(&format!("text {}", rows.len())) && refused(8).contains("no direction"), "{}", refused(8));
        let empty = tempfile::tempdir().unwrap();
        assert!(read(empty.path(), 8).is_err());
    }
}
