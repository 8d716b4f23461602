//! Corpus mode on a few documents written here.

use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use records::{Answer, Counts, Document, Kind, OffsetMap, Question, Role, Row, RunFolder, Section, Split, TableWriter, read_table};

/// Towns with things that can be asked about; each document tells of other ones. The last is no training document.
const TOWNS: [&str; 15] = [
    "Velmar", "Cordale", "Ashwick", "Tornby", "Lunstad", "Morfield", "Belholm", "Galness", "Kelford", "Norwick", "Perstone", "Talmere",
    "Ulvern", "Wenmark", "Yarrowby",
];

fn prepared(dir: &Path) {
    let run = RunFolder::open(dir, "prep", &"test", 0).unwrap();
    let mut table = TableWriter::<Section>::create(dir, 0).unwrap();
    for (number, town) in TOWNS.iter().enumerate() {
        let year = 1900 + number;
        let texts = [
            (
                "Harbour and Railway",
                format!(
                    "The {town} Railway was opened in {year}. The {town} Harbour Trust (HHT) employs people from {} villages.",
                    number + 3
                ),
            ),
            (
                "Museum of Clocks",
                format!(
                    "The {town} Clock Museum contains a collection of wooden clocks from the northern valleys. Ada {town}son wrote a history of the valley in three volumes."
                ),
            ),
            (
                "Market Rules",
                format!(
                    "The {town} Market {} is a document that grants traders the right to sell wool and timber. Stalls at the {town} Market cost {} euros on ordinary days.",
                    ["Charter", "Statute", "Covenant"][number % 3],
                    number + 12
                ),
            ),
        ];
        for (at, (heading, text)) in texts.into_iter().enumerate() {
            let section = Section {
                doc_id: format!("doc-{number}"),
                path: format!("{town}.txt"),
                title: Some(format!("A Short History of {town}")),
                section: at as u32,
                heading_path: vec![heading.to_owned()],
                role: Role::Paragraph,
                spans: OffsetMap::verbatim(1_000 * at as u64, text.len() as u64),
                text,
                page: None,
                repairs: Vec::new(),
                links: Vec::new(),
                pages: Vec::new(),
            };
            table.push(section).unwrap();
        }
    }
    let shard = table.finish().unwrap();
    run.finish(Counts::new(), vec![shard]).unwrap();
}

fn rows<R: Row + 'static>(dir: &Path) -> Vec<R> {
    read_table::<R>(dir).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn real_sentences_become_questions_with_exact_spans() {
    let (sections, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepared(sections.path());
    let manifest = synth::corpus::generate(sections.path(), out.path(), 100, 1, &ProgressBar::hidden()).unwrap();
    let report = synth::check::spans(out.path()).unwrap();
    assert_eq!((report.invalid, report.raw_files), (0, 0), "{:#?}", report.examples);
    let questions = rows::<Question>(out.path());
    assert!(questions.len() >= 40, "{:?}", manifest.counts);
    let has = |kind: Kind| questions.iter().any(|question| question.kind == kind);
    for kind in [Kind::Cloze, Kind::Natural] {
        assert!(has(kind), "no {kind:?} in {:?}", manifest.counts);
    }
    // A corpus is asked in sentences: bare words are left to worlds.
    assert!(!has(Kind::Keyword) && !has(Kind::Heading), "{:?}", manifest.counts);
    // In so small a corpus every definition may have been turned into a near miss.
    assert!(has(Kind::Definition) || has(Kind::Unanswerable), "{:?}", manifest.counts);
    let answers = rows::<Answer>(out.path());
    for (question, answer) in questions.iter().zip(&answers).filter(|(question, _)| question.answerable) {
        let fact = &answer.facts[0];
        assert!(fact.sentence.contains(&answer.aliases[0]));
        assert_eq!(Split::of(&fact.doc_id), question.split);
    }
    assert_eq!(rows::<Section>(out.path()), rows::<Section>(sections.path()));
    assert_eq!(rows::<Document>(out.path()).len(), TOWNS.len());
    let coverage = fs::read_to_string(out.path().join("coverage.jsonl")).unwrap();
    assert!(coverage.lines().count() == TOWNS.len() && coverage.contains("\"sections\":3"), "{coverage}");
    let dropped = fs::read_to_string(out.path().join("dropped.jsonl")).unwrap();
    for reason in manifest.counts.iter().filter(|(name, count)| name.starts_with("dropped.no_material") && **count > 0) {
        assert!(dropped.contains("no_material"), "{reason:?}");
    }
}

#[test]
fn one_thread_and_two_threads_choose_the_same_questions() {
    let sections = tempfile::tempdir().unwrap();
    prepared(sections.path());
    let made: Vec<_> = [1, 2]
        .into_iter()
        .map(|threads| {
            let out = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| synth::corpus::generate(sections.path(), out.path(), 60, 1, &ProgressBar::hidden())).unwrap()
        })
        .collect();
    assert_eq!(made[0], made[1]);
}

#[test]
fn excluded_questions_and_sentences_are_not_asked() {
    let (sections, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepared(sections.path());
    let mut excluded = synth::corpus::Excluded::default();
    excluded.add("The Velmar Clock Museum contains a collection of wooden clocks from the northern valleys.");
    let manifest = synth::corpus::generate_without(sections.path(), out.path(), 100, 1, &excluded, &ProgressBar::hidden()).unwrap();
    assert!(manifest.counts["dropped.excluded"] > 0, "{:?}", manifest.counts);
    assert!(rows::<Answer>(out.path()).iter().flat_map(|answer| &answer.facts).all(|fact| !fact.sentence.contains("Velmar Clock Museum")));
}

#[test]
fn a_written_question_over_two_documents_has_a_fact_of_each() {
    let (sections, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepared(sections.path());
    // By path and by id, and of two parts when they stand alone.
    let last = TOWNS.len() - 1;
    let (town, held_back) = (TOWNS[last], format!("doc-{last}"));
    assert_ne!(Split::of("doc-0"), Split::of(&held_back));
    let market = format!("Stalls at the {town} Market cost {} euros on ordinary days.", 12 + last);
    let lead = serde_json::json!({"document": held_back, "answer": format!("{town} Market"), "sentence": market});
    let line = |question: &str, lead: &serde_json::Value| {
        let sentence = "The Velmar Railway was opened in 1900.";
        serde_json::json!({"document": "Velmar.txt", "question": question, "answer": "1900", "sentence": sentence, "leads": [lead]})
            .to_string()
    };
    let lost = serde_json::json!({"document": held_back, "answer": "Norhaven Market", "sentence": market});
    let lines =
        [line("When was the line to the place of the stalls opened?", &lead), line("When did the line to the stalls begin?", &lost)];
    let file = sections.path().join("asked.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let beside = synth::corpus::Beside { written: Some(&file), ..Default::default() };
    let manifest = synth::corpus::generate_beside(sections.path(), out.path(), 0, 1, &beside, &ProgressBar::hidden()).unwrap();
    let count = |name: &str| manifest.counts.get(name).copied().unwrap_or_default();
    assert_eq!((count("written.used"), count("written.rejected.answer_not_found")), (1, 1), "{:?}", manifest.counts);
    let (questions, answers) = (rows::<Question>(out.path()), rows::<Answer>(out.path()));
    let part = |doc_id: &str| rows::<Document>(out.path()).into_iter().find(|document| document.doc_id == doc_id).unwrap().split;
    assert_eq!([part("doc-0"), part(&held_back)], [questions[0].split; 2]);
    assert_eq!((questions[0].kind, questions[0].hops), (Kind::MultiHop, 2));
    let told: Vec<&str> = answers[0].facts.iter().map(|fact| fact.sentence.as_str()).collect();
    assert_eq!(told, [market.as_str(), "The Velmar Railway was opened in 1900."]);
    assert_eq!(answers[0].aliases, ["1900"]);
}

#[test]
fn written_questions_become_triples_where_document_sentence_and_answer_hold() {
    let (sections, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepared(sections.path());
    let sentence = "The Velmar Railway was opened in 1900.";
    let line = |document: &str, question: &str, answer: &str, sentence: &str| {
        serde_json::json!({"document": document, "question": question, "answer": answer, "sentence": sentence}).to_string()
    };
    let lines = [
        line("Velmar.txt", "When could people first take a train?", "1900", sentence),
        line("doc-1", "How much did traders pay for a place?", "13 euros", "Stalls at the Cordale Market cost 13 euros on ordinary days."),
        line("Velmar.txt", "Who built the line to the coast?", "Ada Stone", sentence),
        line("Velmar.txt", "Who swept the platforms?", "the station master", "The station master swept them."),
        line("Nowhere.txt", "Who lives in the last house?", "1900", sentence),
    ];
    let file = sections.path().join("asked.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let beside = synth::corpus::Beside { written: Some(&file), ..Default::default() };
    let made = || synth::corpus::generate_beside(sections.path(), out.path(), 0, 1, &beside, &ProgressBar::hidden());
    let manifest = made().unwrap();
    let count = |name: &str| manifest.counts.get(name).copied().unwrap_or_default();
    let rejected = ["answer_not_found", "sentence_not_found", "no_such_document"].map(|name| count(&format!("written.rejected.{name}")));
    assert_eq!((count("written.used"), rejected), (2, [1, 1, 1]), "{:?}", manifest.counts);
    let (questions, answers) = (rows::<Question>(out.path()), rows::<Answer>(out.path()));
    assert!(questions.iter().all(|question| question.template_family == Question::WRITTEN), "{questions:?}");
    assert_eq!((questions[0].question.as_str(), questions.len()), ("When could people first take a train?", 2));
    let fact = &answers[0].facts[0];
    assert_eq!((fact.sentence.as_str(), &fact.sentence[fact.raw_start as usize..fact.raw_end as usize]), (sentence, "1900"));
    fs::write(&file, "{\"question\": \"Who?\"}").unwrap();
    let error = made().unwrap_err().to_string();
    assert!(error.contains("asked.jsonl:1") && error.contains("\"sentence\""), "{error}");
}

#[test]
fn card_preview_and_sampler_speak_of_the_same_corpus() {
    let (sections, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepared(sections.path());
    let manifest = synth::corpus::generate(sections.path(), out.path(), 100, 1, &ProgressBar::hidden()).unwrap();
    let card = fs::read_to_string(out.path().join("README.md")).unwrap();
    assert!(card.contains("license: other") && card.contains("--triples 100 --seed 1"), "{card}");
    assert!(manifest.shards.iter().all(|shard| card.contains(&shard.file)), "{card}");
    let excluded = synth::corpus::Excluded::default();
    let preview = synth::preview::corpus(sections.path(), 100, 1, &excluded, &ProgressBar::hidden()).unwrap();
    assert_eq!(preview.questions, manifest.counts["questions"]);
    assert!(preview.samples.len() == 10 && preview.to_string().contains("= "), "{preview}");
    let page = synth::sampler::sample_page(out.path(), 3).unwrap();
    assert_eq!(page.matches("<section class=\"document\"").count(), 3);
    assert!(page.contains("<mark id=\"clean-1-1\"><sup>1</sup>") && !page.contains("<pre>"), "{page}");
    // The lock of the step that made the folder aside.
    let shown = |entry: &fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    let listed = |dir: &Path| fs::read_dir(dir).unwrap().flatten().filter(shown).count();
    assert_eq!(listed(sections.path()), 3, "a preview writes nothing beside the sections");
}

/// One section of the plan of each town, under a heading and with a text that both know the town.
fn plans(dir: &Path, heading: &str, text: impl Fn(&str) -> String) {
    let run = RunFolder::open(dir, "prep", &"test", 0).unwrap();
    let mut table = TableWriter::<Section>::create(dir, 0).unwrap();
    for town in TOWNS {
        let text = text(town);
        let section = Section {
            doc_id: town.to_owned(),
            path: format!("{town}.txt"),
            title: Some(format!("{town} Bridge Toll")),
            section: 0,
            heading_path: vec![format!("{town} Bridge Toll"), heading.replace("{town}", town)],
            role: Role::Paragraph,
            spans: OffsetMap::verbatim(0, text.len() as u64),
            text,
            page: None,
            repairs: Vec::new(),
            links: Vec::new(),
            pages: Vec::new(),
        };
        table.push(section).unwrap();
    }
    let shard = table.finish().unwrap();
    run.finish(Counts::new(), vec![shard]).unwrap();
}

#[test]
fn a_common_heading_gives_questions_that_share_no_word_with_it_or_its_sentence() {
    let (sections, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    plans(sections.path(), "Drawbacks", |town| {
        format!("Farmers from the hills around {town} would pay more for carrying wool to the market.")
    });
    synth::corpus::generate(sections.path(), out.path(), 100, 1, &ProgressBar::hidden()).unwrap();
    let asked: Vec<Question> =
        rows::<Question>(out.path()).into_iter().filter(|question| question.template_family.contains("topic/")).collect();
    assert!(asked.len() >= TOWNS.len() / 2, "{asked:?}");
    for question in asked {
        assert_eq!(question.kind, Kind::Paraphrase);
        assert!(question.question.contains("Bridge Toll") && question.answerable, "{question:?}");
        let lower = question.question.to_lowercase();
        assert!(["drawback", "farmer", "pay", "wool", "market"].iter().all(|word| !lower.contains(word)), "{question:?}");
    }
}

#[test]
fn a_folder_without_sections_is_an_error_that_names_it() {
    let (empty, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let error = synth::corpus::generate(empty.path(), out.path(), 10, 1, &ProgressBar::hidden()).unwrap_err().to_string();
    assert!(error.contains(&empty.path().display().to_string()), "{error}");
}
