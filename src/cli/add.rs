//! `quoth add`: files, folders and addresses into the store.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

mod dry_run;
mod load;
mod metadata;
mod report;

pub(super) use metadata::MetadataArguments;
pub(super) use report::Count;

use load::Load;
use report::Report;

use super::interrupt::Interrupt;
use super::{CollectionChoice, Ending, Session, pages};
use crate::corpus::{self, Planner};
use crate::engine::Companions;
use crate::extract;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files, folders, .zip archives or addresses
    #[arg(required = true, value_name = "PATH|URL")]
    sources: Vec<PathBuf>,
    #[command(flatten)]
    collection: CollectionChoice,
    #[command(flatten)]
    metadata: MetadataArguments,
    /// Show what would be added, and add nothing
    #[arg(long)]
    dry_run: bool,
    /// Also remove the articles whose file is gone from a folder or archive given
    #[arg(long)]
    prune: bool,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let collection = arguments.collection.to_change(&session.config.library)?;
    let (addresses, paths) = pages::divide(&arguments.sources);
    let (found, skipped) = corpus::find(&paths);
    arguments.metadata.check(&found, addresses.len())?;
    let interrupt = match arguments.dry_run {
        // Nothing is kept that an orderly end could save.
        true => Interrupt::default(),
        false => Interrupt::listen(),
    };
    let pages = pages::fetch(&addresses, &interrupt, session)?;
    let n_found = found.len() + addresses.len();
    let engine = session.engine()?;
    let mut load = Load {
        collection,
        overrides: arguments.metadata.overrides(),
        // Taken before planning: what is known must not change under the plan.
        writer: match arguments.dry_run {
            true => None,
            false => Some(engine.writer(collection)?),
        },
        planner: Planner::new(engine.sources(collection)?),
        names: BTreeMap::new(),
        companions: Companions::default(),
        report: Report {
            interrupted: pages.len() < addresses.len(),
            count: Count {
                n_total: n_found,
                n_done: 0,
            },
            ..Report::default()
        },
        interrupt,
        engine,
        session,
    };
    if arguments.dry_run {
        let pruned = arguments.prune.then_some(paths.as_slice());
        return load.preview(&found, skipped, pages, pruned);
    }
    for skipped in skipped {
        load.skip(skipped)?;
    }
    load.all(&found)?;
    load.pages(pages)?;
    if arguments.prune && !load.report.interrupted {
        load.prune(&paths)?;
    }
    let Load {
        report,
        writer,
        session,
        engine,
        ..
    } = load;
    // Before the report: what it says is done has to be done.
    drop(writer);
    session.retain(&engine)?;
    let has_archives = found.iter().any(|file| extract::is_archive(&file.path));
    report::write(&report, has_archives, session)?;
    let is_complete = report.skipped.is_empty() && !report.interrupted;
    Ok(match is_complete && n_found > 0 {
        true => Ending::Done,
        false => Ending::Nothing,
    })
}
