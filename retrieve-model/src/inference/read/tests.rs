use super::*;
use crate::data::fixture;
use crate::training::Preset;

#[test]
fn windows_cover_a_long_section_and_cut_no_sentence_that_fits() {
    let text: String = (0..40).map(|n| format!("Tower number {n} was built by unit {n}. ")).collect();
    let section = Section { text: text.clone(), ..fixture::tables(1).0.remove(0) };
    let asked = Question { question: "Who built tower 30?", evidence: "", tokens: 80, answer_tokens: 8, enough: None, idf: &|_| 1.0 };
    let windows = windows(&fixture::encoder(), &section, &asked, Limits::of(asked.tokens));
    assert!(windows.len() > 2 && windows.len() <= WINDOWS, "{}", windows.len());
    let whole = |window: &Window| window.reading.sentences.iter().map(|s| text[window.from..][s.clone()].to_owned()).collect::<Vec<_>>();
    let read: Vec<String> = windows.iter().flat_map(whole).collect();
    let wanted = |n: usize| format!("Tower number {n} was built by unit {n}.");
    let covered = (0..40).take_while(|n| read.contains(&wanted(*n))).count();
    assert!(covered == 40 || windows.len() == WINDOWS, "{covered} of 40 in {} windows", windows.len());
    let short = Section { text: wanted(1), ..section };
    assert_eq!(super::windows(&fixture::encoder(), &short, &asked, Limits::of(asked.tokens)).len(), 1);
}

#[test]
fn a_value_is_whole_words_without_loose_punctuation() {
    let text = "It opened in May 2021, says Ann-Marie.";
    let cut = |range| &text[whole_words(text, range)];
    assert_eq!(cut(12..22), "May 2021");
    assert_eq!(cut(14..19), "May 2021");
    assert_eq!(cut(33..37), "Marie");
    assert_eq!(whole_words(text, 2..3), 0..0);
    let text = "Drawn by As\u{ad}trid Dah\u{200b}l, as said.";
    let astrid = text.find("trid").unwrap();
    assert_eq!(&text[whole_words(text, astrid..astrid + 8)], "As\u{ad}trid Dah\u{200b}l");
}

#[test]
fn what_stands_behind_a_section_that_is_relevant_enough_is_not_read() {
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    device.seed(1);
    let mut preset = Preset::open("demo").unwrap();
    preset.model.vector_blocks = 1;
    let reader = preset.config(fixture::bert(), String::new()).init(&device).reader;
    let sections = fixture::tables(20).0;
    let hits = |count: usize| {
        let hit = |(key, section): (usize, &Section)| Hit {
            passage: Passage { key: key as u64, section: section.clone() },
            score: -(key as f32),
            similarity: 0.0,
        };
        sections.iter().take(count).enumerate().map(hit).collect::<Vec<_>>()
    };
    let read = |count: usize, enough: Option<f32>| {
        let asked = Question { question: "Who built tower 30?", evidence: "", tokens: 80, answer_tokens: 8, enough, idf: &|_| 1.0 };
        super::read(&reader, &fixture::encoder(), hits(count), &asked, &device)
    };
    let relevance = |reads: &[Read]| reads.iter().map(|read| read.relevance).collect::<Vec<_>>();
    let all = read(14, None);
    assert_eq!(all.len(), 14);
    // One that is never reached: the same sections in three batches, and what they share is shared by all of them.
    let batches = read(14, Some(f32::INFINITY));
    assert!(relevance(&all).iter().zip(relevance(&batches)).all(|(one, other)| (one - other).abs() < 1e-4));
    assert!((all[0].mass - batches[0].mass).abs() < 1e-4);
    // One that every section reaches: the first batch alone.
    assert_eq!(relevance(&read(14, Some(f32::NEG_INFINITY))).len(), AT_ONCE);
    assert!(read(0, Some(0.0)).is_empty() && read(0, None).is_empty());
}
