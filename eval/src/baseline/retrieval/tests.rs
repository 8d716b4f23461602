use records::SourceText;

use super::*;
use crate::baseline::{ChunkRules, chunks_of_source, in_memory};

#[test]
fn ranks_skip_what_was_not_found() {
    assert_eq!(ranks([0.0, 2.0, 5.0, 2.0].into_iter()), [None, Some(2), Some(1), Some(3)]);
}

/// A chunk with the store's own score.
fn chunk(text: &str, score: f32, by_vector: Option<usize>) -> FoundChunk {
    let source = SourceText { id: "s".into(), title: None, text: text.into() };
    let section = chunks_of_source(&source, &ChunkRules::default()).remove(0);
    FoundChunk { section, by_vector, score, counts: Default::default(), read: OnceLock::new() }
}

#[test]
fn fusion_by_hand() {
    let chunks = vec![chunk("x", 9.0, None), chunk("x", 4.0, Some(1)), chunk("x", 0.0, Some(2))];
    let found = Found { chunks, weights: vec![], average: None };
    let rules = RetrievalRules { rrf_constant: 9.0, vector_weight: 0.5, ..RetrievalRules::default() };
    // 1/10; 1/11 + 0.5/10 = 0.140909; 0.5/11
    let fused = found.fused(&rules);
    assert_eq!(fused.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 0, 2]);
    assert!((fused[1].1 - 0.1 / 0.140_909).abs() < 1e-4);
}

#[test]
fn diversity_puts_what_repeats_the_first_behind_what_is_new() {
    let chunks = vec![chunk("ferry at nine", 3.0, None), chunk("ferry at nine", 2.0, None), chunk("bread at ten", 1.0, None)];
    let found = Found { chunks, weights: vec![], average: None };
    let order = |diversity: f32| {
        let rules = RetrievalRules { diversity, ..RetrievalRules::default() };
        found.fused(&rules).into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!((order(0.0), order(0.3)), (vec![0, 1, 2], vec![0, 2, 1]));
}

#[test]
fn the_default_constants_give_the_scores_of_the_store_and_others_change_the_order() {
    let texts = ["ferry", "ferry ferry ferry and many more words about a harbour that is long", "bread"];
    let sources = texts.map(|text| SourceText { id: text.into(), title: None, text: text.into() });
    let store = in_memory(sources.iter().flat_map(|source| chunks_of_source(source, &ChunkRules::default())).collect(), None);
    let found = Searcher::new(&store, None, 5).find("the ferry").unwrap();
    for chunk in &found.chunks {
        let ours = found.bm25(chunk, &RetrievalRules::default());
        assert!((ours - chunk.score).abs() < 1e-5, "{ours} {}", chunk.score);
    }
    let first = |k1: f32, b: f32| {
        let rules = RetrievalRules { k1, b, ..RetrievalRules::default() };
        found.chunks[found.fused(&rules)[0].0].section.text.len()
    };
    assert_eq!(first(1.2, 1.0), texts[0].len(), "a long chunk is held against its words");
    assert_eq!(first(2.0, 0.0), texts[1].len(), "a repeated word counts");
}

#[test]
fn a_remembering_searcher_finds_the_same() {
    let source = SourceText { id: "s".into(), title: None, text: "The ferry leaves at nine. The baker sleeps.".into() };
    let store = in_memory(chunks_of_source(&source, &ChunkRules { words: 5, overlap: 0, break_at_headings: true }), None);
    let searcher = Searcher::new(&store, None, 5).remembering();
    let first = searcher.find("ferry").unwrap();
    assert!(Arc::ptr_eq(&first, &searcher.find("ferry").unwrap()));
    assert_eq!(first.chunks[0].section.text, "The ferry leaves at nine.");
}
