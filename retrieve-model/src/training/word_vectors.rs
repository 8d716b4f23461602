//! Where the word embeddings start: not at random, but at what the corpus says of its words. Positive pointwise mutual information of tokens
//! that stand near each other (Levy, Goldberg and Dagan 2015), reduced to the network's width by randomised subspace iteration (Halko,
//! Martinsson and Tropp 2011). This is the self-supervision on the corpus: a minute of it replaces hours of guessing masked tokens.

use backbone::Tokenizer;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Tokens to either side that count as company; one at distance d counts 1/d.
const WINDOW: usize = 8;
/// Ids that are counted; the table has the square of it as entries. Ids grow with rarity.
const COUNTED: usize = 8_192;
/// Power of a companion's frequency, which keeps rare companions from ruling (Levy et al. 2015).
const SMOOTHING: f32 = 0.75;
/// Extra directions that make the iteration accurate.
const OVERSAMPLING: usize = 16;
/// Rounds of subspace iteration.
const ROUNDS: usize = 4;

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
    let mut rows = directions(table.into_information(), counted, width, device);
    centre(&mut rows, &has_company);
    let unit = |(row, has): (Vec<f32>, &bool)| {
        let length = norm(&row);
        (*has && length > 1e-6).then(|| row.iter().map(|x| x / length).collect::<Vec<f32>>())
    };
    let mut out: Vec<Option<Vec<f32>>> = rows.into_iter().zip(&has_company).map(unit).collect();
    out.resize(tokenizer.vocabulary(), None);
    out
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
fn directions(matrix: Vec<f32>, side: usize, width: usize, device: &Device) -> Vec<Vec<f32>> {
    if side == 0 {
        return Vec::new();
    }
    let columns = (width + OVERSAMPLING).min(side);
    let matrix = Tensor::<2>::from_data(TensorData::new(matrix, [side, side]), device);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut basis: Vec<Vec<f32>> = (0..columns).map(|_| (0..side).map(|_| random.random_range(-1.0..1.0)).collect()).collect();
    orthonormalise(&mut basis);
    // The table is symmetric but for the smoothing, so both products are made.
    let as_rows = |basis: &[Vec<f32>]| Tensor::<2>::from_data(TensorData::new(basis.concat(), [columns, side]), device);
    for _ in 0..ROUNDS {
        // [columns, side] x [side, side] x [side, side]^T
        let product = as_rows(&basis).matmul(matrix.clone()).matmul(matrix.clone().transpose());
        let flat: Vec<f32> = product.into_data().try_to_vec().unwrap_or_default();
        basis = flat.chunks(side).map(<[f32]>::to_vec).collect();
        orthonormalise(&mut basis);
    }
    let images: Vec<f32> = as_rows(&basis).matmul(matrix).into_data().try_to_vec().unwrap_or_default();
    let roots: Vec<f32> = images.chunks(side).map(|image| norm(image).sqrt()).collect();
    let coordinates = |id: usize| {
        let kept = basis.iter().zip(&roots).take(width).map(|(direction, root)| direction[id] * root);
        kept.chain(std::iter::repeat(0.0)).take(width).collect()
    };
    (0..side).map(coordinates).collect()
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

/// Modified Gram-Schmidt, twice for accuracy; directions that vanish become zero.
fn orthonormalise(rows: &mut [Vec<f32>]) {
    for at in 0..rows.len() {
        let (done, rest) = rows.split_at_mut(at);
        let Some(row) = rest.first_mut() else { return };
        let before = norm(row);
        for _ in 0..2 {
            for other in done.iter() {
                let dot: f32 = other.iter().zip(row.iter()).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(other).for_each(|(x, o)| *x -= dot * o);
            }
        }
        let length = norm(row);
        let scale = if length > 1e-5 * before { 1.0 / length } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= scale);
    }
}

fn norm(row: &[f32]) -> f32 {
    row.iter().map(|x| x * x).sum::<f32>().sqrt()
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
        assert!(vectors.iter().flatten().all(|vector| (norm(vector) - 1.0).abs() < 1e-4));
    }

    #[test]
    fn no_text_gives_no_vectors() {
        let tokenizer = Tokenizer::train(std::iter::empty(), 300).unwrap();
        let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
        assert!(word_vectors(&[], &tokenizer, 8, &device).iter().all(Option::is_none));
    }
}
