//! `tandem verify`: every citation of a report against the original files, and every answer against what is quoted for it.

use std::path::Path;

use anyhow::Result;
use prep_model::verify::{Verdict, Verifier};
use records::{Counts, Report, RunError, RunFolder, Shard, read_table};
use retrieve_model::report::escape::terminal;
use retrieve_model::report::unsupported;

use crate::args::Verify;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::recognition::choose;
use crate::summary::Summary;

/// Faults told to a program, and of these to a person.
const TOLD: usize = 1_000;
const PRINTED: usize = 20;

pub fn run(args: &Verify) -> Result<Outcome> {
    let verifier = verifier(args)?;
    let progress = Progress::new("verify");
    let mut altered = Vec::new();
    match RunFolder::manifest(&args.report) {
        Ok(manifest) => {
            progress.bar().set_length(manifest.counts.get("out").copied().unwrap_or_default());
            altered = manifest.shards.into_iter().filter(|shard| is_altered(&args.report, shard)).collect();
        }
        // Half a table would be taken for the whole.
        Err(error @ RunError::Busy { .. }) => return Err(error.into()),
        Err(_) => {}
    }
    let (mut citations, mut refuted, mut answers, mut unsaid) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut faults: Vec<String> = Vec::new();
    let mut fault = |text: String| {
        if faults.len() < TOLD {
            faults.push(text);
        }
    };
    for shard in &altered {
        fault(format!("{}: has been changed since it was written, what it says was not checked: run report again", shard.file));
    }
    for report in read_table::<Report>(&args.report)? {
        let report = report?;
        progress.bar().inc(1);
        for citation in report.statements.iter().chain(&report.closest).flat_map(|statement| &statement.citations) {
            citations += 1;
            if let Verdict::Refuted { reason } = verifier.check(citation) {
                refuted += 1;
                fault(format!("{}: {} {}..{}: {reason}", report.question_id, citation.doc, citation.start, citation.end));
            }
        }
        answers += u64::from(!report.answer.trim().is_empty());
        if let Some(answer) = unsupported(&report) {
            unsaid += 1;
            fault(format!("{}: the answer \"{answer}\" stands in none of its quotations: ask the question again", report.question_id));
        }
    }
    let counts = [
        ("citations", citations),
        ("verified", citations - refuted),
        ("answers", answers),
        ("failed", refuted + unsaid + altered.len() as u64),
    ];
    let counts = Counts::from(counts.map(|(name, count)| (name.to_owned(), count)));
    let summary = Summary {
        failures: faults.iter().take(PRINTED).map(|fault| terminal(fault)).collect(),
        made: format!("{} of {citations} citations verified, in {answers} answers", citations - refuted),
        left_out: format!("{refuted} citations refuted, {unsaid} answers not quoted, {} files altered", altered.len()),
        ..Summary::default()
    };
    let text = summary.lies(&args.report).to_string();
    Ok(Outcome { text, told: true, detail: serde_json::json!({ "faults": faults }), ..Outcome::of("verify", counts) })
}

/// Whether a form in which a report is handed on (its lines, its page) is not what was written. The table itself is checked by what it says; a
/// form that is gone tells no lie.
fn is_altered(report: &Path, shard: &Shard) -> bool {
    let path = report.join(&shard.file);
    path.extension().is_some_and(|ending| ending != "parquet") && Shard::of(&path, shard.rows).is_ok_and(|found| found != *shard)
}

/// Over the corpus, or over what the library has registered.
fn verifier(args: &Verify) -> Result<Verifier> {
    if let Some(corpus) = &args.corpus {
        choose(&args.recognition, None)?;
        return Ok(Verifier::open(corpus)?);
    }
    #[cfg(feature = "lance")]
    match crate::asked::library(args.library.as_deref()) {
        Ok(library) => {
            choose(&args.recognition, library.settings()?.ocr)?;
            return Ok(library.verifier()?);
        }
        Err(error) if args.library.is_some() => return Err(error.into()),
        Err(_) => {}
    }
    anyhow::bail!("name the --corpus that the report was made from, or its --library")
}
