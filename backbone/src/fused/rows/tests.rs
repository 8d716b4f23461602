use proptest::prelude::*;

use super::*;

#[test]
fn the_exponential_is_right_to_two_units_in_the_last_place() {
    vectorized!({
        for step in 0..50_000 {
            let x = -(step as f32) / 1_000.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "{x}: {} {exact}", exp(x));
        }
    });
    assert_eq!([exp(f32::NEG_INFINITY), exp(-1e9), exp(-50.1)], [0.0; 3]);
    assert_eq!(exp(0.0), 1.0);
}

#[test]
fn gelu_and_its_slope_are_those_of_the_definition() {
    // Simpson's rule for the share below x, from the other side of the curve where nothing is left.
    let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let below = |x: f64| {
        let (from, parts) = (-9.0, 2_000);
        let step = (x - from) / f64::from(parts);
        let weight = |at: i32| if at == 0 || at == parts { 1.0 } else { f64::from(2 + 2 * (at % 2)) };
        (0..=parts).map(|at| weight(at) * density(from + step * f64::from(at))).sum::<f64>() * step / 3.0
    };
    for step in -60..=60 {
        let x = step as f32 / 10.0;
        let (mut out, mut again, mut slope) = ([0.0], [0.0], [1.0]);
        vectorized!({
            gelu(&[x], &mut out);
            gelu_backward(&[x], &mut again, &mut slope);
        });
        let exact = f64::from(x) * below(f64::from(x));
        assert!((f64::from(out[0]) - exact).abs() < 2e-6, "{x}: {} {exact}", out[0]);
        let exact = below(f64::from(x)) + f64::from(x) * density(f64::from(x));
        assert!((f64::from(slope[0]) - exact).abs() < 2e-6 && again == out, "{x}: {} {exact}", slope[0]);
    }
}

proptest! {
    #[test]
    fn powers_and_their_sum_are_those_of_the_definition(mut row in prop::collection::vec(-50.0f32..50.0, 1..70)) {
        let before = row.clone();
        let most = vectorized!(largest(&row));
        prop_assert_eq!(most, before.iter().copied().fold(f32::MIN, f32::max));
        let sum = vectorized!(exp_less(&mut row, most));
        let exact: f64 = before.iter().map(|x| f64::from(x - most).exp()).sum();
        prop_assert!((f64::from(sum) / exact - 1.0).abs() < 1e-5);
        for (x, y) in before.iter().zip(&row) {
            prop_assert!((f64::from(*y) - f64::from(x - most).exp()).abs() < 1e-6);
        }
    }

    #[test]
    fn a_normed_row_has_mean_zero_and_deviation_one(row in prop::collection::vec(-9.0f32..9.0, 2..70)) {
        let mut out = vec![0.0; row.len()];
        vectorized!(normalize(&row, &vec![1.0; row.len()], 1e-5, &mut out));
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        let deviation = (row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / row.len() as f32 + 1e-5).sqrt();
        for (x, y) in row.iter().zip(&out) {
            prop_assert!(((x - mean) / deviation - y).abs() < 1e-3);
        }
    }
}
