//! A teacher in both modes, against a server that misbehaves in every way that servers do.
#![cfg(feature = "teacher")]

mod fake;
mod faults;
mod setting;

use std::fs;

use indicatif::ProgressBar;
use records::{Answer, Kind, Question};
use serde_json::json;
use synth::corpus::Excluded;
use synth::teacher::TeacherConfig;

use fake::{Act, Fake};
use setting::{Setting, adds_up, of_teacher, rows};

#[test]
fn a_teacher_rewords_and_asks_and_every_span_stays_exact() {
    let (setting, fake) = (Setting::new(), Fake::good());
    let run = setting.run(setting.config(&fake));
    let counts = &run.manifest.counts;
    adds_up(counts);
    assert!(counts["teacher.paraphrase.used"] > 5 && counts["teacher.ask.used"] > 5, "{counts:#?}");
    assert_eq!((counts["teacher.failed"], counts["teacher.refused"], counts["teacher.made"]), (0, 0, fake.requests() as u64));
    assert_eq!(counts["teacher.tokens"], 100 * counts["teacher.made"]);
    let report = synth::check::spans(run.dir.path()).unwrap();
    assert_eq!(report.invalid, 0, "{:#?}", report.examples);
    let questions = rows::<Question>(run.dir.path());
    let taught = |question: &&Question| question.question.starts_with("Pray, ");
    // What asks in the same words as another question is dropped at the end, whoever worded it.
    let written = questions.iter().filter(taught).count() as u64;
    let lost = counts["teacher.paraphrase.used"] - written;
    assert!(written > 5 && lost <= counts["dropped.duplicate_question"], "{counts:#?}");
    assert!(questions.iter().filter(taught).all(|question| question.template_family.ends_with("/teacher")));
    // The wording must not tell whether there is an answer.
    assert!(questions.iter().filter(taught).any(|question| question.kind == Kind::Unanswerable), "{counts:#?}");
    let asked = questions.iter().filter(|question| question.template_family == "teacher/ask").count() as u64;
    assert!(asked > 5 && asked <= counts["teacher.ask.used"], "{counts:#?}");
    let card = fs::read_to_string(run.dir.path().join("README.md")).unwrap();
    assert!(card.contains("## Teacher") && card.contains("the language model fake"), "{card}");
    let samples = fs::read_to_string(run.dir.path().join("teacher.jsonl")).unwrap();
    assert!(samples.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()) && samples.contains("Pray, "));
}

#[test]
fn a_second_run_sends_nothing_and_leaves_the_same_bytes() {
    let (setting, fake) = (Setting::new(), Fake::good());
    let first = setting.run(setting.config(&fake));
    let sent = fake.requests();
    // Not even a budget is needed for what is in the cache.
    let second = setting.run(TeacherConfig { budget: 0, ..setting.config(&fake) });
    assert_eq!(fake.requests(), sent);
    assert_eq!(first.files(), second.files());
    let (mut before, mut after) = (first.manifest.counts.clone(), second.manifest.counts.clone());
    adds_up(&after);
    assert_eq!((after["teacher.made"], after["teacher.cached"], after["teacher.tokens"]), (0, sent as u64, 0));
    for counts in [&mut before, &mut after] {
        counts.retain(|name, _| !name.ends_with(".cached") && !name.ends_with(".made") && name != "teacher.tokens");
    }
    assert_eq!(before, after);
}

#[test]
fn one_worker_and_eight_leave_the_same_bytes_even_where_the_budget_ends() {
    let (setting, fake) = (Setting::new(), Fake::good());
    for budget in [1_000_000, 9_000] {
        let of = |concurrency, cache| {
            let config = TeacherConfig { concurrency, budget, cache: Some(setting.path(cache)), ..setting.config(&fake) };
            let run = setting.run(config);
            (run.files(), run.manifest.counts.clone())
        };
        let (one, eight) = (of(1, &format!("one-{budget}")), of(8, &format!("eight-{budget}")));
        assert_eq!(one, eight);
        assert_eq!(one.1.contains_key("teacher.paraphrase.refused.budget"), budget == 9_000, "{:#?}", one.1);
    }
}

#[test]
fn a_budget_that_ends_midway_leaves_whole_questions_and_a_larger_one_goes_on_from_there() {
    let (setting, fake) = (Setting::new(), Fake::good());
    let small = setting.run(TeacherConfig { budget: 9_000, ..setting.config(&fake) });
    let counts = &small.manifest.counts;
    adds_up(counts);
    assert!(counts["teacher.made"] > 0 && counts["teacher.refused"] > 0 && counts["teacher.tokens"] <= 9_000, "{counts:#?}");
    assert!(counts["teacher.paraphrase.used"] > 0 && counts["teacher.ask.used"] > 0, "both kinds of work have begun: {counts:#?}");
    assert_eq!(synth::check::spans(small.dir.path()).unwrap().invalid, 0);
    let sent = fake.requests();
    let large = setting.run(setting.config(&fake));
    adds_up(&large.manifest.counts);
    assert_eq!(large.manifest.counts["teacher.refused"], 0);
    assert_eq!(large.manifest.counts["teacher.cached"], sent as u64, "nothing is asked twice");
}

#[test]
fn tokens_are_estimated_where_the_server_counts_none() {
    let (setting, fake) = (Setting::new(), Fake::start(|seen| Act::SayUncounted(seen.good())));
    let run = setting.run(setting.config(&fake));
    adds_up(&run.manifest.counts);
    // A prompt has about 1,500 bytes.
    let each = run.manifest.counts["teacher.tokens"] / run.manifest.counts["teacher.made"];
    assert!((300..1_500).contains(&each), "{each}");
}

#[test]
fn what_the_judge_does_not_confirm_is_not_used() {
    let setting = Setting::new();
    let no = Fake::start(|seen| {
        let verdict = json!({ "answered": false, "reason": "it says otherwise" }).to_string();
        Act::Say(if seen.fenced("quote").is_some() { verdict } else { seen.good() })
    });
    let run = setting.run(setting.config(&no));
    let counts = &run.manifest.counts;
    adds_up(counts);
    assert!(counts["teacher.paraphrase.rejected.judged_no"] > 0 && counts["teacher.ask.rejected.judged_no"] > 0, "{counts:#?}");
    let questions = rows::<Question>(run.dir.path());
    assert!(questions.iter().all(|question| !question.answerable || !question.question.starts_with("Pray, ")));
    assert!(fs::read_to_string(run.dir.path().join("teacher.jsonl")).unwrap().contains("it says otherwise"));
    let mute = Fake::start(|seen| if seen.fenced("quote").is_some() { Act::Say("Hmm.".into()) } else { Act::Say(seen.good()) });
    let counts = setting.run(setting.config(&mute)).manifest.counts;
    assert!(counts["teacher.ask.rejected.unjudged"] > 0 && !counts.contains_key("teacher.ask.used"), "{counts:#?}");
    let free = setting.run(TeacherConfig { judge: false, ..setting.config(&no) }).manifest.counts;
    assert!(free["teacher.ask.used"] > 0 && !free.contains_key("teacher.judge.asked"), "{free:#?}");
}

#[test]
fn excluded_questions_come_in_by_no_teacher_either() {
    let (setting, fake) = (
        Setting::new(),
        Fake::start(|seen| match seen.fenced("section") {
            Some(_) => Act::Say(seen.good()),
            None if seen.fenced("quote").is_some() => Act::Say(seen.good()),
            None => Act::Say(json!({ "question": "Who holds the secret of the town?" }).to_string()),
        }),
    );
    let mut excluded = Excluded::default();
    excluded.add("Who holds the secret of the town?");
    excluded.add("The Velmar Clock Museum contains a collection of wooden clocks from the northern valleys.");
    let run = setting.run_without(setting.config(&fake), &excluded);
    adds_up(&run.manifest.counts);
    assert!(rows::<Question>(run.dir.path()).iter().all(|question| !question.question.contains("secret")));
    assert!(rows::<Answer>(run.dir.path()).iter().flat_map(|answer| &answer.facts).all(|fact| !fact.sentence.contains("Velmar Clock")));
}

#[test]
fn a_world_is_taught_as_well() {
    let (setting, fake) = (Setting::new(), Fake::good());
    let preset = synth::world::WorldPreset::named("small").unwrap();
    let run = setting.world(&preset, setting.config(&fake));
    adds_up(&run.manifest.counts);
    assert!(
        run.manifest.counts["teacher.paraphrase.used"] > 5 && run.manifest.counts["teacher.ask.used"] > 5,
        "{:#?}",
        run.manifest.counts
    );
    let report = synth::check::spans(run.dir.path()).unwrap();
    assert_eq!(report.invalid, 0, "{:#?}", report.examples);
    let ids: Vec<String> = rows::<Question>(run.dir.path()).into_iter().map(|question| question.question_id).collect();
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len());
}

#[test]
fn without_a_teacher_nothing_speaks_of_one() {
    let setting = Setting::new();
    let out = tempfile::tempdir().unwrap();
    let manifest = synth::corpus::generate(&setting.sections(), out.path(), 100, 1, &ProgressBar::hidden()).unwrap();
    assert!(of_teacher(&manifest.counts).next().is_none());
    assert!(!out.path().join("teacher.jsonl").exists());
    assert!(!fs::read_to_string(out.path().join("README.md")).unwrap().contains("eacher"));
}
