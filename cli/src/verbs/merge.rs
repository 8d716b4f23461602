//! `tandem merge`: the folders of several processes to the one that a single process would have made.

use anyhow::{Result, bail};
use prep_model::inference::merge_prepared;
use records::Parts;
use retrieve_model::report::merge_reports;

use crate::args::Merge;
use crate::outcome::Outcome;
use crate::places::{Input, folder_apart};
use crate::progress::Progress;

pub fn run(args: &Merge) -> Result<Outcome> {
    let parts = args.parts.iter().map(|part| Input::of("PART", part));
    folder_apart(&args.out, parts.chain(Input::maybe("--sections", args.sections.as_deref())))?;
    let parts = Parts::open(&args.parts)?;
    let stage = parts.manifest.stage.clone();
    if args.sections.is_some() && stage != "index" {
        bail!("--sections is for parts of an index; these are of a {stage} run: leave it out");
    }
    let progress = Progress::new("merge");
    match stage.as_str() {
        "prep" => {
            let manifest = merge_prepared(&parts, &args.out, progress.bar())?;
            drop(progress);
            super::prep::finished("merge", manifest, &args.out, None)
        }
        "report" => {
            let batch = merge_reports(&parts, &args.out, progress.bar())?;
            drop(progress);
            super::report::finished("merge", batch, &args.out)
        }
        #[cfg(feature = "lance")]
        "index" => {
            let built = retrieve_model::index::merge_index(&parts, args.sections.as_deref(), &args.out, progress.bar())?;
            drop(progress);
            Ok(super::index::finished("merge", built, &args.out))
        }
        other => bail!("{}: parts of a {other} run cannot be merged by this program", args.parts[0].display()),
    }
}
