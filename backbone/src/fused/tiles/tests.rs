use proptest::prelude::*;

use super::*;

/// Every unit of this processor: one with tile registers has the vectors too.
fn units() -> Vec<Unit> {
    unit().map_or(vec![], |unit| if unit == Unit::Tiles { vec![unit, Unit::Vectors] } else { vec![unit] })
}

proptest! {
    #[test]
    fn a_product_in_tiles_is_the_product_of_the_rounded_factors(
        (rows, inner, columns) in (1usize..70, 1usize..70, 1usize..70), deep in any::<bool>(), left_turned in any::<bool>(), right_turned in any::<bool>(), add in any::<bool>(),
    ) {
        let units = units();
        if units.is_empty() {
            eprintln!("skipped: this processor multiplies nothing in bfloat16");
        }
        let inner = if deep { inner + INNER - 20 } else { inner };
        // Eighths up to six and a quarter are exact in bfloat16, and so are their products' sums in single precision.
        let at = |index: usize| ((index * 37 % 101) as f32 - 50.0) / 8.0;
        let left: Vec<f32> = (0..rows * inner).map(at).collect();
        let right: Vec<f32> = (0..inner * columns).map(|index| at(index + 13)).collect();
        let steps = |turned, rows, columns| if turned { (1, rows) } else { (columns, 1) };
        let factor = |data: &[f32], (row_step, column_step)| Factor { data: data.as_ptr(), row_step, column_step };
        let (of_left, of_right) = (factor(&left, steps(left_turned, rows, inner)), factor(&right, steps(right_turned, inner, columns)));
        for unit in units {
            let row_step = columns + 3;
            let mut out = vec![1.0f32; rows * row_step];
            // SAFETY: the sizes are those of the vectors.
            unsafe { multiply(unit, (rows, inner, columns), Target { data: out.as_mut_ptr(), row_step }, of_left, of_right, 0.5, add) };
            for row in 0..rows {
                for column in 0..columns {
                    let term = |k: usize| left[row * of_left.row_step + k * of_left.column_step] * right[k * of_right.row_step + column * of_right.column_step];
                    let exact = 0.5 * (0..inner).map(term).sum::<f32>() + if add { 1.0 } else { 0.0 };
                    prop_assert_eq!(out[row * row_step + column], exact);
                }
                prop_assert!(out[row * row_step + columns..][..3].iter().all(|value| *value == 1.0), "what stands beside the target is untouched");
            }
        }
    }
}

#[test]
fn numbers_are_rounded_to_the_nearest_that_bfloat16_has() {
    for unit in units() {
        let (left, right) = ([1.0f32 + 1.0 / 128.0 + 1.0 / 1024.0, 1.0 + 1.0 / 128.0 + 1.0 / 200.0], [1.0f32, 0.0, 0.0, 1.0]);
        let mut out = [0.0f32; 2];
        let factor = |data: &[f32], row_step| Factor { data: data.as_ptr(), row_step, column_step: 1 };
        // SAFETY: one row of two, and two rows of two.
        unsafe {
            multiply(unit, (1, 2, 2), Target { data: out.as_mut_ptr(), row_step: 2 }, factor(&left, 2), factor(&right, 2), 1.0, false)
        };
        assert_eq!(out, [1.0 + 1.0 / 128.0, 1.0 + 2.0 / 128.0]);
    }
}
