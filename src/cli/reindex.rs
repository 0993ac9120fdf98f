//! `quoth reindex`: build indexes anew from the store.

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{Ending, Session, counted, now_unix_ms};
use crate::document::Collection;
use crate::store::Actor;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this collection: `library`, `local` or `guild-<id>`
    #[arg(long, value_name = "C")]
    collection: Option<Collection>,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let engine = session.engine()?;
    let collections = match arguments.collection {
        Some(collection) => vec![collection],
        None => engine.collections()?,
    };
    let mut views = Vec::new();
    for collection in collections {
        let n_indexed = engine
            .reindex(collection, &Actor::CommandLine, now_unix_ms())
            .with_context(|| {
                format!("the index of `{collection}` was not built anew, and the one before stays")
            })?;
        let indexed = counted(n_indexed, "article");
        match session.json {
            true => {
                views.push(json!({"collection": collection.to_string(), "n_articles": n_indexed}))
            }
            false => writeln!(session.out, "{collection}: {indexed} indexed")?,
        }
    }
    if session.json {
        session.print_json(&views)?;
    }
    Ok(Ending::Done)
}
