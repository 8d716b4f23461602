//! The vectors of an index that is not too large for them, held in memory from the first vector search on: as bytes, a quarter of the room and of
//! the time that their numbers would take (at 71,913 sections of 384 numbers 28 MB). What may be among the nearest by its bytes is compared once more
//! by its numbers, read from the table, so that the result is that of a comparison with every section.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float32Type, UInt64Type};
use lance_linalg::distance::Dot;
use lance_linalg::distance::dot_u8::dot_u8_u64;
use rayon::prelude::*;

use super::table::{VECTOR, is_usable};

/// More than this stays on disk: 1.4 million sections of 384 numbers.
const MOST_BYTES: u64 = 512 << 20;
/// The byte of a zero.
const ZERO: f32 = 128.0;
/// Standard deviations of the rounding between a cosine by bytes and the cosine: farther away none was ever seen.
const DEVIATIONS: f32 = 6.0;
/// Of every section asked for, so many at most are compared by their numbers. More come only where vectors are the same, and then so are their bytes.
const COMPARED: usize = 8;

/// Sections that one thread compares at a time; an index of fewer is compared by one.
const PART: usize = 16_384;

/// Unit vectors by key, each number as a byte; a scale of zero for a section without one.
pub(super) struct Vectors {
    bytes: Vec<u8>,
    rows: Vec<Scale>,
    dimensions: usize,
}

/// What the bytes of a vector mean: a number is `scale * (byte - 128)`.
#[derive(Clone, Copy, Default)]
pub(super) struct Scale {
    pub scale: f32,
    /// Sum of the bytes.
    pub sum: u32,
}

/// Whether so many vectors fit.
pub(super) fn fit(rows: u64, dimensions: usize) -> bool {
    rows.saturating_mul(dimensions as u64) <= MOST_BYTES
}

impl Scale {
    /// Writes the bytes of a vector.
    pub fn of(vector: &[f32], bytes: &mut [u8]) -> Self {
        let scale = vector.iter().fold(0.0_f32, |most, number| most.max(number.abs())) / 127.0;
        if !is_usable(vector) || scale == 0.0 {
            bytes.fill(ZERO as u8);
            return Self::default();
        }
        let steps = scale.recip();
        for (byte, number) in bytes.iter_mut().zip(vector) {
            *byte = (number * steps + (ZERO + 0.5)) as u8;
        }
        Self { scale, sum: bytes.iter().map(|byte| u32::from(*byte)).sum() }
    }
}

impl Vectors {
    pub fn new(rows: u64, dimensions: usize) -> Self {
        let rows = rows as usize;
        Self { bytes: vec![ZERO as u8; rows * dimensions], rows: vec![Scale::default(); rows], dimensions }
    }

    /// Where the vectors stand, by key.
    pub fn places(&mut self) -> impl Iterator<Item = (&mut Scale, &mut [u8])> {
        self.rows.iter_mut().zip(self.bytes.chunks_exact_mut(self.dimensions.max(1)))
    }

    /// Takes the vectors of rows; none if the batch has not the columns that the table should have.
    pub fn fill(&mut self, batch: &RecordBatch) -> Option<()> {
        let keys = batch.column_by_name("key")?.as_primitive_opt::<UInt64Type>()?;
        let lists = batch.column_by_name(VECTOR)?.as_fixed_size_list_opt()?;
        for (at, key) in keys.values().iter().enumerate().filter(|(at, _)| !lists.is_null(*at)) {
            let list = lists.value(at);
            let mut vector = list.as_primitive_opt::<Float32Type>()?.values().to_vec();
            let key = usize::try_from(*key).ok()?;
            let start = key.checked_mul(self.dimensions)?;
            let place = self.bytes.get_mut(start..start.checked_add(vector.len())?)?;
            normalise(&mut vector);
            *self.rows.get_mut(key)? = Scale::of(&vector, place);
        }
        Some(())
    }

    /// Keys among which the `k` sections with the largest cosines are: no more than rounding makes necessary, the likeliest first.
    pub fn near(&self, unit: &[f32], k: usize) -> Vec<u64> {
        if self.dimensions == 0 || unit.len() != self.dimensions || k == 0 {
            return Vec::new();
        }
        let mut asked = vec![0; self.dimensions];
        let own = Scale::of(unit, &mut asked);
        let constant = (ZERO * ZERO) as i64 * self.dimensions as i64 - ZERO as i64 * i64::from(own.sum);
        let near = |key: usize, row: &Scale, bytes: &[u8]| {
            let product = dot_u8_u64(&asked, bytes) as i64 - ZERO as i64 * i64::from(row.sum) + constant;
            // A rounding is uniform over one step, and the roundings of a vector's numbers know nothing of each other.
            let doubt = DEVIATIONS * ((row.scale * row.scale + own.scale * own.scale) / 12.0).sqrt();
            Near { key: key as u64, cosine: own.scale * row.scale * product as f32, doubt }
        };
        let part = |(number, (rows, bytes)): (usize, (&[Scale], &[u8]))| {
            let rows = rows.iter().zip(bytes.chunks_exact(self.dimensions)).enumerate().filter(|(_, (row, _))| row.scale > 0.0);
            closest(rows.map(|(at, (row, bytes))| near(number * PART + at, row, bytes)).collect(), k)
        };
        let parts = self.rows.par_chunks(PART).zip(self.bytes.par_chunks(PART * self.dimensions)).enumerate().map(part);
        let mut near = closest(parts.flatten_iter().collect(), k);
        near.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.key.cmp(&b.key)));
        near.truncate(k.saturating_mul(COMPARED));
        near.into_iter().map(|near| near.key).collect()
    }
}

/// A section and its cosine by bytes, which is no farther from its cosine than the doubt.
struct Near {
    key: u64,
    cosine: f32,
    doubt: f32,
}

/// Those that may be among the `k` nearest.
fn closest(mut near: Vec<Near>, k: usize) -> Vec<Near> {
    let least = nth_largest(near.iter().map(|near| near.cosine - near.doubt), k);
    near.retain(|near| near.cosine + near.doubt >= least);
    near
}

/// The `n`-th largest of numbers, at least one; below all of them where there are fewer.
fn nth_largest(numbers: impl Iterator<Item = f32>, n: usize) -> f32 {
    let room = n.saturating_mul(4).max(64);
    let mut largest: Vec<f32> = Vec::with_capacity(room);
    let mut least = f32::NEG_INFINITY;
    for number in numbers.filter(|number| !number.is_nan()) {
        if number < least {
            continue;
        }
        largest.push(number);
        if largest.len() == room {
            least = *largest.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a)).1;
            largest.truncate(n);
        }
    }
    if largest.len() < n {
        return f32::NEG_INFINITY;
    }
    *largest.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a)).1
}

/// Divides by the length; zeros where there is no direction.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = if is_usable(vector) { f32::dot(vector, vector).sqrt() } else { f32::INFINITY };
    vector.iter_mut().for_each(|number| *number /= length);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn held(vectors: &[Vec<f32>]) -> Vectors {
        let mut held = Vectors::new(vectors.len() as u64, vectors[0].len());
        for ((row, bytes), vector) in held.places().zip(vectors) {
            *row = Scale::of(vector, bytes);
        }
        held
    }

    fn random(seed: u64, count: usize, dimensions: usize) -> Vec<Vec<f32>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let vector = |_| {
            let mut vector: Vec<f32> = (0..dimensions).map(|_| random.random::<f32>() + random.random::<f32>() - 1.0).collect();
            normalise(&mut vector);
            vector
        };
        (0..count).map(vector).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_nearest_by_a_plain_loop_are_among_those_near(seed: u64, dimensions in 32_usize..400, k in 1_usize..60) {
            let (vectors, query) = (random(seed, 700, dimensions), random(!seed, 1, dimensions).remove(0));
            let mut nearest: Vec<(usize, f32)> = vectors.iter().map(|vector| f32::dot(vector, &query)).enumerate().collect();
            nearest.sort_by(|a, b| b.1.total_cmp(&a.1));
            let near = held(&vectors).near(&query, k);
            prop_assert!(nearest[..k].iter().all(|(key, _)| near.contains(&(*key as u64))));
            prop_assert!(near.len() >= k && near.len() <= k * COMPARED);
        }
    }

    #[test]
    fn a_section_without_a_vector_is_never_near_and_of_equal_ones_the_first_are() {
        let mut vectors = random(3, 90, 37);
        vectors[5] = vec![0.0; 37];
        let same = vectors[20].clone();
        vectors[30..].fill(same.clone());
        let held = held(&vectors);
        assert_eq!(held.near(&same, 2)[..3], [20, 30, 31]);
        assert_eq!(held.near(&same, 2).len(), 2 * COMPARED);
        assert!(!held.near(&same, 90).contains(&5) && held.near(&same, 90).len() == 89);
        assert!(held.near(&same[1..], 3).is_empty() && held.near(&same, 0).is_empty());
    }

    #[test]
    #[ignore = "a measurement, with 0.4 GB"]
    fn measure_a_million() {
        let (mut random, count, dimensions) = (ChaCha8Rng::seed_from_u64(5), 1_000_000, 384);
        let mut held = Vectors::new(count, dimensions);
        held.bytes.iter_mut().for_each(|byte| *byte = (random.random::<u8>() / 4) + (random.random::<u8>() / 4) + 64);
        held.rows.iter_mut().for_each(|row| *row = Scale { scale: 0.0015, sum: 128 * 384 });
        let query = super::tests::random(9, 1, dimensions).remove(0);
        let mut times: Vec<_> = (0..40)
            .map(|_| {
                let start = std::time::Instant::now();
                assert!(held.near(&query, 50).len() >= 50);
                start.elapsed()
            })
            .collect();
        times.sort();
        println!("fastest {:?}, median {:?}", times[0], times[20]);
    }

    #[test]
    fn the_nth_largest_is_that_of_a_sorted_list() {
        let numbers: Vec<f32> = (0..1000).map(|n| ((n * 7919) % 1009) as f32).collect();
        let mut sorted = numbers.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        for n in [1, 2, 50, 999, 1000] {
            assert_eq!(nth_largest(numbers.iter().copied(), n), sorted[n - 1]);
        }
        assert_eq!(nth_largest([1.0, f32::NAN].into_iter(), 2), f32::NEG_INFINITY);
    }
}
