//! A tiny world for tests: projects run by units, units led by people, each fact a sentence of a page of its own.

use std::sync::{Arc, LazyLock};

use backbone::Tokenizer;
use records::{Answer, Candidate, Candidates, Fact, Kind, OffsetMap, Question, Role, Section, Split, Style};

use super::{BatchConfig, Encoder, Triples};

type Tables = (Vec<Section>, Vec<Question>, Vec<Answer>, Vec<Candidates>);

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

pub(crate) fn tokenizer() -> Arc<Tokenizer> {
    static TOKENIZER: LazyLock<Arc<Tokenizer>> = LazyLock::new(|| {
        let (sections, questions, ..) = tables(28);
        let texts: Vec<String> =
            sections.into_iter().map(|section| section.text).chain(questions.into_iter().map(|row| row.question)).collect();
        Arc::new(Tokenizer::train(texts.into_iter(), 600).unwrap())
    });
    TOKENIZER.clone()
}

pub(crate) fn encoder() -> Encoder {
    Encoder::new(tokenizer())
}

pub(crate) fn batch_config() -> BatchConfig {
    BatchConfig { questions: 4, negatives: 2, read_tokens: 96, pairs: 4, vector_tokens: 48 }
}
