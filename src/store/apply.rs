//! The one way documents change: a batch, in a transaction.

use std::path::Path;

use rusqlite::{
    CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::audit::{self, Action};
use super::error::TITLE_CHARS;
use super::keys::{self, Keyed};
use super::{
    Applied, Change, CopyOf, Mark, NewDocument, Provenance, Revision, StoreError, history, rows,
};
use crate::document::{Collection, DocumentId, DocumentRef, Draft};

/// Applies a batch that is not empty; see [`super::Store::apply`].
pub(super) fn apply(
    connection: &mut Connection,
    path: &Path,
    collection: Collection,
    changes: &[Change],
    provenance: &Provenance,
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
    let mut batch = Batch::begin(&transaction, path, collection, provenance)?;
    let mut marks = provenance.marks.iter();
    for change in changes {
        match change {
            Change::Put(new) => {
                batch.put(new, marks.next().unwrap_or(&Mark::default()))?;
            }
            Change::Remove(reference) => batch.remove(*reference)?,
            Change::Restore { reference, version } => batch.restore(*reference, *version)?,
        }
    }
    let applied = batch.finish()?;
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
    transaction: &'a Transaction<'a>,
    path: &'a Path,
    collection: Collection,
    name: String,
    now_unix_ms: i64,
    actor: String,
    /// The number the next new document gets; wider than a number, to hold one past the last.
    next_number: u64,
    applied: Applied,
    insert: CachedStatement<'a>,
    end: CachedStatement<'a>,
}

impl<'a> Batch<'a> {
    fn begin(
        transaction: &'a Transaction<'a>,
        path: &'a Path,
        collection: Collection,
        provenance: &Provenance,
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
                     collection, number, version, added_revision, added_at, added_by,
                     copy_of, signature, title, outlet, published, url, tags, language,
                     source_location, content_hash, source_size, source_modified, blocks, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                         ?17, ?18, ?19, ?20)
                 RETURNING id",
            )
            .map_err(named)?;
        let end = transaction
            .prepare_cached(
                "UPDATE document
                 SET status = ?3, ended_revision = ?4, ended_at = ?5, ended_by = ?6
                 WHERE collection = ?1 AND number = ?2 AND status = 'current'
                 RETURNING id, version",
            )
            .map_err(named)?;
        Ok(Batch {
            transaction,
            path,
            collection,
            name,
            now_unix_ms: provenance.now_unix_ms,
            actor: provenance.actor.to_string(),
            next_number: rows::natural(next_number),
            applied: Applied {
                revision: Revision(rows::natural(revision)),
                ..Applied::default()
            },
            insert,
            end,
        })
    }

    fn put(&mut self, new: &NewDocument, mark: &Mark) -> Result<(), StoreError> {
        let (reference, version, action) = match new.replaces {
            Some(reference) => {
                let before = self.end(reference, Ending::Replaced)?;
                (reference, before + 1, Action::Replace)
            }
            None => (self.new_reference()?, 1, Action::Add),
        };
        let copy_of = mark.copy_of.and_then(|of| match of {
            CopyOf::Number(number) => Some(number),
            CopyOf::InBatch(idx) => Some(self.applied.put.get(idx)?.0.number),
        });
        let NewDocument { draft, source, .. } = new;
        let metadata = &draft.metadata;
        let id: i64 = self
            .insert
            .query_row(
                params![
                    self.name,
                    reference.number,
                    version,
                    rows::integer(self.applied.revision.0),
                    self.now_unix_ms,
                    self.actor,
                    copy_of,
                    mark.signature.as_ref().map(keys::Signature::to_bytes),
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
            .map_err(|error| self.named(error))?;
        Keyed {
            id,
            collection: &self.name,
            signature: mark.signature.as_ref(),
            url: metadata.url.as_deref(),
            location: source.as_ref().map(|source| source.location.as_str()),
        }
        .insert(self.transaction)
        .map_err(|error| self.named(error))?;
        self.begun(reference, id, version, action, None)
    }

    fn remove(&mut self, reference: DocumentRef) -> Result<(), StoreError> {
        let version = self.end(reference, Ending::Removed)?;
        self.log(reference, version, Action::Remove, None)
    }

    /// Puts a copy of an earlier version in place of the current one, if there is one.
    fn restore(&mut self, reference: DocumentRef, version: Option<u32>) -> Result<(), StoreError> {
        let missing = StoreError::NoSuchVersion { reference, version };
        if reference.collection != self.collection {
            return Err(missing);
        }
        let found = history::restorable(self.transaction, &self.name, reference.number, version)
            .map_err(|error| self.named(error))?;
        let Some((earlier, restores)) = found else {
            let is_known = history::is_known(self.transaction, &self.name, reference.number)
                .map_err(|error| self.named(error))?;
            return Err(match is_known {
                true => missing,
                false => StoreError::NoSuchDocument(reference),
            });
        };
        let is_same = history::is_current(self.transaction, &self.name, reference.number, earlier)
            .map_err(|error| self.named(error))?;
        if is_same {
            return Err(StoreError::SameVersion {
                reference,
                version: restores,
            });
        }
        // What is current is the last version; what was removed is the last one otherwise.
        let last = match self.end(reference, Ending::Replaced) {
            Ok(version) => version,
            Err(StoreError::NoSuchDocument(_)) => {
                history::restorable(self.transaction, &self.name, reference.number, None)
                    .map_err(|error| self.named(error))?
                    .map_or(restores, |(_, last)| last)
            }
            Err(error) => return Err(error),
        };
        let id: i64 = self
            .transaction
            .prepare_cached(
                "INSERT INTO document (
                     collection, number, version, added_revision, added_at, added_by, restores,
                     copy_of, signature, title, outlet, published, url, tags, language,
                     source_location, content_hash, source_size, source_modified, blocks, text)
                 SELECT collection, number, ?2, ?3, ?4, ?5, version,
                     copy_of, signature, title, outlet, published, url, tags, language,
                     source_location, content_hash, source_size, source_modified, blocks, text
                 FROM document WHERE id = ?1
                 RETURNING id",
            )
            .and_then(|mut statement| {
                statement.query_row(
                    params![
                        earlier,
                        last + 1,
                        rows::integer(self.applied.revision.0),
                        self.now_unix_ms,
                        self.actor,
                    ],
                    |row| row.get(0),
                )
            })
            .map_err(|error| self.named(error))?;
        keys::insert_of(self.transaction, id).map_err(|error| self.named(error))?;
        let detail = format!("version {restores}");
        self.begun(reference, id, last + 1, Action::Restore, Some(&detail))
    }

    /// Ends the current version of a number, which must be one of this collection, and tells which
    /// version that was.
    fn end(&mut self, reference: DocumentRef, ending: Ending) -> Result<u32, StoreError> {
        if reference.collection != self.collection {
            return Err(StoreError::NoSuchDocument(reference));
        }
        let ended: Option<(i64, u32)> = self
            .end
            .query_row(
                params![
                    self.name,
                    reference.number,
                    ending.status(),
                    rows::integer(self.applied.revision.0),
                    self.now_unix_ms,
                    self.actor,
                ],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|error| self.named(error))?;
        let (id, version) = ended.ok_or(StoreError::NoSuchDocument(reference))?;
        keys::delete_of(self.transaction, id).map_err(|error| self.named(error))?;
        self.applied.ended.push(DocumentId(rows::natural(id)));
        Ok(version)
    }

    /// Notes a version that begins.
    fn begun(
        &mut self,
        reference: DocumentRef,
        id: i64,
        version: u32,
        action: Action,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let id = DocumentId(rows::natural(id));
        self.applied.put.push((reference, id));
        self.log(reference, version, action, detail)
    }

    fn log(
        &self,
        reference: DocumentRef,
        version: u32,
        action: Action,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let line = audit::Line {
            at: self.now_unix_ms,
            actor: &self.actor,
            collection: &self.name,
            action,
            subject: Some((reference.number, version)),
            detail,
        };
        audit::write(self.transaction, &line).map_err(|error| self.named(error))
    }

    fn named(&self, error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(self.path, error)
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
    fn finish(mut self) -> Result<Applied, StoreError> {
        self.transaction
            .prepare_cached("UPDATE collection SET next_number = ?2 WHERE name = ?1")
            .and_then(|mut statement| {
                statement.execute(params![self.name, rows::integer(self.next_number)])
            })
            .map_err(|error| StoreError::from_sqlite(self.path, error))?;
        self.applied.ended.sort_unstable();
        Ok(self.applied)
    }
}
