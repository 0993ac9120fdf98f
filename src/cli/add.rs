//! `quoth add`: files and folders into the store.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Ending, OWN, Session, now_unix_ms, progress};
use crate::corpus::{self, Loaded, Original, Planner, Skipped, Step};
use crate::document::DocumentRef;
use crate::engine::Writer;
use crate::store::{Change, NewDocument};

/// Articles stored and indexed in one commit: large enough to amortise it, small enough that an
/// interruption costs little.
const BATCH: usize = 500;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Markdown or text files, or folders that hold some
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// What an `add` did; the JSON that `--json` prints.
#[derive(Debug, Default, Serialize)]
struct Report {
    added: Vec<String>,
    replaced: Vec<String>,
    n_unchanged: usize,
    skipped: Vec<SkippedView>,
}

#[derive(Debug, Serialize)]
struct SkippedView {
    location: String,
    reason: String,
}

impl From<Skipped> for SkippedView {
    fn from(skipped: Skipped) -> SkippedView {
        SkippedView {
            location: skipped.location,
            reason: skipped.reason,
        }
    }
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let (found, skipped) = corpus::find(&arguments.paths);
    let engine = session.engine()?;
    // Taken before planning: what is known must not change under the plan.
    let mut writer = Some(engine.writer(OWN)?);
    let mut planner = Planner::new(engine.sources(OWN)?);
    let mut report = Report::default();
    for skipped in skipped {
        skip(skipped, &mut report, session)?;
    }
    let bar = (session.shows_progress() && found.len() > BATCH)
        .then(|| progress::bar(found.len(), "adding", "articles"));
    let mut batch: Vec<(Option<DocumentRef>, Box<Loaded>)> = Vec::new();
    for file in &found {
        match planner.step(file) {
            Step::New(loaded) => batch.push((None, loaded)),
            Step::Changed(reference, loaded) => batch.push((Some(reference), loaded)),
            Step::Unchanged(_) | Step::TouchOnly(_) => report.n_unchanged += 1,
            Step::Duplicate(original, copy) => {
                let reason = match original {
                    Original::Stored(reference) => {
                        format!(
                            "`{}` holds what is already loaded as article {reference}",
                            copy.location
                        )
                    }
                    Original::InRun(location) => {
                        format!("`{}` holds the same as `{location}`", copy.location)
                    }
                };
                let location = copy.location;
                skip(Skipped { location, reason }, &mut report, session)?;
            }
            Step::Skipped(skipped) => skip(skipped, &mut report, session)?,
        }
        if batch.len() >= BATCH {
            store(
                std::mem::take(&mut batch),
                &engine,
                &mut writer,
                &mut report,
                session,
            )?;
        }
        if let Some(bar) = &bar {
            bar.inc(1);
        }
    }
    store(batch, &engine, &mut writer, &mut report, session)?;
    drop(writer);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    write_report(&report, session)?;
    Ok(if report.skipped.is_empty() && !found.is_empty() {
        Ending::Done
    } else {
        Ending::Nothing
    })
}

/// Stores and indexes one batch; the writer is opened by the first batch that needs it.
fn store(
    batch: Vec<(Option<DocumentRef>, Box<Loaded>)>,
    engine: &crate::engine::Engine,
    writer: &mut Option<Writer>,
    report: &mut Report,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(engine.writer(OWN)?),
    };
    let is_new: Vec<bool> = batch
        .iter()
        .map(|(replaces, _)| replaces.is_none())
        .collect();
    let mut changes = Vec::with_capacity(batch.len());
    for (replaces, loaded) in batch {
        for warning in &loaded.warnings {
            session.note(format_args!(
                "quoth: warning: `{}`: {warning}",
                loaded.source.location
            ))?;
        }
        changes.push(Change::Put(Box::new(NewDocument {
            draft: loaded.draft,
            source: Some(loaded.source),
            replaces,
        })));
    }
    let applied = writer.apply(changes, now_unix_ms())?;
    for ((reference, _), is_new) in applied.put.iter().zip(is_new) {
        let list = if is_new {
            &mut report.added
        } else {
            &mut report.replaced
        };
        list.push(reference.to_string());
    }
    Ok(())
}

fn skip(skipped: Skipped, report: &mut Report, session: &mut Session<'_>) -> anyhow::Result<()> {
    writeln!(session.err, "quoth: skipped: {}", skipped.reason)?;
    report.skipped.push(skipped.into());
    Ok(())
}

fn write_report(report: &Report, session: &mut Session<'_>) -> anyhow::Result<()> {
    if session.json {
        serde_json::to_writer(&mut *session.out, report)?;
        writeln!(session.out)?;
        return Ok(());
    }
    let mut parts = vec![format!("{} added", report.added.len())];
    if !report.replaced.is_empty() {
        parts.push(format!("{} replaced", report.replaced.len()));
    }
    if report.n_unchanged > 0 {
        parts.push(format!("{} unchanged", report.n_unchanged));
    }
    if !report.skipped.is_empty() {
        parts.push(format!("{} skipped", report.skipped.len()));
    }
    let ids = match report.added.as_slice() {
        [] => String::new(),
        [one] => format!(" [{one}]"),
        [first, .., last] => format!(" [{first} to {last}]"),
    };
    writeln!(session.out, "{}{ids}", parts.join(", "))?;
    Ok(())
}
