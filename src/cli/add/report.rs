//! What an `add` came to, for people and as JSON.

use serde::Serialize;

use crate::cli::Session;
use crate::corpus::Skipped;

/// What an `add` did; the JSON that `--json` prints.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) added: Vec<String>,
    pub(super) replaced: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) n_unchanged: usize,
    pub(super) skipped: Vec<SkippedView>,
    pub(super) warnings: Vec<WarningView>,
    pub(super) duplicates: Vec<DuplicateView>,
    pub(super) interrupted: bool,
    #[serde(skip)]
    pub(super) count: Count,
}

/// How far a load is.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli) struct Count {
    pub(in crate::cli) n_done: usize,
    /// All there is to do; an archive counts as one until it is opened, then as its files.
    pub(in crate::cli) n_total: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct SkippedView {
    pub(super) location: String,
    pub(super) reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct WarningView {
    pub(super) location: String,
    pub(super) warning: String,
}

/// An article that was stored although another one says nearly the same.
#[derive(Debug, Serialize)]
pub(super) struct DuplicateView {
    pub(super) id: String,
    pub(super) of: String,
    pub(super) shared: f32,
}

impl From<Skipped> for SkippedView {
    fn from(skipped: Skipped) -> SkippedView {
        SkippedView {
            location: skipped.location,
            reason: skipped.reason,
        }
    }
}

/// Tells what was done. `has_archives` if the number of articles was not known from the beginning.
pub(super) fn write(
    report: &Report,
    has_archives: bool,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    if report.interrupted {
        let Count { n_done, n_total } = report.count;
        let least = if has_archives { "at least " } else { "" };
        session.say(format_args!(
            "quoth: interrupted: {n_done} of {least}{n_total} articles are done and kept; the same \
             command continues there"
        ))?;
    }
    if session.json {
        serde_json::to_writer(&mut *session.out, report)?;
        writeln!(session.out)?;
        return Ok(());
    }
    let mut parts = vec![format!("{} added", report.added.len())];
    for (n, what) in [
        (report.replaced.len(), "replaced"),
        (report.removed.len(), "removed"),
        (report.n_unchanged, "unchanged"),
        (report.skipped.len(), "skipped"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    let ids = match report.added.as_slice() {
        [] => String::new(),
        [one] => format!(" [{one}]"),
        [first, .., last] => format!(" [{first} to {last}]"),
    };
    writeln!(session.out, "{}{ids}", parts.join(", "))?;
    Ok(())
}
