use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use backbone::{DeviceChoice, open_device};
use indicatif::ProgressBar;
use prep_model::inference::{PrepareOptions, Preparer, prepare_corpus, prepare_elsewhere};
use records::Report;
use retrieve_model::inference::{Answerer, Habits};
use retrieve_model::report::Workers as _;

use super::*;
use crate::functions::Models;

/// One test at a time: reports are made in bfloat16, which the whole process then multiplies in, and what is prepared meanwhile would be too.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn models() -> Models {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("data/models");
    Models { prep: Ok(dir.join("prep")), retrieve: Ok(dir.join("retrieve")), device: DeviceChoice::Cpu }
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let file = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| file(entry.unwrap())).collect();
    files.retain(|(name, _)| !name.starts_with('.'));
    files.sort();
    files
}

#[test]
fn a_corpus_through_the_engine_of_this_process_is_prepared_as_without_it_whoever_goes_on_with_it() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    for n in 0..23 {
        fs::write(at("corpus").join(format!("{n:02}.md")), format!("# Pier {}\n\nThe keeper of pier {} is Ada.\n", n % 9, n % 9)).unwrap();
    }
    fs::write(at("corpus").join("04-empty.txt"), "").unwrap();
    fs::write(at("corpus").join("05-broken.docx"), b"PK\x03\x04").unwrap();
    fs::write(at("corpus").join("06.odd"), "?").unwrap();
    let models = models();
    let preparer = Preparer::load(models.prep.as_ref().unwrap(), &open_device(models.device).unwrap()).unwrap();
    let options = PrepareOptions { shard_documents: 4, ..PrepareOptions::default() };
    let hidden = ProgressBar::hidden();
    let alone = prepare_corpus(&at("corpus"), &at("alone"), &preparer, &options, &hidden).unwrap();
    assert!(alone.counts["skipped: duplicate"] == 14 && alone.counts["failed"] == 1, "{:?}", alone.counts);

    let engine = Engine::local(&models).unwrap();
    let job = PrepJob { model: preparer.reading_identity(), repairs: options.repairs, limits: options.limits };
    let workers = Preparing { engine: &engine, job: job.clone() };
    let made = prepare_elsewhere(&at("corpus"), &at("through"), &preparer, &options, &workers, &hidden).unwrap();
    assert_eq!((&made, files(&at("through"))), (&alone, files(&at("alone"))));

    let other = Preparing { engine: &engine, job: PrepJob { model: "another".into(), ..job } };
    let refused = prepare_elsewhere(&at("corpus"), &at("refused"), &preparer, &options, &other, &hidden).unwrap_err();
    assert!(refused.to_string().contains("give both the same"), "{refused}");

    for (name, here) in [("ended here", true), ("ended there", false)] {
        let gone = prepare_elsewhere(&at("corpus"), &at(name), &preparer, &options, &Leaving(&workers), &hidden).unwrap_err();
        assert!(
            gone.to_string().contains("gone") && at(name).join("shard-00002.json").exists() && !at(name).join("shard-00003.json").exists()
        );
        let made = match here {
            true => prepare_corpus(&at("corpus"), &at(name), &preparer, &options, &hidden),
            false => prepare_elsewhere(&at("corpus"), &at(name), &preparer, &options, &workers, &hidden),
        };
        assert_eq!((made.unwrap(), files(&at(name))), (alone.clone(), files(&at("alone"))));
    }
}

/// Workers that leave after three shards.
struct Leaving<'a>(&'a Preparing<'a>);

impl prep_model::inference::Workers for Leaving<'_> {
    fn attempts<'a>(
        &'a self,
        shards: Box<dyn Iterator<Item = Vec<Source>> + 'a>,
    ) -> Box<dyn Iterator<Item = Result<Vec<Attempt>, String>> + 'a> {
        Box::new(self.0.attempts(shards).take(3).chain(std::iter::once(Err("gone".to_owned()))))
    }
}

#[test]
fn questions_through_the_engine_of_this_process_are_answered_as_without_it() {
    let _alone = alone();
    let models = models();
    let answerer = Answerer::load(models.retrieve.as_ref().unwrap(), &open_device(models.device).unwrap()).unwrap();
    let question = |n: usize| -> UserQuestion {
        let text = format!("The keeper of lighthouse {n} is Ada Brown.\n\nIt was painted in 1901.");
        let sources = serde_json::json!([{ "id": "notes", "text": text }]);
        let value =
            serde_json::json!({ "id": format!("q{n}"), "question": format!("Who is the keeper of lighthouse {n}?"), "sources": sources });
        serde_json::from_value(value).unwrap()
    };
    let mut questions: Vec<UserQuestion> = (0..3).map(question).collect();
    let job = AnswerJob { model: answerer.identity().to_owned(), habits: Habits::default(), index: None, sections: String::new() };
    let engine = Engine::local(&models).unwrap();
    // As `tandem report` answers without an engine.
    let _rounded = backbone::Bfloat16Products::begin();
    let timeless = |report: Report| Report { milliseconds: 0, ..report };
    let alone: Vec<Report> =
        questions.iter().map(|question| timeless(answerer.answer(&answerer.store(question), question).unwrap())).collect();
    assert!(!alone[0].answer.is_empty(), "{:?}", alone[0]);
    questions.push(UserQuestion { id: "bare".into(), sources: Vec::new(), ..questions[0].clone() });
    let reports: Vec<Reports> = Answering { engine: &engine, job }.reports(Box::new([questions].into_iter())).map(Result::unwrap).collect();
    let [reports] = reports.try_into().unwrap();
    let (made, failed): (Vec<_>, Vec<_>) = reports.into_iter().partition(Result::is_ok);
    assert_eq!(made.into_iter().map(|report| timeless(report.unwrap())).collect::<Vec<_>>(), alone);
    let failure = failed.into_iter().next().unwrap().unwrap_err();
    assert!(failure.path == "bare" && failure.reason.contains("brings no sources"), "{failure:?}");
}
