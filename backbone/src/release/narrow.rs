//! Matrices in few bits, with a scale for [`GROUP`] weights of a row.
//!
//! With `bits` a group's numbers go from `-largest` to `largest = 2^(bits - 1) - 1`, and its scale (bfloat16) is the one of a few at or below
//! `max|x| / largest` whose weights are off least: cutting the largest can pay. What was read is written again to the same bytes.
//!
//! Weights are distributed much as by a normal law, small numbers far more often than large ones, so the numbers of a matrix, a byte each, lie
//! compressed (Zstandard, whose Huffman codes give frequent ones fewer bits): 4 bits become 3.5 to 3.7, 3 become 2.3 to 2.7.

use std::io;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Tensor, TensorData};
use rayon::prelude::*;

/// Weights of a row that share a scale.
pub(super) const GROUP: usize = 64;
/// Weights whose errors are summed side by side.
const LANES: usize = 8;
/// Of compression. What finds fewer repetitions among numbers that have none finds wrong ones, and comes out larger.
const LEVEL: i32 = 19;
/// Shares of a group's largest weight that its scale may be for; the whole first, so that what was read is kept as it is.
const SHARES: [f32; 7] = [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7];

type Group = [f32; GROUP];

/// The weights whose names begin so, `[(prefix, bits)]`, with 2 to 8 bits each.
pub type Narrow = [(&'static str, u32)];

/// How many bits the matrix `name` of this shape has; none for one that stays wide.
pub(super) fn bits_of(narrow: &Narrow, name: &str, [rows, width]: [usize; 2]) -> Option<u32> {
    let told = narrow.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, bits)| *bits);
    told.filter(|_| rows * width >= super::bytes::LEAST && width.is_multiple_of(GROUP))
}

/// A number to the nearest of those with 16 bits (bfloat16), by its upper half.
fn upper_half(x: f32) -> u16 {
    let bits = x.to_bits();
    // Ties go to the even one.
    (bits.wrapping_add(0x7FFF + (bits >> 16 & 1)) >> 16) as u16
}

fn of_upper_half(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn largest(bits: u32) -> f32 {
    ((1 << (bits - 1)) - 1) as f32
}

/// The numbers of a group by a scale.
fn numbers(group: &Group, scale: f32, largest: f32) -> Group {
    let by = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    // Rounds what is small beside it: there is no bit below the point left. Every x86-64 has an instruction for that, not all have one for rounding.
    const ROUNDS: f32 = 1.5 * (1 << 23) as f32;
    group.map(|value| (value * by).clamp(-largest, largest) + ROUNDS - ROUNDS)
}

/// The square of how far a group's weights are from what numbers by a scale say.
fn off(group: &Group, scale: f32, largest: f32) -> f32 {
    // In lanes: a sum in order would wait for each addition.
    let mut sums = [0.0; LANES];
    for (told, values) in numbers(group, scale, largest).as_chunks::<LANES>().0.iter().zip(group.as_chunks::<LANES>().0) {
        sums.iter_mut().zip(told.iter().zip(values)).for_each(|(sum, (number, value))| *sum += (number * scale - value).powi(2));
    }
    sums.iter().sum()
}

/// The scale of a group whose numbers say best what its weights are.
fn scale_of(group: &Group, largest: f32) -> u16 {
    let most = group.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let mut best = (f32::INFINITY, 0);
    for share in SHARES {
        let half = upper_half(most * share / largest);
        let off = off(group, of_upper_half(half), largest);
        if off < best.0 {
            best = (off, half);
        }
    }
    best.1
}

/// The bytes of numbers and of scales for the weights of a matrix, whose rows are whole groups.
///
/// # Errors
/// If compression fails.
pub(super) fn pack(weights: &[f32], bits: u32) -> io::Result<[Vec<u8>; 2]> {
    let groups = weights.as_chunks::<GROUP>().0;
    let group = |group: &Group| {
        let scale = scale_of(group, largest(bits));
        (numbers(group, of_upper_half(scale), largest(bits)).map(|number| number as i8 as u8), scale.to_le_bytes())
    };
    let (numbers, scales): (Vec<[u8; GROUP]>, Vec<[u8; 2]>) = groups.par_iter().map(group).unzip();
    Ok([zstd::bulk::compress(numbers.as_flattened(), LEVEL)?, scales.as_flattened().to_vec()])
}

/// The weights that numbers and scales of a matrix stand for; nothing if they do not fit each other.
pub(super) fn unpack(numbers: &[u8], scales: &[u8]) -> Option<Vec<f32>> {
    let scales = Some(scales.as_chunks::<2>()).filter(|(_, rest)| rest.is_empty())?.0;
    // No more than what fits is taken from a file that says something else.
    let numbers = zstd::bulk::decompress(numbers, scales.len() * GROUP).ok().filter(|numbers| numbers.len() == scales.len() * GROUP)?;
    let scales = scales.iter().map(|half| of_upper_half(u16::from_le_bytes(*half)));
    let groups = numbers.as_chunks::<GROUP>().0.iter().zip(scales);
    Some(groups.flat_map(|(group, scale)| group.map(|number| f32::from(number as i8) * scale)).collect())
}

/// The model as a folder gives it back that was written with these few bits, the names of its weights beginning with `under`. Under autodiff the
/// gradients of what was rounded go to the weights themselves (straight-through estimator, Bengio et al. 2013), so that a training can read with the
/// weights that will ship (Jacob et al. 2018).
#[must_use]
pub fn as_written<M: Module>(model: M, narrow: &'static Narrow, under: &str) -> M {
    struct Rounding {
        narrow: &'static Narrow,
        path: Vec<String>,
    }
    impl ModuleMapper for Rounding {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }

        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let shape: Option<[usize; 2]> = param.val().dims().as_slice().try_into().ok();
            let Some(bits) = shape.and_then(|shape| bits_of(self.narrow, &self.path.join("."), shape)) else { return param };
            param.map(|value| {
                let data = value.clone().detach().into_data().convert_dtype(DType::F32);
                let Ok(mut by) = data.try_into_vec::<f32>() else { return value };
                by.as_chunks_mut::<GROUP>().0.par_iter_mut().for_each(|group| *group = moved(group, bits));
                let by = Tensor::from_data(TensorData::new(by, value.shape()), &value.device());
                value + by
            })
        }
    }
    let mut rounding = Rounding { narrow, path: under.split_terminator('.').map(str::to_owned).collect() };
    model.map(&mut rounding)
}

/// How far each weight of a group is moved by writing it.
fn moved(group: &Group, bits: u32) -> Group {
    let scale = of_upper_half(scale_of(group, largest(bits)));
    let mut by = numbers(group, scale, largest(bits));
    by.iter_mut().zip(group).for_each(|(number, value)| *number = *number * scale - value);
    by
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;
    use crate::device::cpu;

    fn weights(count: usize) -> Vec<f32> {
        (0..count).map(|n| (n as f32 * 0.37).sin() * (n as f32 * 0.011).cos()).collect()
    }

    #[test]
    fn each_bit_more_halves_the_error_and_what_was_read_stays() {
        let weights = weights(64 * GROUP);
        let mut before = f32::INFINITY;
        for bits in 2..8 {
            let [numbers, scales] = pack(&weights, bits).unwrap();
            assert_eq!(scales.len(), weights.len() / GROUP * 2);
            assert!(numbers.len() <= weights.len() * bits as usize / 8, "{bits} bits: {} bytes", numbers.len());
            let read = unpack(&numbers, &scales).unwrap();
            let off = read.iter().zip(&weights).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
            assert!(off < before * 0.65, "{bits} bits: {before} -> {off}");
            before = off;
            assert_eq!(pack(&read, bits).unwrap(), [numbers.clone(), scales.clone()]);
            assert_eq!(unpack(&numbers[1..], &scales), None);
            assert_eq!(unpack(&numbers, &scales[1..]), None);
        }
        let [zeros, scale] = pack(&[0.0; GROUP], 4).unwrap();
        assert_eq!(unpack(&zeros, &scale), Some(vec![0.0; GROUP]));
        let [many, _] = pack(&[0.0; 100 * GROUP], 4).unwrap();
        assert_eq!(unpack(&many, &scale), None, "no more than fits is taken");
    }

    #[test]
    fn a_model_reads_with_what_ships_and_learns_what_it_is() {
        const NARROW: &Narrow = &[("head.weight", 4)];
        let layer: Linear = LinearConfig::new(64, 64).init(&cpu().autodiff());
        let values = |layer: &Linear| layer.weight.val().into_data().try_to_vec::<f32>().unwrap();
        let rounded = as_written(layer.clone(), NARROW, "head.");
        let [numbers, scales] = pack(&values(&layer), 4).unwrap();
        let shipped = unpack(&numbers, &scales).unwrap();
        assert!(values(&rounded).iter().zip(&shipped).all(|(a, b)| (a - b).abs() < 1e-6) && values(&rounded) != values(&layer));
        assert_eq!(values(&as_written(layer.clone(), NARROW, "")), values(&layer), "another name");
        let x = Tensor::<2>::ones([1, 64], &cpu().autodiff());
        let gradients = rounded.forward(x).sum().backward();
        let gradient = layer.weight.val().grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
        assert!(gradient.iter().all(|slope| *slope == 1.0), "{gradient:?}");
    }
}
