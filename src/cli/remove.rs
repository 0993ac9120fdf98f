//! `quoth remove`: take articles out.

use anyhow::bail;
use clap::Args;

use super::{CollectionChoice, Ending, Session, json, now_unix_ms};
use crate::corpus;
use crate::document::{Collection, DocumentRef};
use crate::engine::LibrarySource;
use crate::store::Actor;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ids of the articles, as `quoth list` shows them
    #[arg(required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    collection: CollectionChoice,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let mut collection = arguments.collection.to_change(&session.config.library)?;
    let mut references: Vec<DocumentRef> = Vec::new();
    for id in &arguments.ids {
        let reference = DocumentRef::parse(id, collection)?;
        if !is_left_over(reference, session) {
            arguments
                .collection
                .check(reference, &session.config.library)?;
        }
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    if references
        .iter()
        .any(|reference| reference.collection == Collection::Library)
    {
        collection = Collection::Library;
        if let Some(other) = references.iter().find(|r| r.collection != collection) {
            bail!("`{other}` is not of the library; remove it by a command of its own");
        }
    }
    let engine = session.engine()?;
    for reference in &references {
        if engine.resolve(*reference)?.is_none() {
            bail!("there is no article `{reference}`; nothing was removed");
        }
    }
    let removed = engine.remove(collection, &references, &Actor::CommandLine, now_unix_ms())?;
    session.retain(&engine)?;
    if session.json {
        let views: Vec<_> = removed.iter().map(json::VersionView::new).collect();
        session.print_json(&views)?;
        return Ok(Ending::Done);
    }
    for version in removed {
        writeln!(
            session.out,
            "removed {}: {}",
            version.reference, version.title
        )?;
    }
    Ok(Ending::Done)
}

/// Whether an article is of a library whose folder holds none: then no file can be changed to take it out.
fn is_left_over(reference: DocumentRef, session: &Session<'_>) -> bool {
    match &session.config.library {
        LibrarySource::Folder(folder) if reference.collection == Collection::Library => {
            corpus::find(std::slice::from_ref(folder)).0.is_empty()
        }
        _ => false,
    }
}
