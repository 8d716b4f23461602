//! Latent semantic vectors (Deerwester et al. 1990): the leading right singular vectors of the tf-idf matrix of the chunks, found by randomised
//! subspace iteration (Halko, Martinsson and Tropp 2011). No training data but the corpus itself, and the same numbers for any thread count.

use std::collections::HashMap;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Terms kept, by document frequency.
const LARGEST_VOCABULARY: usize = 30_000;
/// Chunks the vectors are fitted on, at most, evenly spread; bounds time and memory on a large corpus.
const LARGEST_SAMPLE: usize = 30_000;
/// Extra directions that make the randomised iteration accurate.
const OVERSAMPLING: usize = 8;
/// Rounds of subspace iteration.
const ROUNDS: usize = 4;

/// A row of the tf-idf matrix: (term, weight) with unit length.
type Row = Vec<(u32, f32)>;

/// Maps texts to unit vectors in which texts about the same things are near.
#[derive(Clone, Debug)]
pub struct LatentModel {
    terms: HashMap<String, u32>,
    idf: Vec<f32>,
    /// Columns: one vector over the vocabulary for each dimension.
    basis: Vec<Vec<f32>>,
}

impl LatentModel {
    /// Fits vectors of at most `dimensions` numbers on texts given as search terms.
    #[must_use]
    pub fn fit(texts: &[Vec<String>], dimensions: usize, seed: u64) -> Self {
        let (terms, idf) = vocabulary(texts);
        let mut model = Self { terms, idf, basis: Vec::new() };
        let stride = texts.len().div_ceil(LARGEST_SAMPLE).max(1);
        let rows: Vec<Row> = texts.iter().step_by(stride).map(|text| model.row(text)).collect();
        let width = (dimensions + OVERSAMPLING).min(model.idf.len()).min(rows.len());
        let mut columns: Vec<Vec<f32>> = (0..width).map(|column| random_column(model.idf.len(), column, seed)).collect();
        for _ in 0..ROUNDS {
            columns = columns.into_par_iter().map(|column| apply(&rows, &column)).collect();
            orthonormalise(&mut columns);
        }
        // Orthogonalised one after the other, the columns converge in order of falling singular value: the last ones were only oversampling.
        columns.truncate(dimensions.min(width));
        model.basis = columns;
        model
    }

    /// Length of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.basis.len()
    }

    /// The unit vector of a text, all zeros where none of its terms is known.
    #[must_use]
    pub fn embed(&self, terms: &[String]) -> Vec<f32> {
        let row = self.row(terms);
        let dot = |column: &Vec<f32>| row.iter().map(|(term, weight)| weight * column[*term as usize]).sum();
        let mut vector: Vec<f32> = self.basis.iter().map(dot).collect();
        scale_to_unit(&mut vector);
        vector
    }

    /// Weights `(1 + ln tf) idf`, scaled to unit length.
    fn row(&self, terms: &[String]) -> Row {
        let mut ids: Vec<u32> = terms.iter().filter_map(|term| self.terms.get(term).copied()).collect();
        ids.sort_unstable();
        let weigh = |group: &[u32]| (group[0], (1.0 + (group.len() as f32).ln()) * self.idf[group[0] as usize]);
        let mut row: Row = ids.chunk_by(|a, b| a == b).map(weigh).collect();
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length.max(f32::MIN_POSITIVE));
        row
    }
}

fn vocabulary(texts: &[Vec<String>]) -> (HashMap<String, u32>, Vec<f32>) {
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for text in texts {
        let mut unique: Vec<&str> = text.iter().map(String::as_str).collect();
        unique.sort_unstable();
        unique.dedup();
        unique.into_iter().for_each(|term| *frequency.entry(term).or_default() += 1);
    }
    let mut kept: Vec<(&str, usize)> = frequency.into_iter().filter(|(_, count)| *count >= 2).collect();
    kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    kept.truncate(LARGEST_VOCABULARY);
    let idf = kept.iter().map(|(_, count)| text::idf(texts.len(), *count)).collect();
    (kept.into_iter().enumerate().map(|(id, (term, _))| (term.to_owned(), id as u32)).collect(), idf)
}

fn random_column(length: usize, column: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(column as u64);
    (0..length).map(|_| random.random_range(-1.0..1.0_f32)).collect()
}

/// `transpose(A) (A v)` for the matrix with the given rows.
fn apply(rows: &[Row], column: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; column.len()];
    for row in rows {
        let dot: f32 = row.iter().map(|(term, weight)| weight * column[*term as usize]).sum();
        row.iter().for_each(|(term, weight)| out[*term as usize] += dot * weight);
    }
    out
}

fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}

fn scale_to_unit(vector: &mut [f32]) {
    let length = norm(vector);
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Modified Gram-Schmidt, twice for accuracy; rows that vanish become zero.
fn orthonormalise(rows: &mut [Vec<f32>]) {
    for at in 0..rows.len() {
        let (done, rest) = rows.split_at_mut(at);
        let Some(row) = rest.first_mut() else { return };
        let before = length(row);
        for _ in 0..2 {
            for other in done.iter() {
                let dot: f32 = other.iter().zip(row.iter()).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(other).for_each(|(x, o)| *x -= dot * o);
            }
        }
        let after = length(row);
        let scale = if after > 1e-5 * before { 1.0 / after } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Length of a vector.
fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|x| x * x).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn orthonormal_rows_have_unit_length_and_right_angles_and_what_depends_on_others_vanishes() {
        let mut rows = vec![vec![3.0, 0.0, 4.0], vec![1.0, 1.0, 0.0], vec![4.0, 1.0, 4.0]];
        orthonormalise(&mut rows);
        assert!((length(&rows[0]) - 1.0).abs() < 1e-6 && (length(&rows[1]) - 1.0).abs() < 1e-6);
        assert!(dot(&rows[0], &rows[1]).abs() < 1e-6);
        assert_eq!(rows[2], [0.0; 3]);
    }

    fn texts() -> Vec<Vec<String>> {
        let boats = ["ferry harbour ship", "ship captain harbour", "captain ferry crew", "crew ship"];
        let bread = ["bread flour oven", "oven baker flour", "baker bread yeast", "yeast flour"];
        boats.iter().chain(&bread).map(|text| text::terms(text)).collect()
    }

    fn cosine(model: &LatentModel, a: &str, b: &str) -> f32 {
        let (a, b) = (model.embed(&text::terms(a)), model.embed(&text::terms(b)));
        a.iter().zip(&b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn words_that_never_meet_are_near_when_they_share_company() {
        let model = LatentModel::fit(&texts(), 2, 1);
        assert!(cosine(&model, "harbour", "crew") > 0.8, "{}", cosine(&model, "harbour", "crew"));
        assert!(cosine(&model, "harbour", "flour").abs() < 0.1);
    }

    #[test]
    fn the_basis_is_orthonormal_and_the_same_for_any_thread_count() {
        let model = LatentModel::fit(&texts(), 4, 1);
        for (i, a) in model.basis.iter().enumerate() {
            for (j, b) in model.basis.iter().enumerate() {
                let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                assert!((dot - f32::from(u8::from(i == j))).abs() < 1e-4, "{i} {j} {dot}");
            }
        }
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| LatentModel::fit(&texts(), 4, 1)).basis, model.basis);
    }

    #[test]
    fn an_empty_corpus_gives_empty_vectors() {
        let model = LatentModel::fit(&[], 8, 1);
        assert_eq!((model.dimensions(), model.embed(&["x".into()]).len()), (0, 0));
    }
}
