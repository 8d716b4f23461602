//! `tandem verify`: every citation of a report against the original files.

use anyhow::Result;
use prep_model::verify::{Verdict, Verifier};
use records::{Counts, Report, read_table};

use crate::args::Verify;
use crate::outcome::Outcome;
use crate::progress::Progress;

/// Refuted citations printed in full.
const PRINTED: usize = 20;

pub fn run(args: &Verify) -> Result<Outcome> {
    let verifier = Verifier::open(&args.corpus)?;
    let progress = Progress::new("verify");
    let (mut verified, mut refuted, mut text) = (0, 0, String::new());
    for report in read_table::<Report>(&args.report)? {
        let report = report?;
        progress.bar().inc(1);
        for citation in report.statements.iter().flat_map(|statement| &statement.citations) {
            match verifier.check(citation) {
                Verdict::Refuted { reason } => {
                    refuted += 1;
                    if refuted <= PRINTED {
                        text += &format!("{}: {} {}..{}: {reason}\n", report.question_id, citation.doc, citation.start, citation.end);
                    }
                }
                _ => verified += 1,
            }
        }
    }
    let counts = Counts::from([
        ("citations".to_owned(), verified + refuted as u64),
        ("verified".to_owned(), verified),
        ("failed".to_owned(), refuted as u64),
    ]);
    Ok(Outcome { text, ..Outcome::of("verify", counts) })
}
