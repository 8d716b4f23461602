//! What the published encoder says of training sections and of the queries that look for them, as plain numbers: which sections it takes for near, and
//! how much its comparison counts beside the reader's relevance.

use std::collections::HashMap;

/// Sections kept of each query, nearest first.
pub(crate) const NEAREST: usize = 24;

/// A question of the training data, and the step of its chain.
pub type Item = (u32, u8);

/// Vectors of unit length of all sections and of queries, and the sections nearest to each query. Few large blocks of numbers: a hundred thousand small
/// ones, made between large ones that go again, would leave no room for the next.
#[derive(Clone, Debug, Default)]
pub struct Nearness {
    /// Numbers of a vector.
    width: usize,
    /// Row after row, one a section.
    sections: Vec<f32>,
    /// The same for the queries.
    queries: Vec<f32>,
    /// As many sections for each query.
    nearest: Vec<u32>,
    /// Which row is an item's.
    rows: HashMap<Item, usize>,
    /// What a cosine of one adds to a section's log-odds.
    weight: f32,
}

impl Nearness {
    /// Of sections and queries (row after row, `width` numbers each), with as many nearest sections for each of `items`; what a cosine of one adds to a
    /// section's log-odds is `weight`.
    #[must_use]
    pub fn new(width: usize, sections: Vec<f32>, items: &[Item], queries: Vec<f32>, nearest: Vec<u32>, weight: f32) -> Self {
        let rows = items.iter().copied().zip(0..).collect();
        Self { width, sections, queries, nearest, rows, weight }
    }

    /// The sections that are most similar to a query, of their similarities; nearest first.
    #[must_use]
    pub fn nearest_of(similarities: &[f32]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..similarities.len() as u32).collect();
        let nearer = |a: &u32, b: &u32| similarities[*b as usize].total_cmp(&similarities[*a as usize]).then(a.cmp(b));
        if order.len() > NEAREST {
            order.select_nth_unstable_by(NEAREST - 1, nearer);
            order.truncate(NEAREST);
            order.shrink_to_fit();
        }
        order.sort_by(nearer);
        order
    }

    /// The sections nearest to an item's query, nearest first; none where it is not known.
    #[must_use]
    pub fn nearest(&self, item: Item) -> &[u32] {
        let each = self.nearest.len() / self.rows.len().max(1);
        self.rows.get(&item).and_then(|row| self.nearest.get(row * each..(row + 1) * each)).unwrap_or_default()
    }

    fn row<'a>(&self, numbers: &'a [f32], row: usize) -> &'a [f32] {
        numbers.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    /// What the comparison adds to the log-odds of a section; 0 where the item is not known.
    #[must_use]
    pub fn worth(&self, item: Item, section: u32) -> f32 {
        let query = self.rows.get(&item).map_or(&[][..], |row| self.row(&self.queries, *row));
        let own = self.row(&self.sections, section as usize);
        self.weight * query.iter().zip(own).map(|(a, b)| a * b).sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_count_by_their_cosine() {
        let sections: Vec<f32> = (0..40).flat_map(|n| [(n as f32 / 40.0).cos(), (n as f32 / 40.0).sin()]).collect();
        let up: Vec<f32> = sections.chunks(2).map(|section| section[1]).collect();
        let across: Vec<f32> = sections.chunks(2).map(|section| section[0]).collect();
        let nearest = [Nearness::nearest_of(&across), Nearness::nearest_of(&up)].concat();
        let nearness = Nearness::new(2, sections, &[(3, 0), (3, 1)], vec![1.0, 0.0, 0.0, 1.0], nearest, 16.0);
        assert_eq!(nearness.nearest((3, 0)), (0..24).collect::<Vec<u32>>());
        assert_eq!(nearness.nearest((3, 1)), (16..40).rev().collect::<Vec<u32>>());
        assert!((nearness.worth((3, 1), 39) - 16.0 * up[39]).abs() < 1e-5);
        assert!(nearness.nearest((2, 0)).is_empty());
        assert_eq!(nearness.worth((2, 0), 39).abs(), 0.0);
    }
}
