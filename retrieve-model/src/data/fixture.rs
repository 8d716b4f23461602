//! A tiny world for tests: projects run by units, units led by people, each fact a sentence of a page of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use backbone::{Activation, BertConfig, Tokenizer};
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot as _, SafetensorsStore};
use records::{Answer, Candidate, Candidates, Fact, Kind, OffsetMap, Question, Role, Section, Split, Style};

use super::{BatchConfig, Encoder, Triples};

pub(crate) type Tables = (Vec<Section>, Vec<Question>, Vec<Answer>, Vec<Candidates>);

fn name(syllables: [&str; 4], number: usize) -> String {
    format!("{}{}", syllables[number % 4], ["dor", "lin", "mar", "tev", "os", "una", "ric"][number / 4 % 7])
}

/// A section whose text tells `value` in its second sentence, and the fact.
fn page(number: usize, title: &str, before: &str, value: &str) -> (Section, Fact) {
    let first = format!("This page is about {title}, number {number}.");
    let sentence = format!("{title} {before} {value}.");
    let text = format!("{first} {sentence} More is told elsewhere.");
    let doc_id = format!("doc-{number}");
    // As if the file had forty bytes of mark-up before the text.
    let spans = OffsetMap::verbatim(40, text.len() as u64);
    let start = 40 + first.len() as u64 + 1;
    let sentence_end = start + sentence.len() as u64;
    let raw_end = sentence_end - 1;
    let fact = Fact {
        doc_id: doc_id.clone(),
        raw_start: raw_end - value.len() as u64,
        raw_end,
        sentence_start: start,
        sentence_end,
        sentence,
        vital: true,
    };
    let section = Section {
        doc_id,
        path: format!("page-{number}.txt"),
        title: Some(title.to_owned()),
        section: 0,
        heading_path: vec![],
        role: Role::Paragraph,
        text,
        spans,
        page: None,
        repairs: vec![],
        links: vec![],
        pages: Vec::new(),
    };
    (section, fact)
}

/// The tables of a world with `count` projects: questions of one hop, of two, and without an answer.
pub(crate) fn tables(count: usize) -> Tables {
    let mut out: Tables = Default::default();
    let mut facts = Vec::new();
    for number in 0..count {
        let project = format!("Project {}", name(["Fal", "Ker", "Bri", "Ost"], number));
        let unit = format!("Unit {}", name(["Har", "Vel", "Qui", "Zan"], number));
        let person = format!("Mara {}", name(["Lin", "Sol", "Tor", "Wex"], number));
        let (runs, run_by) = page(2 * number, &project, "is run by", &unit);
        let (leads, led_by) = page(2 * number + 1, &unit, "is led by", &person);
        out.0.extend([runs, leads]);
        facts.push((project, unit, person, run_by, led_by));
    }
    for (number, (project, unit, person, run_by, led_by)) in facts.into_iter().enumerate() {
        ask(&mut out, format!("a-{number}"), format!("Who runs {project}?"), &unit, vec![run_by.clone()]);
        ask(&mut out, format!("b-{number}"), format!("Who leads the unit that runs {project}?"), &person, vec![run_by, led_by]);
        ask(&mut out, format!("c-{number}"), format!("When did {project} end?"), "", vec![]);
    }
    out
}

fn ask(out: &mut Tables, id: String, question: String, answer: &str, facts: Vec<Fact>) {
    let answerable = !facts.is_empty();
    let sections = &out.0;
    let first = facts.first().and_then(|fact| sections.iter().position(|section| section.doc_id == fact.doc_id)).unwrap_or(0);
    let hit = |offset: usize| {
        let section = &sections[(first + offset) % sections.len()];
        Candidate { doc_id: section.doc_id.clone(), section: 0, score: 9.0 - offset as f32 }
    };
    out.3.push(Candidates { question_id: id.clone(), hits: (0..6.min(sections.len())).map(hit).collect() });
    out.1.push(Question {
        question_id: id.clone(),
        question,
        kind: if !answerable {
            Kind::Unanswerable
        } else if facts.len() > 1 {
            Kind::MultiHop
        } else {
            Kind::Natural
        },
        hops: facts.len() as u8,
        style: Style::Question,
        template_family: "fixture".into(),
        split: if id.ends_with('7') { Split::Dev } else { Split::Train },
        answerable,
        bm25_rank: Some(1),
    });
    let aliases = if answerable { vec![answer.to_owned()] } else { vec![] };
    out.2.push(Answer { question_id: id, aliases, facts });
}

pub(crate) fn triples(count: usize) -> Triples {
    let (sections, questions, answers, candidates) = tables(count);
    let mut triples = Triples::default();
    triples.add(sections, questions, answers, candidates);
    triples
}

/// A WordPiece vocabulary of the world's words and of single letters, as published encoders have one.
pub(crate) fn tokenizer() -> Arc<Tokenizer> {
    static TOKENIZER: LazyLock<Arc<Tokenizer>> = LazyLock::new(|| {
        let (sections, questions, ..) = tables(28);
        let texts = sections.into_iter().map(|section| section.text).chain(questions.into_iter().map(|row| row.question));
        let words: BTreeSet<String> =
            texts.flat_map(|text| text.to_lowercase().split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
        let whole =
            words.into_iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()).filter(|word| word.len() > 1);
        let letters = (0x21..0x7fu8).map(|byte| char::from(byte).to_string());
        let pieces = letters.clone().map(|letter| format!("##{letter}"));
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]"].map(str::to_owned);
        let vocabulary: serde_json::Map<String, serde_json::Value> =
            special.into_iter().chain(letters).chain(pieces).chain(whole).zip(0u32..).map(|(word, id)| (word, id.into())).collect();
        let json = serde_json::json!({
            "version": "1.0",
            "added_tokens": [],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
        });
        Arc::new(Tokenizer::from_json(json.to_string().as_bytes()).unwrap())
    });
    TOKENIZER.clone()
}

/// A tiny encoder.
pub(crate) fn bert() -> BertConfig {
    BertConfig {
        model_type: "bert".into(),
        // Ids of words that occurred twice under one spelling are not used.
        vocab_size: 1_000,
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 64,
        max_position_embeddings: 300,
        type_vocab_size: 2,
        relative_attention_num_buckets: 0,
        layer_norm_eps: 1e-12,
        hidden_act: Activation::Gelu,
    }
}

/// The same with distances in attention and without kinds of text.
pub(crate) fn mpnet() -> BertConfig {
    BertConfig { model_type: "mpnet".into(), relative_attention_num_buckets: 32, ..bert() }
}

/// Writes a tiny encoder with chance weights as a published one.
pub(crate) fn base(dir: &Path, config: &BertConfig) {
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    device.seed(7);
    let mut store = SafetensorsStore::from_file(dir.join("model.safetensors")).with_to_adapter(BurnToPyTorchAdapter);
    config.init(&device).save_into(&mut store).unwrap();
    std::fs::write(dir.join("config.json"), serde_json::to_vec(config).unwrap()).unwrap();
    tokenizer().save(dir).unwrap();
}

pub(crate) fn encoder() -> Encoder {
    Encoder::new(tokenizer())
}

pub(crate) fn batch_config() -> BatchConfig {
    BatchConfig { questions: 4, negatives: 2, read_tokens: 96, written: 0.0 }
}
