//! Factors rounded to bfloat16 and laid out in tiles.

use std::arch::x86_64::{
    __m256bh, __m256i, __m512i, _mm512_cvtepu16_epi32, _mm512_cvtneps_pbh, _mm512_inserti64x4, _mm512_maskz_loadu_ps, _mm512_mul_ps,
    _mm512_or_si512, _mm512_set1_ps, _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_slli_epi32, _mm512_storeu_si512,
    _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_zextsi256_si512,
};
use std::mem::transmute;

use super::{DEPTH, Factor, ROW, SIDE, TILE, mask};

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
pub(super) unsafe fn pack(to: *mut u8, from: Factor, (vectors, inner): (usize, usize), scale: f32, right: bool) {
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
