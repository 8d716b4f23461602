//! `tandem bench`: what the installed program costs on this machine.

mod growth;
mod page;
mod queries;
mod watched;

use anyhow::Result;

use crate::args::{Bench, BenchVerb};
use crate::outcome::Outcome;

pub fn run(args: &Bench) -> Result<Outcome> {
    match &args.what {
        BenchVerb::Growth(args) => growth::run(args),
        BenchVerb::Queries(args) => queries::run(args),
    }
}
