//! Matrix products in bfloat16, sums in single precision: on the tile unit that Intel's servers have since Sapphire Rapids (AMX), some four times as fast
//! as single-precision products on the same core; where there is none, by the dot products of pairs that AVX-512 has on later processors (AMD since
//! Zen 4, Intel's Cooper Lake), some twice as fast. Good enough for training, where weights, sums, norms and the optimizer stay in single precision
//! (mixed precision, Micikevicius et al. 2018; bfloat16 needs no scaling of the loss, Kalamkar et al. 2019).
//!
//! Both factors are rounded and laid out in tiles of one kibibyte (16 rows of 32 numbers on the left, 16 rows of 16 pairs on the right), then every
//! square of 32 by 32 results takes its way along the inner side in four tile registers, or in sixteen vector registers a quarter at a time.

#![allow(unsafe_code)]

mod pack;
mod square;

use std::arch::x86_64::__cpuid_count;
use std::cell::RefCell;
use std::sync::OnceLock;

use pack::pack;
use square::squares;

/// Rows of a tile, and results on a tile's side.
const SIDE: usize = 16;
/// Numbers of the inner side that a tile holds.
const DEPTH: usize = 32;
/// Bytes of a row of a tile, and of a whole one.
const ROW: usize = 64;
const TILE: usize = SIDE * ROW;
/// Numbers of the inner side that lie in the second-level cache together with what they meet.
const INNER: usize = 512;

/// A factor: element (row, column) is at `row * row_step + column * column_step`. Every element is inside.
#[derive(Clone, Copy)]
pub(super) struct Factor {
    pub(super) data: *const f32,
    pub(super) row_step: usize,
    pub(super) column_step: usize,
}

/// Where a product goes; its rows follow each other at `row_step`, columns lie side by side.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) data: *mut f32,
    pub(super) row_step: usize,
}

/// What multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Tile registers (AMX).
    Tiles,
    /// Vector registers (AVX-512 with dot products of bfloat16).
    Vectors,
}

/// The fastest unit of this processor for products in bfloat16 that the kernel lends; the first call asks it.
pub(super) fn unit() -> Option<Unit> {
    static UNIT: OnceLock<Option<Unit>> = OnceLock::new();
    *UNIT.get_or_init(|| {
        const TILES_OF_BFLOAT: u32 = 1 << 22 | 1 << 24;
        const REQUEST: libc::c_long = 0x1023;
        const TILE_DATA: libc::c_long = 18;
        let vectors = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16");
        let has_tiles = __cpuid_count(7, 0).edx & TILES_OF_BFLOAT == TILES_OF_BFLOAT;
        // SAFETY: asks the kernel for the right to use tile registers; it changes nothing else (Linux 5.16 and later, an error before).
        let tiles = || unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, TILE_DATA) == 0 };
        vectors.then(|| if has_tiles && tiles() { Unit::Tiles } else { Unit::Vectors })
    })
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; ROW]);

thread_local! {
    /// Both factors in tiles.
    static PACKED: RefCell<(Vec<Line>, Vec<Line>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// `target = scale * left x right`, or `target += ..` if `add` says so, with both factors rounded to bfloat16 (the left one after the scale).
///
/// # Safety
/// The processor has the `unit`; `left` is `rows` by `inner`, `right` `inner` by `columns`, and the target's rows are apart from both and from each other.
pub(super) unsafe fn multiply(
    unit: Unit,
    (rows, inner, columns): (usize, usize, usize),
    target: Target,
    left: Factor,
    right: Factor,
    scale: f32,
    add: bool,
) {
    PACKED.with_borrow_mut(|(lefts, rights)| {
        for from in (0..inner).step_by(INNER) {
            let depth = INNER.min(inner - from);
            let tiles = depth.div_ceil(DEPTH);
            let (left_bands, right_bands) = (rows.div_ceil(2 * SIDE) * 2, columns.div_ceil(2 * SIDE) * 2);
            reserve(lefts, left_bands * tiles);
            reserve(rights, right_bands * tiles);
            // SAFETY: the parts named are inside the factors, and both buffers hold all tiles.
            unsafe {
                let left = Factor { data: left.data.add(from * left.column_step), ..left };
                let right = Factor { data: right.data.add(from * right.row_step), ..right };
                pack(lefts.as_mut_ptr().cast(), left, (rows, depth), scale, false);
                pack(rights.as_mut_ptr().cast(), right, (columns, depth), 1.0, true);
                squares(unit, (rows, columns, tiles), target, lefts.as_ptr().cast(), rights.as_ptr().cast(), add || from > 0);
            }
        }
    });
}

fn reserve(buffer: &mut Vec<Line>, tiles: usize) {
    let lines = tiles * SIDE;
    if buffer.len() < lines {
        buffer.resize(lines, Line([0; ROW]));
    }
}

/// Ones for the first `count` of sixteen lanes.
fn mask(count: usize) -> u16 {
    if count >= SIDE { u16::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests;
