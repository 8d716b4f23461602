//! Questions by people that need several paragraphs (HotpotQA, Yang et al. 2018; MuSiQue, Trivedi et al. 2022; 2WikiMultihopQA has HotpotQA's
//! layout).

use std::collections::HashSet;

use records::SourceText;
use serde::Deserialize;

use super::Case;
use super::pool::{Pool, fact, user_question};

#[derive(Deserialize)]
pub(super) struct HotpotQuestion {
    #[serde(alias = "id")]
    _id: String,
    question: String,
    answer: String,
    #[serde(default, rename = "type")]
    kind: String,
    context: Vec<(String, Vec<String>)>,
    supporting_facts: Vec<(String, usize)>,
}

#[derive(Deserialize)]
pub(super) struct MusiqueQuestion {
    id: String,
    question: String,
    answer: String,
    #[serde(default)]
    answer_aliases: Vec<String>,
    #[serde(default = "yes")]
    answerable: bool,
    paragraphs: Vec<MusiqueParagraph>,
}

#[derive(Deserialize)]
struct MusiqueParagraph {
    title: String,
    paragraph_text: String,
    #[serde(default)]
    is_supporting: bool,
}

fn yes() -> bool {
    true
}

/// A question with its paragraphs; facts that point at no sentence are left out.
pub(super) fn hotpot(question: HotpotQuestion, pool: &mut Pool) -> Case {
    let sources: Vec<SourceText> = question.context.iter().map(|(title, sentences)| pool.add(title, sentences.concat())).collect();
    let mut facts = Vec::new();
    for (title, number) in &question.supporting_facts {
        let Some(at) = question.context.iter().position(|(name, _)| name == title) else { continue };
        let sentences = &question.context[at].1;
        let Some(sentence) = sentences.get(*number) else { continue };
        let before: usize = sentences[..*number].iter().map(String::len).sum();
        facts.push(fact(&sources[at], before, sentence));
    }
    let kind = format!("hotpotqa {}", question.kind).trim_end().to_owned();
    let hops = facts.iter().map(|fact| &fact.doc).collect::<HashSet<_>>().len() as u8;
    let aliases = vec![question.answer];
    let question = user_question(question._id, question.question, sources);
    Case { question, kind, setting: String::new(), hops, answerable: true, noise_level: None, aliases, facts }
}

/// A question with its paragraphs; the gold facts are whole paragraphs.
pub(super) fn musique(question: MusiqueQuestion, pool: &mut Pool) -> Case {
    let (mut sources, mut facts) = (Vec::new(), Vec::new());
    for paragraph in question.paragraphs {
        let source = pool.add(&paragraph.title, paragraph.paragraph_text);
        if paragraph.is_supporting {
            // MuSiQue says which paragraph, not which sentence.
            facts.push(fact(&source, 0, &source.text.clone()));
        }
        sources.push(source);
    }
    let hops = question.id.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(2) as u8;
    let kind = format!("musique {hops}-hop");
    let mut aliases = vec![question.answer];
    aliases.extend(question.answer_aliases);
    if !question.answerable {
        aliases.clear();
        facts.clear();
    }
    let answerable = question.answerable;
    let question = user_question(question.id, question.question, sources);
    Case { question, kind, setting: String::new(), hops, answerable, noise_level: None, aliases, facts }
}
