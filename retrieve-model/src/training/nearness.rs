//! What the published encoder says of the training's sections and queries, made once before the readers learn: some fifteen minutes for a hundred
//! thousand of each on two cores. Kept in the run folder, for a run that goes on.

use std::path::Path;

use backbone::BertBlocks;
use burn::tensor::{Device, Tensor, TensorData};
use indicatif::ProgressBar;
use rayon::prelude::*;
use records::Split;

use super::{TrainError, io_error};
use crate::data::{Encoder, Item, NEAREST, Nearness, Triples, evidence, follow_up, header};
use crate::inference::{embed, numbers_of};
use crate::model::{Reader, unit};

/// Texts between two steps of the progress bar.
const TEXTS: usize = 512;
/// Queries that are held against all sections at once.
const QUERIES: usize = 128;

/// The published encoder, as far as comparing needs it.
pub(super) struct Published<'a> {
    /// Its embeddings; the reader leaves them as they are.
    pub reader: &'a Reader,
    /// Its blocks.
    pub blocks: &'a BertBlocks,
    /// Its tokens.
    pub encoder: &'a Encoder,
    /// Tokens of a text at most.
    pub limit: usize,
    /// Where it computes.
    pub device: &'a Device,
}

impl Published<'_> {
    /// What it says of all sections and of every query that the readers learn or are measured by; a cosine of one adds `weight` to a section's log-odds.
    pub fn nearness(&self, triples: &Triples, weight: f32, run: &Path, progress: &ProgressBar) -> Result<Nearness, TrainError> {
        let of_section = |number: usize| (header(&triples.sections[number]), triples.sections[number].text.clone());
        let sections = self.kept(&run.join("sections.f32"), triples.sections.len(), &of_section, progress)?;
        let items = items(triples);
        let idf = |term: &str| triples.keywords.idf(term);
        let of_item = |number: usize| {
            let (example, hop) = items[number];
            let example = &triples.examples[example as usize];
            let told = evidence(triples, example, hop.into());
            let query = if hop == 0 { example.question.clone() } else { follow_up(&example.question, &told, "", &idf) };
            (String::new(), query)
        };
        let queries = self.kept(&run.join("queries.f32"), items.len(), &of_item, progress)?;
        let (rows, width) = (triples.sections.len(), queries.len() / items.len().max(1));
        // [width, sections], laid out so once: a product with a transposed tensor would do it again for every block of queries.
        let columns: Vec<f32> = (0..width).flat_map(|column| sections.iter().skip(column).step_by(width).copied()).collect();
        let all = Tensor::<2>::from_data(TensorData::new(columns, [width, rows]), self.device);
        progress.reset();
        progress.set_length(items.len() as u64);
        let mut nearest = Vec::with_capacity(items.len() * NEAREST.min(rows));
        for vectors in queries.chunks(QUERIES * width.max(1)) {
            let count = vectors.len() / width;
            let asked = Tensor::<2>::from_data(TensorData::new(vectors.to_vec(), [count, width]), self.device);
            let similarities = numbers_of(asked.matmul(all.clone()));
            let found: Vec<Vec<u32>> = similarities.par_chunks(rows.max(1)).map(Nearness::nearest_of).collect();
            nearest.extend(found.into_iter().flatten());
            progress.inc(count as u64);
        }
        Ok(Nearness::new(width, sections, &items, queries, nearest, weight))
    }

    /// The vectors of `count` texts, row after row: read from `path` if they are all there, else made and written.
    fn kept(
        &self,
        path: &Path,
        count: usize,
        text: &dyn Fn(usize) -> (String, String),
        progress: &ProgressBar,
    ) -> Result<Vec<f32>, TrainError> {
        let bytes = std::fs::read(path).unwrap_or_default();
        let numbers = |bytes: &[u8]| bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
        if !bytes.is_empty() {
            return Ok(numbers(&bytes));
        }
        progress.reset();
        progress.set_length(count as u64);
        let texts: Vec<(String, String)> = (0..count).map(text).collect();
        // Texts of like length stand together over all of them, not over a step of the bar alone.
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|number| texts[*number].1.len());
        let mut vectors = vec![Vec::new(); count];
        for numbers in order.chunks(TEXTS) {
            let chosen: Vec<(String, &str)> = numbers.iter().map(|n| (texts[*n].0.clone(), texts[*n].1.as_str())).collect();
            let made = embed(self.encoder, &chosen, self.limit, |batch| unit(self.reader.means(self.blocks, batch, self.device)));
            numbers.iter().zip(made).for_each(|(number, vector)| vectors[*number] = vector);
            progress.inc(numbers.len() as u64);
        }
        let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::create_dir_all(path.parent().unwrap_or(path)).map_err(io_error(path))?;
        records::write_atomically(path, &bytes).map_err(io_error(path))?;
        Ok(vectors.concat())
    }
}

/// What the readers learn from and are measured by.
fn items(triples: &Triples) -> Vec<Item> {
    let asked = triples.examples.iter().enumerate().filter(|(_, example)| match example.split {
        Split::Train => !example.is_held_back(),
        Split::Dev => true,
        Split::Test => false,
    });
    asked.flat_map(|(number, example)| (0..example.hops.len().max(1)).map(move |hop| (number as u32, hop as u8))).collect()
}

#[cfg(test)]
mod tests {
    use backbone::{DeviceChoice, open_device};

    use super::*;
    use crate::data::fixture;
    use crate::training::Preset;

    #[test]
    fn what_is_kept_of_a_run_is_what_was_made_and_a_text_is_nearest_to_itself() {
        let device = open_device(DeviceChoice::Cpu).unwrap();
        device.seed(3);
        let preset = Preset::open("demo").unwrap();
        let model = preset.config(fixture::bert(), String::new()).init(&device);
        let mut triples = fixture::triples(24);
        let asked: Vec<usize> = (0..triples.examples.len()).filter(|n| items(&triples).contains(&(*n as u32, 0))).collect();
        for (section, number) in asked.iter().enumerate().take(triples.sections.len()) {
            triples.sections[section].title = None;
            triples.examples[*number].question = triples.sections[section].text.clone();
        }
        let encoder = fixture::encoder();
        let published =
            Published { reader: &model.reader, blocks: model.similarity.as_ref().unwrap(), encoder: &encoder, limit: 96, device: &device };
        let dir = tempfile::tempdir().unwrap();
        let made = published.nearness(&triples, 16.0, &dir.path().join("compared"), &ProgressBar::hidden()).unwrap();
        for (section, number) in asked.iter().enumerate().take(triples.sections.len()) {
            let item = (*number as u32, 0);
            let own = made.worth(item, section as u32);
            assert!((own - 16.0).abs() < 0.1, "{own}");
            assert!((made.worth(item, made.nearest(item)[0]) - own).abs() < 0.1);
        }
        let kept = published.nearness(&triples, 16.0, &dir.path().join("compared"), &ProgressBar::hidden()).unwrap();
        assert_eq!(format!("{kept:?}").len(), format!("{made:?}").len());
        assert!(items(&triples).iter().all(|item| kept.nearest(*item) == made.nearest(*item)));
    }
}
