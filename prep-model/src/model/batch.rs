//! Lines as the network takes them: sorted by length into blocks that waste little padding, laid out in windows of neighbouring lines.

use std::ops::Range;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use records::Line;

use super::alphabet::{END, PAD, class};
use super::features::FEATURES;
use super::network::{LINE_COLUMNS, ModelConfig, PrepModel};
use super::words::Vocabulary;

/// Lengths that blocks of characters are padded to.
const WIDTHS: [usize; 8] = [16, 32, 48, 64, 80, 112, 144, 192];

/// The characters of a line as the line pass sees them: its start and, if it is long, its end.
#[must_use]
pub fn encode_line(text: &str, config: &ModelConfig) -> Vec<u8> {
    let limit = config.head_characters + config.tail_characters;
    let mut ids: Vec<u8> = text.chars().take(limit + 1).map(class).collect();
    if ids.len() > limit {
        ids.truncate(config.head_characters);
        let tail: Vec<u8> = text.chars().rev().take(config.tail_characters).map(class).collect();
        ids.extend(tail.iter().rev());
    }
    ids.push(END);
    ids
}

/// Lines in windows, ready for the network.
#[derive(Clone, Debug, Default)]
pub struct LineBatch {
    /// Characters of each slot; empty where a window has no line.
    pub characters: Vec<Vec<u8>>,
    /// `[slots, FEATURES]`
    pub features: Vec<f32>,
    /// Lines per window.
    pub width: usize,
}

impl LineBatch {
    /// Lines `range` of a document in windows of at most `config.window`; `features` are those of the whole document.
    #[must_use]
    pub fn of(lines: &[Line], features: &[f32], range: Range<usize>, config: &ModelConfig) -> Self {
        // Short documents get a shorter window; multiples of 16 keep the shapes few.
        let width = range.len().next_multiple_of(16).min(config.window);
        let slots = range.len().next_multiple_of(width.max(1));
        let mut characters: Vec<Vec<u8>> = lines[range.clone()].iter().map(|line| encode_line(&line.text, config)).collect();
        characters.resize(slots, Vec::new());
        let mut features = features[range.start * FEATURES..range.end * FEATURES].to_vec();
        features.resize(slots * FEATURES, 0.0);
        Self { characters, features, width }
    }

    /// Logits of all heads, `[slots, LINE_COLUMNS]`.
    #[must_use]
    pub fn forward(&self, model: &PrepModel, device: &Device) -> Tensor<2> {
        let slots = self.characters.len();
        let (order, blocks) = self.blocks();
        let pooled: Vec<Tensor<2>> = blocks.into_iter().map(|(rows, width)| model.pool(self.block(&order[rows], width, device))).collect();
        let mut place = vec![0_i64; slots];
        for (row, slot) in order.iter().enumerate() {
            place[*slot] = row as i64;
        }
        let place = Tensor::<1, Int>::from_data(TensorData::new(place, [slots]), device);
        let pooled = Tensor::cat(pooled, 0).select(0, place);
        let features = Tensor::<2>::from_data(TensorData::new(self.features.clone(), [slots, FEATURES]), device);
        model.lines(pooled, features, self.padding(device))
    }

    /// The slots by length, and the stretches of them that share a padded length.
    fn blocks(&self) -> (Vec<usize>, Vec<(Range<usize>, usize)>) {
        let slots = self.characters.len();
        let mut order: Vec<usize> = (0..slots).collect();
        order.sort_by_key(|slot| self.characters[*slot].len());
        let mut blocks = Vec::new();
        let mut start = 0;
        for (index, width) in WIDTHS.iter().enumerate() {
            let fits = |slot: &usize| self.characters[*slot].len() <= *width;
            let end = if index + 1 == WIDTHS.len() { slots } else { order.partition_point(fits) };
            if end > start {
                let longest = order[start..end].iter().map(|slot| self.characters[*slot].len()).max().unwrap_or(0);
                blocks.push((start..end, longest.max(*width)));
                start = end;
            }
        }
        (order, blocks)
    }

    /// Places that the characters take with their padding.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.blocks().1.into_iter().map(|(rows, width)| rows.len() * width).sum()
    }

    fn block(&self, slots: &[usize], width: usize, device: &Device) -> Tensor<2, Int> {
        let mut ids = Vec::with_capacity(slots.len() * width);
        for slot in slots {
            let characters = &self.characters[*slot];
            ids.extend(characters.iter().map(|id| i32::from(*id)));
            ids.resize(ids.len() + width - characters.len(), i32::from(PAD));
        }
        Tensor::from_data(TensorData::new(ids, [slots.len(), width]), device)
    }

    fn padding(&self, device: &Device) -> Tensor<2, Bool> {
        let empty: Vec<bool> = self.characters.iter().map(Vec::is_empty).collect();
        let windows = empty.len() / self.width.max(1);
        Tensor::from_data(TensorData::new(empty, [windows, self.width]), device)
    }
}

/// Lines that go through the network at once; bounds its memory.
const LINES_AT_ONCE: usize = 1_024;

/// Logits of all heads for every line of a document, `[lines, LINE_COLUMNS]`, row by row.
#[must_use]
pub fn score_lines(model: &PrepModel, config: &ModelConfig, lines: &[Line], vocabulary: Vocabulary<'_>, device: &Device) -> Vec<f32> {
    let features = super::features::features(lines, &|word| vocabulary.knows_lower(word));
    let at_once = (LINES_AT_ONCE / config.window).max(1) * config.window;
    let mut scores = Vec::with_capacity(lines.len() * LINE_COLUMNS);
    for start in (0..lines.len()).step_by(at_once) {
        let end = (start + at_once).min(lines.len());
        let batch = LineBatch::of(lines, &features, start..end, config);
        let logits = batch.forward(model, device).into_data().convert::<f32>();
        let values = logits.as_slice::<f32>().unwrap_or_default();
        scores.extend_from_slice(&values[..((end - start) * LINE_COLUMNS).min(values.len())]);
    }
    scores
}
