use super::*;
use crate::data::fixture;

const TEXT: &str = "Falcon is run by the Harbour Unit. It began in May 2021.\nÜber Straße.";

fn reading(question: &str, evidence: &str, limit: usize) -> Reading {
    let idf = |term: &str| if term == "falcon" { 5.0 } else { 1.0 };
    fixture::encoder().reading(question, evidence, "Projects > Falcon", TEXT, Limits::of(limit), &idf)
}

#[test]
fn tokens_and_sentences_point_back_to_the_text() {
    let reading = reading("Who runs Falcon?", "", 200);
    assert_eq!(reading.sentences.len(), 3);
    let joined: Vec<&str> = reading.offsets.iter().map(|range| &TEXT[range.clone()]).collect();
    assert!(joined.concat().starts_with("Falconisrun"), "{joined:?}");
    let value = TEXT.find("Harbour Unit").unwrap();
    let tokens = reading.tokens_of(&(value..value + 12)).unwrap();
    assert_eq!(TEXT[reading.offsets[tokens.start].start..reading.offsets[tokens.end - 1].end].trim(), "Harbour Unit");
    assert_eq!(reading.sentence_of(&(value..value + 12)), Some(0));
}

#[test]
fn shared_words_are_marked_by_rarity() {
    let reading = reading("Who runs Falcon?", "", 200);
    let marked = reading.tokens_of(&(0..6)).unwrap();
    let feature = reading.sequence.features[reading.text_start + marked.start];
    assert_eq!(feature, super::feature(Part::Text, 3, 0));
    let plain = reading.tokens_of(&(TEXT.find("May").unwrap()..TEXT.find("May").unwrap() + 3)).unwrap();
    assert_eq!(reading.sequence.features[reading.text_start + plain.start], super::feature(Part::Text, 0, 0));
}

#[test]
fn a_frequent_word_is_less_rare_than_a_strange_one() {
    let encoder = fixture::encoder();
    assert!(encoder.rarity("project") < encoder.rarity("zyxwvutsr"));
}

#[test]
fn of_a_long_question_the_part_is_read_that_has_to_do_with_the_text() {
    let before = "The yard keeps its papers in order. ".repeat(100);
    let long = reading(&format!("{before}Who runs Falcon?"), "", 200);
    let short = reading("Who runs Falcon?", "", 200);
    assert_eq!(long.sequence, short.sequence);
    let fits = "Who was it, in the end, that runs Falcon?";
    assert_eq!(fixture::encoder().part(fits, 50, TEXT, &|_| 1.0), fits);
    assert!(fixture::encoder().part(&before, 50, TEXT, &|_| 1.0).starts_with("The yard"), "nothing shared");
}

#[test]
fn absurd_lengths_stay_within_the_limit() {
    let long = "word ".repeat(100_000);
    for limit in [8, 64, 288] {
        let reading = fixture::encoder().reading(&long, &long, &long, &long, Limits::of(limit), &|_| 1.0);
        assert!(reading.sequence.ids.len() <= limit + 4, "{} of {limit}", reading.sequence.ids.len());
        let Encoded { ids, features, marks, kinds } = &reading.sequence;
        assert!([features, marks, kinds].iter().all(|one| one.len() == ids.len()));
    }
    assert!(fixture::encoder().reading("", "", "", "", Limits::of(288), &|_| 1.0).sentences.is_empty());
}
