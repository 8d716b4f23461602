//! `tandem adapt`: a library's model is trained on from where it is, on questions made of the library's own sentences.

use std::fmt::Write as _;

use anyhow::Result;
use records::Counts;
use retrieve_model::report::escape::terminal;
use retrieve_model::training::{AdaptOptions, Gain};
use serde_json::json;
use serve::library::{Adapted, Library, Model, Options, Undone};

use crate::args::Adapt;
use crate::asked::library;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::recognition::choose;

pub fn run(args: &Adapt) -> Result<Outcome> {
    let library = library(args.chosen.library.as_deref())?;
    // The update that follows a change of models reads as the one before it.
    choose(&args.chosen.recognition, library.settings()?.ocr)?;
    if args.undo {
        return undo(args, &library);
    }
    let progress = Progress::new("triples");
    let options = AdaptOptions { minutes: args.minutes, device: args.chosen.device, seed: args.seed };
    let done = library.adapt(&options, progress.bar())?;
    drop(progress);
    let used = done.taken.as_ref().map_or(&done.before, |(model, _)| model);
    let counts = [
        ("questions trained on", done.usable.train),
        ("questions held back", done.usable.held_back),
        ("questions weighed by", done.gained.questions),
    ];
    let counts: Counts = counts.map(|(name, count)| (name.to_owned(), count as u64)).into();
    let detail = json!({
        "library": library.dir(),
        "taken": done.taken.is_some(),
        "gained": done.gained,
        "before": done.before,
        "model": used,
        "minutes": args.minutes,
        "measured_on": "questions made by rule from sentences of the library's own documents that were held back from training",
        "generation": done.taken.as_ref().map(|(_, updated)| updated.generation),
    });
    Ok(Outcome { text: told(&done, args.minutes), told: true, detail, ..Outcome::of("adapt", counts) })
}

fn undo(args: &Adapt, library: &Library) -> Result<Outcome> {
    let writing = library.write()?;
    let progress = Progress::new("read");
    let Undone { model, updated } = writing.undo_adapt(Options { device: args.chosen.device, again: false }, progress.bar())?;
    drop(progress);
    let mut text: String = updated.warnings.iter().map(|warning| format!("note: {}\n", terminal(warning))).collect();
    let encoded = updated.counts.get("encoded").copied().unwrap_or_default();
    let _ = writeln!(text, "uses      {} again; {encoded} sections encoded, state {}", name(&model), updated.generation);
    let detail = json!({ "library": library.dir(), "model": model, "generation": updated.generation, "warnings": updated.warnings });
    Ok(Outcome { text, told: true, detail, ..Outcome::of("adapt", updated.counts) })
}

fn name(model: &Model) -> String {
    format!("{} ({})", terminal(&model.path.display().to_string()), model.hash.get(..8).unwrap_or_default())
}

/// Six lines for people: what was asked about, what came of it with its interval, which model is used now, and what that says.
fn told(done: &Adapted, minutes: f64) -> String {
    let Adapted { usable, gained, before, taken } = done;
    let mut out = format!(
        "trained   {minutes} minutes at most on {} questions made by rule of the library's own sentences, from {}\n",
        usable.train,
        name(before)
    );
    let _ = writeln!(
        out,
        "measured  on {} more, about {} documents that were held back, in {} sections; before -> after, gain [95 % interval]",
        gained.questions, gained.documents, gained.sections
    );
    let _ = writeln!(out, "answers   {} of the words in common (F1)", change(&gained.answers));
    let _ = writeln!(out, "search    {} found among ten; score {}", change(&gained.found), change(&gained.score));
    match taken {
        Some((model, updated)) => {
            let encoded = updated.counts.get("encoded").copied().unwrap_or_default();
            let _ = writeln!(out, "taken     {}; {encoded} sections encoded, state {}", name(model), updated.generation);
            let _ = writeln!(
                out,
                "          not measured: people's questions, to which such a gain need not carry over; `tandem adapt --undo` goes back"
            );
        }
        None => {
            let _ = writeln!(
                out,
                "not taken the library keeps its model: no sure gain, or a loss beside it; more minutes or more documents may help"
            );
        }
    }
    out
}

fn change(gain: &Gain) -> String {
    let [low, high] = gain.interval;
    format!("{:.3} -> {:.3}, {:+.3} [{low:+.3}, {high:+.3}]", gain.before, gain.after, gain.after - gain.before)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use retrieve_model::training::{Gained, Usable};
    use serve::library::Updated;

    use super::*;

    #[test]
    fn what_was_gained_is_told_with_its_interval_and_what_it_was_measured_on() {
        let gain = Gain { questions: 90, before: 0.5, after: 0.5625, interval: [0.02, 0.1], taken: true };
        let gained = Gained { questions: 100, documents: 7, sections: 900, answers: gain.clone(), found: gain.clone(), score: gain };
        let model = |name: &str| Model { path: PathBuf::from(name), hash: "0123456789".into() };
        let usable = Usable { train: 800, held_back: 120 };
        let kept = Adapted { usable, gained, before: model("/models/retrieve"), taken: None };
        let text = told(&kept, 20.0);
        assert!(text.contains("0.500 -> 0.562, +0.062 [+0.020, +0.100]") && text.contains("not taken"), "{text}");
        assert!(text.contains("made by rule") && text.contains("held back") && text.lines().count() == 5, "{text}");
        let text = told(&Adapted { taken: Some((model("own"), Updated::default())), ..kept }, 20.0);
        assert!(text.contains("own (01234567)") && text.contains("--undo") && text.lines().count() == 6, "{text}");
    }
}
