//! What must hold for every world, checked on a small one from the outside.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use records::{Answer, Candidates, Document, Kind, LineLabel, Question, Role, Row, Section, Split, read_table};
use synth::world::{WorldPreset, generate};

const TRIPLES: usize = 600;

fn make(dir: &Path, seed: u64) -> records::Manifest {
    generate(&WorldPreset::named("small").unwrap(), dir, TRIPLES, seed, &ProgressBar::hidden()).unwrap()
}

fn rows<R: Row + 'static>(dir: &Path) -> Vec<R> {
    read_table::<R>(dir).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Hash of every file below a folder, by name.
fn fingerprint(dir: &Path) -> BTreeMap<String, blake3::Hash> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.insert(name, blake3::hash(&fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn no_span_is_invalid_whatever_the_seed() {
    for seed in [1, 2, 3] {
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), seed);
        let report = synth::check::spans(dir.path()).unwrap();
        assert_eq!(report.invalid, 0, "{:#?}", report.examples);
        assert!(report.facts > 400 && report.raw_files >= 84, "{report:?}");
    }
}

#[test]
fn the_checker_notices_a_changed_file() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 1);
    let document = rows::<Document>(dir.path()).swap_remove(0);
    let path = dir.path().join("raw").join(document.path);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("x{text}")).unwrap();
    assert!(synth::check::spans(dir.path()).unwrap().invalid > 0);
}

#[test]
fn one_thread_and_two_threads_write_the_same_bytes() {
    let made: Vec<_> = [1, 2]
        .into_iter()
        .map(|threads| {
            let dir = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| make(dir.path(), 5));
            fingerprint(dir.path())
        })
        .collect();
    assert!(made[0].len() > 90);
    assert_eq!(made[0], made[1]);
}

#[test]
fn the_card_names_every_table_and_tells_what_the_manifest_says() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = make(dir.path(), 5);
    let card = fs::read_to_string(dir.path().join("README.md")).unwrap();
    let front = card.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap().0;
    assert!(front.contains("license: apache-2.0"), "{front}");
    for shard in &manifest.shards {
        assert!(front.contains(&format!("    - {}", shard.file)), "{front}");
    }
    for (kind, wanted) in &WorldPreset::named("small").unwrap().kinds {
        let kind = serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned();
        let row = format!("| {kind} | {:.1} % | ", wanted * 100.0);
        assert!(card.contains(&row) && card.contains(&format!(" | {} |\n", manifest.counts[&format!("kind.{kind}")])), "{row}{card}");
    }
    assert!(card.contains("--world small --triples 600 --seed 5"), "{card}");
    let example = &rows::<Question>(dir.path())[0];
    assert!(card.contains(example.question.split([':', '_', '|']).next().unwrap()), "{}", example.question);
}

#[test]
fn the_sampler_shows_each_fact_in_both_texts_and_obeys_no_document() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 5);
    let page = synth::sampler::sample_page(dir.path(), 6).unwrap();
    assert_eq!(page.matches("<section class=\"document\"").count(), 6);
    assert_eq!(page, synth::sampler::sample_page(dir.path(), 6).unwrap());
    let ours = "!doctype html head meta title style body header h1 h2 h3 h4 p span mark sup section div pre article small ol ul li q b a";
    for tag in page.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>', '\n']).next().unwrap();
        assert!(ours.split(' ').any(|known| known == name), "<{tag}");
        assert!(name != "a" || tag.starts_with("a href=\"#") || tag.starts_with('/'), "<{tag}");
    }
    for document in page.split("<section class=\"document\"").skip(1) {
        let facts = document.matches("<li><q>").count();
        let numbers = |text: &str| (1..=facts).filter(|number| text.contains(&format!("<sup>{number}</sup>"))).count();
        let (raw, rest) = document.split_once("</pre>").unwrap();
        let clean = rest.split_once("<ol class=\"facts\">").unwrap().0;
        assert!(facts > 0 && numbers(raw) == facts && numbers(clean) == facts, "{document}");
    }
}

#[test]
fn a_finished_folder_is_left_alone_and_another_seed_makes_another_world() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = make(one.path(), 5);
    assert_eq!(make(one.path(), 5), first);
    assert_ne!(make(two.path(), 6).shards, first.shards);
    let error = generate(&WorldPreset::named("small").unwrap(), one.path(), TRIPLES, 9, &ProgressBar::hidden()).unwrap_err();
    assert!(error.to_string().contains("another"), "{error}");
}

#[test]
fn no_fact_and_no_wording_crosses_a_split() {
    let dir = tempfile::tempdir().unwrap();
    generate(&WorldPreset::named("small").unwrap(), dir.path(), 2 * TRIPLES, 1, &ProgressBar::hidden()).unwrap();
    let splits: HashMap<String, Split> =
        rows::<Document>(dir.path()).into_iter().map(|document| (document.doc_id, document.split)).collect();
    let answers: HashMap<String, Answer> =
        rows::<Answer>(dir.path()).into_iter().map(|answer| (answer.question_id.clone(), answer)).collect();
    let mut families: HashMap<String, Split> = HashMap::new();
    let mut sentences: HashMap<String, Split> = HashMap::new();
    for question in rows::<Question>(dir.path()) {
        let first = *families.entry(question.template_family.clone()).or_insert(question.split);
        assert_eq!(first, question.split, "{}", question.template_family);
        for fact in &answers[&question.question_id].facts {
            assert_eq!(splits[&fact.doc_id], question.split, "{}", question.question);
            assert_eq!(*sentences.entry(format!("{} {}", fact.doc_id, fact.sentence)).or_insert(question.split), question.split);
        }
    }
    // No document of another split tells a test fact: its sentence stands nowhere else.
    let tested: HashSet<&String> = sentences.iter().filter(|(_, split)| **split == Split::Test).map(|(sentence, _)| sentence).collect();
    assert!(!tested.is_empty());
    let training: String = rows::<Section>(dir.path())
        .into_iter()
        .filter(|section| splits[&section.doc_id] == Split::Train)
        .map(|section| section.text)
        .collect();
    for sentence in tested {
        let (_, sentence) = sentence.split_once(' ').unwrap();
        assert!(!training.contains(sentence), "{sentence}");
    }
}

#[test]
fn the_kinds_have_their_shares() {
    // Small worlds lack material for a few of the rarer kinds.
    let dir = tempfile::tempdir().unwrap();
    let preset = WorldPreset::named("small").unwrap();
    make(dir.path(), 1);
    let questions = rows::<Question>(dir.path());
    assert!(questions.len() * 100 >= TRIPLES * 97, "{}", questions.len());
    let total: f64 = preset.kinds.values().sum();
    for (kind, share) in &preset.kinds {
        let made = questions.iter().filter(|question| question.kind == *kind).count() as f64 / questions.len() as f64;
        assert!((made - share / total).abs() < 0.02, "{kind:?}: {made:.3} instead of {share:.3}");
    }
    assert!(questions.iter().all(|question| question.answerable == (question.kind != Kind::Unanswerable)));
    let distinct: HashSet<&str> = questions.iter().map(|question| question.question.as_str()).collect();
    assert_eq!(distinct.len(), questions.len());
}

#[test]
fn chains_go_from_document_to_document_and_candidates_are_few_and_distinct() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 2);
    let questions = rows::<Question>(dir.path());
    let answers = rows::<Answer>(dir.path());
    let candidates = rows::<Candidates>(dir.path());
    assert_eq!((questions.len(), answers.len()), (candidates.len(), candidates.len()));
    let mut longest = 0;
    for ((question, answer), found) in questions.iter().zip(&answers).zip(&candidates) {
        assert_eq!((&question.question_id, &question.question_id), (&answer.question_id, &found.question_id));
        let sections: HashSet<_> = found.hits.iter().map(|hit| (&hit.doc_id, hit.section)).collect();
        assert!(found.hits.len() <= 20 && sections.len() == found.hits.len());
        assert_eq!(answer.facts.len(), usize::from(question.hops));
        if question.kind == Kind::MultiHop {
            assert!(answer.facts.windows(2).all(|pair| pair[0].doc_id != pair[1].doc_id), "{}", question.question);
            longest = longest.max(question.hops);
        }
    }
    assert!(longest >= 3, "{longest}");
}

#[test]
fn a_chain_without_one_of_its_facts_does_not_tell_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 4);
    let answers = rows::<Answer>(dir.path());
    for (question, answer) in rows::<Question>(dir.path()).iter().zip(&answers).filter(|(question, _)| question.kind == Kind::MultiHop) {
        let (_, others) = answer.facts.split_last().unwrap();
        assert!(
            answer
                .aliases
                .iter()
                .filter(|alias| alias.len() > 2)
                .all(|alias| !others.iter().any(|fact| fact.sentence.contains(alias.as_str()))),
            "{}",
            question.question
        );
    }
}

#[test]
fn the_latest_version_and_both_sides_answer() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 6);
    let answers = rows::<Answer>(dir.path());
    let mut seen: HashMap<Kind, usize> = HashMap::new();
    for (question, answer) in rows::<Question>(dir.path()).iter().zip(&answers) {
        *seen.entry(question.kind).or_default() += 1;
        match question.kind {
            Kind::Temporal => assert_eq!(answer.facts.iter().map(|fact| fact.vital).collect::<Vec<_>>(), [false, true]),
            Kind::Conflict => {
                let sides: HashSet<&str> = answer.aliases[0].split("; ").collect();
                assert_eq!(sides.len(), 2, "{:?}", answer.aliases);
                assert_ne!(answer.facts[0].doc_id, answer.facts[1].doc_id);
            }
            Kind::Aggregation => assert!(answer.facts.len() >= 2),
            Kind::Unanswerable => assert!(answer.facts.is_empty() && answer.aliases.is_empty()),
            _ => assert!(!answer.facts.is_empty() && !answer.aliases.is_empty()),
        }
    }
    assert_eq!(seen.len(), 13, "{seen:?}");
}

#[test]
fn keywords_are_easy_for_keyword_search_and_paraphrases_are_hard() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = generate(&WorldPreset::named("small").unwrap(), dir.path(), 4 * TRIPLES, 1, &ProgressBar::hidden()).unwrap();
    let at = |kind: &str, rank: &str| manifest.counts.get(&format!("bm25_rank.{kind}.{rank}")).copied().unwrap_or(0) as f64;
    let hit_at_5 = |kind: &str| (at(kind, "1") + at(kind, "2-5")) / manifest.counts[&format!("kind.{kind}")] as f64;
    // The reference world is larger, so that names are found less easily: 0.58 of its paraphrases are among the first five.
    assert!(hit_at_5("keyword") >= 0.9 && hit_at_5("paraphrase") <= 0.68, "{} {}", hit_at_5("keyword"), hit_at_5("paraphrase"));
}

#[test]
fn sections_stay_short_and_hold_no_furniture() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 3);
    let sections = rows::<Section>(dir.path());
    assert!(sections.iter().all(|section| section.text.chars().count() <= 900 && !section.text.is_empty() && section.role.is_content()));
    let sizes: Vec<u64> = rows::<Document>(dir.path()).iter().map(|document| document.bytes).collect();
    assert!(sizes.iter().all(|size| (900..14_000).contains(size)), "{:?} {:?}", sizes.iter().min(), sizes.iter().max());
}

#[test]
fn labels_lie_in_order_with_their_edits_inside() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 3);
    let labels = rows::<LineLabel>(dir.path());
    let mut seen: HashSet<Role> = HashSet::new();
    for pair in labels.windows(2).filter(|pair| pair[0].doc_id == pair[1].doc_id) {
        assert!(pair[0].raw_end <= pair[1].raw_start && pair[0].line + 1 == pair[1].line);
    }
    for label in &labels {
        seen.insert(label.role);
        let mut at = label.raw_start;
        for edit in &label.edits {
            assert!(edit.raw_start >= at && edit.raw_end <= label.raw_end);
            at = edit.raw_end;
        }
    }
    assert!(seen.len() >= 12, "{seen:?}");
}

#[test]
fn every_genre_and_every_format_has_tables() {
    let dir = tempfile::tempdir().unwrap();
    generate(&WorldPreset::named("small").unwrap(), dir.path(), 4 * TRIPLES, 1, &ProgressBar::hidden()).unwrap();
    let tabled: HashSet<String> =
        rows::<LineLabel>(dir.path()).into_iter().filter(|label| label.role == Role::TableRow).map(|label| label.doc_id).collect();
    let mut sorts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for document in rows::<Document>(dir.path()) {
        let genre = document.path.rsplit('/').next().unwrap().rsplit_once('-').unwrap().0.to_owned();
        for sort in [genre, document.media_type] {
            let counts = sorts.entry(sort).or_default();
            counts[usize::from(tabled.contains(&document.doc_id))] += 1;
        }
    }
    assert!(sorts.len() == 13 + 3 && sorts.values().all(|[_, with]| *with > 0), "{sorts:?}");
}
