//! Rows of a table by number. The gradient touches the rows that were read; it is dense only in that the optimizer expects a number for each
//! weight.

use burn::tensor::{Int, Tensor};
use rayon::prelude::*;

use super::operation::{Input, Operation, apply, fits};
use super::partition::tasks;
use super::rows::{add, vectorized};

#[derive(Debug)]
struct LookUp {
    ids: Vec<usize>,
    shape: [usize; 2],
    width: usize,
}

/// Rows of an embedding: `[ids, width]` and `[batch, tokens]` -> `[batch, tokens, width]`.
#[must_use]
pub fn look_up(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    // Reading the numbers back would make another device wait.
    if !fits(&table) {
        return look_up_composed(table, ids);
    }
    let [rows, width] = table.dims();
    let numbers: Vec<usize> = ids.to_data().iter::<i64>().filter_map(|id| usize::try_from(id).ok()).filter(|id| *id < rows).collect();
    let shape = ids.dims();
    let known = numbers.len() == shape[0] * shape[1] && !numbers.is_empty();
    match known.then(|| Input::new(table.clone())).flatten() {
        Some(input) => apply(LookUp { ids: numbers, shape, width }, [input]),
        None => look_up_composed(table, ids),
    }
}

/// The same from steps that burn's autodiff knows. On CUDA the gradient of `gather` adds all rows at once, where that of burn's own embedding
/// has one thread for each column.
#[must_use]
pub fn look_up_composed(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    let (width, [batch, tokens]) = (table.dims()[1], ids.dims());
    let places = ids.reshape([batch * tokens, 1]).expand([batch * tokens, width]);
    table.gather(0, places).reshape([batch, tokens, width])
}

impl Operation<1> for LookUp {
    type Saved = ();

    fn forward(&self, [table]: [&[f32]; 1], _keep: bool) -> (Vec<f32>, Option<()>) {
        let mut out = Vec::with_capacity(self.ids.len() * self.width);
        self.ids.iter().for_each(|id| out.extend_from_slice(&table[id * self.width..][..self.width]));
        (out, Some(()))
    }

    fn backward(&self, [table]: [&[f32]; 1], _saved: &(), gradient: Vec<f32>) -> [Vec<f32>; 1] {
        let mut found = vec![0.0; table.len()];
        let part = tasks(table.len() / self.width, 1);
        // Each task owns some rows of the table and looks for their ids in the order of the text.
        found.par_chunks_mut(part * self.width).enumerate().for_each(|(at, found)| {
            let first = at * part;
            for (id, gradient) in self.ids.iter().zip(gradient.chunks_exact(self.width)) {
                if let Some(row) = id.checked_sub(first).and_then(|row| found.get_mut(row * self.width..(row + 1) * self.width)) {
                    vectorized!(add(row, gradient));
                }
            }
        });
        [found]
    }

    fn shape(&self, _inputs: [&[usize]; 1]) -> Vec<usize> {
        vec![self.shape[0], self.shape[1], self.width]
    }
}
