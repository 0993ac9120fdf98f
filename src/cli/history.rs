//! `quoth history`: the versions of an article, or the last changes of a collection.

use anyhow::bail;
use clap::Args;

use super::{CollectionChoice, Ending, Session, json, time};
use crate::document::DocumentRef;
use crate::engine::Page;
use crate::store::{AuditEntry, Version};

/// Changes shown unless `-n` says otherwise.
const DEFAULT_N: u64 = 20;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The article's id; without one, the last changes of the collection
    id: Option<String>,
    #[command(flatten)]
    collection: CollectionChoice,
    /// Changes to show
    #[arg(short, value_name = "N", default_value_t = DEFAULT_N,
          value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let engine = session.engine()?;
    let Some(id) = &arguments.id else {
        let entries = engine.audit(arguments.collection.own(), Page::first(arguments.n))?;
        return write_log(&entries, session);
    };
    let reference = DocumentRef::parse(id, arguments.collection.own())?;
    let versions = engine.history(reference)?;
    if versions.is_empty() {
        bail!("there never was an article `{id}`, or its versions were deleted for good");
    }
    if session.json {
        let views: Vec<_> = versions.iter().map(json::VersionView::new).collect();
        serde_json::to_writer(&mut *session.out, &views)?;
        writeln!(session.out)?;
        return Ok(Ending::Done);
    }
    for version in &versions {
        writeln!(session.out, "{}", line(version))?;
    }
    Ok(Ending::Done)
}

fn line(version: &Version) -> String {
    let mut line = format!(
        "{:>3}  {}  by {}  {}",
        version.version,
        time::moment(version.added_unix_ms),
        version.added_by,
        version.title,
    );
    if let Some(restored) = version.restores {
        line.push_str(&format!("  (version {restored} brought back)"));
    }
    if let (Some(unix_ms), Some(actor)) = (version.ended_unix_ms, &version.ended_by) {
        let what = version.status.name();
        line.push_str(&format!("  [{what} {} by {actor}]", time::moment(unix_ms)));
    }
    line
}

fn write_log(entries: &[AuditEntry], session: &mut Session<'_>) -> anyhow::Result<Ending> {
    if entries.is_empty() {
        session.note(format_args!("nothing was changed yet"))?;
    }
    if session.json {
        let views: Vec<_> = entries.iter().map(json::AuditView::new).collect();
        serde_json::to_writer(&mut *session.out, &views)?;
        writeln!(session.out)?;
    } else {
        for entry in entries {
            let subject = entry
                .subject
                .map(|(reference, version)| format!("  {reference} (version {version})"))
                .unwrap_or_default();
            let detail = entry
                .detail
                .as_ref()
                .map(|detail| format!("  {detail}"))
                .unwrap_or_default();
            writeln!(
                session.out,
                "{}  {:<8}{subject}  by {}{detail}",
                time::moment(entry.unix_ms),
                entry.action.name(),
                entry.actor,
            )?;
        }
    }
    Ok(match entries.is_empty() {
        true => Ending::Nothing,
        false => Ending::Done,
    })
}
