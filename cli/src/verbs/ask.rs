//! `tandem ask`: one question on the terminal.

use anyhow::Result;

use crate::args::Ask;
use crate::outcome::Outcome;

#[cfg(not(feature = "lance"))]
pub fn run(_: &Ask) -> Result<Outcome> {
    super::without_lance("ask")
}

#[cfg(feature = "lance")]
pub fn run(args: &Ask) -> Result<Outcome> {
    use records::UserQuestion;
    use retrieve_model::inference::Habits;
    use retrieve_model::report::{checked, plain};

    let habits = Habits::from(args.asking);
    serve::desk::askable(&args.question, habits)?;
    let asked = crate::asked::Asked::find(args.place.index.as_deref(), args.place.library.as_deref())?;
    let (index, answerer) = asked.open(args.model.as_deref(), args.device)?;
    let answerer = habits.of(answerer);
    let question = UserQuestion { id: "ask".into(), question: args.question.clone(), brief: None, sources: Vec::new() };
    let report = answerer.answer(&index, &question)?;
    let (report, _) = checked(&question, report, &|citation| !citation.quote.is_empty());
    Ok(Outcome { verb: "ask".into(), text: plain(&report, 100), detail: serde_json::to_value(&report)?, ..Outcome::default() })
}
