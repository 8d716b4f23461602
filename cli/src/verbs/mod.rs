//! One verb, one function: open what it needs, call the crate that does the work, say how it ended.

#[cfg(feature = "lance")]
pub mod adapt;
pub mod ask;
#[cfg(feature = "lance")]
pub mod bench;
#[cfg(not(feature = "lance"))]
pub mod bench {
    //! An index is what is measured.
    pub fn run(_: &crate::args::Bench) -> anyhow::Result<crate::outcome::Outcome> {
        super::without_lance("bench")
    }
}
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod config;
pub mod doctor;
#[cfg(feature = "lance")]
pub mod eval;
#[cfg(not(feature = "lance"))]
pub mod eval {
    //! The workflow baseline searches LanceDB too.
    pub fn run(_: &crate::args::Eval) -> anyhow::Result<crate::outcome::Outcome> {
        super::without_lance("eval")
    }
}
pub mod extract_worker;
pub mod health;
pub mod index;
#[cfg(feature = "lance")]
pub mod library;
#[cfg(feature = "lance")]
pub mod listing;
pub mod merge;
pub mod pages;
pub mod prep;
pub mod report;
pub mod search;
#[cfg(feature = "lance")]
pub mod self_test;
#[cfg(feature = "lance")]
pub mod serve;
#[cfg(not(feature = "lance"))]
pub mod self_test {
    //! An index is part of what is tried.
    pub fn run(_: &crate::args::SelfTest, _: bool) -> anyhow::Result<crate::outcome::Outcome> {
        super::without_lance("self-test")
    }
}
pub mod synth;
pub mod train;
pub mod verify;

/// The inputs of a run that failed; none where one of many processes had nothing to do.
fn failures(dir: &std::path::Path) -> Result<impl Iterator<Item = Result<records::Failure, records::TableError>>, records::TableError> {
    let any = !records::shards::<records::Failure>(dir)?.is_empty();
    Ok(any.then(|| records::read_table(dir)).transpose()?.into_iter().flatten())
}

/// The verbs that need LanceDB say so in a binary built without it.
#[cfg(not(feature = "lance"))]
pub fn without_lance(verb: &str) -> anyhow::Result<crate::outcome::Outcome> {
    anyhow::bail!("this binary was built without LanceDB: {verb} needs `cargo build --release -p tandem`")
}
