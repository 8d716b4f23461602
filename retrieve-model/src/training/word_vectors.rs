//! Where the word embeddings start: not at random, but at what the corpus says of its words. Positive pointwise mutual information of tokens
//! that stand near each other (Levy, Goldberg and Dagan 2015), reduced to the network's width by randomised subspace iteration (Halko,
//! Martinsson and Tropp 2011). This is the self-supervision on the corpus: a minute of it replaces hours of guessing masked tokens.

use backbone::{Tokenizer, leading_directions, length};
use burn::tensor::Device;
use rayon::prelude::*;

/// Tokens to either side that count as company; one at distance d counts 1/d.
const WINDOW: usize = 8;
/// Ids that are counted; the table has the square of it as entries. Ids grow with rarity.
const COUNTED: usize = 8_192;
/// Power of a companion's frequency, which keeps rare companions from ruling (Levy et al. 2015).
const SMOOTHING: f32 = 0.75;

/// Vectors of the token ids: row `id` of `[vocabulary, width]`, none for an id that has no company in the texts. Every vector has unit length.
#[must_use]
pub fn word_vectors(texts: &[String], tokenizer: &Tokenizer, width: usize, device: &Device) -> Vec<Option<Vec<f32>>> {
    let counted = tokenizer.vocabulary().min(COUNTED);
    let mut table = Company::new(counted);
    for chunk in texts.chunks(4_096) {
        let encoded: Vec<Vec<u32>> = chunk.par_iter().map(|text| tokenizer.encode(text).ids).collect();
        encoded.iter().for_each(|ids| table.count(ids));
    }
    let has_company: Vec<bool> = table.rows().map(|row| row.iter().any(|count| *count > 0.0)).collect();
    let mut rows = coordinates(table.into_information(), counted, width, device);
    centre(&mut rows, &has_company);
    let mut out: Vec<Option<Vec<f32>>> = rows.iter().zip(&has_company).map(|(row, has)| has.then(|| unit(row)).flatten()).collect();
    out.resize(tokenizer.vocabulary(), None);
    out
}

/// A vector of length 1, or nothing where there is no direction.
fn unit(row: &[f32]) -> Option<Vec<f32>> {
    let length = length(row);
    (length > 1e-6).then(|| row.iter().map(|x| x / length).collect())
}

/// How often tokens stand near each other: a square table, row after row.
struct Company {
    side: usize,
    counts: Vec<f32>,
}

impl Company {
    fn new(side: usize) -> Self {
        Self { side, counts: vec![0.0; side * side] }
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.counts.chunks(self.side.max(1))
    }

    fn count(&mut self, ids: &[u32]) {
        for (at, id) in ids.iter().enumerate().filter(|(_, id)| (**id as usize) < self.side) {
            for (distance, other) in (1..=WINDOW).zip(&ids[at + 1..]).filter(|(_, other)| (**other as usize) < self.side) {
                let (one, two) = (*id as usize, *other as usize);
                self.counts[one * self.side + two] += 1.0 / distance as f32;
                self.counts[two * self.side + one] += 1.0 / distance as f32;
            }
        }
    }

    /// `max(0, ln(p(a, b) / (p(a) p'(b))))`, with `p'` the smoothed frequency of companions.
    fn into_information(mut self) -> Vec<f32> {
        let sums: Vec<f32> = self.rows().map(|row| row.iter().sum()).collect();
        let smoothed: Vec<f32> = sums.iter().map(|sum| sum.powf(SMOOTHING)).collect();
        let all: f32 = smoothed.iter().sum();
        self.counts.par_chunks_mut(self.side.max(1)).zip(&sums).for_each(|(row, sum)| {
            for (count, companion) in row.iter_mut().zip(&smoothed) {
                let information = (*count * all / (sum * companion).max(f32::MIN_POSITIVE)).max(1.0).ln();
                *count = if *count > 0.0 { information } else { 0.0 };
            }
        });
        self.counts
    }
}

/// The rows of a square matrix in the basis of its leading left singular vectors, each coordinate times the root of its singular value.
fn coordinates(matrix: Vec<f32>, side: usize, width: usize, device: &Device) -> Vec<Vec<f32>> {
    let found = leading_directions(matrix, side, width, device);
    let of = |id: usize| found.iter().map(move |(direction, value)| direction[id] * value.sqrt()).chain(std::iter::repeat(0.0)).take(width);
    (0..side).map(|id| of(id).collect()).collect()
}

/// Takes the mean off every row: what all words share tells none from another (Mu and Viswanath 2018).
fn centre(rows: &mut [Vec<f32>], counts: &[bool]) {
    let number = counts.iter().filter(|counts| **counts).count().max(1) as f32;
    let width = rows.first().map_or(0, Vec::len);
    let mut mean = vec![0.0; width];
    for row in rows.iter().zip(counts).filter(|(_, counts)| **counts).map(|(row, _)| row) {
        mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / number);
    }
    rows.iter_mut().for_each(|row| row.iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn words_that_keep_the_same_company_are_near_each_other() {
        let boats = ["the ferry left the harbour with its crew", "the steamer left the harbour with its crew"];
        let bread = ["a baker kneads dough for bread in an oven", "a baker kneads dough for cakes in an oven"];
        let texts: Vec<String> = boats.iter().chain(&bread).cycle().take(400).map(|text| (*text).to_owned()).collect();
        let tokenizer = Tokenizer::train(texts.iter().cloned(), 420).unwrap();
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        let vectors = word_vectors(&texts, &tokenizer, 8, &device);
        assert_eq!(vectors, word_vectors(&texts, &tokenizer, 8, &device));
        let of = |word: &str| {
            let ids = tokenizer.encode(word).ids;
            assert_eq!(ids.len(), 1, "{word} is one token");
            vectors[ids[0] as usize].clone().unwrap()
        };
        let near = cosine(&of(" ferry"), &of(" steamer"));
        assert!(near > 0.8 && near > cosine(&of(" ferry"), &of(" bread")) + 0.5, "{near}");
        assert!(vectors.iter().flatten().all(|vector| (length(vector) - 1.0).abs() < 1e-4));
    }

    #[test]
    fn no_text_gives_no_vectors() {
        let tokenizer = Tokenizer::train(std::iter::empty(), 300).unwrap();
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        assert!(word_vectors(&[], &tokenizer, 8, &device).iter().all(Option::is_none));
    }
}
