//! What attention adds to a score for the distance of key and query (Raffel et al. 2020): a number for each head and each class of distances. Near ones
//! have a class each, farther ones share one, the wider the farther; keys behind the query have classes of their own.

use burn::tensor::{Tensor, TensorData};

/// Distance from which on all share a class.
const FAR: f32 = 128.0;

/// The numbers of every head by distance, for texts up to a length.
#[derive(Debug)]
pub struct Distances {
    /// Of each head, from the key that stands farthest before its query to the one farthest behind it: `[heads, 2 * tokens - 1]`.
    numbers: Vec<f32>,
    tokens: usize,
    heads: usize,
}

impl Distances {
    /// For texts of at most `tokens` from a table `[classes, heads]`.
    #[must_use]
    pub fn new(table: &Tensor<2>, tokens: usize) -> Self {
        let [classes, heads] = table.dims();
        let table: Vec<f32> = table.to_data().iter::<f32>().collect();
        let reach = tokens.max(1) as isize - 1;
        let number = |head: usize| {
            let table = &table;
            (-reach..=reach).map(move |distance| table[class(distance, classes) * heads + head])
        };
        Self { numbers: (0..heads).flat_map(number).collect(), tokens: tokens.max(1), heads }
    }

    /// Those of a query to the first `keys` keys.
    #[inline(always)]
    pub(super) fn of(&self, head: usize, query: usize, keys: usize) -> &[f32] {
        let start = head * (2 * self.tokens - 1) + self.tokens - 1 - query;
        &self.numbers[start..start + keys]
    }

    /// The same as a tensor, to be added to scores: `[1, heads, tokens, tokens]`, `like` telling the device.
    #[must_use]
    pub fn tensor(&self, like: &Tensor<3>) -> Tensor<4> {
        let rows = (0..self.heads).flat_map(|head| (0..self.tokens).flat_map(move |query| self.of(head, query, self.tokens)));
        let numbers: Vec<f32> = rows.copied().collect();
        Tensor::from_data(TensorData::new(numbers, [1, self.heads, self.tokens, self.tokens]), &like.device())
    }
}

/// The class of a key that stands so far behind its query: half of the classes are for keys before it, half for those behind.
fn class(distance: isize, classes: usize) -> usize {
    let half = classes / 2;
    let side = if distance > 0 { half } else { 0 };
    let (away, exact) = (distance.unsigned_abs(), half / 2);
    if away < exact {
        return side + away;
    }
    let near = exact.max(1) as f32;
    let share = (away as f32 / near).ln() / (FAR / near).ln();
    side + (exact + (share * (half - exact) as f32) as usize).min(half.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_paper() {
        // Of transformers' MPNet with 32 classes.
        let expected =
            [(0, 0), (-1, 1), (-7, 7), (-8, 8), (-11, 8), (-12, 9), (-127, 15), (-500, 15), (1, 17), (8, 24), (64, 30), (128, 31)];
        for (distance, wanted) in expected {
            assert_eq!(class(distance, 32), wanted, "{distance}");
        }
    }
}
