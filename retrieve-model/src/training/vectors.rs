//! Retrieval vectors: a few blocks learn to say what the whole published encoder says of a text, so that indexing costs a part of it (distillation of
//! the vector and of the similarities within a batch, as in Hinton et al. 2015 and Park et al. 2019). No label is used, only texts of the training
//! data: sections, their sentences, and questions.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use backbone::{BatchSource, BertBlocks, Objective, StepOutput, Work, length_buckets, step_seed};
use burn::tensor::{Device, Tensor, TensorData};
use records::Split;

use crate::data::{Encoder, Triples, VectorBatch, header};
use crate::inference::numbers_of;
use crate::model::{Reader, unit};

/// Tokens of a text at most: what is told of a text, its first half page tells.
const TEXT_TOKENS: usize = 128;
/// Sentences of a section that are texts of their own.
const SENTENCES: usize = 2;
/// Bytes of a sentence that says something, and of one that is no list or table.
const SENTENCE_BYTES: Range<usize> = 20..400;
/// Weight of the similarities within a batch: their differences are small, being squared.
const SIMILARITIES: f32 = 5.0;

/// Texts with what the whole encoder says of them.
pub(super) struct Texts {
    triples: Arc<Triples>,
    encoder: Encoder,
    teacher: Reader,
    /// The whole encoder's blocks, where the teacher has learned something else since.
    blocks: Option<BertBlocks>,
    device: Device,
    seed: u64,
    all: Vec<Text>,
    lengths: Vec<usize>,
    batch_tokens: usize,
    /// The epoch that `batches` belongs to.
    epoch: Option<u64>,
    batches: Vec<Vec<usize>>,
}

/// Where a text stands in the training data.
enum Text {
    Section(u32),
    Sentence(u32, Range<usize>),
    Question(u32),
}

/// Texts of one step.
#[derive(Clone)]
pub(super) struct TextBatch {
    texts: VectorBatch,
    /// `[rows, width]`, of unit length.
    wanted: Vec<f32>,
}

impl Texts {
    /// Batches of about `batch_tokens` tokens from the training part of `triples`; `teacher` is a reader of which nothing was trained yet.
    pub(super) fn new(triples: Arc<Triples>, encoder: Encoder, teacher: Reader, device: &Device, batch_tokens: usize, seed: u64) -> Self {
        let other = triples.examples.iter().filter(|example| example.split != Split::Train);
        let kept_back: HashSet<u32> = other.flat_map(|example| &example.hops).map(|hop| hop.section).collect();
        let mut all = Vec::new();
        for number in (0..triples.sections.len() as u32).filter(|number| !kept_back.contains(number)) {
            let sentences = text::sentences(&triples.sections[number as usize].text);
            let told: Vec<Range<usize>> = sentences.into_iter().filter(|sentence| SENTENCE_BYTES.contains(&sentence.len())).collect();
            let step = (told.len() / SENTENCES).max(1);
            all.push(Text::Section(number));
            all.extend(told.into_iter().step_by(step).take(SENTENCES).map(|sentence| Text::Sentence(number, sentence)));
        }
        let asked = (0..triples.examples.len() as u32).filter(|number| triples.examples[*number as usize].split == Split::Train);
        all.extend(asked.map(Text::Question));
        let mut out = Self {
            triples,
            encoder,
            teacher,
            blocks: None,
            device: device.clone(),
            seed,
            all,
            lengths: Vec::new(),
            batch_tokens,
            epoch: None,
            batches: Vec::new(),
        };
        // A token of plain text holds about four bytes.
        out.lengths = out.all.iter().map(|text| (out.words(text).1.len() / 4).clamp(4, TEXT_TOKENS)).collect();
        out
    }

    /// The same, where `blocks` on the teacher's embeddings are the whole encoder.
    pub(super) fn taught_by(self, blocks: BertBlocks) -> Self {
        Self { blocks: Some(blocks), ..self }
    }

    /// What the whole encoder says of texts: `[rows, width]`.
    fn whole(&self, texts: &VectorBatch) -> Tensor<2> {
        match &self.blocks {
            Some(blocks) => self.teacher.means(blocks, texts, &self.device),
            None => self.teacher.full_means(texts, &self.device),
        }
    }

    /// Heading and text.
    fn words(&self, text: &Text) -> (String, &str) {
        match text {
            Text::Section(number) => {
                let section = &self.triples.sections[*number as usize];
                (header(section), &section.text)
            }
            Text::Sentence(number, bytes) => (String::new(), &self.triples.sections[*number as usize].text[bytes.clone()]),
            Text::Question(number) => (String::new(), &self.triples.examples[*number as usize].question),
        }
    }

    fn arrange(&mut self, epoch: u64) {
        if self.epoch != Some(epoch) {
            self.batches = length_buckets(&self.lengths, self.batch_tokens, 8, step_seed(self.seed, epoch));
            self.epoch = Some(epoch);
        }
    }
}

impl BatchSource for Texts {
    type Batch = TextBatch;

    fn batch(&mut self, step: u64) -> TextBatch {
        self.arrange(0);
        let count = self.batches.len().max(1) as u64;
        self.arrange(step / count);
        let chosen = self.batches.get((step % count) as usize).map_or(&[][..], Vec::as_slice);
        let encoded = chosen.iter().map(|number| {
            let (header, text) = self.words(&self.all[*number]);
            self.encoder.section(&header, text, TEXT_TOKENS)
        });
        let texts = VectorBatch::new(encoded.collect::<Vec<_>>().iter());
        let wanted = numbers_of(unit(self.whole(&texts)));
        TextBatch { texts, wanted }
    }
}

/// The vectors' objective.
pub(super) struct Distillation;

impl Objective for Distillation {
    type Model = Reader;
    type Batch = TextBatch;

    fn step(&self, model: &Reader, batch: TextBatch, device: &Device) -> StepOutput {
        let TextBatch { texts, wanted } = batch;
        let rows = texts.rows;
        let width = wanted.len() / rows.max(1);
        let wanted = Tensor::<2>::from_data(TensorData::new(wanted, [rows, width]), device);
        let vectors = model.vectors(&texts, device);
        let distance = (vectors.clone() * wanted.clone()).sum_dim(1).mean().neg().add_scalar(1.0);
        let alike = |vectors: Tensor<2>| vectors.clone().matmul(vectors.transpose());
        let similarities = (alike(vectors) - alike(wanted)).square().mean();
        let tokens = texts.padding.iter().filter(|padding| !**padding).count();
        let metrics = vec![("distance", distance.clone()), ("similarities", similarities.clone())];
        StepOutput { loss: distance + similarities.mul_scalar(SIMILARITIES), work: Work::tokens(tokens), metrics }
    }
}

#[cfg(test)]
mod tests {
    use backbone::{DeviceChoice, TrainingConfig, open_device, train};
    use indicatif::ProgressBar;

    use super::*;
    use crate::data::fixture;
    use crate::training::Preset;

    fn texts(seed: u64) -> (Texts, Reader, Device) {
        let device = open_device(DeviceChoice::Cpu).unwrap();
        device.seed(3);
        let mut preset = Preset::open("demo").unwrap();
        preset.model.vector_blocks = 1;
        let reader = preset.config(fixture::bert(), String::new()).init(&device).reader;
        let texts = Texts::new(Arc::new(fixture::triples(24)), fixture::encoder(), reader.clone(), &device, 512, seed);
        (texts, reader, device)
    }

    #[test]
    fn a_batch_depends_on_seed_and_step_alone() {
        let (mut one, mut other) = (texts(5).0, texts(5).0);
        let later = one.batch(30).texts;
        assert_eq!(one.batch(3).texts, other.batch(3).texts);
        assert_eq!(later, other.batch(30).texts);
        assert_ne!(texts(6).0.batch(3).texts, other.batch(3).texts);
    }

    #[derive(Clone)]
    struct Same(TextBatch);

    impl BatchSource for Same {
        type Batch = TextBatch;

        fn batch(&mut self, _: u64) -> TextBatch {
            self.0.clone()
        }
    }

    #[test]
    fn the_vectors_learn_what_is_wanted() {
        let (mut source, reader, device) = texts(1);
        let mut batch = source.batch(0);
        let width = batch.wanted.len() / batch.texts.rows;
        // Every text along an axis of its own, as far as there are axes.
        batch.wanted.iter_mut().enumerate().for_each(|(at, value)| *value = if at % width == at / width % width { 1.0 } else { 0.0 });
        let loss = |reader: &Reader| Distillation.step(reader, batch.clone(), &device).loss.into_scalar::<f32>();
        let (dir, before) = (tempfile::tempdir().unwrap(), loss(&reader));
        let (steps, warm_up) = (150, 5);
        let config =
            TrainingConfig { steps, learning_rate: 4e-3, warm_up, validate_every: 0, checkpoint_every: 0, ..TrainingConfig::default() };
        let after = train(&config, dir.path(), reader, &Distillation, Same(batch.clone()), &device, &ProgressBar::hidden()).unwrap();
        let after = loss(&after);
        assert!(after < before / 2.0, "{before} -> {after}");
    }
}
