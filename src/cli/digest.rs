//! `quoth digest`: the most important recent articles, one sentence each.

use std::time::Instant;

use clap::Args;

use super::summarize::{ending, took_ms};
use super::{Ending, OWN, Session, json, now_unix_ms, terminal};
use crate::document::{Collection, Date};
use crate::summary::MAX_DIGEST_ENTRIES;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only articles published on this day or later (YYYY-MM-DD) [default: seven days before the
    /// newest article]
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Stories to tell, 1 to 25
    #[arg(short, value_name = "N", default_value_t = 10,
          value_parser = clap::value_parser!(u16).range(1..=MAX_DIGEST_ENTRIES as i64))]
    n: u16,
    /// Leave the library out: only articles you added
    #[arg(long)]
    no_library: bool,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let mut collections = vec![OWN];
    if !arguments.no_library {
        collections.insert(0, Collection::Library);
    }
    let engine = session.engine()?;
    let started = Instant::now();
    let today = Date::of_unix_ms(now_unix_ms());
    let found = engine.digest(
        &collections,
        arguments.since,
        today,
        usize::from(arguments.n),
    )?;
    if session.json {
        let view = json::DigestView::new(&found, took_ms(started));
        serde_json::to_writer(&mut *session.out, &view)?;
        writeln!(session.out)?;
    } else {
        let text = match &found {
            Ok(entries) => terminal::digest(entries, session.style),
            Err(reason) => terminal::no_summary(*reason),
        };
        session.out.write_all(text.as_bytes())?;
    }
    Ok(ending(&found))
}
