//! `tandem eval`: the system and the baseline on the same questions.

use anyhow::Result;

use crate::args::Eval;
use crate::outcome::Outcome;

#[cfg(not(feature = "lance"))]
pub fn run(_: &Eval) -> Result<Outcome> {
    super::without_lance("eval")
}

#[cfg(feature = "lance")]
pub fn run(args: &Eval) -> Result<Outcome> {
    use crate::models;

    let model = |named, name| if args.baseline_only { Ok(None) } else { models::find(named, name).map(Some) };
    let options = ::eval::EvalOptions {
        prep_model: model(args.prep_model.as_deref(), "prep")?,
        retrieve_model: model(args.model.as_deref(), "retrieve")?,
        device: args.device,
        limit: args.limit,
        data: args.data.clone(),
        embedding: args.embedding.clone(),
        ..::eval::EvalOptions::default()
    };
    let progress = crate::progress::Progress::new("eval");
    let summary = ::eval::run_suite(&args.suite, &args.out, &options, progress.bar())?;
    let text = std::fs::read_to_string(args.out.join("comparison.md"))?;
    Ok(Outcome { verb: "eval".into(), text, detail: serde_json::to_value(&summary)?, ..Outcome::default() }
        .open(args.out.join("comparison.html")))
}
