//! The stages on several machines: what they do to a document, a shard of sections or a question is a scalar function of DataFusion
//! ([`functions`]), and Ballista calls it on its workers. One process, here called the driver, cuts the work into pieces, sends each as a small
//! query of its own, takes the results in the pieces' order and writes the same folder that it would have written alone.
//!
//! In: the address of a scheduler (`df://HOST:PORT`); files on a folder that driver and workers see under the same path. Out: what
//! [`prep_model::inference::prepare_elsewhere`], [`retrieve_model::index::build_elsewhere`] and [`retrieve_model::report::write_reports_elsewhere`]
//! make of it.
//!
//! A document that cannot be read is a row with its reason, never an error of a query, since Ballista ends a job at its first error. A worker works in
//! processes of its own ([`serve`]): one that ends over a document is started again, and that document becomes a failure. A piece whose worker dies is sent again.
//!
//! Not for: networks that others can reach. Ballista knows no passwords; `deploy/README.md` says what must stand in front of it.

mod address;
mod children;
mod drive;
mod engine;
mod error;
mod function;
pub mod functions;
mod scheduler;
mod worker;

pub use address::Address;
pub use children::serve;
pub use drive::{Answering, Embedding, Preparing};
pub use engine::Engine;
pub use error::ClusterError;
pub use function::{Function, Outcome};
pub use scheduler::{Scheduler, schedule};
pub use worker::{Worker, work};

/// Largest message between driver, scheduler and workers, in bytes: a piece of clean texts with its query, or a batch of what came of it.
const MESSAGE: u32 = 256 << 20;
