//! Following feeds: looks at them when they are due and loads the articles they name.
//!
//! Owns when to look ([`schedule`]), what counts as a new item and what of a feed becomes an article:
//! the page an item leads to or, where that cannot be had, what the feed itself holds. It fetches
//! through [`fetch`](crate::fetch) alone and stores through the engine, whose judgement on near-copies
//! holds for feeds as for everything else. Feeds are not trusted: one that is broken, hostile or gone
//! costs its own looks and nothing else.
//!
//! Bounds: [`MAX_ITEMS_A_LOOK`] articles a look, a limit of articles a feed (the default is
//! [`DEFAULT_ARTICLE_LIMIT`]), [`MAX_FEEDS`](crate::store::MAX_FEEDS) feeds a collection,
//! [`MAX_FEEDS_AT_ONCE`] looks at once, [`MAX_TRIES`] attempts an item.
//!
//! The same [`Poller`] serves the bot and `quoth feed run`. Read it first.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::document::{Collection, DocumentRef};
use crate::engine::{Engine, EngineError};
use crate::extract::feed::{self, Feed, Item};
use crate::fetch::{Client, FetchError, Fetched, Kind, Page, Validators, Want, resolve_link};
use crate::store::{Actor, FollowedFeed, ItemKey, Seen};

mod article;
mod discover;
mod looking;
pub mod schedule;

pub use discover::{DiscoverError, Discovered, discover};
use looking::Looking;
use schedule::Outcome;

/// Articles loaded in one look; more wait for the next one.
pub const MAX_ITEMS_A_LOOK: usize = 20;
/// Articles that a feed may load in all, unless it is followed with another limit.
pub const DEFAULT_ARTICLE_LIMIT: u32 = 1_000;
/// Attempts at an item whose page cannot be had for now; after them the feed's own text has to do.
pub const MAX_TRIES: u8 = 3;
/// Feeds looked at at the same time.
pub const MAX_FEEDS_AT_ONCE: usize = 4;
/// Feeds taken from the store at a time.
const DUE_FEEDS: u64 = 64;
/// How long a look may take before another process may repeat it.
const CLAIM: Duration = Duration::from_secs(15 * 60);
/// The longest sleep between two questions for what is due: what is added by another process is looked
/// at this soon.
const TICK: Duration = Duration::from_secs(60);

/// Tells the time in milliseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Hears of every look when it is over.
pub type OnLook = Arc<dyn Fn(&Look) + Send + Sync>;

/// What a look at a feed came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The feed as it is recorded now.
    pub feed: FollowedFeed,
    /// What became of each item that was new, in the order of loading.
    pub items: Vec<ItemLook>,
    /// New items left for later looks.
    pub n_waiting: usize,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemLook {
    /// Its title, or its address where it has none.
    pub title: String,
    /// Where its article is.
    pub url: Option<String>,
    /// What became of it.
    pub outcome: ItemOutcome,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemOutcome {
    /// It is a new article; and those of the collection that say nearly the same.
    Added(DocumentRef, Vec<DocumentRef>),
    /// It is the new version of an article.
    Replaced(DocumentRef),
    /// This article holds the same.
    Known(DocumentRef),
    /// It is no article, and why.
    Skipped(String),
    /// It could not be had for now, and why; the next look tries again.
    Postponed(String),
}

/// Reads a feed beside the runtime's own thread. A panic of a parser is one feed that cannot be read.
async fn parse(page: &Page) -> Result<Feed, String> {
    if page.kind == Kind::Html {
        return Err("it is a web page".to_owned());
    }
    let bytes = page.bytes.clone();
    match tokio::task::spawn_blocking(move || feed::parse(&bytes)).await {
        Ok(parsed) => parsed.map_err(|error| error.to_string()),
        Err(_) => Err("it makes its parser fail, which is a defect of Quoth".to_owned()),
    }
}

/// Looks at feeds when they are due. Clones share engine and client.
#[derive(Clone)]
pub struct Poller {
    engine: Engine,
    client: Client,
    clock: Clock,
    /// Whose feeds come due; `None` for those of all.
    of: Option<Collection>,
}

impl Poller {
    /// A poller over an engine, a client and the time.
    pub fn new(engine: Engine, client: Client, clock: Clock) -> Poller {
        Poller {
            engine,
            client,
            clock,
            of: None,
        }
    }

    /// A poller for which only the feeds of one collection come due.
    #[must_use]
    pub fn only(self, collection: Collection) -> Poller {
        Poller {
            of: Some(collection),
            ..self
        }
    }

    /// Looks at feeds as they come due until `shutdown` is called; then stops at once: what was stored
    /// is stored, and the rest is done again after the next start. A failing store is tried again a
    /// minute later, since a bot without feeds is better than none.
    pub async fn run(&self, shutdown: &CancellationToken, on_look: OnLook) {
        loop {
            let round = async {
                if let Err(error) = self.look_at_due(&on_look).await {
                    tracing::error!(%error, "feeds cannot be looked at");
                }
                tokio::time::sleep(self.until_next().await).await;
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = round => {}
            }
        }
    }

    /// Looks at every feed that is due now, and tells how many looks that were.
    ///
    /// # Errors
    /// [`EngineError`] if the store fails; a feed that fails is no error.
    pub async fn look_at_due(&self, on_look: &OnLook) -> Result<usize, EngineError> {
        let (of, now_unix_ms) = (self.of, (self.clock)());
        let mut n_looks = 0;
        loop {
            let due = self
                .blocking(move |engine| engine.due_feeds(of, now_unix_ms, DUE_FEEDS))
                .await?;
            if due.is_empty() {
                return Ok(n_looks);
            }
            let looks: Vec<Result<Option<Look>, EngineError>> = stream::iter(due)
                .map(|feed| async {
                    let look = self.look_at(feed).await?;
                    if let Some(look) = &look {
                        on_look(look);
                    }
                    Ok(look)
                })
                .buffer_unordered(MAX_FEEDS_AT_ONCE)
                .collect()
                .await;
            let mut n_claimed = 0;
            for look in looks {
                n_claimed += usize::from(look?.is_some());
            }
            if n_claimed == 0 {
                // Another process is looking at them.
                return Ok(n_looks);
            }
            n_looks += n_claimed;
        }
    }

    /// Looks at one feed, whether it is due or not. `None` if somebody else just began to.
    ///
    /// # Errors
    /// [`EngineError`] if the store fails; that the feed fails is part of the [`Look`].
    pub async fn look_at(&self, feed: FollowedFeed) -> Result<Option<Look>, EngineError> {
        let now_unix_ms = (self.clock)();
        let until = now_unix_ms.saturating_add(millis(CLAIM));
        let claimed = feed.clone();
        let is_ours = self
            .blocking(move |engine| engine.claim_feed(&claimed, until))
            .await?;
        if !is_ours {
            return Ok(None);
        }
        let mut looking = Looking {
            feed,
            now_unix_ms,
            items: Vec::new(),
            n_waiting: 0,
        };
        looking.feed.looked_unix_ms = Some(now_unix_ms);
        let known = Validators {
            etag: looking.feed.etag.clone(),
            last_modified: looking.feed.last_modified.clone(),
        };
        let fetched = self
            .client
            .fetch(&looking.feed.url, Want::Feed, &known)
            .await;
        match fetched {
            Ok(Fetched::Unchanged) => looking.settle(Outcome::Quiet, None),
            Ok(Fetched::Page(page)) => match parse(&page).await {
                Ok(feed) => self.take_in(&mut looking, &page, feed).await?,
                Err(reason) => looking.fail(reason, None),
            },
            Err(FetchError::Gone { .. }) => looking.give_up("it is gone for good (status 410)"),
            Err(error) => {
                let after = match &error {
                    FetchError::Later { after, .. } => *after,
                    _ => None,
                };
                looking.fail(error.to_string(), after);
            }
        }
        let recorded = looking.feed.clone();
        self.blocking(move |engine| engine.record_look(&recorded))
            .await?;
        Ok(Some(Look {
            feed: looking.feed,
            items: looking.items,
            n_waiting: looking.n_waiting,
        }))
    }

    /// Loads what is new of a feed that answered.
    async fn take_in(
        &self,
        looking: &mut Looking,
        page: &Page,
        feed: Feed,
    ) -> Result<(), EngineError> {
        if page.moved {
            looking.feed.url.clone_from(&page.url);
        }
        if !feed.title.is_empty() {
            looking.feed.title.clone_from(&feed.title);
        }
        let new = self.new_items(looking, feed.items).await?;
        let n_new = new.len();
        let (mut n_taken, mut n_postponed) = (0, 0);
        for (item, key, n_failed) in new.into_iter().take(MAX_ITEMS_A_LOOK) {
            // Known and unreadable ones take no room of the limit.
            if looking.feed.n_loaded >= looking.feed.article_limit {
                break;
            }
            n_taken += 1;
            let look = self.load(looking, page, item, n_failed).await?;
            let n_failed = match &look.outcome {
                ItemOutcome::Postponed(_) => {
                    n_postponed += 1;
                    Some(n_failed.saturating_add(1))
                }
                ItemOutcome::Added(..) => {
                    looking.feed.n_loaded = looking.feed.n_loaded.saturating_add(1);
                    None
                }
                _ => None,
            };
            looking.items.push(look);
            let (id, now_unix_ms) = (looking.feed.id, looking.now_unix_ms);
            self.blocking(move |engine| engine.record_item(id, key, n_failed, now_unix_ms))
                .await?;
        }
        looking.n_waiting = n_new - n_taken;
        let is_full = looking.n_waiting > 0 && looking.feed.n_loaded >= looking.feed.article_limit;
        // Asked again with validators, the server would say that nothing changed, and what waits would
        // wait until something does.
        let waits = n_postponed > 0 || (looking.n_waiting > 0 && !is_full);
        let validators = match waits {
            true => Validators::default(),
            false => page.validators.clone(),
        };
        looking.feed.etag = validators.etag;
        looking.feed.last_modified = validators.last_modified;
        let outcome = match n_taken {
            _ if looking.n_waiting > 0 && !is_full => Outcome::More,
            0 => Outcome::Quiet,
            _ => Outcome::New,
        };
        looking.settle(outcome, feed.ttl);
        if is_full {
            let limit = looking.feed.article_limit;
            let articles = if limit == 1 { "article" } else { "articles" };
            looking.feed.fault = Some(format!("it has loaded {limit} {articles}, its limit"));
        }
        Ok(())
    }

    /// The items not done with, the newest first, each with its key and how often it failed.
    async fn new_items(
        &self,
        looking: &Looking,
        items: Vec<Item>,
    ) -> Result<Vec<(Item, ItemKey, u8)>, EngineError> {
        let keys: Vec<ItemKey> = items.iter().map(key).collect();
        let (id, now_unix_ms) = (looking.feed.id, looking.now_unix_ms);
        let asked = keys.clone();
        let seen = self
            .blocking(move |engine| engine.seen_items(id, &asked, now_unix_ms))
            .await?;
        let mut new: Vec<(Item, ItemKey, u8)> = Vec::new();
        for ((item, key), seen) in items.into_iter().zip(keys).zip(seen) {
            let n_failed = match seen {
                Seen::Never => 0,
                Seen::Failed(n_failed) => n_failed,
                Seen::Done => continue,
            };
            if new.iter().all(|(_, known, _)| *known != key) {
                new.push((item, key, n_failed));
            }
        }
        // Stable: items without a date, or of one day, stay in the order of the feed.
        new.sort_by_key(|(item, ..)| std::cmp::Reverse(item.published));
        Ok(new)
    }

    /// Loads one item and tells what became of it. Only a failing store is an error.
    async fn load(
        &self,
        looking: &Looking,
        page: &Page,
        item: Item,
        n_failed: u8,
    ) -> Result<ItemLook, EngineError> {
        let url = item
            .link
            .as_deref()
            .and_then(|link| resolve_link(&page.url, link));
        let fetched = match &url {
            Some(url) => self.client.get(url).await.map(Some),
            None => Ok(None),
        };
        let title = match (item.title.is_empty(), &url) {
            (false, _) => item.title.clone(),
            (true, Some(url)) => url.clone(),
            (true, None) => item.identity.clone(),
        };
        let is_last_try = n_failed.saturating_add(1) >= MAX_TRIES;
        let outcome = match fetched {
            Err(error) if error.is_temporary() && !is_last_try => {
                ItemOutcome::Postponed(error.to_string())
            }
            fetched => {
                let source = article::Origin {
                    feed_url: looking.feed.url.clone(),
                    feed_title: looking.feed.title.clone(),
                    item,
                    url: url.clone(),
                };
                let collection = looking.feed.collection;
                let actor = Actor::Feed(looking.feed.url.clone());
                let now_unix_ms = looking.now_unix_ms;
                self.blocking(move |engine| {
                    publish(engine, collection, &source, fetched, &actor, now_unix_ms)
                })
                .await?
            }
        };
        Ok(ItemLook {
            title,
            url,
            outcome,
        })
    }

    /// How long to sleep until something may be due.
    async fn until_next(&self) -> Duration {
        let of = self.of;
        let next = self
            .blocking(move |engine| engine.next_feed_unix_ms(of))
            .await;
        let wait = match next {
            Ok(Some(next)) => next.saturating_sub((self.clock)()),
            _ => i64::MAX,
        };
        // At least a second, so that a feed that another process holds is not asked for all the time.
        Duration::from_millis(u64::try_from(wait).unwrap_or(0)).clamp(Duration::from_secs(1), TICK)
    }

    /// Runs work of the engine beside the runtime's own threads.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let engine = self.engine.clone();
        match tokio::task::spawn_blocking(move || work(&engine)).await {
            Ok(outcome) => outcome,
            // A panic there is one here; the runtime going away ends this task too.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// Stores the article that an item names, or says why there is none.
fn publish(
    engine: &Engine,
    collection: Collection,
    origin: &article::Origin,
    fetched: Result<Option<Page>, FetchError>,
    actor: &Actor,
    now_unix_ms: i64,
) -> Result<ItemOutcome, EngineError> {
    use crate::corpus::{Intent, Verdict};
    let loaded = match article::load(origin, fetched) {
        Ok(loaded) => loaded,
        Err(reason) => return Ok(ItemOutcome::Skipped(reason)),
    };
    let articles = vec![(loaded, Intent::Judge)];
    let mut published = match engine.publish(collection, articles, actor, now_unix_ms) {
        Ok(published) => published,
        // The draft is at fault, not the store: one broken item never stops the rest.
        Err(EngineError::Store(error @ crate::store::StoreError::Unsound { .. })) => {
            return Ok(ItemOutcome::Skipped(error.to_string()));
        }
        Err(error) => return Err(error),
    };
    let Some(published) = published.pop() else {
        return Ok(ItemOutcome::Skipped("it was not stored".to_owned()));
    };
    let others = published.duplicates.iter().map(|d| d.reference).collect();
    Ok(match (published.verdict, published.reference) {
        (Verdict::New, Some(reference)) => ItemOutcome::Added(reference, others),
        (Verdict::NewVersion(reference), _) => ItemOutcome::Replaced(reference),
        (Verdict::AlreadyLoaded(reference), _) => ItemOutcome::Known(reference),
        (Verdict::Skipped(reason), _) => ItemOutcome::Skipped(reason),
        (Verdict::New, None) => ItemOutcome::Skipped("it was not stored".to_owned()),
    })
}

/// By what an item is known again.
fn key(item: &Item) -> ItemKey {
    let digest = Sha256::digest(item.identity.as_bytes());
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    ItemKey(key)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
