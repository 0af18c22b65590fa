//! [`Progress`] shows how far long work has come: a bar on a terminal, plain lines in a log file, nothing with
//! `--quiet`.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Least time between two plain lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// A report on standard error says how far a loop has come.
///
/// ```
/// let mut progress = brain_core::Progress::new("fitting", 100, true);
/// for step in 1..=100 {
///     progress.at(step, || format!("loss {:.3}", 1.0 / step as f64));
/// }
/// progress.finish("done");
/// ```
pub struct Progress {
    what: String,
    total: u64,
    started: Instant,
    shown: Shown,
}

enum Shown {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
    Nothing,
}

impl Progress {
    /// Begins `total` steps of `what`.
    pub fn new(what: &str, total: u64, quiet: bool) -> Self {
        let shown = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Shown::Nothing,
            (false, true) => Shown::Bar(bar(what, total)),
            (false, false) => Shown::Lines { last: None },
        };
        Self { what: what.into(), total, started: Instant::now(), shown }
    }

    /// Reports that `done` steps are done; `detail` is made only when it is shown.
    pub fn at(&mut self, done: u64, detail: impl FnOnce() -> String) {
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(detail());
            }
            Shown::Lines { last } => {
                if last.is_none_or(|t| t.elapsed() >= INTERVAL) || done == self.total {
                    *last = Some(Instant::now());
                    eprintln!("{}", line(&self.what, done, self.total, self.started.elapsed(), &detail()));
                }
            }
            Shown::Nothing => {}
        }
    }

    /// Prints a line without disturbing the bar.
    pub fn note(&self, text: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.println(text),
            Shown::Lines { .. } => eprintln!("{text}"),
            Shown::Nothing => {}
        }
    }

    /// Ends the bar and prints a last line.
    pub fn finish(self, text: &str) {
        match &self.shown {
            Shown::Bar(bar) => {
                bar.finish_and_clear();
                eprintln!("{}: {text}", self.what);
            }
            Shown::Lines { .. } => eprintln!("{}: {text}", self.what),
            Shown::Nothing => {}
        }
    }
}

fn bar(what: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta} {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar
}

fn line(what: &str, done: u64, total: u64, elapsed: Duration, detail: &str) -> String {
    format!("{what} {done}/{total} after {:.1} s: {detail}", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line() {
        assert_eq!(line("fitting", 3, 10, Duration::from_millis(1500), "loss 2"), "fitting 3/10 after 1.5 s: loss 2");
    }

    #[test]
    fn lines_are_rare_and_quiet_is_silent() {
        let made = std::cell::Cell::new(0);
        let detail = || {
            made.set(made.get() + 1);
            String::new()
        };
        let mut quiet = Progress::new("quiet", 1000, true);
        (1..=1000).for_each(|i| quiet.at(i, detail));
        assert_eq!(made.get(), 0);
        let mut lines = Progress { shown: Shown::Lines { last: None }, ..Progress::new("lines", 1000, true) };
        (1..=1000).for_each(|i| lines.at(i, detail));
        assert_eq!(made.get(), 2, "the first and the last");
    }
}
