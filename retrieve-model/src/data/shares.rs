//! How often each question of the training data is read: groups of them by a power of their size, two sorts of them in a fixed proportion. What is read
//! more often than it is there comes again; nothing is left out.

use std::collections::BTreeMap;

/// So many items in the order they have, from the first again where there are fewer.
fn again<T: Clone>(items: Vec<T>, count: f64) -> impl Iterator<Item = T> {
    items.into_iter().cycle().take(count.round() as usize)
}

/// The items, some of them again, such that each group's share is as the power `exponent` of the number of its items.
pub(super) fn evened<T: Clone>(items: Vec<T>, exponent: f64, group: impl Fn(&T) -> usize) -> Vec<T> {
    let mut groups: BTreeMap<usize, Vec<T>> = BTreeMap::new();
    for item in items {
        groups.entry(group(&item)).or_default().push(item);
    }
    // Nothing of the group that is asked for least, for its size, is lost.
    let scale = groups.values().map(|items| (items.len() as f64).powf(1.0 - exponent)).fold(0.0, f64::max);
    let wanted = |items: &[T]| scale * (items.len() as f64).powf(exponent);
    groups
        .into_values()
        .flat_map(|items| {
            let count = wanted(&items);
            again(items, count)
        })
        .collect()
}

/// Both sorts of items, some of them again, such that the first make up `share` of all, where there are any of both.
pub(super) fn shared<T: Clone>(picked: Vec<T>, others: Vec<T>, share: f64) -> Vec<T> {
    if picked.is_empty() || others.is_empty() || share <= 0.0 {
        return [picked, others].concat();
    }
    if share >= 1.0 {
        return picked;
    }
    let all = (picked.len() as f64 / share).max(others.len() as f64 / (1.0 - share));
    again(picked, all * share).chain(again(others, all * (1.0 - share))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_reached_by_repeating_what_is_rare_and_nothing_is_lost() {
        let count = |items: &[u32]| items.iter().filter(|item| **item < 10).count();
        let picked: Vec<u32> = (0..10).collect();
        for (others, share) in [(90, 0.5), (2, 0.5), (90, 0.1), (1_000, 0.75)] {
            let items = shared(picked.clone(), (10..10 + others).collect(), share);
            assert!((count(&items) as f64 / items.len() as f64 - share).abs() < 0.01, "{share} of {}", items.len());
            assert!((0..10 + others).all(|item| items.contains(&item)));
        }
        let others: Vec<u32> = (10..30).collect();
        let all: Vec<u32> = (0..30).collect();
        assert_eq!(shared(picked.clone(), others.clone(), 0.0), all);
        assert_eq!(shared(Vec::new(), all.clone(), 0.5), all);
        assert_eq!(shared(picked.clone(), others, 1.0), picked);
    }

    #[test]
    fn groups_count_by_a_power_of_their_size_and_nothing_is_lost() {
        let items: Vec<usize> = (0..1_010).collect();
        let group = |item: &usize| usize::from(*item >= 1_000);
        for (exponent, rare) in [(1.0, 10), (0.5, 100), (0.0, 1_000)] {
            let evened = evened(items.clone(), exponent, group);
            assert_eq!(evened.iter().filter(|item| group(item) == 1).count(), rare, "{exponent}");
            assert!(evened.len() == 1_000 + rare && items.iter().all(|item| evened.contains(item)));
        }
        assert!(evened(Vec::new(), 0.5, group).is_empty());
    }
}
