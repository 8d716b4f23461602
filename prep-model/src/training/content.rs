//! Training of the part that tells what web pages are about: pages with strings that must stay and go in, `OUT/model` out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{BatchSource, DeviceChoice, Objective, StepOutput, TrainingConfig, Work, open_device, save_release, step_seed};
use burn::tensor::activation::softplus;
use burn::tensor::{Device, Tensor, TensorData};
use indicatif::ProgressBar;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::PrepTrainingError;
use crate::data::{LabelledPage, real_pages, rendered_pages};
use crate::model::{CONTENT_FEATURES, ContentConfig, ContentModel};

/// Every number of a training of this part.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentPreset {
    /// Real pages per step.
    pub pages: usize,
    /// Rendered pages per step.
    pub rendered_pages: usize,
    /// Rendered pages at most.
    pub rendered: usize,
    /// Weight of the squares of the weights.
    pub squares: f32,
    /// The loop.
    pub training: TrainingConfig,
}

impl ContentPreset {
    /// The preset that is released.
    ///
    /// # Errors
    /// Never, unless the program was built with a broken file.
    pub fn released() -> Result<Self, PrepTrainingError> {
        let broken = |error: toml::de::Error| PrepTrainingError::Preset { name: "content".into(), reason: error.to_string() };
        toml::from_str(include_str!("../../presets/content.toml")).map_err(broken)
    }
}

/// What the part is trained on.
#[derive(Clone, Copy, Debug)]
pub struct ContentData<'a> {
    /// A folder with `evaldata.json` and `html/`; see [`real_pages`].
    pub pages: &'a Path,
    /// What another extractor made of the training pages: a JSON object of texts by the names of the pages.
    pub teacher: &'a Path,
    /// Corpora whose documents become plain pages, all of which stays.
    pub corpora: &'a [PathBuf],
}

/// Some pages, one after the other.
#[derive(Clone, Debug, Default)]
struct PageBatch(LabelledPage);

struct PageBatches {
    real: Arc<Vec<LabelledPage>>,
    rendered: Arc<Vec<LabelledPage>>,
    pages: usize,
    rendered_pages: usize,
    seed: u64,
}

impl BatchSource for PageBatches {
    type Batch = PageBatch;

    fn batch(&mut self, step: u64) -> PageBatch {
        let mut random = ChaCha8Rng::seed_from_u64(step_seed(self.seed, step));
        let mut batch = LabelledPage::default();
        for (pages, count) in [(&self.real, self.pages), (&self.rendered, self.rendered_pages)] {
            for _ in 0..if pages.is_empty() { 0 } else { count } {
                let page = &pages[random.random_range(0..pages.len())];
                batch.features.extend_from_slice(&page.features);
                batch.targets.extend_from_slice(&page.targets);
                batch.weights.extend_from_slice(&page.weights);
            }
        }
        PageBatch(batch)
    }
}

struct ContentObjective {
    squares: f32,
}

impl Objective for ContentObjective {
    type Model = ContentModel;
    type Batch = PageBatch;

    /// Weighted cross-entropy and the squares of the weights.
    fn step(&self, model: &ContentModel, PageBatch(page): PageBatch, device: &Device) -> StepOutput {
        let lines = page.targets.len();
        let total: f32 = page.weights.iter().sum();
        // Of a line that is content -log p, of another -log (1 - p): softplus of the logit with its sign turned.
        let signs = page.targets.iter().map(|target| 1.0 - 2.0 * target).collect::<Vec<f32>>();
        let row = |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [lines]), device);
        let features = Tensor::<2>::from_data(TensorData::new(page.features, [lines, CONTENT_FEATURES]), device);
        let losses = softplus(model.forward(features) * row(signs), 1.0) * row(page.weights);
        let loss = losses.sum().div_scalar(total) + model.squares().mul_scalar(self.squares);
        StepOutput { loss, work: Work::tokens(lines), metrics: Vec::new() }
    }
}

/// Trains the part on `data` and writes it to `out/model`, which belongs into a preparation model's folder as `content`. The counts of what it
/// was trained on come back by name.
///
/// # Errors
/// If the device is unknown, the data cannot be used, training fails, or `out` cannot be written.
pub fn train_content(
    data: ContentData<'_>,
    out: &Path,
    preset: &ContentPreset,
    device: DeviceChoice,
    progress: &ProgressBar,
) -> Result<Vec<(String, f64)>, PrepTrainingError> {
    let device = open_device(device)?;
    progress.set_message("reading the pages");
    let real = Arc::new(real_pages(data.pages, data.teacher)?);
    let rendered = Arc::new(rendered_pages(data.corpora, preset.rendered)?);
    let config = ContentConfig::default();
    let batches = PageBatches {
        real: real.clone(),
        rendered: rendered.clone(),
        pages: preset.pages,
        rendered_pages: preset.rendered_pages,
        seed: preset.training.seed,
    };
    let objective = ContentObjective { squares: preset.squares };
    let model = backbone::train(&preset.training, &out.join("run"), config.init(&device), &objective, batches, &device, progress)?;
    let numbers = numbers(&real, &rendered, &model, &device);
    save_release(&out.join("model"), &config, &model, None, &card(preset, &numbers))?;
    Ok(numbers)
}

/// How many pages and lines there were, and how many of the lines that stay a threshold of one half loses.
fn numbers(real: &[LabelledPage], rendered: &[LabelledPage], model: &ContentModel, device: &Device) -> Vec<(String, f64)> {
    let mut out = Vec::new();
    for (name, pages) in [("real", real), ("rendered", rendered)] {
        let (mut lines, mut content, mut lost, mut intruding) = (0.0, 0.0, 0.0, 0.0);
        for page in pages {
            let rows = TensorData::new(page.features.clone(), [page.targets.len(), CONTENT_FEATURES]);
            let logits = model.forward(Tensor::from_data(rows, device)).into_data();
            for (logit, target) in logits.iter::<f32>().zip(&page.targets) {
                lines += 1.0;
                content += f64::from(*target);
                lost += f64::from(u8::from(*target > 0.5 && logit < 0.0));
                intruding += f64::from(u8::from(*target < 0.5 && logit >= 0.0));
            }
        }
        let named = |what: &str, value: f64| (format!("{name}_{what}"), value);
        out.extend([named("pages", pages.len() as f64), named("lines", lines), named("content", content)]);
        out.extend([named("lost", lost), named("intruding", intruding)]);
    }
    out
}

fn card(preset: &ContentPreset, numbers: &[(String, f64)]) -> String {
    let rows: String = numbers.iter().map(|(name, value)| format!("| {} | {value:.0} |\n", name.replace('_', " "))).collect();
    format!(
        "# What web pages are about\n\nA linear layer over {CONTENT_FEATURES} numbers of each line of an HTML page: how it looks, the elements \
         around it and what they hold, its place beside the densest part of the page, its neighbours, and hashed pieces of class names and ids. \
         Lines that it gives little probability are left out and listed with their reason.\n\nBase: none. Data: the first 100 pages by name of \
         trafilatura's evaluation set (Apache-2.0; pages belong to their sites) with their strings that must stay and go, every other line \
         labelled by the output of trafilatura 2 on these pages (a teacher of labels, none of its code is used); documents of the corpora put into \
         pages with nothing else and into pages with navigation made of other documents' headings. Seed {}, {} steps.\n\nLimits: English pages of articles, mostly; comments count as furniture. Only pages \
         that mark some part as navigation or the like lose anything.\n\n| number (training lines; probability one half) | value |\n|---|---|\n{rows}",
        preset.training.seed, preset.training.steps,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_learns_what_must_go() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("html")).unwrap();
        let prose = "The ferry to the island leaves at nine in the morning, and it returns when the tide allows.";
        let (mut strings, mut taught) = (serde_json::Map::new(), serde_json::Map::new());
        for at in 0..6 {
            let page =
                format!("<nav class=menu><a href=x>Home</a></nav><div class=text><p>{prose}</p></div><div class=menu>Share {at}</div>");
            std::fs::write(dir.path().join(format!("html/{at}.html")), page).unwrap();
            let (file, share) = (format!("{at}.html"), format!("Share {at}"));
            strings.insert(file.clone(), serde_json::json!({ "file": file, "with": ["leaves at nine"], "without": [share] }));
            taught.insert(file, prose.into());
        }
        std::fs::write(dir.path().join("evaldata.json"), serde_json::Value::from(strings).to_string()).unwrap();
        let teacher = dir.path().join("teacher.json");
        std::fs::write(&teacher, serde_json::Value::from(taught).to_string()).unwrap();
        std::fs::write(dir.path().join("a.md"), format!("# Ferries\n\n{prose}\n")).unwrap();
        let mut preset = ContentPreset::released().unwrap();
        preset.training.steps = 60;
        let corpora = [dir.path().to_path_buf()];
        let data = ContentData { pages: dir.path(), teacher: &teacher, corpora: &corpora };
        let out = dir.path().join("out");
        let numbers = train_content(data, &out, &preset, DeviceChoice::Cpu, &ProgressBar::hidden()).unwrap();
        let number = |wanted: &str| numbers.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
        assert_eq!([number("real_pages"), number("real_lost"), number("real_intruding")], [Some(6.0), Some(0.0), Some(0.0)]);
        assert_eq!(number("rendered_lost"), Some(0.0));
        std::fs::rename(out.join("model"), out.join("content")).unwrap();
        let device = open_device(DeviceChoice::Cpu).unwrap();
        assert!(crate::model::load_content(&out, &device).unwrap().is_some());
    }
}
