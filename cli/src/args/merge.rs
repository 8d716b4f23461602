//! Work in several processes, and the joining of what they made.

use std::path::PathBuf;

use clap::Args;
use records::Part;

/// Which part of the work this process does.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Sharing {
    /// Do part I of N of the work (I from 0 to N - 1, as a job array or an indexed job counts), each part with an --out of its own and all else
    /// the same; `tandem merge` makes of all of them what one process would have made.
    #[arg(long = "shard", value_name = "I/N")]
    shard: Option<Part>,
}

impl Sharing {
    pub fn part(self) -> Part {
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
