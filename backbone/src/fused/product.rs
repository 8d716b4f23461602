//! Matrix products over parts of slices, each on the thread that asks for it. Parallel is what calls them: a task takes some rows through
//! several products while they are in its cache, which a product that spreads over all threads by itself cannot know.

use std::sync::atomic::{AtomicUsize, Ordering};

use gemm::Parallelism;

use super::buffers::Buffer;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use super::tiles;

/// Multiplications below which rounding a product's factors and laying them out takes longer than the product.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
const WORTH_TILES: usize = 16 << 10;

/// How many [`Bfloat16Products`] live.
static ROUNDED: AtomicUsize = AtomicUsize::new(0);

/// While this lives, the fused operations of the whole process multiply in bfloat16 where the processor has a unit for it. For training, for the vectors
/// of an index and for answering a user, by a program that computes nothing else meanwhile: what measures is in single precision everywhere.
#[derive(Debug)]
pub struct Bfloat16Products(());

impl Bfloat16Products {
    /// Nothing where the processor has no such unit (Intel AMX, or dot products of bfloat16 in AVX-512), or the kernel does not lend it.
    #[must_use]
    pub fn begin() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if tiles::unit().is_some() {
            ROUNDED.fetch_add(1, Ordering::Relaxed);
            return Some(Self(()));
        }
        None
    }
}

impl Drop for Bfloat16Products {
    fn drop(&mut self) {
        ROUNDED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A matrix to read: rows and columns may lie at any distance, so that heads, transposes and blocks need no copy.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> Matrix<'a> {
    /// `rows` whole rows that follow each other.
    pub(crate) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self { data, rows, columns, row_step: columns, column_step: 1 }
    }

    /// Columns `start..start + columns` of a matrix whose rows are `row_step` apart.
    pub(crate) fn cut(data: &'a [f32], rows: usize, row_step: usize, start: usize, columns: usize) -> Self {
        Self { data: &data[start..], rows, columns, row_step, column_step: 1 }
    }

    /// The transpose, by exchanging the steps.
    pub(crate) fn transposed(self) -> Self {
        let Self { data, rows, columns, row_step, column_step } = self;
        Self { data, rows: columns, columns: rows, row_step: column_step, column_step: row_step }
    }

    fn is_inside(&self) -> bool {
        self.rows == 0 || self.columns == 0 || (self.rows - 1) * self.row_step + (self.columns - 1) * self.column_step < self.data.len()
    }
}

/// Where a product goes: columns `start..start + columns` of rows that are `row_step` apart.
pub(crate) struct Place<'a> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
}

impl<'a> Place<'a> {
    /// Whole rows that follow each other.
    pub(crate) fn new(data: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self { data, rows, columns, row_step: columns }
    }

    /// Some columns.
    pub(crate) fn cut(data: &'a mut [f32], rows: usize, row_step: usize, start: usize, columns: usize) -> Self {
        Self { data: &mut data[start..], rows, columns, row_step }
    }
}

/// `place = scale * left x right`.
pub(crate) fn product(place: Place, left: Matrix, right: Matrix, scale: f32) {
    multiply(place, left, right, scale, false);
}

/// `place += left x right`.
pub(crate) fn add_product(place: Place, left: Matrix, right: Matrix) {
    multiply(place, left, right, 1.0, true);
}

/// `place = scale * left x right`, or `place += ..` if `add` says so.
pub(crate) fn product_after(place: Place, left: Matrix, right: Matrix, scale: f32, add: bool) {
    multiply(place, left, right, scale, add);
}

/// The transpose of `rows` rows of `columns`, in one piece: a weight that many blocks multiply with is packed a tenth faster this way.
pub(crate) fn transpose(data: &[f32], rows: usize, columns: usize) -> Buffer {
    /// Side of the squares that are turned while they are in the cache.
    const SIDE: usize = 32;
    let mut out = Buffer::any(data.len());
    for top in (0..rows).step_by(SIDE) {
        for left in (0..columns).step_by(SIDE) {
            for column in left..(left + SIDE).min(columns) {
                for row in top..(top + SIDE).min(rows) {
                    out[column * rows + row] = data[row * columns + column];
                }
            }
        }
    }
    out
}

#[allow(unsafe_code)]
fn multiply(place: Place, left: Matrix, right: Matrix, scale: f32, add: bool) {
    let (rows, columns, inner) = (place.rows, place.columns, left.columns);
    assert!(left.rows == rows && right.columns == columns && right.rows == inner, "product of matrices that do not fit");
    assert!(left.is_inside() && right.is_inside(), "a factor reaches past its slice");
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(place.row_step >= columns && (rows - 1) * place.row_step + columns <= place.data.len(), "the product reaches past its slice");
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if rows * columns * inner >= WORTH_TILES
        && ROUNDED.load(Ordering::Relaxed) > 0
        && let Some(unit) = tiles::unit()
    {
        let factor =
            |factor: Matrix| tiles::Factor { data: factor.data.as_ptr(), row_step: factor.row_step, column_step: factor.column_step };
        let target = tiles::Target { data: place.data.as_mut_ptr(), row_step: place.row_step };
        // SAFETY: as below; the processor said that it has the unit.
        unsafe { tiles::multiply(unit, (rows, inner, columns), target, factor(left), factor(right), scale, add) };
        return;
    }
    let step = |step: usize| step as isize;
    // SAFETY: every element that `gemm` touches is at `row * row_step + column * column_step` of its slice; the assertions above hold the
    // largest of these inside. The place is borrowed mutably, so it is apart from both factors, and its rows do not overlap.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            place.data.as_mut_ptr(),
            1,
            step(place.row_step),
            add,
            left.data.as_ptr(),
            step(left.column_step),
            step(left.row_step),
            right.data.as_ptr(),
            step(right.column_step),
            step(right.row_step),
            1.0,
            scale,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_product_of_parts_is_what_the_definition_says(rows in 0usize..20, columns in 0usize..20, inner in 0usize..20, gap in 0usize..3) {
            let (step, at) = (columns + gap, |index: usize| ((index * 37 % 19) as f32 - 9.0) / 4.0);
            let left: Vec<f32> = (0..rows * inner).map(at).collect();
            let right: Vec<f32> = (0..inner * columns).map(|index| at(index + 5)).collect();
            let mut out = vec![1.0f32; rows * step + gap];
            let place = Place::cut(&mut out, rows, step, gap, columns);
            // The left factor is stored transposed.
            let left_transposed: Vec<f32> = (0..inner * rows).map(|index| left[index % rows.max(1) * inner + index / rows.max(1)]).collect();
            product(place, Matrix::new(&left_transposed, inner, rows).transposed(), Matrix::new(&right, inner, columns), 0.5);
            add_product(Place::cut(&mut out, rows, step, gap, columns), Matrix::new(&left, rows, inner), Matrix::new(&right, inner, columns));
            for row in 0..rows {
                for column in 0..columns {
                    let exact: f32 = (0..inner).map(|k| left[row * inner + k] * right[k * columns + column]).sum();
                    prop_assert!((out[gap + row * step + column] - 1.5 * exact).abs() < 1e-3);
                }
            }
            prop_assert!(out[..gap].iter().all(|value| *value == 1.0), "what stands beside the place is untouched");
        }
    }
}
