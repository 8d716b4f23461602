//! Arithmetic over one row at a time, written so that the compiler turns it into the widest vectors the machine has. Callers run a whole
//! task inside [`vectorized!`]; everything here is inlined into it. Sums go through sixteen lanes in a fixed order, so a row's result depends
//! on nothing but the row.

/// Numbers a vector instruction takes at most; also the number of partial sums.
const LANES: usize = 16;

/// Given away by each piece of vectorized work, so that its closure can be called only once: the compiler then calls the closure itself, which
/// it must inline, and not a shim around it, which it need not.
pub(super) struct Once;

/// Runs an expression compiled for the vector instructions of this machine. The closure must be inlined: what is not is compiled for the
/// oldest machine, which made softmax alone take as long as all its products.
macro_rules! vectorized {
    ($work:expr) => {{
        let once = $crate::fused::rows::Once;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                let _given_away = once;
                $work
            },
        )
    }};
}
pub(super) use vectorized;

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

/// The sum of `value(a, b, c)` over three rows of the same length.
#[inline(always)]
fn sum_triples(left: &[f32], middle: &[f32], right: &[f32], value: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let ((left, left_rest), (middle, middle_rest), (right, right_rest)) =
        (left.as_chunks::<LANES>(), middle.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    for ((left, middle), right) in left.iter().zip(middle).zip(right) {
        for at in 0..LANES {
            lanes[at] += value(left[at], middle[at], right[at]);
        }
    }
    for (at, ((left, middle), right)) in left_rest.iter().zip(middle_rest).zip(right_rest).enumerate() {
        lanes[at] += value(*left, *middle, *right);
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

/// `e^x` to within two units in the last place for `LEAST <= x <= 0`, and zero below: what is nothing beside one must not go into products as
/// a number so small that it falls out of the normal range, where a multiplication costs a hundred times as much (seen: padded keys made a
/// training step twelve times as long).
///
/// Cody and Waite's reduction to `|r| <= ln(2) / 2` and a polynomial of degree 6. Adding `SHIFT` rounds to a whole number and leaves it in
/// the low bits, from where it moves into the exponent: no conversion, no branch, so it vectorizes.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let is_something = x >= LEAST;
    let x = if is_something { x } else { LEAST };
    let shifted = x.mul_add(std::f32::consts::LOG2_E, SHIFT);
    let whole = shifted - SHIFT;
    let r = whole.mul_add(-LN_2_LOW, whole.mul_add(-LN_2_HIGH, x));
    // Taylor's coefficients; at |r| <= 0.347 the next term is below 2e-7 of the result.
    let p: f32 = 1.0 / 720.0;
    let p = p.mul_add(r, 1.0 / 120.0);
    let p = p.mul_add(r, 1.0 / 24.0);
    let p = p.mul_add(r, 1.0 / 6.0);
    let p = p.mul_add(r, 0.5);
    let p = p.mul_add(r * r, r) + 1.0;
    let power = f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23));
    if is_something { power } else { 0.0 }
}

/// Exponents below this give zero: `e^-50` is 2e-22.
const LEAST: f32 = -50.0;

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

/// Backward through a softmax: scores become shares, `e^(score - logarithm)`, and gradients of shares become those of scores,
/// `share * (gradient - mean)`, where `mean` is the sum of all shares times their gradients.
#[inline(always)]
pub(crate) fn share_gradients(scores: &mut [f32], gradients: &mut [f32], logarithm: f32, mean: f32) {
    for (score, gradient) in scores.iter_mut().zip(gradients) {
        *score = exp(*score - logarithm);
        *gradient = *score * (*gradient - mean);
    }
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
        let mean_g = dot(out_gradient, gain) / width as f32;
        let mean_gn = sum_triples(x, out_gradient, gain, |x, gradient, gain| (x - mean) * scale * (gradient * gain)) / width as f32;
        let slices = (&x[..width], &gain[..width], &out_gradient[..width], &mut x_gradient[..width], &mut gain_gradient[..width]);
        let (x, gain, out_gradient, x_gradient, gain_gradient) = slices;
        for at in 0..width {
            let normed = (x[at] - mean) * scale;
            x_gradient[at] += scale * (out_gradient[at] * gain[at] - mean_g - normed * mean_gn);
            gain_gradient[at] += out_gradient[at] * normed;
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

/// The share of a standard normal distribution that lies below `x`, and its density at `x`. The tail is a polynomial times `e^(-x^2 / 2)` with an
/// error below 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let power = exp(-z * z);
    let t = 1.0 / z.mul_add(0.327_591_1, 1.0);
    let p = t.mul_add(1.061_405_4, -1.453_152);
    let p = p.mul_add(t, 1.421_413_7);
    let p = p.mul_add(t, -0.284_496_74);
    let p = p.mul_add(t, 0.254_829_6) * t;
    let tail = 0.5 * p * power;
    const DENSITY_AT_ZERO: f32 = 0.398_942_3;
    (if x > 0.0 { 1.0 - tail } else { tail }, DENSITY_AT_ZERO * power)
}

/// `x` times the share of a standard normal distribution below it (Hendrycks and Gimpel 2016).
#[inline(always)]
pub(crate) fn gelu(x: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = x * normal(*x).0;
    }
}

/// Turns the gradient of [`gelu`]'s result into that of `x`, and gives the result again.
#[inline(always)]
pub(crate) fn gelu_backward(x: &[f32], out: &mut [f32], gradient: &mut [f32]) {
    for ((out, gradient), x) in out.iter_mut().zip(gradient).zip(x) {
        let (below, density) = normal(*x);
        *out = x * below;
        *gradient *= x.mul_add(density, below);
    }
}

/// Adds the same numbers to each row.
#[inline(always)]
pub(crate) fn add_to_rows(rows: &mut [f32], bias: &[f32]) {
    rows.chunks_exact_mut(bias.len()).for_each(|row| add(row, bias));
}

/// `sums += ` the sum of all rows.
#[inline(always)]
pub(crate) fn add_rows(sums: &mut [f32], rows: &[f32]) {
    let width = sums.len();
    rows.chunks_exact(width).for_each(|row| add(sums, row));
}

/// `to += from`.
#[inline(always)]
pub(crate) fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

#[cfg(test)]
mod tests;
