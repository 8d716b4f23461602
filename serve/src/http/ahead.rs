//! What a question would wait for, made while nobody asks: the model and the index are opened, and what sections are compared by is made, so that a
//! question nobody asked before takes as long as one that finds sections which others have found.

use std::sync::Arc;
use std::time::Duration;

use super::lane::Lane;
use crate::desk::{Desk, Opened};
use crate::library::State;

/// Sections of one go; who asks meanwhile waits for that long, a third of a second on two cores.
const AT_ONCE: usize = 8;
/// Between two looks at whether the library has another state.
const LOOK: Duration = Duration::from_secs(1);
/// Before what cannot be opened is tried again: opening takes a processor.
const AGAIN: Duration = Duration::from_secs(30);
/// Between two looks at whether somebody still asks.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts the thread, which goes on as long as the process does.
pub fn start(desk: Arc<Desk>, asking: Lane) {
    std::thread::spawn(move || {
        let mut made = None;
        loop {
            let Ok(opened) = desk.current() else {
                std::thread::sleep(AGAIN);
                continue;
            };
            if made != Some(opened.generation()) && compare(&opened, &asking, || desk.is_current(&opened)) {
                made = Some(opened.generation());
            }
            drop(opened);
            std::thread::sleep(LOOK);
        }
    });
}

/// Whether it came to its end before the library had another state.
fn compare(opened: &Opened, asking: &Lane, is_current: impl Fn() -> bool) -> bool {
    let with_sections = opened.documents().iter().filter(|row| row.state == State::Prepared);
    for row in with_sections {
        let Ok(sections) = opened.sections(row) else { continue };
        for sections in sections.chunks(AT_ONCE) {
            while !asking.is_idle() {
                std::thread::sleep(PAUSE);
            }
            if !is_current() {
                return false;
            }
            if !opened.compare_ahead(sections) {
                return true;
            }
        }
    }
    true
}
