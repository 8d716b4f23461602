//! Progress on a terminal as a bar with rate and time left, elsewhere as one line every few seconds.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{LazyLock, mpsc::Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

/// Seconds between two lines where there is no terminal.
const SECONDS_BETWEEN_LINES: u64 = 5;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A bar that a crate moves; it leaves the screen when dropped.
pub struct Progress {
    bar: ProgressBar,
    lines: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// A bar for one stage.
    pub fn new(stage: &'static str) -> Self {
        let style = ProgressStyle::with_template("{prefix:>8} {bar:28} {human_pos}/{human_len} {rate} {eta} left {msg}")
            .expect("the template is fixed")
            .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A bar that cannot be drawn is no error.
                let _ = write!(out, "{:.1}/s", state.per_sec());
            })
            .progress_chars("=> ");
        if io::stderr().is_terminal() {
            // Without a length until a crate knows one: of nothing everything is done, and the bar would be full.
            let bar = BARS.add(ProgressBar::no_length()).with_style(style).with_prefix(stage);
            bar.enable_steady_tick(Duration::from_millis(250));
            return Self { bar, lines: None };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style).with_prefix(stage);
        let (stop, stopped) = mpsc::channel();
        let watched = bar.clone();
        let thread = std::thread::spawn(move || {
            let mut told = false;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_secs(SECONDS_BETWEEN_LINES)) {
                eprintln!("{}", line(&watched));
                told = true;
            }
            // Whoever saw it begin sees where it ended.
            if told {
                eprintln!("{}", line(&watched));
            }
        });
        Self { bar, lines: Some((stop, thread)) }
    }

    /// The bar to hand to a crate.
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}

/// How far a stage has come; how long it takes is known once something is done. A verb of several stages names the one it is at.
fn line(bar: &ProgressBar) -> String {
    let (stage, position, rate) = (bar.prefix(), bar.position(), bar.per_sec());
    let total = bar.length().map_or_else(|| "?".to_owned(), |total| total.to_string());
    let left = if position == 0 || bar.length().is_none() { "?".to_owned() } else { bar.eta().as_secs().to_string() };
    format!("{stage}: {position}/{total}, {rate:.1}/s, {left} s left {}", bar.message())
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.lines.take() {
            drop(stop);
            // The thread only prints; if it panicked there is nothing to undo.
            let _ = thread.join();
        }
        // Behind the last line: it sets the bar to its end, however far it came.
        self.bar.finish_and_clear();
    }
}

/// Writes log lines above the bars.
#[derive(Clone, Copy, Debug)]
pub struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for AboveBars {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}
