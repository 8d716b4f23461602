//! Work in several processes, and the joining of what they made.

use std::path::PathBuf;

use clap::Args;
use records::Part;

/// Which part of the work this process does, or who else does it.
#[derive(Clone, Debug, Default, Args)]
pub struct Sharing {
    /// Do part I of N of the work (I from 0 to N - 1, as a job array or an indexed job counts), each part with an --out of its own and all else
    /// the same; `tandem merge` makes of all of them what one process would have made.
    #[arg(long = "shard", value_name = "I/N")]
    shard: Option<Part>,
    /// Have the work done by the workers of a cluster (`tandem cluster`): what is read and what is written lies on a folder that they see under
    /// the same path. The result is the same, and a stopped run may be ended in another way than it was begun.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "df://HOST:PORT", conflicts_with = "shard")]
    pub cluster: Option<::cluster::Address>,
    /// Pieces of work under way at a time: more than the workers have places, and memory for as many results. What a driver that was killed had
    /// under way is done before anything else.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "N", default_value_t = 16, requires = "cluster", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub cluster_pieces: u16,
}

impl Sharing {
    pub fn part(&self) -> Part {
        self.shard.unwrap_or(Part::WHOLE)
    }
}

#[derive(Debug, Args)]
pub struct Merge {
    /// The folders that `tandem prep`, `tandem index` or `tandem report` made with --shard: all of one run, in any order.
    #[arg(required = true, value_name = "PART")]
    pub parts: Vec<PathBuf>,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
    /// With parts of an index: the folder of the sections, if it lies elsewhere than where the parts were made.
    #[arg(long, value_name = "DIR")]
    pub sections: Option<PathBuf>,
}
