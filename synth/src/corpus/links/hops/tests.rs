use super::*;

#[test]
fn a_question_loses_the_name_of_its_place() {
    let preset = CorpusPreset::load().unwrap();
    let bare = |question: &'static str| without_context(question, "A Guide", [&preset.contexts, &preset.contexts_before], Split::Train);
    assert_eq!(bare("Who signs the form in \"A Guide\"?"), Some("Who signs the form"));
    assert_eq!(bare("In \"A Guide\", who signs the form?"), Some("who signs the form"));
    assert_eq!(bare("Who signs the form?"), None);
}

fn told_by(doc_id: &str, sentence: &str) -> (Fact, Box<[u32]>) {
    let end = sentence.len() as u64;
    let sentence = sentence.to_owned();
    let stems = stems(&sentence);
    (Fact { doc_id: doc_id.into(), raw_start: 0, raw_end: 7, sentence_start: 0, sentence_end: end, sentence, vital: true }, stems)
}

fn made(linking: &str, linked: &str, answer: &str) -> Result<Candidate, Reason> {
    let (preset, scout) = (CorpusPreset::load().unwrap(), Scout::default());
    let making = Making { preset: &preset, scout: &scout, triples: 10, seed: 1 };
    let (split, description) = (Split::Train, "the PEP in which the deprecation process is outlined".to_owned());
    let (fact, stems) = told_by("a", linking);
    let pointer = Pointer { goal: 1, split, rule: "in", description, fact, section: 3, stems };
    let (fact, stems) = told_by("b", linked);
    let asked = Asked::Question("how long does a warning stay".into());
    let told = Told { document: 1, split, asked, answer: answer.into(), fact, section: 4, stems };
    hop(&pointer, &told, LinkWords::get().unwrap(), &making, &mut ChaCha8Rng::seed_from_u64(1))
}

#[test]
fn both_documents_are_needed_for_a_question_over_a_link() {
    let linking = "The deprecation process is outlined in PEP 387.";
    let Triple { question, answer, gold } = made(linking, "A warning stays for two releases.", "two releases").unwrap().triple;
    assert!(question.question.contains("the PEP in which the deprecation process is outlined"), "{}", question.question);
    assert_eq!((question.kind, question.hops, answer.facts.len()), (Kind::MultiHop, 2, 2));
    assert_eq!(gold, [("a".to_owned(), 3), ("b".to_owned(), 4)]);
    let told_twice = "The deprecation process is outlined in PEP 387, and warnings stay for two releases.";
    assert_eq!(made(told_twice, "A warning stays for two releases.", "two releases").err(), Some(Reason::HopNotNeeded));
    let describes_itself = "This outlines the deprecation process: a warning stays for two releases.";
    assert_eq!(made(linking, describes_itself, "two releases").err(), Some(Reason::HopNotNeeded));
}

#[test]
fn a_field_has_a_plain_value() {
    assert_eq!(value_of(" Ada Lovelace <ada@x.y>"), Some("Ada Lovelace"));
    assert_eq!(value_of(" 2013-11-06 14:13:29 -0400"), Some("2013-11-06"));
    assert_eq!([value_of(" A, B"), value_of(" Ada <a@b.c>,"), value_of(" n/a"), value_of("")], [None; 4]);
}
