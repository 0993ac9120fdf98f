//! `quoth feed`: follow feeds, list them, look at them.

use std::sync::Arc;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::time::moment;
use super::{CollectionChoice, Ending, OWN, Session, counted, now_unix_ms};
use crate::document::Collection;
use crate::engine::Engine;
use crate::feeds::{self, DEFAULT_ARTICLE_LIMIT, ItemOutcome, Look, OnLook, Poller};
use crate::fetch::Blocking;
use crate::store::{Actor, FeedId, Followed, FollowedFeed, MAX_FEEDS};

/// Looks that may wait to be printed; further ones are not.
const MAX_UNPRINTED: usize = 1_024;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Follow a feed: its address, or that of a page that names it
    Add(AddArguments),
    /// List the feeds
    List(ListArguments),
    /// Stop following feeds; their articles stay
    Remove(RemoveArguments),
    /// Look at the feeds as they come due, until Ctrl-C
    Run(RunArguments),
}

#[derive(Debug, Args)]
pub(super) struct AddArguments {
    /// Address of the feed or page
    url: String,
    /// Articles it may load in all [default: 1000]; given again for a feed that is followed, the new limit
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    collection: CollectionChoice,
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    collection: CollectionChoice,
}

#[derive(Debug, Args)]
pub(super) struct RemoveArguments {
    /// Ids of the feeds, as `quoth feed list` shows them
    #[arg(required = true)]
    ids: Vec<u64>,
    #[command(flatten)]
    collection: CollectionChoice,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Only these feeds, at once and once, whether they are due or not
    ids: Vec<u64>,
    /// Look at what is due and end
    #[arg(long)]
    once: bool,
    /// Only the feeds of this collection, `local` or `guild-<id>` [default: of all; with ids, `local`]
    #[arg(long, value_name = "C")]
    collection: Option<Collection>,
}

pub(super) fn run(command: &Command, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    match command {
        Command::Add(arguments) => add(arguments, session),
        Command::List(arguments) => list(arguments, session),
        Command::Remove(arguments) => remove(arguments, session),
        Command::Run(arguments) => look(arguments, session),
    }
}

fn add(arguments: &AddArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let collection = arguments.collection.to_change(&session.config.library)?;
    let client = Blocking::new(session.config.fetch.clone())?;
    let found = client.run(feeds::discover(client.client(), &arguments.url))?;
    let engine = session.engine()?;
    let followed = engine.follow_feed(
        collection,
        &found.url,
        &found.title,
        arguments.limit.unwrap_or(DEFAULT_ARTICLE_LIMIT),
        &Actor::CommandLine,
        now_unix_ms(),
    )?;
    let mut is_limited = false;
    let (feed, is_new) = match followed {
        Followed::New(feed) => (feed, true),
        Followed::Known(feed) => {
            let limit = arguments.limit.filter(|limit| *limit != feed.article_limit);
            is_limited = limit.is_some();
            (limited(&engine, feed, limit)?, false)
        }
        Followed::Full => {
            bail!("the collection `{collection}` follows {MAX_FEEDS} feeds, the limit")
        }
    };
    if session.json {
        let mut view = view(&feed);
        if let Value::Object(fields) = &mut view {
            fields.insert("new".to_owned(), json!(is_new));
            fields.insert("n_items".to_owned(), json!(found.n_items));
            fields.insert("others".to_owned(), json!(found.others));
        }
        write_json(&view, session)?;
    } else {
        let what = match (is_new, is_limited) {
            (true, _) => "following".to_owned(),
            (false, true) => format!("now up to {} of", articles(feed.article_limit)),
            (false, false) => "already following".to_owned(),
        };
        writeln!(session.out, "{what} {}: {}", feed.id.0, name(&feed))?;
    }
    for other in &found.others {
        session.note(format_args!("the same page also names `{other}`"))?;
    }
    if is_new {
        session.note(format_args!(
            "it shows {} now; `quoth feed run {}{}` loads what is new",
            counted(found.n_items as u64, "item"),
            feed.id.0,
            place(collection)
        ))?;
    }
    Ok(match is_new || is_limited {
        true => Ending::Done,
        false => Ending::Nothing,
    })
}

/// A followed feed with another limit, if one is given.
fn limited(
    engine: &Engine,
    feed: FollowedFeed,
    limit: Option<u32>,
) -> anyhow::Result<FollowedFeed> {
    let Some(limit) = limit else {
        return Ok(feed);
    };
    let (actor, now) = (Actor::CommandLine, now_unix_ms());
    let limited = engine.limit_feed(feed.collection, feed.id, limit, &actor, now)?;
    Ok(limited.unwrap_or(feed))
}

fn articles(n: u32) -> String {
    counted(u64::from(n), "article")
}

/// What a command needs beside an id of that collection.
fn place(collection: Collection) -> String {
    match collection {
        OWN => String::new(),
        collection => format!(" --collection {collection}"),
    }
}

fn list(arguments: &ListArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let engine = session.engine()?;
    let feeds = engine.feeds(arguments.collection.own())?;
    if session.json {
        let views: Vec<Value> = feeds.iter().map(view).collect();
        write_json(&Value::Array(views), session)?;
    } else {
        for feed in &feeds {
            writeln!(session.out, "{:>4}  {}", feed.id.0, name(feed))?;
            let next = match feed.next_unix_ms {
                Some(next) => format!("next look {}", moment(next)),
                None => "no longer looked at".to_owned(),
            };
            writeln!(
                session.out,
                "      {} of {}, {next}",
                feed.n_loaded,
                articles(feed.article_limit)
            )?;
            if let Some(fault) = &feed.fault {
                writeln!(session.out, "      {fault}")?;
            }
        }
    }
    if feeds.is_empty() {
        session.note(format_args!("no feeds; `quoth feed add URL` follows one"))?;
        return Ok(Ending::Nothing);
    }
    Ok(Ending::Done)
}

fn remove(arguments: &RemoveArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let collection = arguments.collection.to_change(&session.config.library)?;
    let engine = session.engine()?;
    let feeds = chosen(&engine, collection, &arguments.ids)?;
    for feed in &feeds {
        engine.unfollow_feed(collection, feed.id, &Actor::CommandLine, now_unix_ms())?;
        if !session.json {
            writeln!(
                session.out,
                "no longer following {}: {}",
                feed.id.0,
                name(feed)
            )?;
        }
    }
    if session.json {
        write_json(&Value::Array(feeds.iter().map(view).collect()), session)?;
    }
    Ok(Ending::Done)
}

/// The feeds of those ids, all of which have to be there.
fn chosen(
    engine: &Engine,
    collection: Collection,
    ids: &[u64],
) -> anyhow::Result<Vec<FollowedFeed>> {
    let mut feeds: Vec<FollowedFeed> = Vec::with_capacity(ids.len());
    for id in ids {
        match engine.feed(collection, FeedId(*id))? {
            Some(feed) if feeds.iter().all(|known| known.id != feed.id) => feeds.push(feed),
            Some(_) => {}
            None => bail!("there is no feed `{id}` in `{collection}`; nothing was done"),
        }
    }
    Ok(feeds)
}

fn look(arguments: &RunArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let engine = session.engine()?;
    let feeds = chosen(&engine, arguments.collection.unwrap_or(OWN), &arguments.ids)?;
    if feeds.is_empty() && !is_followed(&engine, arguments.collection)? {
        let place = place(arguments.collection.unwrap_or(OWN));
        let hint = format!("`quoth feed add URL{place}` follows one");
        if arguments.once {
            session.note(format_args!("no feeds; {hint}"))?;
            return Ok(Ending::Nothing);
        }
        session.note(format_args!("no feeds yet, waiting for one; {hint}"))?;
    }
    let client = Blocking::new(session.config.fetch.clone())?;
    let mut poller = Poller::new(engine, client.client().clone(), Arc::new(now_unix_ms));
    if let Some(collection) = arguments.collection {
        poller = poller.only(collection);
    }
    let (sender, mut looks) = mpsc::channel(MAX_UNPRINTED);
    let on_look: OnLook = Arc::new(move |look: &Look| {
        // One that finds no room is done all the same, and `quoth feed list` shows it.
        let _ = sender.try_send(look.clone());
    });
    let shutdown = CancellationToken::new();
    client.run(async {
        let work = work(&poller, feeds, arguments, &shutdown, &on_look);
        tokio::pin!(work);
        let mut n_looks = 0usize;
        let mut is_clean = true;
        loop {
            tokio::select! {
                biased;
                Some(look) = looks.recv() => {
                    n_looks += 1;
                    is_clean &= write_look(&look, session)?;
                }
                outcome = &mut work => {
                    outcome?;
                    break;
                }
                _ = tokio::signal::ctrl_c(), if !shutdown.is_cancelled() => shutdown.cancel(),
            }
        }
        while let Ok(look) = looks.try_recv() {
            n_looks += 1;
            is_clean &= write_look(&look, session)?;
        }
        if n_looks == 0 {
            session.note(format_args!("no feed was due"))?;
        }
        Ok(match is_clean {
            true => Ending::Done,
            false => Ending::Nothing,
        })
    })
}

/// Whether any feed is followed, by one collection or by any.
fn is_followed(engine: &Engine, of: Option<Collection>) -> anyhow::Result<bool> {
    let feeds = match of {
        Some(collection) => engine.feeds(collection)?,
        None => engine.all_feeds()?,
    };
    Ok(!feeds.is_empty())
}

/// What `run` was asked to do, from its beginning to its end.
async fn work(
    poller: &Poller,
    feeds: Vec<FollowedFeed>,
    arguments: &RunArguments,
    shutdown: &CancellationToken,
    on_look: &OnLook,
) -> anyhow::Result<()> {
    let ending = async {
        if !feeds.is_empty() {
            for feed in feeds {
                if let Some(look) = poller.look_at(feed).await? {
                    on_look(&look);
                }
            }
        } else if arguments.once {
            poller.look_at_due(on_look).await?;
        } else {
            poller.run(shutdown, Arc::clone(on_look)).await;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        outcome = ending => outcome,
    }
}

/// Tells of a look; whether nothing was amiss.
fn write_look(look: &Look, session: &mut Session<'_>) -> anyhow::Result<bool> {
    let is_clean = look.feed.fault.is_none()
        && !look.items.iter().any(|item| {
            matches!(
                item.outcome,
                ItemOutcome::Skipped(_) | ItemOutcome::Postponed(_)
            )
        });
    if session.json {
        write_json(&look_view(look), session)?;
        return Ok(is_clean);
    }
    let count =
        |is: fn(&ItemOutcome) -> bool| look.items.iter().filter(|item| is(&item.outcome)).count();
    let n_new = count(|o| matches!(o, ItemOutcome::Added(..)));
    // The reason follows on stderr.
    let mut parts = vec![match look.feed.n_failed > 0 {
        true => "no answer".to_owned(),
        false => format!("{n_new} new"),
    }];
    for (n, what) in [
        (count(|o| matches!(o, ItemOutcome::Replaced(_))), "replaced"),
        (count(|o| matches!(o, ItemOutcome::Known(_))), "known"),
        (count(|o| matches!(o, ItemOutcome::Skipped(_))), "skipped"),
        (
            count(|o| matches!(o, ItemOutcome::Postponed(_))),
            "postponed",
        ),
        (look.n_waiting, "waiting"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    writeln!(
        session.out,
        "{}: {}: {}",
        look.feed.id.0,
        name(&look.feed),
        parts.join(", ")
    )?;
    if let Some(fault) = &look.feed.fault {
        session.say(format_args!("quoth: feed {}: {fault}", look.feed.id.0))?;
    }
    for item in &look.items {
        match &item.outcome {
            ItemOutcome::Added(reference, others) => {
                write!(session.out, "  [{reference}] {}", item.title)?;
                if !others.is_empty() {
                    let others: Vec<String> = others.iter().map(|o| format!("[{o}]")).collect();
                    write!(session.out, " (also in {})", others.join(", "))?;
                }
                writeln!(session.out)?;
            }
            ItemOutcome::Replaced(reference) => {
                writeln!(session.out, "  [{reference}] {} (new version)", item.title)?;
            }
            ItemOutcome::Known(_) => {}
            ItemOutcome::Skipped(reason) => {
                session.say(format_args!("quoth: skipped: {}: {reason}", item.title))?;
            }
            ItemOutcome::Postponed(reason) => {
                session.say(format_args!("quoth: postponed: {}: {reason}", item.title))?;
            }
        }
    }
    session.out.flush()?;
    Ok(is_clean)
}

fn name(feed: &FollowedFeed) -> String {
    match feed.title.as_str() {
        "" => feed.url.clone(),
        title => format!("{title} <{}>", feed.url),
    }
}

fn view(feed: &FollowedFeed) -> Value {
    json!({
        "id": feed.id.0,
        "collection": feed.collection.to_string(),
        "url": feed.url,
        "title": feed.title,
        "added_unix_ms": feed.added_unix_ms,
        "added_by": feed.added_by.to_string(),
        "n_loaded": feed.n_loaded,
        "limit": feed.article_limit,
        "next_unix_ms": feed.next_unix_ms,
        "looked_unix_ms": feed.looked_unix_ms,
        "answered_unix_ms": feed.answered_unix_ms,
        "n_failed": feed.n_failed,
        "fault": feed.fault,
    })
}

fn look_view(look: &Look) -> Value {
    let items: Vec<Value> = look
        .items
        .iter()
        .map(|item| {
            let (outcome, id, others, reason) = match &item.outcome {
                ItemOutcome::Added(id, others) => ("added", Some(id), others.as_slice(), None),
                ItemOutcome::Replaced(id) => ("replaced", Some(id), &[][..], None),
                ItemOutcome::Known(id) => ("known", Some(id), &[][..], None),
                ItemOutcome::Skipped(reason) => ("skipped", None, &[][..], Some(reason)),
                ItemOutcome::Postponed(reason) => ("postponed", None, &[][..], Some(reason)),
            };
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            json!({
                "title": item.title,
                "url": item.url,
                "outcome": outcome,
                "id": id.map(ToString::to_string),
                "also_in": others,
                "reason": reason,
            })
        })
        .collect();
    json!({"feed": view(&look.feed), "items": items, "n_waiting": look.n_waiting})
}

fn write_json(value: &Value, session: &mut Session<'_>) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *session.out, value)?;
    writeln!(session.out)?;
    session.out.flush()?;
    Ok(())
}
