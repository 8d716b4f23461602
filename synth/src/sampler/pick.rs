//! Which documents are shown, and all that hangs on them: read from the tables in a few walks, one shard at a time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use records::{Answer, Document, Fact, LineLabel, Question, Row, Section, read_table, shards};

use crate::SynthError;

/// Facts shown of a document; a long one has hundreds.
const MOST_FACTS: usize = 24;

/// A document with what is told and asked about it.
pub(super) struct Picked {
    pub document: Document,
    pub sections: Vec<Section>,
    /// Line labels with the damaged places; none in a corpus data set.
    pub labels: Vec<LineLabel>,
    /// Facts that questions hang on, in the order of the document.
    pub facts: Vec<Told>,
    /// Facts that are not shown.
    pub more_facts: usize,
}

/// A fact and the questions that hang on it.
pub(super) struct Told {
    pub fact: Fact,
    pub questions: Vec<Hanging>,
}

/// A question that needs a fact.
pub(super) struct Hanging {
    pub question: Question,
    pub answer: String,
    /// Which of its facts this one is, from 1, and how many it needs.
    pub hop: (usize, usize),
}

/// Up to `most` documents of the data set in `dir` that questions are about.
pub(super) fn documents(dir: &Path, most: usize) -> Result<Vec<Picked>, SynthError> {
    let mut asked: HashSet<String> = HashSet::new();
    for answer in rows::<Answer>(dir)? {
        asked.extend(answer?.facts.into_iter().map(|fact| fact.doc_id));
    }
    let mut groups: BTreeMap<(String, bool), Vec<String>> = BTreeMap::new();
    for document in rows::<Document>(dir)? {
        let Document { doc_id, media_type, noise_level, .. } = document?;
        if asked.contains(&doc_id) {
            groups.entry((media_type, noise_level > 0.0)).or_default().push(doc_id);
        }
    }
    let order: HashMap<String, usize> = spread(groups, most).into_iter().enumerate().map(|(at, doc_id)| (doc_id, at)).collect();
    let mut picked: Vec<Option<Picked>> = (0..order.len()).map(|_| None).collect();
    for document in rows::<Document>(dir)? {
        let document = document?;
        if let Some(at) = order.get(&document.doc_id) {
            picked[*at] = Some(Picked { document, sections: Vec::new(), labels: Vec::new(), facts: Vec::new(), more_facts: 0 });
        }
    }
    let mut picked: Vec<Picked> = picked.into_iter().flatten().collect();
    for section in rows::<Section>(dir)? {
        let section = section?;
        if let Some(at) = order.get(&section.doc_id) {
            picked[*at].sections.push(section);
        }
    }
    for label in rows::<LineLabel>(dir)? {
        let label = label?;
        if let Some(at) = order.get(&label.doc_id) {
            picked[*at].labels.push(label);
        }
    }
    hang(dir, &order, &mut picked)?;
    Ok(picked)
}

/// A table, or nothing where the data set has no row of it.
fn rows<R: Row + 'static>(dir: &Path) -> Result<Box<dyn Iterator<Item = Result<R, records::TableError>>>, SynthError> {
    Ok(if shards::<R>(dir)?.is_empty() { Box::new(std::iter::empty()) } else { read_table::<R>(dir)? })
}

/// Hangs every question on the facts it rests on.
fn hang(dir: &Path, order: &HashMap<String, usize>, picked: &mut [Picked]) -> Result<(), SynthError> {
    let mut told: Vec<BTreeMap<[u64; 4], Told>> = picked.iter().map(|_| BTreeMap::new()).collect();
    for pair in rows::<Question>(dir)?.zip(rows::<Answer>(dir)?) {
        let (question, answer) = (pair.0?, pair.1?);
        let all = answer.facts.len();
        for (at, fact) in answer.facts.into_iter().enumerate() {
            let Some(document) = order.get(&fact.doc_id) else { continue };
            let place = [fact.sentence_start, fact.raw_start, fact.raw_end, fact.sentence_end];
            let told = told[*document].entry(place).or_insert_with(|| Told { fact, questions: Vec::new() });
            let answer = answer.aliases.first().cloned().unwrap_or_default();
            told.questions.push(Hanging { question: question.clone(), answer, hop: (at + 1, all) });
        }
    }
    for (one, facts) in picked.iter_mut().zip(told) {
        one.more_facts = facts.len().saturating_sub(MOST_FACTS);
        one.facts = facts.into_values().take(MOST_FACTS).collect();
    }
    Ok(())
}

/// Up to `most` of the grouped ids: the groups take turns, and each gives ids from all over its length.
fn spread(groups: BTreeMap<(String, bool), Vec<String>>, most: usize) -> Vec<String> {
    let turns = most.div_ceil(groups.len().max(1)).max(1);
    let all = groups.len();
    // Each group begins elsewhere, or all would begin with the first organisation.
    let order = |(number, mut ids): (usize, Vec<String>)| -> Vec<String> {
        let first = ids.len() * number / all;
        ids.rotate_left(first);
        let step = ids.len().div_ceil(turns).max(1);
        (0..step).flat_map(|first| ids.iter().skip(first).step_by(step)).cloned().collect()
    };
    let orders: Vec<Vec<String>> = groups.into_values().enumerate().map(order).collect();
    let longest = orders.iter().map(Vec::len).max().unwrap_or(0);
    let mut taken: Vec<String> = (0..longest).flat_map(|turn| orders.iter().filter_map(move |ids| ids.get(turn).cloned())).collect();
    taken.truncate(most);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_take_turns_and_give_from_all_over() {
        let ids = |letter: char, number: usize| (0..number).map(|at| format!("{letter}{at}")).collect::<Vec<_>>();
        let groups = BTreeMap::from([(("a".to_owned(), false), ids('a', 10)), (("b".to_owned(), true), ids('b', 1))]);
        assert_eq!(spread(groups.clone(), 4), ["a0", "b0", "a5", "a1"]);
        let all: HashSet<String> = spread(groups, 40).into_iter().collect();
        assert_eq!(all.len(), 11);
        assert!(spread(BTreeMap::new(), 3).is_empty());
    }
}
