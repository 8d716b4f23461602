//! Matrix products on the tile unit that Intel's servers have since Sapphire Rapids (AMX): factors in bfloat16, sums in single precision.
//! Some four times as fast as single-precision products on the same core, and good enough for training, where weights, sums, norms and the optimizer
//! stay in single precision (mixed precision, Micikevicius et al. 2018; bfloat16 needs no scaling of the loss, Kalamkar et al. 2019).
//!
//! Both factors are rounded and laid out in tiles of one kibibyte (16 rows of 32 numbers on the left, 16 rows of 16 pairs on the right), then every
//! square of 32 by 32 results takes its way along the inner side in four tile registers.

#![allow(unsafe_code)]

use std::arch::asm;
use std::arch::x86_64::{
    __cpuid_count, __m256bh, __m256i, __m512i, _mm512_add_ps, _mm512_cvtepu16_epi32, _mm512_cvtneps_pbh, _mm512_inserti64x4,
    _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_mul_ps, _mm512_or_si512, _mm512_set1_ps, _mm512_setzero_si512,
    _mm512_shuffle_i32x4, _mm512_slli_epi32, _mm512_storeu_si512, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64, _mm512_zextsi256_si512,
};
use std::cell::RefCell;
use std::mem::transmute;
use std::sync::OnceLock;

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

/// Whether this processor multiplies tiles of bfloat16 and the kernel lets us; the first call asks it.
pub(super) fn present() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    *PRESENT.get_or_init(|| {
        const TILES_OF_BFLOAT: u32 = 1 << 22 | 1 << 24;
        const REQUEST: libc::c_long = 0x1023;
        const TILE_DATA: libc::c_long = 18;
        let vectors = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16");
        let tiles = || __cpuid_count(7, 0).edx & TILES_OF_BFLOAT == TILES_OF_BFLOAT;
        // SAFETY: asks the kernel for the right to use tile registers; it changes nothing else (Linux 5.16 and later, an error before).
        vectors && tiles() && unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, TILE_DATA) == 0 }
    })
}

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
/// [`present`] was true; `left` is `rows` by `inner`, `right` `inner` by `columns`, and the target's rows are apart from both and from each other.
pub(super) unsafe fn multiply(
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
                squares((rows, columns, tiles), target, lefts.as_ptr().cast(), rights.as_ptr().cast(), add || from > 0);
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

/// Pairs of neighbours along the inner side, rounded: lane i is `(even[i], odd[i])`.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
unsafe fn pairs(even: *const f32, odd: Option<*const f32>, count: usize, scale: f32) -> __m512i {
    let scale = _mm512_set1_ps(scale);
    // SAFETY: the mask keeps to `count` numbers, which the caller has.
    let rounded = |from| unsafe {
        _mm512_cvtepu16_epi32(transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(_mm512_mul_ps(
            _mm512_maskz_loadu_ps(mask(count), from),
            scale,
        ))))
    };
    let low = rounded(even);
    odd.map_or(low, |odd| _mm512_or_si512(low, _mm512_slli_epi32::<16>(rounded(odd))))
}

/// Up to 32 neighbours along the inner side, rounded: lane i is `(from[2 i], from[2 i + 1])`.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
unsafe fn neighbours(from: *const f32, count: usize, scale: f32) -> __m512i {
    let scale = _mm512_set1_ps(scale);
    // SAFETY: the masks keep to `count` numbers, which the caller has; the second address is used only where there are more than sixteen.
    unsafe {
        let low = _mm512_cvtneps_pbh(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask(count), from), scale));
        let low = _mm512_zextsi256_si512(transmute::<__m256bh, __m256i>(low));
        if count <= SIDE {
            return low;
        }
        let high = _mm512_cvtneps_pbh(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask(count - SIDE), from.add(SIDE)), scale));
        _mm512_inserti64x4::<1>(low, transmute::<__m256bh, __m256i>(high))
    }
}

/// Sixteen rows of sixteen pairs, turned.
#[target_feature(enable = "avx512f")]
#[inline]
fn turned(rows: [__m512i; SIDE]) -> [__m512i; SIDE] {
    let mut a = rows;
    for at in (0..SIDE).step_by(2) {
        a[at] = _mm512_unpacklo_epi32(rows[at], rows[at + 1]);
        a[at + 1] = _mm512_unpackhi_epi32(rows[at], rows[at + 1]);
    }
    let mut b = a;
    for at in (0..SIDE).step_by(4) {
        b[at] = _mm512_unpacklo_epi64(a[at], a[at + 2]);
        b[at + 1] = _mm512_unpackhi_epi64(a[at], a[at + 2]);
        b[at + 2] = _mm512_unpacklo_epi64(a[at + 1], a[at + 3]);
        b[at + 3] = _mm512_unpackhi_epi64(a[at + 1], a[at + 3]);
    }
    // b[4 q + c] holds, in its lane group g, column 4 g + c of rows 4 q .. 4 q + 4.
    let mut out = b;
    for c in 0..4 {
        let (low, high) = (_mm512_shuffle_i32x4::<0x88>(b[c], b[4 + c]), _mm512_shuffle_i32x4::<0xdd>(b[c], b[4 + c]));
        let (low_after, high_after) =
            (_mm512_shuffle_i32x4::<0x88>(b[8 + c], b[12 + c]), _mm512_shuffle_i32x4::<0xdd>(b[8 + c], b[12 + c]));
        out[c] = _mm512_shuffle_i32x4::<0x88>(low, low_after);
        out[8 + c] = _mm512_shuffle_i32x4::<0xdd>(low, low_after);
        out[4 + c] = _mm512_shuffle_i32x4::<0x88>(high, high_after);
        out[12 + c] = _mm512_shuffle_i32x4::<0xdd>(high, high_after);
    }
    out
}

#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn store(tile: *mut u8, lines: [__m512i; SIDE]) {
    for (at, line) in lines.into_iter().enumerate() {
        // SAFETY: a tile has sixteen lines.
        unsafe { _mm512_storeu_si512(tile.add(at * ROW).cast(), line) };
    }
}

/// Sixteen vectors of up to 32 numbers, each side by side, one vector a line.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
unsafe fn lines_of(data: *const f32, (vectors, depth): (usize, usize), step: usize, scale: f32) -> [__m512i; SIDE] {
    let mut lines = [_mm512_setzero_si512(); SIDE];
    for (at, line) in lines.iter_mut().enumerate().take(vectors) {
        // SAFETY: within the part.
        *line = unsafe { neighbours(data.add(at * step), depth, scale) };
    }
    lines
}

/// Sixteen vectors that lie side by side, turned: a line holds a pair of numbers of each.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
unsafe fn pairs_of(data: *const f32, (vectors, depth): (usize, usize), along: usize, scale: f32) -> [__m512i; SIDE] {
    let mut lines = [_mm512_setzero_si512(); SIDE];
    for (at, line) in lines.iter_mut().enumerate().take(depth.div_ceil(2)) {
        // SAFETY: within the part; the second of a pair is looked at only where there is one.
        unsafe {
            let even = data.add(2 * at * along);
            *line = pairs(even, (2 * at + 1 < depth).then(|| even.add(along)), vectors, scale);
        }
    }
    lines
}

/// Lays a factor out in tiles, bands of sixteen vectors (rows of the left factor, columns of the right) below each other; an even number of bands.
/// `turn` says whether a line of a tile holds pairs of sixteen vectors (right) or numbers of one (left).
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn pack(to: *mut u8, from: Factor, (vectors, inner): (usize, usize), scale: f32, right: bool) {
    let (step, along) = if right { (from.column_step, from.row_step) } else { (from.row_step, from.column_step) };
    let (bands, tiles) = (vectors.div_ceil(2 * SIDE) * 2, inner.div_ceil(DEPTH));
    let one = |band: usize, tile: usize| {
        let (vector, at) = (band * SIDE, tile * DEPTH);
        let size = (SIDE.min(vectors.saturating_sub(vector)), DEPTH.min(inner - at));
        let data = from.data.wrapping_add(vector * step + at * along);
        // SAFETY: the size keeps to the factor; a band behind the last vector reads nothing.
        unsafe {
            let lines = match (size.0 > 0, along == 1) {
                (false, _) => [_mm512_setzero_si512(); SIDE],
                (true, true) => lines_of(data, size, step, scale),
                (true, false) => pairs_of(data, size, along, scale),
            };
            let lines = if (along == 1) == right { turned(lines) } else { lines };
            store(to.add((band * tiles + tile) * TILE), lines);
        }
    };
    // In the order in which the numbers lie.
    if along == 1 {
        (0..bands).for_each(|band| (0..tiles).for_each(|tile| one(band, tile)));
    } else {
        (0..tiles).for_each(|tile| (0..bands).for_each(|band| one(band, tile)));
    }
}

/// Every square of 32 by 32 results.
#[target_feature(enable = "avx512f")]
unsafe fn squares((rows, columns, tiles): (usize, usize, usize), target: Target, left: *const u8, right: *const u8, add: bool) {
    #[repr(align(64))]
    struct Square([f32; 4 * SIDE * SIDE]);
    let mut square = Square([0.0; 4 * SIDE * SIDE]);
    // SAFETY: the shape is valid, and no tile register is in use outside this function.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPE, options(nostack, readonly)) };
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
    // SAFETY: gives the registers back, so that a switch of threads need not save them.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
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

/// Four tiles of results along the whole inner side.
#[inline]
unsafe fn multiply_square((left, right, tiles): (*const u8, *const u8, usize), to: *mut f32, row_step: usize, add: bool) {
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

#[cfg(test)]
mod tests;
