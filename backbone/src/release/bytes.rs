//! Weights as bytes: cut into files, and matrices in 8 bits with a scale a row, or in few ([`super::narrow`]). A row `x` of bytes is
//! `round(x / scale)` with `scale = max|x| / 127`, so that no weight is off by more than half of a 127th of the largest of its row; the scales lie beside
//! the matrix under its name with [`SCALES`].

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use rayon::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::narrow::{GROUP, bits_of, pack, unpack};
use super::{Precision, ReleaseOptions};

/// Behind the name of a matrix, the name of its scales.
const SCALES: &str = ".scales";
/// Smaller matrices are not worth it.
pub(super) const LEAST: usize = 4_096;

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

/// The compressed numbers of a matrix in few bits, `[bytes]`, and the scales of its groups, `[rows, width / GROUP]`.
fn in_few_bits(matrix: &Owned, bits: u32) -> Result<[Owned; 2], String> {
    let (rows, width) = (matrix.shape[0], matrix.shape[1]);
    let [numbers, scales] = pack(&floats(&matrix.data).collect::<Vec<f32>>(), bits).map_err(|error| error.to_string())?;
    let scales = Owned { kind: Dtype::BF16, shape: vec![rows, width / GROUP], data: scales };
    Ok([Owned { kind: Dtype::U8, shape: vec![numbers.len()], data: numbers }, scales])
}

fn of_few_bits(matrix: &Owned, scales: &Owned) -> Option<Owned> {
    let &[rows, groups] = scales.shape.as_slice() else { return None };
    if scales.kind != Dtype::BF16 {
        return None;
    }
    let weights = unpack(&matrix.data, &scales.data)?;
    let data = weights.into_iter().flat_map(f32::to_le_bytes).collect();
    Some(Owned { kind: Dtype::F32, shape: vec![rows, groups * GROUP], data })
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
        return of_few_bits(matrix, scales);
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

/// A tensor as it is written, with its scales where it has some.
fn written(name: &str, view: &TensorView, options: &ReleaseOptions) -> Result<Vec<(String, Owned)>, String> {
    let tensor = owned(view);
    let small = options.precision == Precision::Byte && tensor.kind == Dtype::F32 && tensor.data.len() >= 4 * LEAST;
    let [matrix, scales] = match tensor.shape[..] {
        [rows, width] if small => match bits_of(options.narrow, name, [rows, width]) {
            Some(bits) => in_few_bits(&tensor, bits)?,
            None => in_bytes(&tensor),
        },
        _ => return Ok(vec![(name.to_owned(), tensor)]),
    };
    Ok(vec![(name.to_owned(), matrix), (format!("{name}{SCALES}"), scales)])
}

/// Cuts weights into files by the beginning of their names, the rest into `other`; in bytes or few bits where that is wanted.
pub(super) fn divide(all: &[u8], options: &ReleaseOptions, other: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let apart = options.apart;
    if apart.is_empty() && options.precision != Precision::Byte {
        return Ok(vec![(other.to_owned(), all.to_vec())]);
    }
    let of_all = SafeTensors::deserialize(all).map_err(|error| error.to_string())?.tensors();
    let written: Result<Vec<Vec<(String, Owned)>>, String> = of_all.par_iter().map(|(name, view)| written(name, view, options)).collect();
    let mut files: BTreeMap<&str, BTreeMap<String, Owned>> = BTreeMap::new();
    for (name, tensor) in written?.into_iter().flatten() {
        let file = apart.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(other, |(_, file)| file);
        files.entry(file).or_default().insert(name, tensor);
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
