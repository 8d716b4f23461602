//! What authors call the parts of their pages, as hashed pieces of class names, ids and roles: no list of such words is written down anywhere.

use text::mixed;

use crate::read::Element;

/// Places for the pieces.
pub const NAMES: usize = 512;
/// Words of one element that are read.
const MOST_WORDS: usize = 16;
/// Letters of the pieces of a longer word.
const PIECE: usize = 5;
/// Elements around a line whose names count, and those that count once more as its nearest.
const AROUND: usize = 16;
const NEAREST: usize = 3;

/// The pieces of the names of each element.
#[derive(Debug)]
pub(super) struct Names {
    parents: Vec<Option<u32>>,
    /// Hash of each piece.
    pieces: Vec<Vec<u64>>,
}

impl Names {
    pub fn of(elements: &[Element]) -> Self {
        let parents = elements.iter().map(|element| element.parent).collect();
        Self { parents, pieces: elements.iter().map(|element| pieces(&element.words)).collect() }
    }

    /// Adds `NAMES` numbers between -1 and 1 for a line in the element `place`.
    pub fn row(&self, place: Option<u32>, out: &mut Vec<f32>) {
        let start = out.len();
        out.resize(start + NAMES, 0.0);
        let row = &mut out[start..];
        let mut add = |hash: u64| row[(hash % NAMES as u64) as usize] += if hash >> 40 & 1 == 1 { 1.0 } else { -1.0 };
        let mut next = place;
        for far in 0..AROUND {
            let Some(at) = next.filter(|at| (*at as usize) < self.pieces.len()) else { break };
            for piece in &self.pieces[at as usize] {
                add(mixed(*piece));
                if far < NEAREST {
                    add(mixed(piece ^ 0x9e37_79b9_7f4a_7c15));
                }
            }
            next = self.parents[at as usize];
        }
        row.iter_mut().for_each(|value| *value = value.clamp(-1.0, 1.0));
    }
}

/// The hashes of the words that the names hold (`mainNav` is two) and of the pieces of long ones, each once.
fn pieces(names: &str) -> Vec<u64> {
    let (mut out, mut word, mut lower_before, mut words) = (Vec::new(), Vec::<u8>::new(), false, 0);
    for byte in names.bytes().chain(std::iter::once(b' ')) {
        let ends = !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() && lower_before;
        if ends && !word.is_empty() {
            if word.len() > 1 && words < MOST_WORDS {
                words += 1;
                out.push(hash(&word));
                out.extend(word.windows(PIECE).filter(|piece| piece.len() < word.len()).map(hash));
            }
            word.clear();
        }
        if byte.is_ascii_alphabetic() && word.len() < 20 {
            word.push(byte.to_ascii_lowercase());
        }
        lower_before = byte.is_ascii_lowercase();
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words_and_words_into_pieces() {
        let of = |words: &[&str]| {
            let mut out: Vec<u64> = words.iter().map(|word| hash(word.as_bytes())).collect();
            out.sort_unstable();
            out
        };
        assert_eq!(pieces("mainNav x site_nav-2"), of(&["main", "nav", "site"]));
        assert_eq!(pieces("sidebar"), of(&["sidebar", "sideb", "ideba", "debar"]));
    }
}
