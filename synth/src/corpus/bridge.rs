//! Questions over two documents: a rare name that both mention is asked for by what each says around it.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use records::{Answer, Fact, Kind, Question, Split, Style};

use super::preset::{CorpusPreset, Group};
use super::rules::Candidate;
use crate::candidates::Triple;
use crate::world::prose::split_name;

/// Most pairs of documents for one name.
const PAIRS: usize = 2;
/// Most documents that share a name.
const DOCUMENTS: usize = 8;

/// A rare name in a sentence.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub name: String,
    pub split: Split,
    /// The sentence's rarest words, without the name, in their order.
    pub around: String,
    /// Value and sentence.
    pub fact: Fact,
    pub section: u32,
}

/// Up to a few questions for each name that documents of one split share; in the order of the names.
pub(super) fn bridges(mentions: Vec<Mention>, preset: &CorpusPreset, triples: usize, seed: u64) -> Vec<Candidate> {
    let mut by_name: BTreeMap<(String, Split), Vec<Mention>> = BTreeMap::new();
    for mention in mentions {
        by_name.entry((mention.name.clone(), mention.split)).or_default().push(mention);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0062_7269_6467_6573);
    let most = (triples as f64 * preset.shares.get(&Group::MultiHop).copied().unwrap_or(0.0) * 2.0).ceil() as usize;
    let mut out = Vec::new();
    for ((name, split), mentions) in by_name {
        let documents: BTreeSet<&str> = mentions.iter().map(|mention| mention.fact.doc_id.as_str()).collect();
        if !(2..=DOCUMENTS).contains(&documents.len()) {
            continue;
        }
        let mut made = 0;
        for (at, first) in mentions.iter().enumerate() {
            let other = mentions[at + 1..].iter().find(|other| other.fact.doc_id != first.fact.doc_id && other.around != first.around);
            if let Some(second) = other.filter(|_| made < PAIRS) {
                made += 1;
                out.extend(bridge(&name, split, first, second, preset, &mut rng));
            }
        }
    }
    // Names in the order of the alphabet must not decide which are left out.
    while out.len() > most {
        let at = rng.random_range(0..out.len());
        out.swap_remove(at);
    }
    out
}

fn bridge(name: &str, split: Split, first: &Mention, second: &Mention, preset: &CorpusPreset, rng: &mut ChaCha8Rng) -> Option<Candidate> {
    let forms = preset.bridges.of(split);
    let at = rng.random_range(0..forms.len().max(1));
    let question = forms.get(at)?.replace("{a}", &first.around).replace("{b}", &second.around);
    let question = Question {
        question_id: String::new(),
        question,
        kind: Kind::MultiHop,
        hops: 2,
        style: Style::Question,
        template_family: format!("corpus/bridge/{}-{at}", split_name(split)),
        split,
        answerable: true,
        bm25_rank: None,
    };
    let answer =
        Answer { question_id: String::new(), aliases: vec![name.to_owned()], facts: vec![first.fact.clone(), second.fact.clone()] };
    let gold = [first, second].map(|mention| (mention.fact.doc_id.clone(), mention.section)).to_vec();
    Some(Candidate { triple: Triple { question, answer, gold }, swap: None, group: Group::MultiHop })
}
