//! The one way documents change: a batch, in a transaction.

use std::path::Path;

use rusqlite::{
    CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::error::TITLE_CHARS;
use super::{Applied, Change, NewDocument, Revision, StoreError, rows};
use crate::document::{Collection, DocumentId, DocumentRef, Draft};

/// Applies a batch that is not empty; see [`super::Store::apply`].
pub(super) fn apply(
    connection: &mut Connection,
    path: &Path,
    collection: Collection,
    changes: &[Change],
    now_unix_ms: i64,
) -> Result<Applied, StoreError> {
    let named = |error| StoreError::from_sqlite(path, error);
    for change in changes {
        if let Change::Put(new) = change {
            check(&new.draft)?;
        }
    }
    // Immediate: the write lock is waited for here, so no later statement can find it taken.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(named)?;
    let mut batch = Batch::begin(&transaction, path, collection, now_unix_ms)?;
    for change in changes {
        match change {
            Change::Put(new) => batch.put(new)?,
            Change::Remove(reference) => batch.end(*reference, Ending::Removed)?,
        }
    }
    let applied = batch.finish(&transaction)?;
    transaction.commit().map_err(named)?;
    Ok(applied)
}

/// Refuses a draft that could not be read back.
fn check(draft: &Draft) -> Result<(), StoreError> {
    let reason = if draft.metadata.title.trim().is_empty() {
        "it has no title".to_owned()
    } else if let Err(reason) = rows::check_blocks(&draft.blocks, &draft.text) {
        reason
    } else {
        return Ok(());
    };
    Err(StoreError::Unsound {
        title: draft.metadata.title.chars().take(TITLE_CHARS).collect(),
        reason,
    })
}

/// How a version ends.
#[derive(Clone, Copy)]
enum Ending {
    Replaced,
    Removed,
}

impl Ending {
    fn status(self) -> &'static str {
        match self {
            Ending::Replaced => "replaced",
            Ending::Removed => "removed",
        }
    }
}

/// A batch under way.
struct Batch<'a> {
    path: &'a Path,
    collection: Collection,
    name: String,
    now_unix_ms: i64,
    /// The number the next new document gets; wider than a number, to hold one past the last.
    next_number: u64,
    applied: Applied,
    insert: CachedStatement<'a>,
    end: CachedStatement<'a>,
}

impl<'a> Batch<'a> {
    fn begin(
        transaction: &'a Transaction<'_>,
        path: &'a Path,
        collection: Collection,
        now_unix_ms: i64,
    ) -> Result<Batch<'a>, StoreError> {
        let named = |error| StoreError::from_sqlite(path, error);
        let name = collection.to_string();
        let (revision, next_number): (i64, i64) = transaction
            .prepare_cached(
                "INSERT INTO collection (name, revision, next_number) VALUES (?1, 1, 1)
                 ON CONFLICT (name) DO UPDATE SET revision = revision + 1
                 RETURNING revision, next_number",
            )
            .and_then(|mut statement| {
                statement.query_row([&name], |row| Ok((row.get(0)?, row.get(1)?)))
            })
            .map_err(named)?;
        let insert = transaction
            .prepare_cached(
                "INSERT INTO document (
                     collection, number, added_revision, added_at,
                     title, outlet, published, url, tags, language,
                     source_location, content_hash, source_size, source_modified, blocks, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 RETURNING id",
            )
            .map_err(named)?;
        let end = transaction
            .prepare_cached(
                "UPDATE document SET status = ?3, ended_revision = ?4, ended_at = ?5
                 WHERE collection = ?1 AND number = ?2 AND status = 'current'
                 RETURNING id",
            )
            .map_err(named)?;
        Ok(Batch {
            path,
            collection,
            name,
            now_unix_ms,
            next_number: rows::natural(next_number),
            applied: Applied {
                revision: Revision(rows::natural(revision)),
                ..Applied::default()
            },
            insert,
            end,
        })
    }

    fn put(&mut self, new: &NewDocument) -> Result<(), StoreError> {
        let reference = match new.replaces {
            Some(reference) => {
                self.end(reference, Ending::Replaced)?;
                reference
            }
            None => self.new_reference()?,
        };
        let NewDocument { draft, source, .. } = new;
        let metadata = &draft.metadata;
        let id: i64 = self
            .insert
            .query_row(
                params![
                    self.name,
                    reference.number,
                    rows::integer(self.applied.revision.0),
                    self.now_unix_ms,
                    metadata.title,
                    metadata.outlet,
                    metadata.published.map(|date| date.days_since_epoch()),
                    metadata.url,
                    rows::tags_to_json(&metadata.tags),
                    draft.language.code(),
                    source.as_ref().map(|source| &source.location),
                    source.as_ref().map(|source| source.content_hash.0),
                    source
                        .as_ref()
                        .map(|source| rows::integer(source.size_bytes)),
                    source.as_ref().and_then(|source| source.modified_unix_ms),
                    rows::blocks_to_json(&draft.blocks),
                    draft.text,
                ],
                |row| row.get(0),
            )
            .map_err(|error| StoreError::from_sqlite(self.path, error))?;
        self.applied
            .put
            .push((reference, DocumentId(rows::natural(id))));
        Ok(())
    }

    /// Ends the current version of a number, which must be one of this collection.
    fn end(&mut self, reference: DocumentRef, ending: Ending) -> Result<(), StoreError> {
        if reference.collection != self.collection {
            return Err(StoreError::NoSuchDocument(reference));
        }
        let id: Option<i64> = self
            .end
            .query_row(
                params![
                    self.name,
                    reference.number,
                    ending.status(),
                    rows::integer(self.applied.revision.0),
                    self.now_unix_ms,
                ],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| StoreError::from_sqlite(self.path, error))?;
        let id = id.ok_or(StoreError::NoSuchDocument(reference))?;
        self.applied.ended.push(DocumentId(rows::natural(id)));
        Ok(())
    }

    fn new_reference(&mut self) -> Result<DocumentRef, StoreError> {
        let number = u32::try_from(self.next_number).map_err(|_| StoreError::Damaged {
            path: self.path.to_owned(),
            part: format!("collection `{}`", self.collection),
            document: None,
            reason: format!("its article numbers are used up at {}", u32::MAX),
        })?;
        self.next_number += 1;
        Ok(DocumentRef {
            collection: self.collection,
            number,
        })
    }

    /// Records the numbers given out. The revision was counted at the beginning.
    fn finish(mut self, transaction: &Transaction<'_>) -> Result<Applied, StoreError> {
        transaction
            .prepare_cached("UPDATE collection SET next_number = ?2 WHERE name = ?1")
            .and_then(|mut statement| {
                statement.execute(params![self.name, rows::integer(self.next_number)])
            })
            .map_err(|error| StoreError::from_sqlite(self.path, error))?;
        self.applied.ended.sort_unstable();
        Ok(self.applied)
    }
}
