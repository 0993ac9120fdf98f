//! Feeds that are followed, and which of their items were met before.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit::{self, Action};
use super::{Actor, Store, StoreError, rows};
use crate::document::Collection;

/// Feeds that one collection may follow.
pub const MAX_FEEDS: usize = 50;
/// Items remembered of one feed; those longest out of it are forgotten first. A feed shows far fewer
/// at a time, so none that is still in it is forgotten.
pub const MAX_SEEN_ITEMS: usize = 5_000;
/// Longest fault that is kept, in characters.
const MAX_FAULT_CHARS: usize = 300;
/// A time due that lies further ahead than this comes from a clock that was wrong.
const MAX_AHEAD_MS: i64 = 3 * 86_400_000;

/// Names a feed; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId(pub u64);

/// A digest of what stays the same of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey(pub [u8; 16]);

/// A feed that is followed. Times are milliseconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedFeed {
    /// Its name.
    pub id: FeedId,
    /// Where its articles go.
    pub collection: Collection,
    /// Where it is.
    pub url: String,
    /// What it calls itself; may be empty.
    pub title: String,
    /// When it was added.
    pub added_unix_ms: i64,
    /// Who added it.
    pub added_by: Actor,
    /// Articles it may load.
    pub article_limit: u32,
    /// Articles it has loaded.
    pub n_loaded: u32,
    /// The server's `ETag` of the last state seen.
    pub etag: Option<String>,
    /// The server's `Last-Modified` of the last state seen.
    pub last_modified: Option<String>,
    /// When it is due; `None` for one that is no longer looked at.
    pub next_unix_ms: Option<i64>,
    /// When it was last looked at.
    pub looked_unix_ms: Option<i64>,
    /// When it last answered.
    pub answered_unix_ms: Option<i64>,
    /// Looks in a row without anything new.
    pub n_quiet: u32,
    /// Looks in a row that failed.
    pub n_failed: u32,
    /// What was wrong at the last look, or why it is no longer looked at.
    pub fault: Option<String>,
}

/// What became of the wish to follow a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It is followed now.
    New(FollowedFeed),
    /// It was followed already.
    Known(FollowedFeed),
    /// The collection follows [`MAX_FEEDS`].
    Full,
}

/// Whether an item was met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never.
    Never,
    /// It is done with.
    Done,
    /// It failed that often and is to be tried again.
    Failed(u8),
}

const COLUMNS: &str = "id, collection, url, title, added_at, added_by, article_limit, n_loaded,
    etag, last_modified, next_at, looked_at, answered_at, n_quiet, n_failed, fault";

impl Store {
    /// Follows a feed, which is due at once.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn follow_feed(
        &mut self,
        collection: Collection,
        url: &str,
        title: &str,
        article_limit: u32,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Followed, StoreError> {
        let known = self.feeds(collection)?;
        if let Some(feed) = known.iter().find(|feed| feed.url == url) {
            return Ok(Followed::Known(feed.clone()));
        }
        if known.len() >= MAX_FEEDS {
            return Ok(Followed::Full);
        }
        let transaction = self.sql(self.connection.unchecked_transaction())?;
        let inserted = transaction
            .query_row(
                "INSERT INTO feed (collection, url, title, added_at, added_by, article_limit, next_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?4)
                 ON CONFLICT (collection, url) DO NOTHING RETURNING id",
                params![
                    collection.to_string(),
                    url,
                    title,
                    now_unix_ms,
                    actor.to_string(),
                    article_limit.max(1)
                ],
                |row| row.get::<_, i64>(0),
            )
            .optional()
            .and_then(|id| {
                let Some(id) = id else {
                    return Ok(None);
                };
                let detail = format!("follows feed {id}: {url}");
                note(&transaction, collection, actor, now_unix_ms, &detail)?;
                Ok(Some(id))
            });
        let inserted = self.sql(inserted)?;
        self.sql(transaction.commit())?;
        // Another process may have followed it in this very moment.
        let is_new = inserted.is_some();
        let mut found = self.feeds(collection)?;
        found.retain(|feed| feed.url == url);
        Ok(match found.pop() {
            Some(feed) if is_new => Followed::New(feed),
            Some(feed) => Followed::Known(feed),
            None => Followed::Full,
        })
    }

    /// The feeds of a collection, in the order in which they were added.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn feeds(&self, collection: Collection) -> Result<Vec<FollowedFeed>, StoreError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM feed WHERE collection = ?1 ORDER BY id"),
            params![collection.to_string()],
            feed,
        )
    }

    /// The feeds of all collections, in the order in which they were added.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn all_feeds(&self) -> Result<Vec<FollowedFeed>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM feed ORDER BY id");
        self.all(&sql, &[], feed)
    }

    /// One feed; `None` if the collection follows none of that name.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn feed(
        &self,
        collection: Collection,
        id: FeedId,
    ) -> Result<Option<FollowedFeed>, StoreError> {
        let mut found = self.all(
            &format!("SELECT {COLUMNS} FROM feed WHERE collection = ?1 AND id = ?2"),
            params![collection.to_string(), rows::integer(id.0)],
            feed,
        )?;
        Ok(found.pop())
    }

    /// Lets a feed load so many articles in all. Where that ends its fault or makes room for what it
    /// shows already, it is due at once and asked for everything. `None` if the collection follows none of
    /// that name.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn limit_feed(
        &mut self,
        collection: Collection,
        id: FeedId,
        article_limit: u32,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Option<FollowedFeed>, StoreError> {
        let transaction = self.sql(self.connection.unchecked_transaction())?;
        // With the marks of the last state the server would say that nothing is new.
        let updated = transaction
            .execute(
                "UPDATE feed SET article_limit = ?3,
                     next_at = CASE WHEN n_loaded >= article_limit THEN ?4 ELSE next_at END,
                     etag = CASE WHEN n_loaded >= article_limit THEN NULL ELSE etag END,
                     last_modified =
                         CASE WHEN n_loaded >= article_limit THEN NULL ELSE last_modified END,
                     fault = CASE WHEN n_loaded >= article_limit THEN NULL ELSE fault END
                 WHERE collection = ?1 AND id = ?2 AND article_limit <> ?3",
                params![
                    collection.to_string(),
                    rows::integer(id.0),
                    article_limit.max(1),
                    now_unix_ms
                ],
            )
            .and_then(|n_updated| {
                if n_updated > 0 {
                    let detail = format!("lets feed {} load {article_limit} articles", id.0);
                    note(&transaction, collection, actor, now_unix_ms, &detail)?;
                }
                Ok(())
            });
        self.sql(updated)?;
        self.sql(transaction.commit())?;
        self.feed(collection, id)
    }

    /// Up to `limit` feeds that are due, the one longest due first; of all collections or of one.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn due_feeds(
        &self,
        of: Option<Collection>,
        now_unix_ms: i64,
        limit: u64,
    ) -> Result<Vec<FollowedFeed>, StoreError> {
        self.all(
            &format!(
                "SELECT {COLUMNS} FROM feed
                 WHERE (next_at <= ?1 OR next_at > ?2) AND (?4 IS NULL OR collection = ?4)
                 ORDER BY next_at, id LIMIT ?3"
            ),
            params![
                now_unix_ms,
                now_unix_ms.saturating_add(MAX_AHEAD_MS),
                rows::integer(limit),
                of.map(|collection| collection.to_string())
            ],
            feed,
        )
    }

    /// When the next feed of all collections or of one is due, if any is followed.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn next_feed_unix_ms(&self, of: Option<Collection>) -> Result<Option<i64>, StoreError> {
        let due: Option<Option<i64>> = self.one(
            "SELECT min(next_at) FROM feed
             WHERE next_at IS NOT NULL AND (?1 IS NULL OR collection = ?1)",
            &[&of.map(|collection| collection.to_string())],
        )?;
        Ok(due.flatten())
    }

    /// Takes a feed to look at it, so that nobody else does before `until_unix_ms`. `false` if its time
    /// due is no longer the one in `feed`: somebody else was first, or it is gone.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn claim_feed(
        &mut self,
        feed: &FollowedFeed,
        until_unix_ms: i64,
    ) -> Result<bool, StoreError> {
        let claimed = self.connection.execute(
            "UPDATE feed SET next_at = ?3 WHERE id = ?1 AND next_at IS ?2",
            params![rows::integer(feed.id.0), feed.next_unix_ms, until_unix_ms],
        );
        Ok(self.sql(claimed)? > 0)
    }

    /// Records how a look at a feed went: everything of `feed` that changes by looking. Its collection,
    /// limit and history stay. A feed that was removed meanwhile stays removed; an address that the
    /// collection follows already is not taken over.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn record_look(&mut self, feed: &FollowedFeed) -> Result<(), StoreError> {
        let fault: Option<String> = feed
            .fault
            .as_ref()
            .map(|fault| fault.chars().take(MAX_FAULT_CHARS).collect());
        let updated = self.connection.execute(
            "UPDATE feed SET title = ?2, etag = ?3, last_modified = ?4, next_at = ?5, looked_at = ?6,
                 answered_at = ?7, n_quiet = ?8, n_failed = ?9, fault = ?10, n_loaded = ?11
             WHERE id = ?1",
            params![
                rows::integer(feed.id.0),
                feed.title,
                feed.etag,
                feed.last_modified,
                feed.next_unix_ms,
                feed.looked_unix_ms,
                feed.answered_unix_ms,
                feed.n_quiet,
                feed.n_failed,
                fault,
                feed.n_loaded,
            ],
        );
        self.sql(updated)?;
        let moved = self.connection.execute(
            "UPDATE OR IGNORE feed SET url = ?2 WHERE id = ?1 AND url <> ?2",
            params![rows::integer(feed.id.0), feed.url],
        );
        self.sql(moved)?;
        Ok(())
    }

    /// Follows a feed no longer; its articles stay. Returns it as it was, or `None` if the collection
    /// follows none of that name.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn unfollow_feed(
        &mut self,
        collection: Collection,
        id: FeedId,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Option<FollowedFeed>, StoreError> {
        let Some(feed) = self.feed(collection, id)? else {
            return Ok(None);
        };
        let transaction = self.sql(self.connection.unchecked_transaction())?;
        let removed = transaction
            .execute(
                "DELETE FROM feed WHERE collection = ?1 AND id = ?2",
                params![collection.to_string(), rows::integer(id.0)],
            )
            .and_then(|n_removed| {
                let detail = format!("follows feed {} no longer: {}", id.0, feed.url);
                note(&transaction, collection, actor, now_unix_ms, &detail)?;
                Ok(n_removed)
            });
        let n_removed = self.sql(removed)?;
        self.sql(transaction.commit())?;
        Ok((n_removed > 0).then_some(feed))
    }

    /// Which items of a feed were met before, in the order of `keys`. Those that were count as seen now;
    /// of the others the ones longest not seen are forgotten beyond [`MAX_SEEN_ITEMS`].
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn seen_items(
        &mut self,
        id: FeedId,
        keys: &[ItemKey],
        now_unix_ms: i64,
    ) -> Result<Vec<Seen>, StoreError> {
        let transaction = self.sql(self.connection.unchecked_transaction())?;
        let mut seen = Vec::with_capacity(keys.len());
        for key in keys {
            let found: Option<Option<u8>> = self.sql(
                transaction
                    .prepare_cached(
                        "UPDATE feed_item SET seen_at = ?3 WHERE feed = ?1 AND item = ?2
                         RETURNING n_failed",
                    )
                    .and_then(|mut statement| {
                        statement
                            .query_row(params![rows::integer(id.0), key.0, now_unix_ms], |row| {
                                row.get(0)
                            })
                            .optional()
                    }),
            )?;
            seen.push(match found {
                None => Seen::Never,
                Some(None) => Seen::Done,
                Some(Some(n_failed)) => Seen::Failed(n_failed),
            });
        }
        let forgotten = transaction.execute(
            "DELETE FROM feed_item WHERE feed = ?1 AND item IN (
                 SELECT item FROM feed_item WHERE feed = ?1
                 ORDER BY seen_at DESC, item LIMIT -1 OFFSET ?2)",
            params![
                rows::integer(id.0),
                i64::try_from(MAX_SEEN_ITEMS).unwrap_or(i64::MAX)
            ],
        );
        self.sql(forgotten)?;
        self.sql(transaction.commit())?;
        Ok(seen)
    }

    /// Records what became of an item: done with, or failed that often. Nothing if the feed is gone.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn record_item(
        &mut self,
        id: FeedId,
        key: ItemKey,
        n_failed: Option<u8>,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let written = self
            .connection
            .prepare_cached(
                "INSERT INTO feed_item (feed, item, seen_at, n_failed)
                 SELECT id, ?2, ?3, ?4 FROM feed WHERE id = ?1
                 ON CONFLICT (feed, item) DO UPDATE SET seen_at = ?3, n_failed = ?4",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    rows::integer(id.0),
                    key.0,
                    now_unix_ms,
                    n_failed.map(|n| n.max(1))
                ])
            });
        self.sql(written)?;
        Ok(())
    }
}

/// Writes to the audit log, in the transaction of the change.
fn note(
    connection: &Connection,
    collection: Collection,
    actor: &Actor,
    now_unix_ms: i64,
    detail: &str,
) -> rusqlite::Result<()> {
    let detail: String = detail.chars().take(audit::MAX_DETAIL_CHARS).collect();
    audit::write(
        connection,
        &audit::Line {
            at: now_unix_ms,
            actor: &actor.to_string(),
            collection: &collection.to_string(),
            action: Action::Feed,
            subject: None,
            detail: Some(&detail),
        },
    )
}

fn feed(row: &Row<'_>) -> Result<FollowedFeed, rows::Damage> {
    let read = || -> Result<FollowedFeed, String> {
        Ok(FollowedFeed {
            id: FeedId(rows::natural(rows::column(row, 0)?)),
            collection: rows::column::<String>(row, 1)?
                .parse()
                .map_err(|error: crate::document::ReferenceError| error.to_string())?,
            url: rows::column(row, 2)?,
            title: rows::column(row, 3)?,
            added_unix_ms: rows::column(row, 4)?,
            added_by: rows::column::<String>(row, 5)?
                .parse()
                .unwrap_or(Actor::Unknown),
            article_limit: rows::column(row, 6)?,
            n_loaded: rows::column(row, 7)?,
            etag: rows::column(row, 8)?,
            last_modified: rows::column(row, 9)?,
            next_unix_ms: rows::column(row, 10)?,
            looked_unix_ms: rows::column(row, 11)?,
            answered_unix_ms: rows::column(row, 12)?,
            n_quiet: rows::column(row, 13)?,
            n_failed: rows::column(row, 14)?,
            fault: rows::column(row, 15)?,
        })
    };
    read().map_err(|reason| rows::Damage::of_table("feed", reason))
}

#[cfg(test)]
mod tests;
