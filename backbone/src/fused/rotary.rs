//! Rotations of queries and keys by their position (Su et al. 2021), in place: number `i` of a head turns with number `i + d_head / 2`.

/// Base of the rotation angles; 10,000 is what the paper uses.
pub(crate) const ROTARY_BASE: f32 = 10_000.0;

/// Cosines and sines for a number of positions.
#[derive(Debug)]
pub(crate) struct RotaryTable {
    /// `[tokens, half]`
    cosine: Vec<f32>,
    /// `[tokens, half]`
    sine: Vec<f32>,
    half: usize,
}

impl RotaryTable {
    /// The table for heads of `d_head` numbers.
    pub(crate) fn new(tokens: usize, d_head: usize) -> Self {
        let half = d_head / 2;
        let speeds: Vec<f32> = (0..half).map(|at| ROTARY_BASE.powf(-(at as f32) / half as f32)).collect();
        let table =
            |function: fn(f32) -> f32| (0..tokens).flat_map(|position| speeds.iter().map(move |s| function(position as f32 * s))).collect();
        Self { cosine: table(f32::cos), sine: table(f32::sin), half }
    }

    /// Turns the first `turned` numbers of each row of `width`, row by position.
    #[inline(always)]
    pub(crate) fn rotate(&self, rows: &mut [f32], width: usize, turned: usize) {
        self.turn(rows, width, turned, 1.0);
    }

    /// The reverse rotation, which is also the gradient.
    #[inline(always)]
    pub(crate) fn rotate_back(&self, rows: &mut [f32], width: usize, turned: usize) {
        self.turn(rows, width, turned, -1.0);
    }

    #[inline(always)]
    fn turn(&self, rows: &mut [f32], width: usize, turned: usize, direction: f32) {
        let tables = self.cosine.chunks_exact(self.half).zip(self.sine.chunks_exact(self.half));
        for (row, (cosine, sine)) in rows.chunks_exact_mut(width).zip(tables) {
            for head in row[..turned].chunks_exact_mut(2 * self.half) {
                let (left, right) = head.split_at_mut(self.half);
                for (((left, right), cosine), sine) in left.iter_mut().zip(right).zip(cosine).zip(sine) {
                    let (a, b, sine) = (*left, *right, direction * sine);
                    *left = a * cosine - b * sine;
                    *right = b * cosine + a * sine;
                }
            }
        }
    }
}
