//! `quoth restore`: bring an article back, or an earlier version of it.

use clap::Args;

use super::{CollectionChoice, Ending, Session, json, now_unix_ms};
use crate::document::DocumentRef;
use crate::store::Actor;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The article's id, as `quoth history` shows it
    id: String,
    /// The version to bring back [default: the last that was removed or replaced]
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    #[command(flatten)]
    collection: CollectionChoice,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let reference = DocumentRef::parse(&arguments.id, arguments.collection.own())?;
    arguments
        .collection
        .check(reference, &session.config.library)?;
    let engine = session.engine()?;
    let version = engine.restore(
        reference,
        arguments.version,
        &Actor::CommandLine,
        now_unix_ms(),
    )?;
    if session.json {
        session.print_json(&json::VersionView::new(&version))?;
        return Ok(Ending::Done);
    }
    writeln!(
        session.out,
        "restored {reference}: {} (version {}, with the text of version {})",
        version.title,
        version.version,
        version.restores.unwrap_or(version.version)
    )?;
    Ok(Ending::Done)
}
