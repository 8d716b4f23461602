//! What every data file of a world must keep to.

use std::collections::{BTreeSet, HashMap};

use super::super::phrase::wordings;
use super::*;
use crate::filter::shared_words;

const SPLITS: [Split; 3] = [Split::Train, Split::Dev, Split::Test];

fn families(relation: &Relation) -> [(&'static str, &Families, &'static [&'static str]); 8] {
    [
        ("statements", &relation.statements, &["{s}", "{v}"]),
        ("questions", &relation.questions, &["{s}"]),
        ("keywords", &relation.keywords, &["{s}"]),
        ("nouns", &relation.nouns, &["{s}"]),
        ("larger", &relation.larger, &["{a}", "{b}"]),
        ("smaller", &relation.smaller, &["{a}", "{b}"]),
        ("all", &relation.all, &["{o}"]),
        ("inverse", &relation.inverse, &["{v}"]),
    ]
}

#[test]
fn there_are_forty_relations_over_twelve_kinds_each_with_its_own_name() {
    let grammar = Grammar::load().unwrap();
    let names: BTreeSet<&str> = grammar.relations.iter().map(|relation| relation.id.as_str()).collect();
    let kinds: BTreeSet<EntityKind> = grammar.relations.iter().map(|relation| relation.subject).collect();
    assert!(names.len() >= 40 && kinds.len() >= 12, "{} relations, {} kinds", names.len(), kinds.len());
    assert_eq!(names.len(), grammar.relations.len());
}

#[test]
fn every_relation_has_eight_forms_a_side_that_name_what_they_must() {
    let mut faults = Vec::new();
    for relation in &Grammar::load().unwrap().relations {
        for (what, families, slots) in families(relation) {
            let used = SPLITS.iter().filter(|split| !families.of(**split).is_empty()).count();
            if !(used == 3 || used == 0 && !matches!(what, "statements" | "questions" | "keywords")) {
                faults.push(format!("{}/{what}: a split without forms", relation.id));
            }
            let count: usize = SPLITS.iter().map(|split| families.of(*split).len()).sum();
            if matches!(what, "statements" | "questions") && count < 8 {
                faults.push(format!("{}/{what}: {count} forms", relation.id));
            }
            for wording in SPLITS.iter().flat_map(|split| families.of(*split)).flat_map(|form| wordings(form)) {
                if !slots.iter().all(|slot| wording.matches(slot).count() == 1) || wording.matches('{').count() != slots.len() {
                    faults.push(format!("{}/{what}: {wording}", relation.id));
                }
            }
        }
        if !relation.definition && relation.nouns.train.is_empty() {
            faults.push(format!("{}: no nouns", relation.id));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_wording_is_used_in_two_splits() {
    let grammar = Grammar::load().unwrap();
    let mut seen: HashMap<String, Split> = HashMap::new();
    let mut faults = Vec::new();
    for relation in &grammar.relations {
        for (what, families, _) in families(relation) {
            for split in SPLITS {
                for wording in families.of(split).iter().flat_map(|form| wordings(form)) {
                    if *seen.entry(wording.clone()).or_insert(split) != split {
                        faults.push(format!("{}/{what}: {wording}", relation.id));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_relation_has_a_natural_and_a_paraphrase_question_in_every_split() {
    let mut faults = Vec::new();
    for relation in Grammar::load().unwrap().relations.iter().filter(|relation| !relation.definition) {
        for split in SPLITS {
            let statements: Vec<String> = relation.statements.of(split).iter().flat_map(|form| wordings(form)).collect();
            let questions: Vec<String> = relation.questions.of(split).iter().flat_map(|form| wordings(form)).collect();
            let pairs = |wanted: bool| statements.iter().any(|s| questions.iter().any(|q| (shared_words(q, s, &[]) > 0) == wanted));
            if !pairs(true) || !pairs(false) {
                faults.push(format!("{} in {split:?}: natural {}, paraphrase {}", relation.id, pairs(true), pairs(false)));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
