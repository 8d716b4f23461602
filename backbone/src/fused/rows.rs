//! Arithmetic over one row at a time, written so that the compiler turns it into the widest vectors the machine has. Callers run a whole
//! task inside [`vectorized`]; everything here is inlined into it. Sums go through sixteen lanes in a fixed order, so a row's result depends
//! on nothing but the row.

/// Numbers a vector instruction takes at most; also the number of partial sums.
const LANES: usize = 16;

/// Runs `work` compiled for the vector instructions of this machine. It must be marked `#[inline(always)]`: what is not inlined here is
/// compiled for the oldest machine (softmax: a third slower than all its products together).
#[inline(always)]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// The sum of `value(a, b)` over two rows of the same length.
#[inline(always)]
fn sum_pairs(left: &[f32], right: &[f32], value: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    for (left, right) in left.iter().zip(right) {
        for at in 0..LANES {
            lanes[at] += value(left[at], right[at]);
        }
    }
    for (at, (left, right)) in left_rest.iter().zip(right_rest).enumerate() {
        lanes[at] += value(*left, *right);
    }
    total(lanes)
}

/// Halves at a time.
#[inline(always)]
fn total(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for at in 0..width {
            lanes[at] += lanes[at + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The inner product of two rows.
#[inline(always)]
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    sum_pairs(left, right, |left, right| left * right)
}

/// The largest number of a row; minus infinity if it is empty.
#[inline(always)]
pub(crate) fn largest(row: &[f32]) -> f32 {
    let larger = |left: f32, right: f32| if left > right { left } else { right };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for at in 0..LANES {
            lanes[at] = larger(lanes[at], chunk[at]);
        }
    }
    rest.iter().chain(&lanes).fold(f32::NEG_INFINITY, |most, value| larger(most, *value))
}

/// `e^x` to within two units in the last place for `x <= 0`; below -87 it is not less than `e^-87`, which is nothing beside one.
///
/// Cody and Waite's reduction to `|r| <= ln(2) / 2` and a polynomial of degree 6. Adding `SHIFT` rounds to a whole number and leaves it in
/// the low bits, from where it moves into the exponent: no conversion, no branch, so it vectorizes.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > -87.0 { x } else { -87.0 };
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    let r = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    // Taylor's coefficients; at |r| <= 0.347 the next term is below 2e-7 of the result.
    let p = 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// Each number less the largest, to the power of e, divided by their sum. Gives the logarithm of the sum of the powers.
#[inline(always)]
pub(crate) fn softmax(row: &mut [f32]) -> f32 {
    let most = largest(row);
    let sum = exp_less(row, most);
    let scale = 1.0 / sum;
    row.iter_mut().for_each(|value| *value *= scale);
    most + sum.ln()
}

/// Puts `e^(x - less)` in place of each `x` and gives their sum.
#[inline(always)]
pub(crate) fn exp_less(row: &mut [f32], less: f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for at in 0..LANES {
            chunk[at] = exp(chunk[at] - less);
            lanes[at] += chunk[at];
        }
    }
    for (at, value) in rest.iter_mut().enumerate() {
        *value = exp(*value - less);
        lanes[at] += *value;
    }
    total(lanes)
}

/// Mean, and one over the standard deviation with `epsilon` added to the variance.
#[inline(always)]
fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sum_pairs(row, row, |value, _| value) / count;
    let variance = sum_pairs(row, row, |value, _| (value - mean) * (value - mean)) / count;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// Layer norm of each row (Ba et al. 2016), without a bias.
#[inline(always)]
pub(crate) fn normalize(x: &[f32], gain: &[f32], epsilon: f32, out: &mut [f32]) {
    for (x, out) in x.chunks_exact(gain.len()).zip(out.chunks_exact_mut(gain.len())) {
        let (mean, scale) = moments(x, epsilon);
        for ((out, x), gain) in out.iter_mut().zip(x).zip(gain) {
            *out = (x - mean) * scale * gain;
        }
    }
}

/// The gradient of [`normalize`]: to `x_gradient` is added what `out_gradient` means for `x`, to `gain_gradient` what it means for the gain.
#[inline(always)]
pub(crate) fn normalize_backward(
    x: &[f32],
    gain: &[f32],
    epsilon: f32,
    out_gradient: &[f32],
    x_gradient: &mut [f32],
    gain_gradient: &mut [f32],
) {
    let width = gain.len();
    let rows = x.chunks_exact(width).zip(out_gradient.chunks_exact(width)).zip(x_gradient.chunks_exact_mut(width));
    for ((x, out_gradient), x_gradient) in rows {
        let (mean, scale) = moments(x, epsilon);
        // With n the normed row and g the gradient times the gain: scale * (g - mean(g) - n * mean(g n)).
        let mut sums = [[0.0f32; LANES]; 2];
        let (mut at, mut lane) = (0, 0);
        while at + LANES <= width {
            for offset in 0..LANES {
                let g = out_gradient[at + offset] * gain[at + offset];
                sums[0][offset] += g;
                sums[1][offset] += g * ((x[at + offset] - mean) * scale);
            }
            at += LANES;
        }
        while at < width {
            let g = out_gradient[at] * gain[at];
            sums[0][lane] += g;
            sums[1][lane] += g * ((x[at] - mean) * scale);
            (at, lane) = (at + 1, lane + 1);
        }
        let [mean_g, mean_gn] = sums.map(|lanes| total(lanes) / width as f32);
        let all = x.iter().zip(gain).zip(out_gradient).zip(x_gradient.iter_mut()).zip(gain_gradient.iter_mut());
        for ((((x, gain), out_gradient), x_gradient), gain_gradient) in all {
            let normed = (x - mean) * scale;
            *x_gradient += scale * (out_gradient * gain - mean_g - normed * mean_gn);
            *gain_gradient += out_gradient * normed;
        }
    }
}

/// `max(x, 0)^2` (So et al. 2021).
#[inline(always)]
pub(crate) fn squared_relu(x: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        let positive = if *x > 0.0 { *x } else { 0.0 };
        *out = positive * positive;
    }
}

/// Turns the gradient of [`squared_relu`]'s result into that of `x`, and gives the result again.
#[inline(always)]
pub(crate) fn squared_relu_backward(x: &[f32], out: &mut [f32], gradient: &mut [f32]) {
    for ((out, gradient), x) in out.iter_mut().zip(gradient).zip(x) {
        let positive = if *x > 0.0 { *x } else { 0.0 };
        *out = positive * positive;
        *gradient *= 2.0 * positive;
    }
}

/// `to += from`.
#[inline(always)]
pub(crate) fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_exponential_is_right_to_two_units_in_the_last_place() {
        vectorized(
            #[inline(always)]
            || {
                for step in 0..87_000 {
                    let x = -(step as f32) / 1_000.0;
                    let exact = f64::from(x).exp();
                    assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "{x}: {} {exact}", exp(x));
                }
            },
        );
        assert!(exp(f32::NEG_INFINITY) < 2e-38 && exp(-1e9) < 2e-38);
        assert_eq!(exp(0.0), 1.0);
    }

    proptest! {
        #[test]
        fn a_softmax_sums_to_one_and_keeps_the_order(mut row in prop::collection::vec(-50.0f32..50.0, 1..70)) {
            let before = row.clone();
            let logarithm = vectorized(#[inline(always)] || softmax(&mut row));
            let exact = before.iter().map(|x| f64::from(*x).exp()).sum::<f64>().ln();
            prop_assert!((f64::from(logarithm) - exact).abs() < 1e-4);
            prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            for (x, y) in before.iter().zip(&row) {
                prop_assert!((f64::from(*y) - (f64::from(*x) - exact).exp()).abs() < 1e-5);
            }
        }

        #[test]
        fn a_normed_row_has_mean_zero_and_deviation_one(row in prop::collection::vec(-9.0f32..9.0, 2..70)) {
            let mut out = vec![0.0; row.len()];
            vectorized(#[inline(always)] || normalize(&row, &vec![1.0; row.len()], 1e-5, &mut out));
            let mean = row.iter().sum::<f32>() / row.len() as f32;
            let deviation = (row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / row.len() as f32 + 1e-5).sqrt();
            for (x, y) in row.iter().zip(&out) {
                prop_assert!(((x - mean) / deviation - y).abs() < 1e-3);
            }
        }
    }
}
