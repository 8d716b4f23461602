//! What a verb that is stopped says: whoever presses Ctrl-C, or is a scheduler that ends a job, wants to know what becomes of the work so far. It ends
//! at once, as it would have; nothing has to be put in order first, since every file appears whole or not at all.

use crate::args::{Bench, BenchVerb, Verb};

/// What the same command will do when it runs again; none for verbs that leave nothing behind, or end in a way of their own.
fn again(verb: &Verb) -> Option<&'static str> {
    match verb {
        Verb::Synth(_)
        | Verb::Train(_)
        | Verb::Prep(_)
        | Verb::Report(_)
        | Verb::Adapt(_)
        | Verb::Add(_)
        | Verb::Update(_)
        | Verb::Bench(Bench { what: BenchVerb::Growth(_) }) => Some("stopped: the same command goes on where this one was"),
        Verb::Index(_) | Verb::Merge(_) | Verb::Remove(_) | Verb::Eval(_) => {
            Some("stopped: nothing half done is left, run the same command again")
        }
        _ => None,
    }
}

/// Says it when the process is told to stop, and then ends as if nobody had said anything.
#[cfg(unix)]
pub fn tell(verb: &Verb) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    let Some(said) = again(verb) else { return };
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Behind a bar that may be on the line.
            eprintln!("\ntandem: {said}");
            let _ = emulate_default_handler(signal);
        }
    });
}

/// Elsewhere nothing is said.
#[cfg(not(unix))]
pub fn tell(verb: &Verb) {
    let _ = again(verb);
}
