//! One verb, one function: open what it needs, call the crate that does the work, say how it ended.

pub mod ask;
pub mod doctor;
pub mod eval;
pub mod extract_worker;
pub mod index;
pub mod prep;
pub mod report;
pub mod search;
pub mod synth;
pub mod train;
pub mod verify;

/// The verbs that need LanceDB say so in a binary built without it.
#[cfg(not(feature = "lance"))]
fn without_lance(verb: &str) -> anyhow::Result<crate::outcome::Outcome> {
    anyhow::bail!("this binary was built without LanceDB: {verb} needs `cargo build --release -p tandem`")
}
