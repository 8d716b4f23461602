//! How an operation with a gradient of its own becomes one node of burn's graph. An [`Operation`] sees plain slices; what stands here takes
//! them out of the tensors of the CPU backend and puts the results back, without a copy where the numbers lie in one piece.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Flex};
use burn::tensor::{DType, Tensor, TensorData};

use crate::device::cpu;

/// What [`Autodiff`] tracks.
type Tracked = FloatTensor<Autodiff<Flex>>;

/// A function of `N` float tensors that knows its gradient.
pub(crate) trait Operation<const N: usize>: Debug + Send + Sync + 'static {
    /// What the forward pass leaves for the backward pass.
    type Saved: Debug + Send + Sync + 'static;

    /// The result; with what the gradient needs if `keep` asks for it. The shape of the result is that of the first input, or what
    /// [`Operation::shape`] says.
    fn forward(&self, inputs: [&[f32]; N], keep: bool) -> (Vec<f32>, Option<Self::Saved>);

    /// The gradient of each input from that of the result.
    fn backward(&self, inputs: [&[f32]; N], saved: &Self::Saved, gradient: Vec<f32>) -> [Vec<f32>; N];

    /// Shape of the result.
    fn shape(&self, inputs: [&[usize]; N]) -> Vec<usize> {
        inputs[0].to_vec()
    }
}

/// A float tensor of any rank on its way into an operation.
pub(crate) enum Input {
    /// Without gradients.
    Plain(FlexTensor),
    /// Under autodiff.
    Tracked(Box<Tracked>),
}

/// Whether operations can take this tensor: numbers of 32 bits on the CPU, under autodiff or not. Other devices take the composed path.
pub(crate) fn fits<const D: usize>(x: &Tensor<D>) -> bool {
    x.dtype() == DType::F32 && x.device().inner() == cpu()
}

impl Input {
    /// A tensor that [`fits`]; nothing if it does not, or if its graph recomputes instead of keeping.
    pub(crate) fn new<const D: usize>(x: Tensor<D>) -> Option<Self> {
        if !fits(&x) {
            return None;
        }
        if x.is_autodiff() {
            let tracked = x.try_into_primitive::<Autodiff<Flex>>().ok()?;
            return Some(Self::Tracked(Box::new(tracked)));
        }
        x.try_into_primitive::<Flex>().ok().map(Self::Plain)
    }

    fn tracked(self) -> Tracked {
        match self {
            Self::Plain(plain) => Autodiff::<Flex>::from_inner(plain),
            Self::Tracked(tracked) => *tracked,
        }
    }
}

/// Runs an operation on tensors, and registers its gradient if any of them is under autodiff.
pub(crate) fn apply<O: Operation<N>, const N: usize, const D: usize>(operation: O, inputs: [Input; N]) -> Tensor<D> {
    if inputs.iter().all(|input| matches!(input, Input::Plain(_))) {
        let plain = inputs.map(|input| match input {
            Input::Plain(plain) => plain.to_contiguous(),
            Input::Tracked(tracked) => tracked.into_primitive().to_contiguous(),
        });
        return Tensor::from_primitive::<Flex>(run(&operation, &plain, false).0);
    }
    let tracked = inputs.map(Input::tracked);
    let nodes = tracked.each_ref().map(Tracked::node);
    let plain = tracked.map(|tracked| tracked.into_primitive().to_contiguous());
    let out = match Step::<O, N>(PhantomData).prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => {
            let (out, saved) = run(&operation, &plain, true);
            let kept = saved.map(|saved| Arc::new(Kept { operation, inputs: plain, saved }));
            prepared.finish(State(kept), out)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(run(&operation, &plain, false).0),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(out)
}

fn run<O: Operation<N>, const N: usize>(operation: &O, inputs: &[FlexTensor; N], keep: bool) -> (FlexTensor, Option<O::Saved>) {
    let shape = operation.shape(inputs.each_ref().map(|input| input.layout().shape().as_slice()));
    let (out, saved) = operation.forward(inputs.each_ref().map(numbers), keep);
    (FlexTensor::from_data(TensorData::new(out, shape)), saved)
}

/// The numbers of a tensor that was made contiguous.
fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().unwrap_or_default()
}

/// What a node of the graph holds until the backward pass.
#[derive(Debug)]
struct Kept<O: Operation<N>, const N: usize> {
    operation: O,
    inputs: [FlexTensor; N],
    saved: O::Saved,
}

#[derive(Debug)]
struct State<O: Operation<N>, const N: usize>(Option<Arc<Kept<O, N>>>);

impl<O: Operation<N>, const N: usize> Clone for State<O, N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The node's backward step.
#[derive(Debug)]
struct Step<O, const N: usize>(PhantomData<O>);

impl<O: Operation<N>, const N: usize> Backward<Flex, N> for Step<O, N> {
    type State = State<O, N>;

    fn backward(self, ops: Ops<State<O, N>, N>, gradients: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        let (Some(kept), Ok(gradient)) = (ops.state.0, gradient.into_data().try_into_vec::<f32>()) else { return };
        let found = kept.operation.backward(kept.inputs.each_ref().map(numbers), &kept.saved, gradient);
        for ((parent, gradient), input) in ops.parents.into_iter().zip(found).zip(&kept.inputs) {
            if let Some(parent) = parent {
                let shape = input.layout().shape().clone();
                gradients.register::<Flex>(parent.id, FlexTensor::from_data(TensorData::new(gradient, shape)));
            }
        }
    }
}
