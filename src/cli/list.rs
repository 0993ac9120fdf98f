//! `quoth list`: the articles that questions are answered from.

use std::io::Write;

use clap::Args;

use super::{CollectionChoice, Ending, Session, json};
use crate::document::Collection;
use crate::store::DocumentSummary;

/// Documents fetched at a time.
const PAGE: u64 = 500;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Leave the library out: only articles you added
    #[arg(long)]
    no_library: bool,
    #[command(flatten)]
    collection: CollectionChoice,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let engine = session.engine()?;
    let mut n_listed = 0u64;
    let own = arguments.collection.own();
    let mut collections = vec![own];
    if !arguments.no_library && own != Collection::Library {
        collections.insert(0, Collection::Library);
    }
    if session.json {
        write!(session.out, "[")?;
    }
    for collection in collections {
        let mut offset = 0;
        loop {
            let page = engine.summaries(collection, offset, PAGE)?;
            for summary in &page {
                if session.json {
                    if n_listed > 0 {
                        writeln!(session.out, ",")?;
                    }
                    serde_json::to_writer(&mut *session.out, &json::SummaryView::new(summary))?;
                } else {
                    write_line(summary, session.out)?;
                }
                n_listed += 1;
            }
            if (page.len() as u64) < PAGE {
                break;
            }
            offset += PAGE;
        }
    }
    if session.json {
        writeln!(session.out, "]")?;
    }
    if n_listed == 0 {
        session.note(format_args!("no articles; `quoth add PATH` adds some"))?;
        return Ok(Ending::Nothing);
    }
    Ok(Ending::Done)
}

fn write_line(summary: &DocumentSummary, out: &mut dyn Write) -> std::io::Result<()> {
    let metadata = &summary.metadata;
    let date = metadata
        .published
        .map_or_else(|| " ".repeat(10), |date| date.to_string());
    write!(out, "{:>6}  {date}  {}", summary.reference, metadata.title)?;
    match &metadata.outlet {
        Some(outlet) => writeln!(out, " ({outlet})"),
        None => writeln!(out),
    }
}
