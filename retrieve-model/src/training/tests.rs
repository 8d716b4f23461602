//! The whole crate on the tiny world of the fixture: heads that overfit, models that come back as they were saved, runs that resume.

mod larger;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backbone::{BatchSource, BertConfig, DeviceChoice, TrainingConfig, open_device, save_release, train};
use burn::tensor::Device;
use indicatif::ProgressBar;
use records::{Answer, Candidates, Question, Section, SourceText, Status, TableWriter, UserQuestion};

use super::*;
use crate::data::{TripleBatches, VectorBatch, fixture, header};
use crate::inference::{Answerer, Hit, InMemory, numbers_of};
use crate::model::{RetrieveConfig, RetrieveModel};

fn cpu() -> Device {
    open_device(DeviceChoice::Cpu).unwrap()
}

fn tiny() -> RetrieveConfig {
    tiny_on(fixture::bert())
}

fn tiny_on(encoder: BertConfig) -> RetrieveConfig {
    let mut preset = Preset::open("demo").unwrap();
    preset.model.vector_blocks = 1;
    preset.model.read_tokens = 96;
    preset.search.compared = 0;
    preset.config(encoder, String::new())
}

fn answerer(seed: u64) -> Answerer {
    answerer_of(tiny(), seed)
}

fn answerer_of(config: RetrieveConfig, seed: u64) -> Answerer {
    cpu().seed(seed);
    let model = config.init(&cpu());
    Answerer::new(config, model, fixture::tokenizer(), &cpu())
}

struct Same<B>(B);

impl<B: Clone + Send + 'static> BatchSource for Same<B> {
    type Batch = B;

    fn batch(&mut self, _: u64) -> B {
        self.0.clone()
    }
}

fn overfitting() -> TrainingConfig {
    TrainingConfig {
        steps: 120,
        learning_rate: 4e-3,
        warm_up: 5,
        validate_every: 0,
        checkpoint_every: 0,
        seed: 3,
        ..TrainingConfig::default()
    }
}

#[test]
fn every_head_overfits_one_batch() {
    let mut source = TripleBatches::new(Arc::new(fixture::triples(24)), fixture::encoder(), fixture::batch_config(), 1);
    let batch = source.batch(0);
    assert!(batch.targets.has_span.iter().any(|has| *has > 0.0) && batch.targets.answers.contains(&1.0));
    for encoder in [fixture::bert(), fixture::mpnet()] {
        let dir = tempfile::tempdir().unwrap();
        cpu().seed(3);
        let model = tiny_on(encoder).init(&cpu()).reader;
        let objective = ReadingObjective::new(Vec::new());
        let model = train(&overfitting(), dir.path(), model, &objective, Same(batch.clone()), &cpu(), &ProgressBar::hidden()).unwrap();
        let losses = Losses::of(&model, &batch, &cpu());
        let parts = [losses.relevance, losses.ranking, losses.answers, losses.sentence, losses.span];
        let parts = parts.map(|loss| loss.into_scalar::<f32>());
        assert!(parts.iter().all(|loss| *loss < 0.1), "relevance ranking answers sentence span: {parts:?}");
    }
}

#[test]
fn a_saved_model_reads_as_it_did_before() {
    for config in [tiny(), tiny_on(fixture::mpnet())] {
        let dir = tempfile::tempdir().unwrap();
        let before = answerer_of(config, 5);
        save_release(dir.path(), &before.config, &before.model, Some(&fixture::tokenizer()), "card").unwrap();
        let after = Answerer::load(dir.path(), &cpu()).unwrap();
        assert_eq!(after.config, before.config);
        let triples = fixture::triples(6);
        assert_eq!(before.embed_sections(&triples.sections), after.embed_sections(&triples.sections));
        let store = InMemory::new(triples.sections, Vec::new());
        let look = |answerer: &Answerer| {
            let hits = answerer.search(&store, "Who runs Project Faldor?", 4).unwrap();
            let reads = answerer.read(hits, "Who runs Project Faldor?", "", &|_| 1.0);
            reads
                .into_iter()
                .map(|read| (read.relevance, read.answers, read.sentence_scores, read.values, read.summary))
                .collect::<Vec<_>>()
        };
        assert_eq!(look(&before), look(&after));
    }
}

#[test]
fn a_search_without_vectors_ranks_as_bm25_does() {
    let answerer = answerer(2);
    let triples = fixture::triples(20);
    let store = InMemory::new(triples.sections.clone(), Vec::new());
    let query = "Who leads the unit that runs Project Kerlin?";
    let found: Vec<usize> = answerer.search(&store, query, 5).unwrap().into_iter().map(|hit| hit.passage.key as usize).collect();
    let wanted: Vec<usize> = triples.keywords.search(&text::terms(query), 5).into_iter().map(|hit| hit.0).collect();
    assert_eq!(found, wanted);
}

#[test]
fn only_the_beginning_of_a_list_is_ordered_anew_and_nothing_is_lost() {
    let mut answerer = answerer(2);
    let store = InMemory::new(fixture::triples(20).sections, Vec::new());
    let query = "Who leads the unit that runs Project Kerlin?";
    let keys = |hits: &[Hit]| hits.iter().map(|hit| hit.passage.key).collect::<Vec<_>>();
    let plain = answerer.search(&store, query, 8).unwrap();
    assert_eq!(answerer.reranked(&store, query, 8).unwrap(), plain);
    answerer.config.search.rerank = 4;
    let hits = answerer.reranked(&store, query, 8).unwrap();
    let reads = answerer.read(plain[..4].to_vec(), query, "", &answerer.idf(&store));
    assert_eq!(keys(&hits)[..4], reads.iter().map(|read| read.passage.key).collect::<Vec<_>>());
    assert_eq!(keys(&hits)[4..], keys(&plain)[4..]);
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score), "{hits:?}");
    assert_eq!(keys(&answerer.reranked(&store, query, 2).unwrap()), keys(&hits)[..2]);
}

#[test]
fn the_first_of_a_list_are_compared_by_the_encoder_as_it_was_published() {
    let plain = answerer(2);
    let mut config = plain.config.clone();
    (config.search.compared, config.search.similarity) = (5, 1e4);
    let similarity = config.init(&cpu()).similarity;
    let model = RetrieveModel { similarity: similarity.clone(), ..plain.model.clone() };
    let answerer = Answerer::new(config, model, fixture::tokenizer(), &cpu());
    let store = InMemory::new(fixture::triples(20).sections, Vec::new());
    let query = "Who leads the unit that runs Project Kerlin?";
    let (before, after) = (plain.search(&store, query, 8).unwrap(), answerer.search(&store, query, 8).unwrap());
    let keys = |hits: &[Hit]| hits.iter().map(|hit| hit.passage.key).collect::<Vec<_>>();
    assert_ne!(keys(&after)[..5], keys(&before)[..5]);
    assert_eq!(keys(&after)[5..], keys(&before)[5..]);
    // What another model's reader makes of it plays no part.
    let means = |text: &str| {
        let encoded = fixture::encoder().question(text, 96);
        let means = answerer.model.reader.means(similarity.as_ref().unwrap(), &VectorBatch::new(std::iter::once(&encoded)), &cpu());
        numbers_of(crate::model::unit(means))
    };
    for hit in &after[..5] {
        let section = &hit.passage.section;
        let text = format!("{}\n{}", header(section), section.text);
        let cosine: f32 = means(query).iter().zip(means(&text)).map(|(a, b)| a * b).sum();
        assert!((hit.similarity - cosine).abs() < 1e-4, "{} {cosine}", hit.similarity);
    }
    assert!(after[..5].windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
    assert!(after[5..].iter().all(|hit| hit.similarity == 0.0) && after.windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[test]
fn no_question_and_no_source_makes_it_panic() {
    let mut answerer = answerer(4);
    answerer.config.calibration.threshold = 0.0;
    let empty = InMemory::new(Vec::new(), Vec::new());
    let long = "why? ".repeat(50_000);
    for question in ["", " \n", "?", "the of and", "Wer führt die Einheit?", "\u{0}\u{feff}𝔘", &long] {
        for text in ["", "One.", "\n\n", &long, "No stop \u{0} and a very wide 𝔘𝔘𝔘 word"] {
            let sources = vec![SourceText { id: "s".into(), title: None, text: text.into() }];
            let asked = UserQuestion { id: "q".into(), question: question.into(), brief: None, sources };
            let report = answerer.answer(&empty, &asked).unwrap();
            for citation in report.statements.iter().flat_map(|statement| &statement.citations) {
                let cited = &text[citation.start as usize..citation.end as usize];
                assert_eq!(cited.split_whitespace().collect::<Vec<_>>().join(" "), citation.quote);
            }
            assert!(report.status != Status::Answered || !report.statements.is_empty());
        }
        let bare = UserQuestion { id: "q".into(), question: question.into(), brief: None, sources: vec![] };
        assert_eq!(answerer.answer(&empty, &bare).unwrap().status, Status::Abstained);
    }
}

pub(super) fn two_steps() -> RetrieveOptions {
    RetrieveOptions { preset: "demo".into(), steps: Some(2), device: DeviceChoice::Cpu, seed: 1, ..RetrieveOptions::default() }
}

fn write_tables(dir: &Path) {
    write(dir, fixture::tables(28));
}

pub(super) fn write(dir: &Path, (sections, questions, answers, candidates): fixture::Tables) {
    let mut table = TableWriter::<Section>::create(dir, 0).unwrap();
    table.extend(sections).unwrap();
    table.finish().unwrap();
    let mut table = TableWriter::<Question>::create(dir, 0).unwrap();
    table.extend(questions).unwrap();
    table.finish().unwrap();
    let mut table = TableWriter::<Answer>::create(dir, 0).unwrap();
    table.extend(answers).unwrap();
    table.finish().unwrap();
    let mut table = TableWriter::<Candidates>::create(dir, 0).unwrap();
    table.extend(candidates).unwrap();
    table.finish().unwrap();
}

#[test]
fn both_trainings_run_from_tables_to_a_model_that_answers() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(dir.path());
    let data: Vec<PathBuf> = vec![dir.path().to_path_buf()];
    let base = tempfile::tempdir().unwrap();
    fixture::base(base.path(), &fixture::bert());
    let options = RetrieveOptions { encoder: Some(base.path().to_path_buf()), ..two_steps() };
    let (first, second) = (dir.path().join("retrieve"), dir.path().join("policy"));
    let manifest = train_retrieve(&data, &first, &options, &ProgressBar::hidden()).unwrap();
    assert_eq!(manifest.counts["questions"], 84);
    let again = train_retrieve(&data, &first, &options, &ProgressBar::hidden()).unwrap();
    assert_eq!(manifest, again);
    train_policy(&data, &first, &second, &options, &ProgressBar::hidden()).unwrap();
    let gain: serde_json::Value = serde_json::from_slice(&std::fs::read(second.join("reinforcement.json")).unwrap()).unwrap();
    assert!(gain["questions"].as_u64() > Some(0) && gain["before"].is_number(), "{gain}");
    let answerer = Answerer::load(&second.join("model"), &cpu()).unwrap();
    assert_eq!(answerer.config.calibration.right.weights.len(), crate::inference::CONFIDENCE_FEATURES);
    let third = dir.path().join("calibrated");
    let alone = RetrieveOptions { calibrate: true, seed: 5, ..options };
    train_policy(&data, &second, &third, &alone, &ProgressBar::hidden()).unwrap();
    let weights = |run: &Path| std::fs::read(run.join("model/controller.safetensors")).unwrap();
    assert_eq!(weights(&second), weights(&third));
    let card = std::fs::read_to_string(third.join("model/README.md")).unwrap();
    let trainings = card.lines().filter(|line| line.starts_with("- training")).collect::<Vec<_>>();
    assert!(
        trainings.len() == 2 && trainings[0].contains("the confidence alone") && trainings[1].contains("the controller alone"),
        "{card}"
    );
    // An older build fitted other numbers: refused, unless it is to be calibrated.
    let config = third.join("model/config.json");
    let mut older: serde_json::Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    older["calibration"]["right"]["weights"] = serde_json::json!(vec![0.5; 9]);
    std::fs::write(&config, older.to_string()).unwrap();
    let refused = Answerer::load(&third.join("model"), &cpu()).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("config.json") && refused.contains("train policy --calibrate"), "{refused}");
    train_policy(&data, &third, &dir.path().join("mended"), &alone, &ProgressBar::hidden()).unwrap();
    let card = std::fs::read_to_string(second.join("model/README.md")).unwrap();
    assert!(card.contains("bm25 hit 1"), "{card}");
    let kept = std::fs::read(second.join("model/BASE.md")).unwrap();
    assert!(card.contains("BASE.md") && kept == std::fs::read(first.join("model/README.md")).unwrap(), "{card}");
}

#[test]
fn a_training_that_starts_from_a_model_keeps_its_tokenizer_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(dir.path());
    let data: Vec<PathBuf> = vec![dir.path().to_path_buf()];
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let base = tempfile::tempdir().unwrap();
    fixture::base(base.path(), &fixture::bert());
    let error = train_retrieve(&data, &first, &two_steps(), &ProgressBar::hidden()).unwrap_err().to_string();
    assert!(error.contains("--encoder"), "{error}");
    let options = RetrieveOptions { encoder: Some(base.path().to_path_buf()), ..two_steps() };
    train_retrieve(&data, &first, &options, &ProgressBar::hidden()).unwrap();
    let onward = RetrieveOptions { seed: 2, base: Some(first.clone()), ..options };
    train_retrieve(&data, &second, &onward, &ProgressBar::hidden()).unwrap();
    let file = |run: &Path, name: &str| std::fs::read(run.join("model").join(name)).unwrap();
    assert_eq!(file(&first, "tokenizer.json"), file(&second, "tokenizer.json"));
    assert_ne!(file(&first, "heads.safetensors"), file(&second, "heads.safetensors"));
    assert_eq!(file(&first, "vectors.safetensors"), file(&second, "vectors.safetensors"), "an index stays good");
    let card = String::from_utf8(file(&second, "README.md")).unwrap();
    assert!(card.contains("starting from") && card.contains("with the retrieval vectors of the weights"), "{card}");
    let wider = dir.path().join("wider.toml");
    std::fs::write(&wider, include_str!("../../presets/demo.toml").replace("policy_hidden = ", "policy_hidden = 1")).unwrap();
    let other = RetrieveOptions { preset: wider.display().to_string(), ..onward };
    let error = train_retrieve(&data, &dir.path().join("third"), &other, &ProgressBar::hidden()).unwrap_err().to_string();
    assert!(error.contains("wider.toml") && error.contains("other sizes"), "{error}");
}
