//! Who changed what, and the versions of a number.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Source, Store, StoreError, rows};
use crate::document::{Collection, DocumentId, DocumentRef};

/// Most characters of an actor's name that are kept; an address may be longer.
pub const MAX_ACTOR_CHARS: usize = 2_100;

/// Who made a change, as it is recorded with every version and in the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody at the command line of this machine.
    CommandLine,
    /// Quoth itself, keeping the library in step with its folder.
    Library,
    /// The poller of feeds, on behalf of the feed of that address.
    Feed(String),
    /// A Discord user, by id.
    Discord(u64),
    /// Nobody that is known: what was loaded before changes were recorded, and users who asked to be
    /// forgotten.
    Unknown,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::CommandLine => f.write_str("cli"),
            Actor::Library => f.write_str("library"),
            Actor::Feed(address) => {
                let address: String = address.chars().take(MAX_ACTOR_CHARS).collect();
                write!(f, "feed {address}")
            }
            Actor::Discord(user) => write!(f, "discord user {user}"),
            Actor::Unknown => f.write_str("unknown"),
        }
    }
}

impl FromStr for Actor {
    type Err = std::convert::Infallible;

    /// Reads what [`Display`](fmt::Display) wrote; anything else is nobody known.
    fn from_str(text: &str) -> Result<Actor, Self::Err> {
        let actor = match text {
            "cli" => Some(Actor::CommandLine),
            "library" => Some(Actor::Library),
            _ => match text.strip_prefix("feed ") {
                Some(address) => Some(Actor::Feed(address.to_owned())),
                None => text
                    .strip_prefix("discord user ")
                    .and_then(|id| id.parse().ok())
                    .map(Actor::Discord),
            },
        };
        Ok(actor.unwrap_or(Actor::Unknown))
    }
}

/// What is recorded with every step of a batch.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Who.
    pub actor: Actor,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub now_unix_ms: i64,
    /// What is known of the documents put, in the order of the batch; may be shorter.
    pub marks: Vec<Mark>,
}

impl Provenance {
    /// Somebody at some time, with nothing known of the documents.
    pub fn new(actor: Actor, now_unix_ms: i64) -> Provenance {
        Provenance {
            actor,
            now_unix_ms,
            marks: Vec::new(),
        }
    }
}

/// What is known of a document that is put, besides itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// By what near-duplicates find it; `None` for texts that are too short to have any.
    pub signature: Option<super::Signature>,
    /// Of which article it is a near-copy that somebody else published.
    pub copy_of: Option<CopyOf>,
}

/// The article that another one is a near-copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyOf {
    /// The number of an article of the same collection.
    Number(u32),
    /// The 0-based position among the documents put by the same batch; only an earlier one counts.
    InBatch(usize),
}

/// What became of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is what is searched and quoted.
    Current,
    /// A later version took its place.
    Replaced,
    /// It was withdrawn.
    Removed,
}

impl Status {
    /// The word that is stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Status::Current => "current",
            Status::Replaced => "replaced",
            Status::Removed => "removed",
        }
    }

    fn parse(name: &str) -> Option<Status> {
        [Status::Current, Status::Replaced, Status::Removed]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// One version of an article: what it was, and who began and ended it. Never its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its identity.
    pub id: DocumentId,
    /// The article.
    pub reference: DocumentRef,
    /// Counts the versions of the number from 1, pruned ones included.
    pub version: u32,
    /// What became of it.
    pub status: Status,
    /// Its headline.
    pub title: String,
    /// Length of its text.
    pub size_bytes: u64,
    /// When it was stored, in milliseconds since 1970-01-01 UTC.
    pub added_unix_ms: i64,
    /// Who stored it.
    pub added_by: Actor,
    /// When it was replaced or removed.
    pub ended_unix_ms: Option<i64>,
    /// Who replaced or removed it.
    pub ended_by: Option<Actor>,
    /// The version that it brought back, if it did.
    pub restores: Option<u32>,
    /// Where it came from.
    pub source_location: Option<String>,
}

impl Store {
    /// The versions of a number, ascending; empty if it was never given out or all were pruned.
    /// Linear in their number.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn history(&self, reference: DocumentRef) -> Result<Vec<Version>, StoreError> {
        self.all(
            rows::HISTORY,
            params![reference.collection.to_string(), reference.number],
            version,
        )
    }

    /// The removed articles of a collection, the last removed first: up to `limit` of them, each as
    /// the version that was removed, after leaving out the first `offset`.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn removed(
        &self,
        collection: Collection,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<Version>, StoreError> {
        self.all(
            rows::REMOVED,
            params![
                collection.to_string(),
                rows::integer(limit),
                rows::integer(offset)
            ],
            version,
        )
    }

    /// Where the document of that id came from; `None` if it is not current or was typed in.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn source(&self, id: DocumentId) -> Result<Option<Source>, StoreError> {
        let mut found = self.all(
            rows::SOURCE,
            params![rows::integer(id.0)],
            rows::known_source,
        )?;
        Ok(found.pop().map(|known| Source {
            location: known.location,
            content_hash: known.content_hash,
            size_bytes: known.size_bytes,
            modified_unix_ms: known.modified_unix_ms,
        }))
    }

    /// Whether there are versions that ended before a time. Linear in the number that ended at all.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn has_ended_before(&self, unix_ms: i64) -> Result<bool, StoreError> {
        Ok(self.one(rows::HAS_ENDED, &[&unix_ms])?.unwrap_or(false))
    }

    /// Deletes for good the versions that ended before a time and are not current, of all
    /// collections, and returns how many each lost. Their numbers stay taken; the audit log keeps its
    /// entries.
    ///
    /// An index that has not heard of their end cannot be brought up to date from here any more:
    /// [`Store::pruned_revision`] tells which.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn prune(
        &mut self,
        ended_before_unix_ms: i64,
    ) -> Result<BTreeMap<Collection, u64>, StoreError> {
        let path = self.path.clone();
        let named = |error| StoreError::from_sqlite(&path, error);
        let transaction = self.connection.transaction().map_err(named)?;
        transaction
            .execute(
                "UPDATE collection SET pruned_revision = max(pruned_revision, coalesce(
                     (SELECT max(ended_revision) FROM document
                      WHERE document.collection = collection.name AND status <> 'current'
                        AND ended_revision IS NOT NULL AND ended_at < ?1), 0))",
                [ended_before_unix_ms],
            )
            .map_err(named)?;
        let pruned: Vec<String> = transaction
            .prepare(
                "DELETE FROM document
                 WHERE ended_revision IS NOT NULL AND status <> 'current' AND ended_at < ?1
                 RETURNING collection",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([ended_before_unix_ms], |row| row.get(0))?
                    .collect()
            })
            .map_err(named)?;
        transaction.commit().map_err(named)?;
        if !pruned.is_empty() {
            // The write-ahead log holds their pages as well. Who still reads it keeps it for now: the next checkpoint clears it.
            let _ =
                self.connection
                    .pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()));
        }
        let mut counts = BTreeMap::new();
        for collection in pruned.iter().filter_map(|name| name.parse().ok()) {
            *counts.entry(collection).or_default() += 1;
        }
        Ok(counts)
    }

    /// The last revision at which a version ended that is gone for good; an index of an earlier
    /// revision has to be built anew.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn pruned_revision(&self, collection: Collection) -> Result<super::Revision, StoreError> {
        let revision: Option<i64> = self.one(rows::PRUNED, &[&collection.to_string()])?;
        Ok(super::Revision(rows::natural(revision.unwrap_or(0))))
    }

    /// Records everything a Discord user did as done by nobody known, in versions and in the audit
    /// log, and returns how many records that were. Linear in the size of the store.
    ///
    /// # Errors
    /// As [`Store::prune`].
    pub fn forget_actor(&mut self, user: u64) -> Result<u64, StoreError> {
        let path = self.path.clone();
        let named = |error| StoreError::from_sqlite(&path, error);
        let transaction = self.connection.transaction().map_err(named)?;
        let mut n_changed = 0;
        for (table, column) in [
            ("document", "added_by"),
            ("document", "ended_by"),
            ("audit", "actor"),
            ("feed", "added_by"),
        ] {
            n_changed += transaction
                .execute(
                    &format!("UPDATE {table} SET {column} = ?1 WHERE {column} = ?2"),
                    params![Actor::Unknown.to_string(), Actor::Discord(user).to_string()],
                )
                .map_err(named)?;
        }
        transaction.commit().map_err(named)?;
        Ok(n_changed as u64)
    }
}

/// The version to bring back: the one asked for, or without one the last that was removed or replaced.
pub(super) fn restorable(
    connection: &Connection,
    collection: &str,
    number: u32,
    version: Option<u32>,
) -> rusqlite::Result<Option<(i64, u32)>> {
    connection
        .prepare_cached(rows::RESTORABLE)?
        .query_row(params![collection, number, version], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
}

/// Whether the current version of a number, if there is one, says what the version `id` says.
pub(super) fn is_current(
    connection: &Connection,
    collection: &str,
    number: u32,
    id: i64,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(rows::IS_CURRENT)?
        .exists(params![collection, number, id])
}

/// Whether a number was ever given out.
pub(super) fn is_known(
    connection: &Connection,
    collection: &str,
    number: u32,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM document WHERE collection = ?1 AND number = ?2 LIMIT 1")?
        .exists(params![collection, number])
}

fn version(row: &Row<'_>) -> Result<Version, rows::Damage> {
    rows::decode(row, |id, reference| {
        let status: String = rows::column(row, 4)?;
        let actor = |text: String| text.parse().unwrap_or(Actor::Unknown);
        Ok(Version {
            id,
            reference,
            version: rows::column(row, 3)?,
            status: Status::parse(&status).ok_or_else(|| format!("its status is `{status}`"))?,
            title: rows::column(row, 5)?,
            size_bytes: rows::natural(rows::column(row, 6)?),
            added_unix_ms: rows::column(row, 7)?,
            added_by: actor(rows::column(row, 8)?),
            ended_unix_ms: rows::column(row, 9)?,
            ended_by: rows::column::<Option<String>>(row, 10)?.map(actor),
            restores: rows::column(row, 11)?,
            source_location: rows::column(row, 12)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_read_back_as_written() {
        for actor in [
            Actor::CommandLine,
            Actor::Library,
            Actor::Feed("https://example.org/feed?a=b c".to_owned()),
            Actor::Discord(u64::MAX),
            Actor::Unknown,
        ] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        for text in ["", "discord user", "discord user x", "feed", "CLI"] {
            assert_eq!(text.parse(), Ok(Actor::Unknown), "{text:?}");
        }
    }
}
