//! Progress of long work, on stderr, for people only.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::add::Count;
use crate::engine::Progress;
use crate::index::Reason;

/// Work below this many documents is mostly over before a bar could be read.
const WORTH_A_BAR: usize = 500;
/// Less work gets a bar once it has taken so long.
const BAR_AFTER: Duration = Duration::from_secs(2);

/// Draws a bar while an index is built.
pub(super) struct Reporter {
    notes: bool,
    bars: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Reporter {
    /// `notes` for single lines, `bars` where stderr is a terminal.
    pub(super) fn new(notes: bool, bars: bool) -> Reporter {
        Reporter {
            notes,
            bars,
            bar: Mutex::new(None),
        }
    }

    pub(super) fn on(&self, progress: &Progress) {
        match progress {
            Progress::Rebuilding { collection, reason } if self.notes => {
                let reason = match reason {
                    Reason::Missing => return,
                    Reason::Outdated => "it is of an older version".to_owned(),
                    Reason::Damaged(what) => format!("it is damaged ({what})"),
                };
                // Nothing depends on the note: a closed stderr is no reason to stop.
                let _ = writeln!(
                    io::stderr(),
                    "quoth: rebuilding the index of `{collection}`: {reason}"
                );
            }
            Progress::Indexed { done, total, .. } if self.bars && *total >= WORTH_A_BAR => {
                let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
                let bar = bar.get_or_insert_with(|| self::bar(*total, "indexing", "articles"));
                bar.set_position(*done as u64);
                if done == total {
                    bar.finish_and_clear();
                }
            }
            Progress::Rebuilding { .. } | Progress::Indexed { .. } => {}
        }
    }
}

/// How often work that nobody watches says where it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// How far work over many articles is: a bar where stderr is a terminal, else a line now and then.
pub(super) struct Meter {
    verb: &'static str,
    shows_bar: bool,
    bar: Option<ProgressBar>,
    says: bool,
    started: Instant,
    said: Instant,
}

impl Meter {
    /// `shows_bar` for a bar, `says` for lines instead.
    pub(super) fn new(verb: &'static str, shows_bar: bool, says: bool) -> Meter {
        let now = Instant::now();
        Meter {
            verb,
            shows_bar,
            bar: None,
            says: says && !shows_bar,
            started: now,
            said: now,
        }
    }

    /// So many are done, of so many as are known by now.
    pub(super) fn at(&mut self, count: Count) {
        let Count { n_done, n_total } = count;
        let elapsed = self.started.elapsed();
        if self.shows_bar && self.bar.is_none() && (n_total >= WORTH_A_BAR || elapsed >= BAR_AFTER)
        {
            self.bar = Some(bar(n_total, self.verb, "articles").with_elapsed(elapsed));
        }
        if let Some(bar) = &self.bar {
            bar.set_length(n_total as u64);
            bar.set_position(n_done as u64);
        }
        if self.says && self.said.elapsed() >= SAY_EVERY {
            self.said = Instant::now();
            let rate = n_done as f64 / elapsed.as_secs_f64();
            let left = n_total.saturating_sub(n_done) as f64 / rate.max(f64::EPSILON);
            // Nothing depends on the line: a closed stderr is no reason to stop.
            let _ = writeln!(
                io::stderr(),
                "quoth: {}: {n_done} of {n_total} articles, {rate:.0}/s, {left:.0} s left",
                self.verb
            );
        }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A bar over `what` with rate and remaining time.
pub(super) fn bar(total: usize, verb: &'static str, what: &str) -> ProgressBar {
    let template = format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {what}, {{rate}}, {{eta}} left");
    let style = ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // What is not drawn now is drawn in a moment.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        });
    ProgressBar::new(total as u64)
        .with_style(style)
        .with_message(verb)
}
