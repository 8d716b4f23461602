//! Faults of the server: those that pass leave no trace in the tables, those that stay leave the rules' own questions.

use std::time::{Duration, Instant};

use records::Question;
use serde_json::json;
use synth::teacher::TeacherConfig;

use crate::fake::{Act, Fake, Seen};
use crate::setting::{INJECTION, Setting, adds_up, rows};

const BUSY: &str = "retry-after: 0.02\r\n";
const LATE: Duration = Duration::from_millis(1_500);

/// The name a fault is counted under if it stays, whether it is worth more than one try, and what the server does.
type Fault = (&'static str, bool, fn() -> Act);
/// The reason for which an answer is rejected, and the answer.
type Wrong = (&'static str, fn(&Seen) -> String);

/// Every fault.
fn faults() -> Vec<Fault> {
    vec![
        ("rate_limited", true, || Act::Status(429, BUSY, "{\"error\":{\"message\":\"slow down\"}}")),
        ("server_error", true, || Act::Status(500, "", "oops")),
        ("server_error", true, || Act::Status(503, "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "")),
        ("cut", true, || Act::Cut),
        ("not_json", true, || Act::Status(200, "", "<html>Gateway</html>")),
        ("not_a_completion", true, || Act::Status(200, "", "{\"object\":\"list\",\"choices\":7}")),
        ("timeout", true, || Act::Hang(LATE)),
        ("bad_request", false, || Act::Status(400, "", "{\"error\":\"context too long\"}")),
        ("unauthorised", false, || Act::Status(401, "", "")),
        ("wrong_address", false, || Act::Status(404, "", "")),
        ("wrong_address", false, || Act::Status(307, "location: http://example.invalid/\r\n", "")),
    ]
}

/// Quick to notice a hang.
fn config(setting: &Setting, fake: &Fake) -> TeacherConfig {
    TeacherConfig { timeout: 0.5, reword: 0.2, ask: 0.1, ..setting.config(fake) }
}

#[test]
fn a_fault_that_passes_leaves_no_trace_in_the_tables() {
    let setting = Setting::new();
    let whole = setting.run(TeacherConfig { timeout: 20.0, ..config(&setting, &Fake::good()) });
    for (number, (name, again, act)) in faults().into_iter().enumerate().filter(|(_, fault)| fault.1) {
        assert!(again);
        let fake = Fake::start(move |seen| if seen.number < 2 { act() } else { Act::Say(seen.good()) });
        let config = TeacherConfig { cache: Some(setting.path(&format!("cache-{number}"))), ..config(&setting, &fake) };
        let run = setting.run(config);
        adds_up(&run.manifest.counts);
        assert_eq!(run.manifest.counts["teacher.failed"], 0, "{name}: {:#?}", run.manifest.counts);
        assert_eq!(run.files(), whole.files(), "{name}");
        assert_eq!(fake.requests() as u64, run.manifest.counts["teacher.made"] + 2, "{name}");
    }
}

#[test]
fn a_fault_that_stays_is_counted_by_its_name_and_the_run_ends_with_what_the_rules_made() {
    let setting = Setting::new();
    let plain = tempfile::tempdir().unwrap();
    synth::corpus::generate(&setting.sections(), plain.path(), 100, 1, &indicatif::ProgressBar::hidden()).unwrap();
    for (name, again, act) in faults() {
        let (fake, start) = (Fake::start(move |_| act()), Instant::now());
        let config = TeacherConfig { give_up_after: 3, attempts: 2, concurrency: 2, timeout: 0.2, ..config(&setting, &fake) };
        let run = setting.run(config);
        let counts = &run.manifest.counts;
        adds_up(counts);
        let failed: u64 = ["paraphrase", "ask"].iter().filter_map(|job| counts.get(&format!("teacher.{job}.failed.{name}"))).sum();
        assert!(failed > 0 && failed == counts["teacher.failed"] && counts["teacher.made"] == 0, "{name}: {counts:#?}");
        // Those under way when the third fails come to an end; the rest is not sent.
        assert!(counts["teacher.refused"] > 0 && failed <= 4, "{name}: {counts:#?}");
        assert!(fake.requests() as u64 <= failed * if again { 2 } else { 1 }, "{name}");
        assert_eq!(rows::<Question>(run.dir.path()), rows::<Question>(plain.path()), "{name}");
        assert!(start.elapsed() < Duration::from_secs(20), "{name}");
    }
}

#[test]
fn a_server_that_is_not_there_stops_nothing() {
    let setting = Setting::new();
    let gone = setting.config(&Fake::good());
    for url in [gone.url.clone(), gone.url.replace("http:", "https:"), "http://no-such-host.invalid/v1".to_owned()] {
        let run = setting.run(TeacherConfig { url, give_up_after: 2, attempts: 2, timeout: 2.0, ..gone.clone() });
        adds_up(&run.manifest.counts);
        let counts = &run.manifest.counts;
        assert!(counts["teacher.failed"] >= 2 && counts["teacher.made"] == 0, "{counts:#?}");
    }
    // TLS spoken to a server that speaks none.
    let fake = Fake::good();
    let run = setting.run(TeacherConfig { url: fake.url.replace("http:", "https:"), timeout: 1.0, give_up_after: 2, attempts: 1, ..gone });
    adds_up(&run.manifest.counts);
    assert_eq!(run.manifest.counts["teacher.made"], 0);
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept_and_one_too_long_is_not_waited_for() {
    let setting = Setting::new();
    let fake = Fake::start(|seen| if seen.number == 0 { Act::Status(429, "retry-after: 1\r\n", "") } else { Act::Say(seen.good()) });
    let base = TeacherConfig { wait: [0.01, 2.0], concurrency: 1, ..config(&setting, &fake) };
    let start = Instant::now();
    assert_eq!(setting.run(base.clone()).manifest.counts["teacher.failed"], 0);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let fake = Fake::start(|_| Act::Status(429, "retry-after: 3600\r\n", ""));
    let start = Instant::now();
    let run = setting.run(TeacherConfig { url: fake.url.clone(), wait: [0.01, 0.05], give_up_after: 2, ..base });
    adds_up(&run.manifest.counts);
    assert!(fake.requests() == 2 && start.elapsed() < Duration::from_secs(20), "{} requests", fake.requests());
}

#[test]
fn an_answer_that_does_not_hold_is_rejected_by_its_reason_and_never_written() {
    let setting = Setting::new();
    let says: Vec<Wrong> = vec![
        ("not_the_schema", |_| "HACKED".to_owned()),
        ("not_the_schema", |_| json!({ "question": 7, "answer": ["HACKED"] }).to_string()),
        ("not_the_schema", |_| json!({ "question": format!("HACKED {}?", "x".repeat(700)), "answer": "a", "sentence": "b" }).to_string()),
        ("not_the_schema", |seen| seen.good()[..20].to_owned()),
        ("sentence_not_found", |seen| match seen.fenced("section") {
            Some(_) => json!({ "question": "Is HACKED what it says?", "answer": "HACKED", "sentence": "It says HACKED." }).to_string(),
            None => "{}".to_owned(),
        }),
        ("name_lost", |seen| match seen.fenced("section") {
            None => json!({ "question": "And is it HACKED, is it not so?" }).to_string(),
            Some(_) => "{}".to_owned(),
        }),
        ("not_one_line", |seen| match seen.fenced("section") {
            None => json!({ "question": "Is it\nHACKED, or not?" }).to_string(),
            Some(_) => "{}".to_owned(),
        }),
    ];
    for (number, (reason, says)) in says.into_iter().enumerate() {
        let fake = Fake::start(move |seen| Act::Say(if seen.fenced("quote").is_some() { seen.good() } else { says(seen) }));
        let cache = Some(setting.path(&format!("cache-{number}")));
        let run = setting.run(TeacherConfig { cache: cache.clone(), ..setting.config(&fake) });
        let counts = &run.manifest.counts;
        adds_up(counts);
        let rejected = |job: &str| counts.get(&format!("teacher.{job}.rejected.{reason}")).copied().unwrap_or(0);
        assert!(rejected("paraphrase") + rejected("ask") > 0, "{reason}: {counts:#?}");
        assert!(rows::<Question>(run.dir.path()).iter().all(|question| !question.question.contains("HACKED")), "{reason}");
        // What was rejected once is not asked again.
        let sent = fake.requests();
        setting.run(TeacherConfig { cache, ..setting.config(&fake) });
        assert_eq!(fake.requests(), sent);
    }
}

#[test]
fn orders_in_a_document_reach_the_model_only_between_fences() {
    let setting = Setting::new();
    let fake = Fake::start(|seen| {
        assert!(!seen.system.contains("Velmar") && !seen.system.contains("HACKED"));
        let outside =
            seen.user.replace(seen.fenced("section").unwrap_or("-----"), "").replace(seen.fenced("sentence").unwrap_or("-----"), "");
        let outside = outside.replace(seen.fenced("quote").unwrap_or("-----"), "").replace(seen.fenced("question").unwrap_or("-----"), "");
        assert!(!outside.contains("Ignore all previous"), "{outside}");
        // A model that obeys what it reads there.
        let obeys = seen.user.contains(INJECTION) && seen.fenced("quote").is_none();
        Act::Say(if obeys { "{\"question\": \"HACKED, is it not so?\", \"answered\": true}".to_owned() } else { seen.good() })
    });
    let run = setting.run(setting.config(&fake));
    adds_up(&run.manifest.counts);
    assert_eq!(run.manifest.counts["teacher.failed"], 0, "the server found nothing outside the fences");
    assert!(run.manifest.counts["teacher.ask.rejected.not_the_schema"] > 0, "{:#?}", run.manifest.counts);
    assert!(rows::<Question>(run.dir.path()).iter().all(|question| !question.question.contains("HACKED")));
}

#[test]
fn a_local_server_gets_no_key_where_none_is_set() {
    let setting = Setting::new();
    let fake = Fake::start(|seen| if seen.authorization.is_none() { Act::Say(seen.good()) } else { Act::Status(401, "", "") });
    assert!(setting.run(config(&setting, &fake)).manifest.counts["teacher.made"] > 0);
    // `PATH` is set everywhere; here it stands for a key, if it can be one.
    let named =
        TeacherConfig { key_variable: Some("CARGO_PKG_NAME".into()), cache: Some(setting.path("keyed")), ..config(&setting, &fake) };
    let counts = setting.run(named).manifest.counts;
    assert!(counts["teacher.made"] == 0 && counts["teacher.failed"] > 0, "{counts:#?}");
}
