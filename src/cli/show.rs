//! `quoth show`: one article as it is stored.

use anyhow::bail;
use clap::Args;

use super::{CollectionChoice, Ending, Session, json};
use crate::document::DocumentRef;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The article's id, as `quoth list` shows it
    id: String,
    #[command(flatten)]
    collection: CollectionChoice,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let reference = DocumentRef::parse(&arguments.id, arguments.collection.own())?;
    let engine = session.engine()?;
    let Some(document) = engine.document(reference)? else {
        bail!(
            "there is no article `{}`; `quoth list` shows the ids",
            arguments.id
        );
    };
    if session.json {
        serde_json::to_writer(&mut *session.out, &json::ArticleView::new(&document))?;
        writeln!(session.out)?;
        return Ok(Ending::Done);
    }
    let metadata = &document.metadata;
    let mut facts = vec![format!("[{reference}]")];
    facts.extend(metadata.outlet.clone());
    facts.extend(metadata.published.map(|date| date.long()));
    facts.extend(metadata.url.clone());
    writeln!(session.out, "{}", metadata.title)?;
    writeln!(session.out, "{}", facts.join(" · "))?;
    if !metadata.tags.is_empty() {
        writeln!(session.out, "tags: {}", metadata.tags.join(", "))?;
    }
    writeln!(session.out, "\n{}", document.text)?;
    Ok(Ending::Done)
}
