//! Changing a guild's articles from Discord: preview, publish, replace, remove, restore, history,
//! export.
//!
//! Every function here checks the right to edit itself, from what the request says of its sender, so
//! that no command, button or dialogue can forget to. What is shown for a yes or a no is kept in the
//! store until then and judged again when it is published.

use super::Data;
use super::asking::article;
use super::caller::Caller;
use super::door::Load;
use super::error::{Failure, UserError};
use super::render::{Message, editing as view};
use super::reply::Reply;
use crate::corpus::{self, Intent, Loaded, Preview, Skipped};
use crate::document::{Collection, Date, DocumentRef};
use crate::engine::{Engine, EngineError};
use crate::extract::Overrides;
use crate::store::{
    Actor, GuildSettings, PendingFile, PendingFiles, PreviewId, Stated, Status, StoreError,
};
use tokio::sync::watch;

mod export;

pub(super) use export::export;

/// Milliseconds between two signs of progress.
pub(super) const PROGRESS_MS: i64 = 2_000;

/// The guild that the caller may edit, with its settings.
pub(super) async fn allowed(
    data: &Data,
    caller: &Caller,
) -> Result<(u64, std::sync::Arc<GuildSettings>), Failure> {
    data.admits_work()?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let guild = caller.edits(&settings)?;
    Ok((guild, settings))
}

/// The guild's own article of that name or title.
pub(super) fn own_article(engine: &Engine, guild: u64, name: &str) -> Result<DocumentRef, Failure> {
    let own = Collection::Guild(guild);
    article(engine, name, &[own], own)
}

/// Shows what publishing some files would come to, and keeps them for a yes or a no. The turn is that
/// in which they were brought; it ends before they are shown, so that who presses at once is not told
/// that another load is under way.
///
/// # Errors
/// [`Failure`]; the right to edit is checked first.
pub(super) async fn preview(
    data: &Data,
    caller: &Caller,
    turn: Load,
    files: Vec<PendingFile>,
    replaces: Option<u32>,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let (guild, _) = allowed(data, caller).await?;
    let pending = PendingFiles {
        guild,
        user: caller.user,
        replaces,
        files,
    };
    let now = data.now_unix_ms();
    let n_files = pending.files.len();
    let (read, n_read) = watch::channel(0);
    let work = data.door.loaded(&turn, move |engine| {
        let collection = Collection::Guild(guild);
        let intent = intent(&pending);
        let mut previews = Vec::with_capacity(n_files);
        for file in &pending.files {
            previews.push(match load(file) {
                Ok(loaded) => {
                    let mut preview = engine.preview(collection, &loaded, intent, now)?;
                    preview.warnings.splice(0..0, unread_date(file));
                    preview
                }
                Err(skipped) => Preview::skipped(skipped),
            });
            read.send_replace(previews.len());
        }
        let id = match previews.iter().any(|preview| preview.verdict.stores()) {
            true => engine.add_preview(&pending, now)?,
            // Nothing to decide: nothing to keep.
            false => PreviewId(0),
        };
        Ok(view::previews(id, &previews))
    });
    let message = watched(data, reply, work, n_read, n_files).await?;
    drop(turn);
    reply.send(&message, true).await?;
    Ok(())
}

/// What to say of a date that was typed in another way than ours.
fn unread_date(file: &PendingFile) -> Option<String> {
    let typed = file.stated.date.as_deref()?;
    typed.parse::<Date>().err()?;
    Some(format!(
        "“{typed}” is not a date that can be read, and is left out; write it as 2025-03-18"
    ))
}

/// Waits for the reading of files, and shows now and then how far it is.
async fn watched<T>(
    data: &Data,
    reply: &Reply,
    work: impl Future<Output = T>,
    mut n_read: watch::Receiver<usize>,
    n_files: usize,
) -> T {
    let mut told_at = data.now_unix_ms();
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            Ok(()) = n_read.changed() => {
                let now = data.now_unix_ms();
                if now - told_at >= PROGRESS_MS {
                    told_at = now;
                    let n_done = *n_read.borrow_and_update();
                    reply.progress(&view::progress("Read", n_done, n_files)).await;
                }
            }
        }
    }
}

/// An article as somebody typed it into the dialogue. A date that cannot be read is no reason to lose the
/// text: the preview warns of it.
pub(super) fn typed(field: impl Fn(&str) -> String, now_unix_ms: i64) -> PendingFile {
    let given = |name: &str| Some(field(name)).filter(|text| !text.is_empty());
    PendingFile {
        location: format!("{}{now_unix_ms}", view::TYPED),
        name: "typed.md".to_owned(),
        content_type: None,
        stated: Stated {
            title: given("title"),
            outlet: given("outlet"),
            date: given("date"),
            url: given("url"),
        },
        content: field("text").into_bytes(),
    }
}

fn intent(pending: &PendingFiles) -> Intent {
    match pending.replaces {
        Some(number) => Intent::Replace(DocumentRef {
            collection: Collection::Guild(pending.guild),
            number,
        }),
        None => Intent::Judge,
    }
}

fn load(file: &PendingFile) -> Result<Loaded, Skipped> {
    let content_type = file.content_type.as_deref();
    let loaded = match file.location.starts_with("https://") || file.location.starts_with("http://")
    {
        true => corpus::load_page(&file.location, content_type, &file.content)?,
        false => corpus::load_named(&file.location, &file.name, content_type, &file.content)?,
    };
    let Stated {
        title,
        outlet,
        date,
        url,
    } = file.stated.clone();
    let overrides = Overrides {
        title,
        outlet,
        date: date.and_then(|date| date.parse().ok()),
        url,
        tags: None,
    };
    Ok(match overrides.is_empty() {
        true => loaded,
        false => loaded.amended(overrides),
    })
}

/// Publishes a preview of the caller's.
///
/// # Errors
/// [`Failure`]; the right to edit is checked again.
pub(super) async fn publish(
    data: &Data,
    caller: &Caller,
    id: PreviewId,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let (guild, settings) = allowed(data, caller).await?;
    reply.defer_in_place().await?;
    let (user, now) = (caller.user, data.now_unix_ms());
    let published = data
        .door
        .load(guild, move |engine| {
            let pending = waiting(engine, (guild, user), id, now)?;
            let intent = intent(&pending);
            let loaded = pending
                .files
                .iter()
                .filter_map(|file| load(file).ok())
                .map(|loaded| (loaded, intent))
                .collect();
            let actor = Actor::Discord(user);
            let published = engine.publish(Collection::Guild(guild), loaded, &actor, now)?;
            // Not before, so that the button can be pressed again if something fails. A second press
            // meanwhile does not get the guild's turn.
            engine.end_preview(id)?;
            Ok(published)
        })
        .await?;
    // The change stands, whether or not its author can be told.
    if let Some(told) = view::publishing(&published) {
        data.tell(guild, &settings, caller.user, &told);
    }
    reply.replace(&view::published(&published)).await?;
    Ok(())
}

/// Puts a preview of the caller's aside.
///
/// # Errors
/// [`Failure`].
pub(super) async fn discard(
    data: &Data,
    caller: &Caller,
    id: PreviewId,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let (guild, _) = allowed(data, caller).await?;
    reply.defer_in_place().await?;
    let (user, now) = (caller.user, data.now_unix_ms());
    data.door
        .load(guild, move |engine| {
            waiting(engine, (guild, user), id, now)?;
            Ok(engine.end_preview(id)?)
        })
        .await?;
    reply.replace(&view::discarded()).await?;
    Ok(())
}

/// A preview that waits, if it is of this guild and user. Its files come into memory, so this is part
/// of a load.
fn waiting(
    engine: &Engine,
    (guild, user): (u64, u64),
    id: PreviewId,
    now_unix_ms: i64,
) -> Result<PendingFiles, Failure> {
    let pending = engine.pending(id, now_unix_ms)?;
    let pending = pending.ok_or(UserError::PreviewGone)?;
    if pending.guild != guild || pending.user != user {
        return Err(UserError::NotHere.into());
    }
    Ok(pending)
}

/// Removes an article, by its name or title.
///
/// # Errors
/// [`Failure`].
pub(super) async fn remove(
    data: &Data,
    caller: &Caller,
    name: String,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let (guild, settings) = allowed(data, caller).await?;
    reply.defer(true).await?;
    let (user, now) = (caller.user, data.now_unix_ms());
    let (reference, title, version) = data
        .door
        .load(guild, move |engine| {
            let reference = own_article(engine, guild, &name)?;
            let actor = Actor::Discord(user);
            let removed = engine.remove(Collection::Guild(guild), &[reference], &actor, now);
            let removed = removed.map_err(gone)?.pop();
            let (title, version) = removed.map(|last| (last.title, last.version)).unzip();
            Ok((reference, title.unwrap_or_default(), version.unwrap_or(0)))
        })
        .await?;
    let told = format!("removed `{reference}` {}.", said(&title));
    data.tell(guild, &settings, caller.user, &told);
    let message = view::removed(reference, &title, version);
    reply.send(&message, true).await?;
    Ok(())
}

/// Which version of an article is brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// This one, or the last that is not the present one.
    Version(Option<u32>),
    /// The one that was removed, if nothing has become of the article since.
    Undo(u32),
}

/// Brings an article back: a removed one, or an earlier version.
///
/// # Errors
/// [`Failure`].
pub(super) async fn restore(
    data: &Data,
    caller: &Caller,
    number: u32,
    wanted: Wanted,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let (guild, settings) = allowed(data, caller).await?;
    reply.defer(true).await?;
    let (user, now) = (caller.user, data.now_unix_ms());
    let reference = DocumentRef {
        collection: Collection::Guild(guild),
        number,
    };
    let restored = data
        .door
        .load(guild, move |engine| {
            let version = match wanted {
                Wanted::Version(version) => version,
                Wanted::Undo(removed) => {
                    let last = engine.history(reference)?.pop();
                    let is_untouched = last.is_some_and(|last| {
                        last.version == removed && last.status == Status::Removed
                    });
                    if !is_untouched {
                        return Err(UserError::Other(format!(
                            "article `{number}` has changed since then; `/article history` shows \
                             its versions"
                        ))
                        .into());
                    }
                    Some(removed)
                }
            };
            engine
                .restore(reference, version, &Actor::Discord(user), now)
                .map_err(gone)
        })
        .await?;
    let told = format!("restored `{reference}` {}.", said(&restored.title));
    data.tell(guild, &settings, caller.user, &told);
    reply.send(&view::restored(&restored), true).await?;
    Ok(())
}

/// The versions of an article.
///
/// # Errors
/// [`Failure`].
pub(super) async fn history(
    data: &Data,
    caller: &Caller,
    name: String,
) -> Result<Message, Failure> {
    let (guild, _) = allowed(data, caller).await?;
    data.door
        .quick(move |engine| {
            // Of a removed article only the number is left to name it by.
            let reference = match DocumentRef::parse(&name, Collection::Guild(guild)) {
                Ok(reference) if reference.collection == Collection::Guild(guild) => reference,
                _ => own_article(engine, guild, &name)?,
            };
            Ok(view::history(reference, &engine.history(reference)?))
        })
        .await
}

/// That an article is no longer there is told, not logged.
fn gone(error: EngineError) -> Failure {
    match error {
        EngineError::Store(StoreError::NoSuchDocument(reference)) => {
            UserError::Article(reference.to_string()).into()
        }
        EngineError::Store(StoreError::NoSuchVersion { reference, version }) => {
            UserError::Other(match version {
                Some(version) => {
                    format!("article `{reference}` has no version {version} to go back to")
                }
                None => format!("article `{reference}` has no earlier version"),
            })
            .into()
        }
        EngineError::Store(StoreError::SameVersion { reference, version }) => UserError::Other(
            format!("version {version} of article `{reference}` says what the current one says"),
        )
        .into(),
        other => other.into(),
    }
}

fn said(title: &str) -> String {
    format!("*{}*", super::render::escape::label(title, 100))
}
