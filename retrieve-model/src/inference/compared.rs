//! Vectors of sections by the whole published encoder, kept from question to question: a batch of questions about one corpus finds the same ones again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use records::Section;

use crate::data::header;

/// Vectors kept at most; then it starts anew. Some 40 MB.
const KEPT: usize = 25_000;

/// A text that is compared: what stands above it, and its own words.
pub(super) type Text = (String, String);

/// Vectors by the hash of what they are of.
#[derive(Debug, Default)]
pub(super) struct Compared(Mutex<HashMap<blake3::Hash, Arc<[f32]>>>);

/// The hash of what a vector is of.
fn name((header, text): &Text) -> blake3::Hash {
    blake3::hash(format!("{header}\0{text}").as_bytes())
}

impl Compared {
    /// Keeps the vectors of sections that are not kept yet, where there is room for them; whether there was.
    pub(super) fn ahead(&self, sections: &[Section], vectors: impl Fn(&[Text]) -> Vec<Vec<f32>>) -> bool {
        let texts = sections.iter().map(|section| (header(section), section.text.clone()));
        let new: Vec<Text> = match self.0.lock() {
            Ok(kept) if kept.len() + sections.len() <= KEPT => texts.filter(|text| !kept.contains_key(&name(text))).collect(),
            _ => return false,
        };
        let made = vectors(&new);
        if let Ok(mut kept) = self.0.lock() {
            kept.extend(new.iter().map(name).zip(made.into_iter().map(Into::into)));
        }
        true
    }

    /// Cosine of each section with the query; `vectors` gives the vectors of texts, of unit length.
    pub(super) fn similarities(&self, query: &str, sections: &[&Section], vectors: impl Fn(&[Text]) -> Vec<Vec<f32>>) -> Vec<f32> {
        let texts: Vec<Text> = sections.iter().map(|section| (header(section), section.text.clone())).collect();
        let names: Vec<blake3::Hash> = texts.iter().map(name).collect();
        let known: Vec<Option<Arc<[f32]>>> = match self.0.lock() {
            Ok(kept) => names.iter().map(|name| kept.get(name).cloned()).collect(),
            Err(_) => vec![None; names.len()],
        };
        let new: Vec<usize> = (0..names.len()).filter(|at| known[*at].is_none()).collect();
        let asked = std::iter::once((String::new(), query.to_owned()));
        let wanted: Vec<Text> = asked.chain(new.iter().map(|at| texts[*at].clone())).collect();
        let mut made = vectors(&wanted).into_iter();
        let query = made.next().unwrap_or_default();
        let mut all = known;
        for (at, vector) in new.iter().zip(made) {
            all[*at] = Some(vector.into());
        }
        if let Ok(mut kept) = self.0.lock() {
            if kept.len() + new.len() > KEPT {
                kept.clear();
            }
            kept.extend(new.iter().filter_map(|at| Some((names[*at], all[*at].clone()?))));
        }
        let cosine = |vector: &Option<Arc<[f32]>>| vector.iter().flat_map(|own| own.iter()).zip(&query).map(|(a, b)| a * b).sum();
        all.iter().map(cosine).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::data::fixture;

    #[test]
    fn a_section_is_read_once_for_all_questions() {
        let sections = fixture::tables(3).0;
        let sections: Vec<&Section> = sections.iter().collect();
        let (compared, read) = (Compared::default(), Cell::new(0));
        let vectors = |texts: &[Text]| {
            read.set(read.get() + texts.len());
            texts.iter().map(|(_, text)| if text.contains("Faldor") { vec![1.0, 0.0] } else { vec![0.0, 1.0] }).collect()
        };
        let first = compared.similarities("Who runs Project Faldor?", &sections, vectors);
        assert_eq!(read.get(), sections.len() + 1);
        let told: Vec<f32> = sections.iter().map(|section| f32::from(u8::from(section.text.contains("Faldor")))).collect();
        assert_eq!(first, told);
        let second = compared.similarities("Who leads Unit Hardor?", &sections, vectors);
        assert_eq!(read.get(), sections.len() + 2);
        assert_eq!(second, told.iter().map(|same| 1.0 - same).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_kept_ahead_is_not_read_for_a_question() {
        let sections = fixture::tables(3).0;
        let (compared, read) = (Compared::default(), Cell::new(0));
        let vectors = |texts: &[Text]| {
            read.set(read.get() + texts.len());
            texts.iter().map(|_| vec![1.0]).collect()
        };
        assert!(compared.ahead(&sections[1..], vectors));
        assert!(compared.ahead(&sections[1..], vectors));
        assert_eq!(read.get(), sections.len() - 1);
        compared.similarities("Who?", &sections.iter().collect::<Vec<_>>(), vectors);
        assert_eq!(read.get(), sections.len() + 1, "the question and one section");
        assert!(!compared.ahead(&vec![sections[0].clone(); KEPT], vectors), "there is no room");
    }
}
