//! The parameters of a module as a flat list: what each is, its gradient, and the values taken out and put back in the order of the module.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Shape, Tensor};

use crate::device::cpu;

/// What the optimizer has to know of a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// Numbers in it.
    pub(crate) elements: usize,
    /// Where it lives, without autodiff.
    pub(crate) device: Device,
    /// Whether decay helps it: it only harms norms, biases, embeddings and other vectors.
    pub(crate) decays: bool,
    /// Numbers in a row of a table of embeddings, whose rows learn only from the batches that read them; 1 for other parameters.
    pub(crate) row: usize,
}

impl Kind {
    /// The parameters of a module in its order.
    pub(crate) fn all<M: Module>(model: &M) -> Vec<Self> {
        let mut kinds = Kinds::default();
        model.visit(&mut kinds);
        kinds.found
    }
}

#[derive(Default)]
struct Kinds {
    containers: Vec<(String, String)>,
    found: Vec<Kind>,
}

impl ModuleVisitor for Kinds {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.containers.push((name.to_owned(), container.to_owned()));
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.containers.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let embedding = self.containers.iter().any(|(name, container)| container.ends_with(":Embedding") || name.contains("embedding"));
        let value = param.val();
        let row = if embedding && D == 2 { value.dims()[1] } else { 1 };
        self.found.push(Kind { elements: value.shape().num_elements(), device: value.device().inner(), decays: D >= 2 && !embedding, row });
    }
}

/// The gradients of a module's parameters, flat, in its order.
pub(crate) fn take_gradients<M: Module>(model: &M, gradients: &mut GradientsParams) -> Vec<Option<Tensor<1>>> {
    struct Taking<'a> {
        gradients: &'a mut GradientsParams,
        found: Vec<Option<Tensor<1>>>,
    }
    impl ModuleVisitor for Taking<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.found.push(self.gradients.remove::<D>(param.id).map(flat));
        }
    }
    let mut taking = Taking { gradients, found: Vec::new() };
    model.visit(&mut taking);
    taking.found
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let elements = tensor.shape().num_elements();
    tensor.reshape([elements])
}

/// A module whose values were taken out; it is none until [`put`] gives them back.
pub(crate) struct Shell<M> {
    model: M,
    places: Vec<Place>,
}

/// What a value looked like in its module.
struct Place {
    shape: Shape,
    autodiff: bool,
    requires_gradient: bool,
}

/// Takes the values out of a module, so that nothing else holds them: flat, without autodiff, in its order.
pub(crate) fn take<M: Module>(model: M) -> (Shell<M>, Vec<Tensor<1>>) {
    #[derive(Default)]
    struct Taking {
        places: Vec<Place>,
        values: Vec<Tensor<1>>,
    }
    impl ModuleMapper for Taking {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| {
                let (autodiff, requires_gradient) = (value.is_autodiff(), value.is_require_grad());
                self.places.push(Place { shape: value.shape(), autodiff, requires_gradient });
                self.values.push(flat(if autodiff { value.inner() } else { value }));
                Tensor::empty([1; D], &cpu())
            })
        }
    }
    let mut taking = Taking::default();
    let model = model.map(&mut taking);
    (Shell { model, places: taking.places }, taking.values)
}

/// Puts values back where [`take`] found them.
pub(crate) fn put<M: Module>(shell: Shell<M>, values: Vec<Tensor<1>>) -> M {
    struct Putting<I>(I);
    impl<I: Iterator<Item = (Place, Tensor<1>)>> ModuleMapper for Putting<I> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some((place, value)) = self.0.next() else { return param };
            param.map(|_| {
                let value: Tensor<D> = value.reshape(place.shape);
                let value = if place.autodiff { Tensor::from_inner(value) } else { value };
                if place.requires_gradient { value.require_grad() } else { value }
            })
        }
    }
    shell.model.map(&mut Putting(shell.places.into_iter().zip(values)))
}

#[cfg(test)]
mod tests {
    use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};

    use super::*;

    #[derive(Module, Debug)]
    struct Model {
        embedding: Embedding,
        norm: LayerNorm,
        linear: Linear,
    }

    #[test]
    fn only_matrices_decay_and_only_tables_have_rows() {
        let model = Model {
            embedding: EmbeddingConfig::new(4, 3).init(&cpu()),
            norm: LayerNormConfig::new(3).init(&cpu()),
            linear: LinearConfig::new(3, 2).init(&cpu()),
        };
        let kinds = Kind::all(&model);
        assert_eq!(kinds.iter().map(|kind| kind.elements).collect::<Vec<_>>(), [12, 3, 3, 6, 2]);
        assert_eq!(kinds.iter().map(|kind| kind.decays).collect::<Vec<_>>(), [false, false, false, true, false]);
        assert_eq!(kinds.iter().map(|kind| kind.row).collect::<Vec<_>>(), [3, 1, 1, 1, 1]);
    }

    #[test]
    fn what_is_taken_out_and_put_back_is_the_same_module() {
        let linear = LinearConfig::new(3, 2).init(&cpu().autodiff());
        let before = linear.weight.val().into_data();
        let (shell, values) = take(linear.clone());
        assert_eq!(values.iter().map(|value| value.dims()[0]).collect::<Vec<_>>(), [6, 2]);
        let back = put(shell, values);
        assert_eq!(back.weight.val().into_data(), before);
        assert!(back.weight.val().is_require_grad());
        assert_eq!(back.weight.id, linear.weight.id);
    }
}
