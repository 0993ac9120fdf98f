//! `quoth remove`: take articles out.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::Args;

use super::{Ending, OWN, Session, now_unix_ms};
use crate::document::{Collection, DocumentRef};
use crate::store::Change;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ids of the articles, as `quoth list` shows them
    #[arg(required = true)]
    ids: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let mut by_collection: BTreeMap<Collection, Vec<DocumentRef>> = BTreeMap::new();
    for id in &arguments.ids {
        let reference = DocumentRef::parse(id, OWN)?;
        if reference.collection == Collection::Library {
            bail!(
                "`{id}` belongs to the library, which follows its folder; remove the file there, \
                 or ask with `--no-library`"
            );
        }
        let references = by_collection.entry(reference.collection).or_default();
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    let engine = session.engine()?;
    for (collection, references) in by_collection {
        let titles = references
            .iter()
            .map(|reference| match engine.document(*reference)? {
                Some(document) => Ok(document.metadata.title),
                None => bail!("there is no article `{reference}`; nothing was removed"),
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let changes = references.iter().copied().map(Change::Remove).collect();
        engine.writer(collection)?.apply(changes, now_unix_ms())?;
        for (reference, title) in references.iter().zip(titles) {
            writeln!(session.out, "removed {reference}: {title}")?;
        }
    }
    Ok(Ending::Done)
}
