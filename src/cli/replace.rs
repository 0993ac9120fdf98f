//! `quoth replace`: another text under an article's id.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::add::MetadataArguments;
use super::interrupt::Interrupt;
use super::{CollectionChoice, Ending, Session, now_unix_ms, pages};
use crate::corpus::{self, Loaded, Verdict};
use crate::document::DocumentRef;
use crate::store::Actor;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The id of the article to replace, as `quoth list` shows it
    id: String,
    /// The file or address that takes its place
    #[arg(value_name = "PATH|URL")]
    path: PathBuf,
    #[command(flatten)]
    collection: CollectionChoice,
    #[command(flatten)]
    metadata: MetadataArguments,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let reference = DocumentRef::parse(&arguments.id, arguments.collection.own())?;
    arguments
        .collection
        .check(reference, &session.config.library)?;
    let loaded = load(&arguments.path, session)?;
    let loaded = loaded.amended(arguments.metadata.overrides());
    let title = loaded.draft.metadata.title.clone();
    let engine = session.engine()?;
    let published = engine.replace(reference, loaded, &Actor::CommandLine, now_unix_ms())?;
    session.retain(&engine)?;
    for warning in &published.warnings {
        session.note(format_args!(
            "quoth: warning: `{}`: {warning}",
            published.location
        ))?;
    }
    if let Verdict::Skipped(reason) = published.verdict {
        bail!(reason);
    }
    let is_replaced = published.verdict.stores();
    if session.json {
        session.print_json(&json!({
            "id": reference.to_string(),
            "title": title,
            "replaced": is_replaced,
            "warnings": published.warnings,
        }))?;
    } else if is_replaced {
        writeln!(session.out, "replaced {reference}: {title}")?;
    } else {
        session.note(format_args!("article {reference} holds the same already"))?;
    }
    Ok(match is_replaced {
        true => Ending::Done,
        false => Ending::Nothing,
    })
}

fn load(path: &PathBuf, session: &mut Session<'_>) -> anyhow::Result<Loaded> {
    let (addresses, _) = pages::divide(std::slice::from_ref(path));
    if let Some(page) = pages::fetch(&addresses, &Interrupt::default(), session)?.pop() {
        return page.map_err(|skipped| anyhow::anyhow!(skipped.reason));
    }
    if path.is_dir() {
        bail!(
            "`{}` is a folder; one file replaces an article",
            path.display()
        );
    }
    let (found, skipped) = corpus::find(std::slice::from_ref(path));
    let Some(file) = found.first() else {
        let reason = skipped.into_iter().next().map(|skipped| skipped.reason);
        bail!(reason.unwrap_or_else(|| format!("`{}` is no article", path.display())));
    };
    corpus::load(file).map_err(|skipped| anyhow::anyhow!(skipped.reason))
}
