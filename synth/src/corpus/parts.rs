//! Which part of the data (training, development, test) a document of a corpus belongs to.

use std::collections::HashMap;

use records::Split;

/// The part of each document. Documents that one question needs share the part of the one with the smallest `doc_id` among all that hang together so: a
/// question over documents of several parts could be used by none, and a document in two parts would be a leak.
pub(super) struct Parts {
    rule: fn(&str) -> Split,
    /// From the `doc_id` of a document that questions join to others, to the one that decides for them.
    deciding: HashMap<String, String>,
}

impl Parts {
    /// `rule` says the part of a `doc_id` that stands alone; each of `joined` holds the `doc_id`s of documents that one question needs.
    pub fn new(rule: fn(&str) -> Split, joined: &[Vec<String>]) -> Self {
        let mut deciding = HashMap::new();
        for documents in joined {
            let heads: Vec<String> = documents.iter().map(|document| head(&deciding, document)).collect();
            let Some(first) = heads.iter().min().cloned() else { continue };
            deciding.extend(documents.iter().chain(&heads).map(|document| (document.clone(), first.clone())));
        }
        Self { rule, deciding }
    }

    pub fn of(&self, doc_id: &str) -> Split {
        (self.rule)(&head(&self.deciding, doc_id))
    }
}

/// The document that decides for this one.
fn head(deciding: &HashMap<String, String>, document: &str) -> String {
    let mut at = document;
    while let Some(next) = deciding.get(at).filter(|next| *next != at) {
        at = next;
    }
    at.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_questions_join_share_the_part_of_the_first() {
        let joined = [["d", "c"], ["f", "e"], ["c", "b"], ["e", "d"]].map(|pair| pair.map(str::to_owned).to_vec());
        let parts = Parts::new(Split::of, &joined);
        for document in ["b", "c", "d", "e", "f"] {
            assert_eq!(parts.of(document), Split::of("b"), "{document}");
        }
        let alone = (0..50).map(|n| format!("alone-{n}"));
        assert!(alone.into_iter().all(|document| parts.of(&document) == Split::of(&document)));
    }
}
