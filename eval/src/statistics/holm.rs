//! Many comparisons at once: among a hundred differences that are nothing but luck, five fall below 0.05. Holm's step-down method (Holm 1979,
//! "A simple sequentially rejective multiple test procedure") raises each p-value so that the chance of even one false alarm in the whole
//! family stays below the level; it asks nothing about how the comparisons hang together.

/// Adjusted p-values, in the order given: with `p_(1) <= ... <= p_(m)`, `adjusted_(i) = max over j <= i of min(1, (m - j + 1) p_(j))`.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let (mut adjusted, mut highest) = (vec![1.0; p.len()], 0.0_f64);
    for (rank, at) in order.into_iter().enumerate() {
        highest = highest.max(((p.len() - rank) as f64 * p[at]).min(1.0));
        adjusted[at] = highest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn adjusted_values_by_hand() {
        // 4 p-values: 4 x 0.005, 3 x 0.01, 2 x 0.03, then 0.04 x 1, which may not fall below the one before.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(adjusted.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{adjusted:?}");
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[0.2]), [0.2]);
    }

    #[test]
    fn luck_alone_is_called_significant_in_fewer_than_one_family_of_twenty() {
        // 2,000 families of 20 uniform p-values: uncorrected, two families in three hold a false alarm.
        use rand::{Rng as _, SeedableRng as _};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut alarms = 0;
        for _ in 0..2_000 {
            let p: Vec<f64> = (0..20).map(|_| random.random_range(0.0..1.0)).collect();
            alarms += usize::from(holm(&p).iter().any(|p| *p < 0.05));
        }
        assert!((60..140).contains(&alarms), "{alarms}");
    }

    proptest! {
        #[test]
        fn correction_never_lowers_a_p_value_and_keeps_their_order(p in prop::collection::vec(0.0..1.0_f64, 0..30)) {
            let adjusted = holm(&p);
            for (a, one) in p.iter().enumerate() {
                prop_assert!(adjusted[a] >= *one && adjusted[a] <= 1.0);
                for (b, other) in p.iter().enumerate() {
                    prop_assert!(one > other || adjusted[a] <= adjusted[b]);
                }
            }
        }
    }
}
