//! Sequences of a padded batch one behind the other without their padding, and back: what runs over packed rows spends nothing on padding.

use burn::tensor::{Bool, Tensor};

use super::operation::{Input, Operation, apply};

/// How many places of each sequence count, out of as many as the batch is wide.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    lengths: Vec<usize>,
    tokens: usize,
}

impl Packing {
    /// Of a batch with the padding mask `[batch, tokens]`, true where there is no token. A sequence counts up to its last token.
    #[must_use]
    pub fn new(padding: &Tensor<2, Bool>) -> Self {
        let [_, tokens] = padding.dims();
        let padding: Vec<bool> = padding.to_data().iter::<bool>().collect();
        let length = |row: &[bool]| row.iter().rposition(|padding| !padding).map_or(0, |last| last + 1);
        Self { lengths: padding.chunks(tokens.max(1)).map(length).collect(), tokens }
    }

    /// Places that count.
    pub(super) fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Whether packing leaves nothing out, or nothing over.
    fn is_idle(&self) -> bool {
        self.lengths.iter().all(|length| *length == self.tokens) || self.lengths.iter().all(|length| *length == 0)
    }

    /// `[batch, tokens, width]` -> `[1, rows, width]`. Nothing if the tensor is not on the CPU or has no padding.
    #[must_use]
    pub fn pack(&self, x: &Tensor<3>) -> Option<Tensor<3>> {
        if self.is_idle() {
            return None;
        }
        Some(apply(Pack { packing: self.clone(), width: x.dims()[2] }, [Input::new(x.clone())?]))
    }

    /// The reverse: `[1, rows, width]` -> `[batch, tokens, width]`, zero where there was padding.
    #[must_use]
    pub fn unpack(&self, x: &Tensor<3>) -> Option<Tensor<3>> {
        Some(apply(Unpack { packing: self.clone(), width: x.dims()[2] }, [Input::new(x.clone())?]))
    }

    fn packed(&self, x: &[f32], width: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(self.lengths.iter().sum::<usize>() * width);
        for (sequence, length) in x.chunks((self.tokens * width).max(1)).zip(&self.lengths) {
            out.extend_from_slice(&sequence[..length * width]);
        }
        out
    }

    fn unpacked(&self, x: &[f32], width: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(self.lengths.len() * self.tokens * width);
        let mut rest = x;
        for length in &self.lengths {
            let (sequence, behind) = rest.split_at(length * width);
            out.extend_from_slice(sequence);
            out.resize(out.len() + (self.tokens - length) * width, 0.0);
            rest = behind;
        }
        out
    }
}

#[derive(Debug)]
struct Pack {
    packing: Packing,
    width: usize,
}

impl Operation<1> for Pack {
    type Saved = ();

    fn forward(&self, [x]: [&[f32]; 1], _keep: bool) -> (Vec<f32>, Option<()>) {
        (self.packing.packed(x, self.width), Some(()))
    }

    fn backward(&self, _inputs: [&[f32]; 1], _saved: &(), gradient: Vec<f32>) -> [Vec<f32>; 1] {
        [self.packing.unpacked(&gradient, self.width)]
    }

    fn shape(&self, _inputs: [&[usize]; 1]) -> Vec<usize> {
        vec![1, self.packing.lengths.iter().sum(), self.width]
    }
}

#[derive(Debug)]
struct Unpack {
    packing: Packing,
    width: usize,
}

impl Operation<1> for Unpack {
    type Saved = ();

    fn forward(&self, [x]: [&[f32]; 1], _keep: bool) -> (Vec<f32>, Option<()>) {
        (self.packing.unpacked(x, self.width), Some(()))
    }

    fn backward(&self, _inputs: [&[f32]; 1], _saved: &(), gradient: Vec<f32>) -> [Vec<f32>; 1] {
        [self.packing.packed(&gradient, self.width)]
    }

    fn shape(&self, _inputs: [&[usize]; 1]) -> Vec<usize> {
        vec![self.packing.lengths.len(), self.packing.tokens, self.width]
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::cpu;
    use crate::transformer::padding_mask;

    #[test]
    fn what_is_packed_and_unpacked_is_itself_without_its_padding() {
        let packing = Packing::new(&padding_mask(&[2, 0, 3], 3, &cpu()));
        let x = Tensor::<3>::random([3, 3, 2], Distribution::Uniform(1.0, 2.0), &cpu());
        let packed = packing.pack(&x).unwrap();
        assert_eq!(packed.dims(), [1, 5, 2]);
        let back: Vec<f32> = packing.unpack(&packed).unwrap().into_data().try_to_vec().unwrap();
        let before: Vec<f32> = x.into_data().try_to_vec().unwrap();
        for (at, (back, before)) in back.iter().zip(before).enumerate() {
            let token = (at / 2 % 3) < [2, 0, 3][at / 6];
            assert_eq!(*back, if token { before } else { 0.0 });
        }
    }

    #[test]
    fn a_sequence_counts_up_to_its_last_token_and_full_batches_stay_as_they_are() {
        let hole = Tensor::<2, Bool>::from_data(TensorData::new(vec![false, true, false, true], [1, 4]), &cpu());
        assert_eq!(Packing::new(&hole).lengths(), [3]);
        let x = Tensor::<3>::zeros([2, 4, 2], &cpu());
        assert!(Packing::new(&padding_mask(&[4, 4], 4, &cpu())).pack(&x).is_none());
        assert!(Packing::new(&padding_mask(&[0, 0], 4, &cpu())).pack(&x).is_none());
    }
}
