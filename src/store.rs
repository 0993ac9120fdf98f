//! The system of record: every version of every document, in one SQLite file.
//!
//! Owns all SQL of Quoth, the schema and its migrations. It stores and returns texts; it neither
//! reads files nor searches, and it never asks the clock: the time is passed in. Read [`Store`]
//! first.
//!
//! Invariants:
//! - What [`Store::apply`] has acknowledged is on disk (WAL with `synchronous=FULL`), whole batch or
//!   nothing.
//! - A [`DocumentId`] names one version for ever; its text never changes and the id is never
//!   reused. A number of a collection is never reused either, and survives replacement.
//! - At most one version of a number is current. Versions that ended stay in the file until they are
//!   pruned, but nothing here hands out their texts.
//! - Every change of an article is in the audit log, written in the same transaction.
//! - What is handed out is sound: spans lie on character boundaries of their text. A row that is not
//!   sound is [`StoreError::Damaged`], never a panic later.
//!
//! Deliberately absent: a lock around the connection (a [`Store`] is `Send`, not `Sync`; the owner
//! of the value decides), and any retry beyond SQLite's own wait of five seconds.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, params};

use crate::document::{Collection, Document, DocumentId, DocumentRef, Draft, Language, Metadata};

mod answers;
mod apply;
mod archive;
mod audit;
mod error;
mod feeds;
mod guilds;
mod health;
mod history;
mod keys;
mod previews;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod titles;

pub use answers::{AnswerId, AnswerRecord, Asked, NewAnswer, QuotedPlace, Scope, Verdict, Why};
pub use archive::{ArchiveError, Archived, MAX_LINE_BYTES};
pub use audit::{Action, AuditEntry, MAX_DETAIL_CHARS};
pub use error::StoreError;
pub use feeds::{FeedId, Followed, FollowedFeed, ItemKey, MAX_FEEDS, MAX_SEEN_ITEMS, Seen};
pub use guilds::{DEFAULT_RETENTION_DAYS, GuildSettings, MAX_CHANNELS, MAX_RETENTION_DAYS};
pub use health::{StoreHealth, examine};
pub use history::{Actor, CopyOf, MAX_ACTOR_CHARS, Mark, Provenance, Status, Version};
pub use keys::{Lookalike, SIGNATURE_HASHES, Signature, plain_url};
pub use previews::{MAX_PREVIEWS, PREVIEW_MS, PendingFile, PendingFiles, PreviewId, Stated};
pub use titles::TitleHit;

/// Counts the changes of one collection; 0 = never changed. Increases by one per applied batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// A 256-bit digest of the raw bytes a document was made from. The caller chooses the function; the
/// store only keeps and compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

/// Where a document came from, so that an unchanged file need not be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path or address it was loaded from.
    pub location: String,
    /// Digest of the raw bytes, before extraction.
    pub content_hash: ContentHash,
    /// Length of the raw bytes.
    pub size_bytes: u64,
    /// Modification time in milliseconds since 1970-01-01 UTC, where there is one.
    pub modified_unix_ms: Option<i64>,
}

/// A document to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// The text and what is known about it.
    pub draft: Draft,
    /// Where it came from; `None` for text that was typed in.
    pub source: Option<Source>,
    /// The current document it takes the place of, keeping that one's number; `None` for a new
    /// number.
    pub replaces: Option<DocumentRef>,
}

/// One step of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Stores a document as new or in place of another.
    Put(Box<NewDocument>),
    /// Withdraws a current document. Its number stays taken.
    Remove(DocumentRef),
    /// Makes an earlier version current again, under a new id: after a removal, or in place of the
    /// current version, which is replaced.
    Restore {
        /// The article.
        reference: DocumentRef,
        /// Which version; `None` for the last that is not current.
        version: Option<u32>,
    },
}

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The collection's revision after the batch.
    pub revision: Revision,
    /// One entry a [`Change::Put`] or [`Change::Restore`], in the order of the batch.
    pub put: Vec<(DocumentRef, DocumentId)>,
    /// The versions that were replaced or removed, ascending. A version that the same batch put is
    /// among them if a later step of the batch ended it.
    pub ended: Vec<DocumentId>,
}

/// The net change of a collection between two revisions: what was added and ended in between is in
/// neither list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The revision the difference leads to, read together with it. Less than the `since` asked for
    /// only if the caller knows more than the store does (a store restored from an older copy);
    /// both lists are empty then and the caller has to start again from [`Revision`] 0.
    pub until: Revision,
    /// Current documents that were not there at `since`, ascending.
    pub added: Vec<DocumentId>,
    /// Documents that were current at `since` and no longer are, ascending.
    pub ended: Vec<DocumentId>,
}

/// What a listing shows of a document: everything but the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSummary {
    /// Identity of the current version.
    pub id: DocumentId,
    /// The short name people use.
    pub reference: DocumentRef,
    /// Title, outlet, date, address, tags.
    pub metadata: Metadata,
    /// Language of the text.
    pub language: Language,
    /// Length of the text.
    pub size_bytes: u64,
    /// When this version was stored, in milliseconds since 1970-01-01 UTC.
    pub added_unix_ms: i64,
    /// Path or address it was loaded from, if any.
    pub source_location: Option<String>,
    /// Counts the versions of the number from 1.
    pub version: u32,
    /// The article it is a near-copy of, as far as was known when it was loaded; it may be gone.
    pub copy_of: Option<DocumentRef>,
}

/// The source of a current document, as it was when last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSource {
    /// The document made from it.
    pub reference: DocumentRef,
    /// Path or address.
    pub location: String,
    /// Digest of the raw bytes.
    pub content_hash: ContentHash,
    /// Length of the raw bytes.
    pub size_bytes: u64,
    /// Modification time in milliseconds since 1970-01-01 UTC, where there is one.
    pub modified_unix_ms: Option<i64>,
}

/// An open store: one connection to one SQLite file. Several processes may hold one each.
///
/// Reads see the last committed batch. Unless an item says otherwise, its errors are
/// [`StoreError::Busy`] (another process kept the file locked for 5 s), [`StoreError::Damaged`] (the
/// file, or a row that had to be read) and [`StoreError::Sql`] (anything else SQLite reports), and
/// a collection that was never changed reads as an empty one at revision 0.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// Where the file is; names it in errors only.
    path: PathBuf,
}

impl Store {
    /// Opens the store at `path`, creating the file if it is missing and upgrading the schema of an
    /// older one. Folders are not created. SQLite keeps two more files beside it, `-wal` and `-shm`.
    ///
    /// # Errors
    /// [`StoreError::Open`] if the file can be neither opened nor created,
    /// [`StoreError::ReadOnly`] if it cannot be written, [`StoreError::NotQuoth`] if it is some
    /// other file (which is left as it was), [`StoreError::Newer`] if a newer Quoth wrote it,
    /// [`StoreError::Full`] if there is no room to create or upgrade it; else as for all of
    /// [`Store`].
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Ok(Store {
            connection: schema::open(path)?,
            path: path.to_owned(),
        })
    }

    /// A new, empty store that lives in memory and is gone when dropped.
    ///
    /// # Errors
    /// As for all of [`Store`]; none is to be expected.
    pub fn in_memory() -> Result<Store, StoreError> {
        Ok(Store {
            connection: schema::in_memory()?,
            path: PathBuf::from(schema::MEMORY),
        })
    }

    /// Applies a batch to one collection, in order, in one transaction: when this returns `Ok`, all
    /// of it is on disk and the revision is one higher; when it returns an error, nothing changed.
    ///
    /// New documents get the numbers 1, 2, 3… of the collection and ascending ids, in the order of
    /// the batch; a replacement keeps the number and gets a new id. A later step sees the earlier
    /// ones. `now_unix_ms` (milliseconds since 1970-01-01 UTC) is recorded with every version
    /// that begins or ends. An empty batch writes nothing and returns the current revision.
    ///
    /// One batch costs one flush to disk, so many small ones are slow; its memory is a small
    /// multiple of the texts given.
    ///
    /// # Errors
    /// [`StoreError::NoSuchDocument`] if a step replaces or removes what is not a current document
    /// of `collection`, [`StoreError::NoSuchVersion`] if one restores what is not there, [`StoreError::SameVersion`] if it says what the current one says, [`StoreError::Unsound`] if a draft breaks an invariant of
    /// [`Document`] (empty title, blocks that do not fit the text), [`StoreError::ReadOnly`] or
    /// [`StoreError::Full`] if the file cannot be written; else as for all of [`Store`].
    pub fn apply(
        &mut self,
        collection: Collection,
        changes: Vec<Change>,
        now_unix_ms: i64,
    ) -> Result<Applied, StoreError> {
        let provenance = Provenance::new(Actor::CommandLine, now_unix_ms);
        self.apply_as(collection, changes, &provenance)
    }

    /// [`Store::apply`], recorded as done by [`Provenance::actor`], who is the command line there.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub fn apply_as(
        &mut self,
        collection: Collection,
        changes: Vec<Change>,
        provenance: &Provenance,
    ) -> Result<Applied, StoreError> {
        if changes.is_empty() {
            return Ok(Applied {
                revision: self.revision(collection)?,
                ..Applied::default()
            });
        }
        apply::apply(
            &mut self.connection,
            &self.path,
            collection,
            &changes,
            provenance,
        )
    }

    /// The collections that were ever changed, in order.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        let mut collections = self.all(rows::COLLECTIONS, &[], rows::collection)?;
        collections.sort_unstable();
        Ok(collections)
    }

    /// How often the collection changed.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn revision(&self, collection: Collection) -> Result<Revision, StoreError> {
        let revision: Option<i64> = self
            .one(rows::REVISION, &[&collection.to_string()])?
            .unwrap_or(None);
        Ok(Revision(rows::natural(revision.unwrap_or(0))))
    }

    /// What changed since a revision, as of one moment. From [`Revision`] 0 it lists every current
    /// document as added and none as ended, which is what a rebuild needs.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn difference(
        &self,
        collection: Collection,
        since: Revision,
    ) -> Result<Difference, StoreError> {
        let snapshot = self.snapshot()?;
        let name = collection.to_string();
        let bound = rows::integer(since.0);
        let difference = Difference {
            until: self.revision(collection)?,
            added: self.ids(rows::ADDED_SINCE, params![name, bound])?,
            ended: self.ids(rows::ENDED_SINCE, params![name, bound])?,
        };
        drop(snapshot);
        Ok(difference)
    }

    /// The current documents, ascending.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn live(&self, collection: Collection) -> Result<Vec<DocumentId>, StoreError> {
        self.ids(rows::LIVE, params![collection.to_string()])
    }

    /// How many documents are current. Linear in that number, but over an index: a few
    /// milliseconds for 100,000.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn count(&self, collection: Collection) -> Result<u64, StoreError> {
        let count: Option<i64> = self.one(rows::COUNT, &[&collection.to_string()])?;
        Ok(rows::natural(count.unwrap_or(0)))
    }

    /// The document of that id; `None` if there never was one, or if that version was replaced or
    /// removed.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        Ok(self.documents(&[id])?.pop())
    }

    /// The documents of those ids, as of one moment, in the order given; an id given twice is
    /// returned twice, and ids that [`Store::document`] would not find are left out.
    ///
    /// # Errors
    /// As for all of [`Store`]. [`StoreError::Damaged`] names the first damaged document and hides
    /// the others; a caller that wants them asks again without it.
    pub fn documents(&self, ids: &[DocumentId]) -> Result<Vec<Document>, StoreError> {
        let snapshot = self.snapshot()?;
        let mut statement = self.sql(self.connection.prepare_cached(rows::DOCUMENT))?;
        let mut documents = Vec::with_capacity(ids.len());
        for id in ids {
            let mut found = self.sql(statement.query([rows::integer(id.0)]))?;
            if let Some(row) = self.sql(found.next())? {
                documents.push(rows::document(row).map_err(|damage| damage.at(&self.path))?);
            }
        }
        drop(statement);
        drop(snapshot);
        Ok(documents)
    }

    /// The id of the current version of a number; `None` if there is no current one.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn resolve(&self, reference: DocumentRef) -> Result<Option<DocumentId>, StoreError> {
        let id: Option<i64> = self.one(
            rows::RESOLVE,
            params![reference.collection.to_string(), reference.number],
        )?;
        Ok(id.map(|id| DocumentId(rows::natural(id))))
    }

    /// Up to `limit` current documents without their texts, by number ascending, after leaving out
    /// the first `offset`. Cost grows with `offset + limit`; the texts are not read.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn summaries(
        &self,
        collection: Collection,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<DocumentSummary>, StoreError> {
        self.all(
            rows::SUMMARIES,
            params![
                collection.to_string(),
                rows::integer(limit),
                rows::integer(offset)
            ],
            rows::summary,
        )
    }

    /// The sources of the current documents that have one, by location (byte order), then number.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn sources(&self, collection: Collection) -> Result<Vec<KnownSource>, StoreError> {
        self.all(
            rows::SOURCES,
            params![collection.to_string()],
            rows::known_source,
        )
    }

    /// Records that the source of a current document was looked at again and held the same content:
    /// only its modification time (milliseconds since 1970-01-01 UTC) and length are new. That is no
    /// change of the collection: its revision stays.
    ///
    /// # Errors
    /// [`StoreError::NoSuchDocument`] if there is no such current document or it has no source,
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn touch_source(
        &mut self,
        reference: DocumentRef,
        modified_unix_ms: Option<i64>,
        size_bytes: u64,
    ) -> Result<(), StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(rows::TOUCH_SOURCE))?;
        let n_touched = self.sql(statement.execute(params![
            reference.collection.to_string(),
            reference.number,
            modified_unix_ms,
            rows::integer(size_bytes),
        ]))?;
        if n_touched == 0 {
            return Err(StoreError::NoSuchDocument(reference));
        }
        Ok(())
    }

    /// Begins a read transaction; everything read until it is dropped is of one moment.
    fn snapshot(&self) -> Result<Transaction<'_>, StoreError> {
        self.sql(self.connection.unchecked_transaction())
    }

    /// The single value of a query, or `None` if it has no row.
    fn one<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(sql))?;
        self.sql(statement.query_row(arguments, |row| row.get(0)).optional())
    }

    /// The ids a query lists, ascending.
    fn ids(&self, sql: &str, arguments: &[&dyn ToSql]) -> Result<Vec<DocumentId>, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(sql))?;
        let ids: rusqlite::Result<Vec<i64>> = statement
            .query_map(arguments, |row| row.get(0))
            .and_then(Iterator::collect);
        let mut ids: Vec<DocumentId> = self
            .sql(ids)?
            .into_iter()
            .map(|id| DocumentId(rows::natural(id)))
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Every row of a query, decoded.
    fn all<T>(
        &self,
        sql: &str,
        arguments: &[&dyn ToSql],
        decode: impl Fn(&rusqlite::Row<'_>) -> Result<T, rows::Damage>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(sql))?;
        let mut found = self.sql(statement.query(arguments))?;
        let mut values = Vec::new();
        while let Some(row) = self.sql(found.next())? {
            values.push(decode(row).map_err(|damage| damage.at(&self.path))?);
        }
        Ok(values)
    }

    /// The error of a row that does not hold what it should and is no document.
    fn damaged(&self, part: String, reason: String) -> StoreError {
        StoreError::Damaged {
            path: self.path.clone(),
            part,
            document: None,
            reason,
        }
    }

    /// Names the file in an error of SQLite.
    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::from_sqlite(&self.path, error))
    }
}
