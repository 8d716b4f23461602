//! Weights as bytes: cut into files, and matrices in 8 bits with a scale a row or in 4 with a scale for [`GROUP`] weights.
//!
//! A row `x` of bytes is `round(x / scale)` with `scale = max|x| / 127`, so that no weight is off by more than half of a 127th of the largest of its row.
//! In 4 bits the numbers go from -7 to 7, two in a byte, and a group's scale (bfloat16) is the one of a few below `max|x| / 7` whose weights are off
//! least: cutting the largest can pay. The scales lie beside the matrix under its name with [`SCALES`]. What was read is written again to the same bytes.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::{Precision, ReleaseOptions};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

/// Behind the name of a matrix, the name of its scales.
const SCALES: &str = ".scales";
/// Smaller matrices are not worth it.
const LEAST: usize = 4_096;
/// Weights of a row that share a scale in 4 bits.
const GROUP: usize = 64;
/// The largest number in 4 bits.
const LARGEST: f32 = 7.0;
/// Shares of a group's largest weight that its scale may be for; the whole first, so that what was read is kept as it is.
const SHARES: [f32; 7] = [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7];

/// A tensor that owns its bytes.
struct Owned {
    kind: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

fn owned(view: &TensorView) -> Owned {
    Owned { kind: view.dtype(), shape: view.shape().to_vec(), data: view.data().to_vec() }
}

fn write(tensors: &BTreeMap<String, Owned>) -> Result<Vec<u8>, String> {
    let views: Result<Vec<(&String, TensorView)>, String> = tensors
        .iter()
        .map(|(name, tensor)| {
            let view = TensorView::new(tensor.kind, tensor.shape.clone(), &tensor.data);
            Ok((name, view.map_err(|error| error.to_string())?))
        })
        .collect();
    // One entry of metadata only: its order in the file would otherwise change from run to run.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    serialize(views?, Some(metadata)).map_err(|error| error.to_string())
}

fn floats(data: &[u8]) -> impl Iterator<Item = f32> {
    data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
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

/// The scale of a group, and its numbers from -7 to 7.
fn narrowed(group: &[f32]) -> (u16, Vec<i8>) {
    let most = group.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let numbers = |scale: u16| {
        let by = Some(of_upper_half(scale)).filter(|scale| *scale > 0.0).map_or(0.0, |scale| 1.0 / scale);
        group.iter().map(move |value| (value * by).round().clamp(-LARGEST, LARGEST))
    };
    let off = |scale: u16| -> f32 {
        let told = numbers(scale).map(|number| number * of_upper_half(scale));
        told.zip(group).map(|(told, value)| (told - value).powi(2)).sum()
    };
    let scales = SHARES.map(|share| upper_half(most * share / LARGEST));
    let best = scales.into_iter().min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap_or(0);
    (best, numbers(best).map(|number| number as i8).collect())
}

/// A matrix in 4 bits, `[rows, width / 2]`, and the scales of its groups, `[rows, width / GROUP]`.
fn in_nibbles(matrix: &Owned) -> [Owned; 2] {
    let (rows, width) = (matrix.shape[0], matrix.shape[1]);
    let values: Vec<f32> = floats(&matrix.data).collect();
    let (mut data, mut scales) = (Vec::with_capacity(values.len() / 2), Vec::new());
    for group in values.chunks(GROUP) {
        let (scale, numbers) = narrowed(group);
        scales.extend(scale.to_le_bytes());
        data.extend(numbers.as_chunks::<2>().0.iter().map(|[low, high]| (low & 15) as u8 | (*high as u8) << 4));
    }
    let scales = Owned { kind: Dtype::BF16, shape: vec![rows, width / GROUP], data: scales };
    [Owned { kind: Dtype::U8, shape: vec![rows, width / 2], data }, scales]
}

fn of_nibbles(matrix: &Owned, scales: &Owned) -> Option<Owned> {
    let &[rows, half] = matrix.shape.as_slice() else { return None };
    if scales.kind != Dtype::BF16 || scales.data.len() != 2 * rows * (2 * half).div_ceil(GROUP) || !(2 * half).is_multiple_of(GROUP) {
        return None;
    }
    let scales = scales.data.as_chunks::<2>().0.iter().map(|bytes| of_upper_half(u16::from_le_bytes(*bytes)));
    // The upper four bits of a signed byte carry its sign; the lower four get it by being shifted up and down again.
    let numbers = |byte: &u8| [(*byte << 4) as i8 >> 4, *byte as i8 >> 4].map(f32::from);
    let groups = matrix.data.chunks(GROUP / 2).zip(scales);
    let data =
        groups.flat_map(|(group, scale)| group.iter().flat_map(numbers).flat_map(move |number| (number * scale).to_le_bytes())).collect();
    Some(Owned { kind: Dtype::F32, shape: vec![rows, 2 * half], data })
}

/// A matrix in 8 bits, and its scales.
fn in_bytes(matrix: &Owned) -> [Owned; 2] {
    let width = matrix.shape[1];
    let values: Vec<f32> = floats(&matrix.data).collect();
    let (mut data, mut scales) = (Vec::with_capacity(values.len()), Vec::new());
    for row in values.chunks(width) {
        let scale = row.iter().fold(0.0f32, |most, value| most.max(value.abs())) / 127.0;
        let by = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        data.extend(row.iter().map(|value| (value * by).round() as i8 as u8));
        scales.extend(scale.to_le_bytes());
    }
    let rows = matrix.shape[0];
    [Owned { kind: Dtype::I8, shape: matrix.shape.clone(), data }, Owned { kind: Dtype::F32, shape: vec![rows], data: scales }]
}

fn dequantized(matrix: &Owned, scales: &Owned) -> Option<Owned> {
    if matrix.kind == Dtype::U8 {
        return of_nibbles(matrix, scales);
    }
    let &[rows, width] = matrix.shape.as_slice() else { return None };
    let scales: Vec<f32> = floats(&scales.data).collect();
    if matrix.kind != Dtype::I8 || scales.len() != rows {
        return None;
    }
    let numbers = matrix.data.chunks(width.max(1)).zip(scales);
    let data = numbers.flat_map(|(row, scale)| row.iter().flat_map(move |byte| (f32::from(*byte as i8) * scale).to_le_bytes())).collect();
    Some(Owned { kind: Dtype::F32, shape: matrix.shape.clone(), data })
}

/// Cuts weights into files by the beginning of their names, the rest into `other`; in 8 and 4 bits where that is wanted.
pub(super) fn divide(all: &[u8], options: &ReleaseOptions, other: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let (apart, small) = (options.apart, options.precision == Precision::Byte);
    if apart.is_empty() && !small {
        return Ok(vec![(other.to_owned(), all.to_vec())]);
    }
    let mut files: BTreeMap<&str, BTreeMap<String, Owned>> = BTreeMap::new();
    for (name, view) in SafeTensors::deserialize(all).map_err(|error| error.to_string())?.iter() {
        let file = apart.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(other, |(_, file)| file);
        let (file, tensor) = (files.entry(file).or_default(), owned(&view));
        if small && tensor.kind == Dtype::F32 && tensor.shape.len() == 2 && tensor.data.len() >= 4 * LEAST {
            let narrow = options.narrow.iter().any(|prefix| name.starts_with(prefix)) && tensor.shape[1].is_multiple_of(GROUP);
            let [matrix, scales] = if narrow { in_nibbles(&tensor) } else { in_bytes(&tensor) };
            file.insert(format!("{name}{SCALES}"), scales);
            file.insert(name.to_owned(), matrix);
        } else {
            file.insert(name.to_owned(), tensor);
        }
    }
    files.into_iter().map(|(name, tensors)| Ok((name.to_owned(), write(&tensors)?))).collect()
}

/// The weights of all files as one, every matrix in 32 bits. An error comes with its file.
pub(super) fn join(files: &[(&PathBuf, Vec<u8>)]) -> Result<Vec<u8>, (PathBuf, String)> {
    let mut all: BTreeMap<String, Owned> = BTreeMap::new();
    for (path, bytes) in files {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| ((*path).clone(), error.to_string()))?;
        if let ([_], None) = (files, tensors.names().iter().find(|name| name.ends_with(SCALES))) {
            return Ok(bytes.clone());
        }
        all.extend(tensors.iter().map(|(name, view)| (name.to_owned(), owned(&view))));
    }
    let scaled: Vec<String> = all.keys().filter_map(|name| name.strip_suffix(SCALES).map(str::to_owned)).collect();
    let first = files.first().map(|(path, _)| (*path).clone()).unwrap_or_default();
    for name in scaled {
        let scales = all.remove(&format!("{name}{SCALES}"));
        let matrix = all.get(&name).zip(scales.as_ref()).and_then(|(matrix, scales)| dequantized(matrix, scales));
        all.insert(name.clone(), matrix.ok_or_else(|| (first.clone(), format!("the scales of {name} do not fit it")))?);
    }
    write(&all).map_err(|reason| (first, reason))
}
