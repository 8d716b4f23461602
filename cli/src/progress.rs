//! Progress on a terminal as a bar with rate and time left, elsewhere as one line every few seconds.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{LazyLock, mpsc::Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

/// Where there is no terminal: seconds until the first line, so that a short stage says nothing, and between two others.
const SECONDS_BEFORE_FIRST_LINE: u64 = 2;
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
        let style = ProgressStyle::with_template("{prefix:>8} {bar:28} {human_pos}/{human_len} {rate} {left} left {msg}")
            .expect("the template is fixed")
            .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A bar that cannot be drawn is no error.
                let _ = write!(out, "{:.1}/s", state.per_sec());
            })
            .with_key("left", |state: &ProgressState, out: &mut dyn fmt::Write| {
                let _ = write!(out, "{}", left(state.pos(), state.len(), state.eta()));
            })
            .progress_chars("=> ");
        if is_screen() {
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
            let mut wait = SECONDS_BEFORE_FIRST_LINE;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_secs(wait)) {
                eprintln!("{}", line(&watched));
                told = true;
                wait = SECONDS_BETWEEN_LINES;
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

/// Whether standard error is a terminal on which a line can be drawn again.
fn is_screen() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// Whether what is logged may be coloured: on a terminal, unless `NO_COLOR` says no (<https://no-color.org>).
pub fn colour() -> bool {
    is_screen() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}

/// How far a stage has come. A verb of several stages names the one it is at.
fn line(bar: &ProgressBar) -> String {
    let (stage, position, rate) = (bar.prefix(), bar.position(), bar.per_sec());
    let total = bar.length().map_or_else(|| "?".to_owned(), |total| total.to_string());
    let left = left(position, bar.length(), bar.eta());
    format!("{stage}: {position}/{total}, {rate:.1}/s, {left} left {}", bar.message()).trim_end().to_owned()
}

/// The time left, which is known once something is done and it is known of how much.
fn left(position: u64, total: Option<u64>, eta: Duration) -> String {
    if position == 0 || total.is_none() {
        return "?".to_owned();
    }
    match eta.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long_still() {
        let progress = Progress::new("search");
        let bar = progress.bar();
        assert_eq!(line(bar), "search: 0/?, 0.0/s, ? left");
        bar.set_length(10);
        assert_eq!(line(bar), "search: 0/10, 0.0/s, ? left");
        bar.inc(4);
        bar.set_message("1 failed");
        let told = line(bar);
        assert!(told.starts_with("search: 4/10, ") && told.ends_with(" left 1 failed") && !told.contains('?'), "{told}");
    }

    #[test]
    fn the_time_left_is_told_in_the_unit_that_a_person_would_use() {
        let told = |seconds| left(1, Some(2), Duration::from_secs(seconds));
        assert_eq!([7, 600, 9_000].map(told), ["7 s", "10 min", "2 h 30 min"]);
        assert_eq!((left(0, Some(2), Duration::ZERO), left(1, None, Duration::ZERO)), ("?".into(), "?".into()));
    }
}
