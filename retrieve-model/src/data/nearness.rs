//! What the published encoder says of training sections and of the queries that look for them, as plain numbers: which sections it takes for near, and
//! how much its comparison counts beside the reader's relevance.

use std::collections::HashMap;

/// Sections kept of each query, nearest first.
const NEAREST: usize = 24;

/// A question of the training data, and the step of its chain.
pub type Item = (u32, u8);

/// Vectors of unit length of all sections and of queries, and the sections nearest to each query.
#[derive(Clone, Debug, Default)]
pub struct Nearness {
    /// Numbers of a vector.
    width: usize,
    /// Row after row, one a section.
    sections: Vec<f32>,
    queries: HashMap<Item, Query>,
    /// What a cosine of one adds to a section's log-odds.
    weight: f32,
}

#[derive(Clone, Debug)]
struct Query {
    vector: Vec<f32>,
    nearest: Vec<u32>,
}

impl Nearness {
    /// Of `sections` (row after row, `width` numbers each); what a cosine of one adds to a section's log-odds is `weight`.
    #[must_use]
    pub fn new(width: usize, sections: Vec<f32>, weight: f32) -> Self {
        Self { width, sections, queries: HashMap::new(), weight }
    }

    /// The sections that are most similar to a query, of their similarities; nearest first.
    #[must_use]
    pub fn nearest_of(similarities: &[f32]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..similarities.len() as u32).collect();
        let nearer = |a: &u32, b: &u32| similarities[*b as usize].total_cmp(&similarities[*a as usize]).then(a.cmp(b));
        if order.len() > NEAREST {
            order.select_nth_unstable_by(NEAREST - 1, nearer);
            order.truncate(NEAREST);
        }
        order.sort_by(nearer);
        order
    }

    /// Adds the query of an item: its vector, and the sections nearest to it.
    pub fn add(&mut self, item: Item, vector: &[f32], nearest: Vec<u32>) {
        self.queries.insert(item, Query { vector: vector.to_vec(), nearest });
    }

    /// The sections nearest to an item's query, nearest first; none where it is not known.
    #[must_use]
    pub fn nearest(&self, item: Item) -> &[u32] {
        self.queries.get(&item).map_or(&[], |query| &query.nearest)
    }

    /// What the comparison adds to the log-odds of a section; 0 where the item is not known.
    #[must_use]
    pub fn worth(&self, item: Item, section: u32) -> f32 {
        let own = self.sections.chunks(self.width.max(1)).nth(section as usize).unwrap_or_default();
        let query = self.queries.get(&item).map_or(&[][..], |query| &query.vector);
        self.weight * query.iter().zip(own).map(|(a, b)| a * b).sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_count_by_their_cosine() {
        let sections: Vec<f32> = (0..40).flat_map(|n| [(n as f32 / 40.0).cos(), (n as f32 / 40.0).sin()]).collect();
        let mut nearness = Nearness::new(2, sections.clone(), 16.0);
        let similarities: Vec<f32> = sections.chunks(2).map(|section| section[1]).collect();
        nearness.add((3, 1), &[0.0, 1.0], Nearness::nearest_of(&similarities));
        assert_eq!(nearness.nearest((3, 1)), (16..40).rev().collect::<Vec<u32>>());
        assert!((nearness.worth((3, 1), 39) - 16.0 * similarities[39]).abs() < 1e-5);
        assert!(nearness.nearest((3, 0)).is_empty());
        assert_eq!(nearness.worth((3, 0), 39).abs(), 0.0);
    }
}
