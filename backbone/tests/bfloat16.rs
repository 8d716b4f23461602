//! Products in bfloat16 change what a block gives, and its gradient, by no more than the rounding of their factors; single precision comes back.

use backbone::{Bfloat16Products, DeviceChoice, Transformer, TransformerConfig, open_device, padding_mask};
use burn::tensor::{Device, Tensor, TensorData};

const ROWS: usize = 4;
const LENGTH: usize = 32;
const WIDTH: usize = 64;

/// Output and gradient with regard to what went in.
fn pass(model: &Transformer, device: &Device) -> [Vec<f32>; 2] {
    let numbers = (0..ROWS * LENGTH * WIDTH).map(|at| (at * 37 % 101) as f32 / 50.0 - 1.0).collect::<Vec<_>>();
    let x = Tensor::<3>::from_data(TensorData::new(numbers, [ROWS, LENGTH, WIDTH]), device).require_grad();
    let y = model.forward_layers(0..9, x.clone(), &padding_mask(&[LENGTH, LENGTH, 20, LENGTH], LENGTH, device));
    let gradients = y.clone().powi_scalar(2).mean().backward();
    let read = |tensor: Tensor<3>| tensor.into_data().try_to_vec::<f32>().unwrap();
    [read(y.inner()), read(x.grad(&gradients).unwrap())]
}

/// Length of the difference, in lengths of the first.
fn difference(left: &[f32], right: &[f32]) -> f32 {
    let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|value| value * value).sum::<f32>();
    (squares(&mut left.iter().zip(right).map(|(left, right)| left - right)) / squares(&mut left.iter().copied())).sqrt()
}

#[test]
fn a_block_in_bfloat16_is_the_block_up_to_rounding() {
    let device = open_device(DeviceChoice::Cpu).unwrap().autodiff();
    device.seed(1);
    let model = TransformerConfig { d_model: WIDTH, layers: 2, heads: 4, d_ff: 256 }.init(&device);
    let exact = pass(&model, &device);
    let Some(rounded) = Bfloat16Products::begin() else {
        eprintln!("skipped: this processor has no unit for bfloat16");
        return;
    };
    let near = pass(&model, &device);
    drop(rounded);
    for (exact, near) in exact.iter().zip(&near) {
        let difference = difference(exact, near);
        assert!((1e-5..0.02).contains(&difference), "{difference}");
    }
    assert_eq!(pass(&model, &device), exact);
}
