//! Squares of 32 by 32 results, each along the whole inner side: by tile registers, or by vector registers where there are no such.

use std::arch::asm;
use std::arch::x86_64::{
    __m512, __m512bh, _mm512_add_ps, _mm512_dpbf16_ps, _mm512_load_si512, _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps,
    _mm512_set1_epi32, _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::transmute;

use super::{DEPTH, ROW, SIDE, TILE, Target, Unit, mask};

/// What `ldtilecfg` reads: palette 1, eight tiles of sixteen rows of 64 bytes.
#[repr(C, align(64))]
struct Shape {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes: [u16; 16],
    rows: [u8; 16],
}

static SHAPE: Shape = Shape {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Every square of 32 by 32 results.
///
/// # Safety
/// The processor has the unit; both buffers hold the bands of all rows and columns, and the target the results.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn squares(
    unit: Unit,
    (rows, columns, tiles): (usize, usize, usize),
    target: Target,
    left: *const u8,
    right: *const u8,
    add: bool,
) {
    #[repr(align(64))]
    struct Square([f32; 4 * SIDE * SIDE]);
    let mut square = Square([0.0; 4 * SIDE * SIDE]);
    let multiply_square = match unit {
        Unit::Tiles => by_tiles,
        Unit::Vectors => by_vectors,
    };
    if unit == Unit::Tiles {
        // SAFETY: the shape is valid, and no tile register is in use outside this function.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPE, options(nostack, readonly)) };
    }
    for column in (0..columns).step_by(2 * SIDE) {
        for row in (0..rows).step_by(2 * SIDE) {
            let (height, width) = ((rows - row).min(2 * SIDE), (columns - column).min(2 * SIDE));
            let whole = height == 2 * SIDE && width == 2 * SIDE;
            // SAFETY: the bands lie in the buffers; the square in the target, or aside where it is not whole.
            unsafe {
                let (left, right) = (left.add(row / SIDE * tiles * TILE), right.add(column / SIDE * tiles * TILE));
                let to = target.data.add(row * target.row_step + column);
                if whole {
                    multiply_square((left, right, tiles), to, target.row_step, add);
                } else {
                    multiply_square((left, right, tiles), square.0.as_mut_ptr(), 2 * SIDE, false);
                    put((height, width), Target { data: to, ..target }, &square.0, add);
                }
            }
        }
    }
    if unit == Unit::Tiles {
        // SAFETY: gives the registers back, so that a switch of threads need not save them.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// Four tiles of results along the whole inner side, in tile registers.
unsafe fn by_tiles((left, right, tiles): (*const u8, *const u8, usize), to: *mut f32, row_step: usize, add: bool) {
    let step = row_step * size_of::<f32>();
    let below = to.wrapping_add(SIDE * row_step);
    // SAFETY: the caller configured the tiles; addresses are of whole tiles in both buffers and of a whole square at `to`.
    unsafe {
        if add {
            asm!(
                "tileloadd tmm0, [{to} + {step}*1]", "tileloadd tmm1, [{to} + {step}*1 + 64]",
                "tileloadd tmm2, [{below} + {step}*1]", "tileloadd tmm3, [{below} + {step}*1 + 64]",
                to = in(reg) to, below = in(reg) below, step = in(reg) step, out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _, options(nostack, readonly)
            );
        } else {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _, options(nostack, nomem));
        }
        asm!(
            "2:",
            "tileloadd tmm4, [{left} + {row}*1]",
            "tileloadd tmm6, [{right} + {row}*1]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{right_after} + {row}*1]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{left_after} + {row}*1]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {left}, {tile}", "add {left_after}, {tile}", "add {right}, {tile}", "add {right_after}, {tile}",
            "dec {count}",
            "jnz 2b",
            "tilestored [{to} + {step}*1], tmm0", "tilestored [{to} + {step}*1 + 64], tmm1",
            "tilestored [{below} + {step}*1], tmm2", "tilestored [{below} + {step}*1 + 64], tmm3",
            left = inout(reg) left => _, left_after = inout(reg) left.add(tiles * TILE) => _,
            right = inout(reg) right => _, right_after = inout(reg) right.add(tiles * TILE) => _,
            count = inout(reg) tiles => _, to = in(reg) to, below = in(reg) below, step = in(reg) step, row = in(reg) ROW, tile = const TILE,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _, out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}

/// The same in vector registers, eight rows of two vectors at a time: sixteen sums, as many as hide how long one takes.
unsafe fn by_vectors((left, right, tiles): (*const u8, *const u8, usize), to: *mut f32, row_step: usize, add: bool) {
    // SAFETY: the caller's, and the processor has the instructions.
    unsafe { (0..2 * SIDE).step_by(ROWS).for_each(|row| eight_rows((left, right, tiles), row, to.add(row * row_step), row_step, add)) };
}

/// Rows of results that are summed side by side.
const ROWS: usize = 8;

#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn eight_rows((left, right, tiles): (*const u8, *const u8, usize), row: usize, to: *mut f32, row_step: usize, add: bool) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    // SAFETY: eight rows of a tile of the left band, and whole tiles of both right ones; a square at `to`.
    unsafe {
        let left = left.add(row / SIDE * tiles * TILE + row % SIDE * ROW);
        for tile in 0..tiles {
            for pair in 0..DEPTH / 2 {
                let line =
                    |band: usize| -> __m512bh { transmute(_mm512_load_si512(right.add((band * tiles + tile) * TILE + pair * ROW).cast())) };
                let lines = [line(0), line(1)];
                for (at, sums) in sums.iter_mut().enumerate() {
                    let numbers = left.add(tile * TILE + at * ROW + pair * size_of::<i32>()).cast::<i32>();
                    let numbers: __m512bh = transmute(_mm512_set1_epi32(*numbers));
                    sums[0] = _mm512_dpbf16_ps(sums[0], numbers, lines[0]);
                    sums[1] = _mm512_dpbf16_ps(sums[1], numbers, lines[1]);
                }
            }
        }
        for (at, sums) in sums.into_iter().enumerate() {
            for (half, sum) in sums.into_iter().enumerate() {
                let to = to.add(at * row_step + half * SIDE);
                let sum: __m512 = if add { _mm512_add_ps(sum, _mm512_loadu_ps(to)) } else { sum };
                _mm512_storeu_ps(to, sum);
            }
        }
    }
}

/// The part of a square that the target has room for.
#[target_feature(enable = "avx512f")]
unsafe fn put((height, width): (usize, usize), target: Target, square: &[f32], add: bool) {
    for row in 0..height {
        for half in (0..width).step_by(SIDE) {
            // SAFETY: the mask keeps to the width.
            unsafe {
                let (to, mask) = (target.data.add(row * target.row_step + half), mask(width - half));
                let value = _mm512_loadu_ps(square.as_ptr().add(row * 2 * SIDE + half));
                let value = if add { _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, to)) } else { value };
                _mm512_mask_storeu_ps(to, mask, value);
            }
        }
    }
}
