//! The one hand that changes a collection: how it is had, what it stores and indexes, and how an index that is
//! behind the store is brought up to it. Read [`Writer::apply`] first.

use std::sync::Arc;

use rayon::prelude::*;

use super::lease::Lease;
use super::rebuild::Held;
use super::{Engine, EngineError, Progress, Slot, lock};
use crate::corpus;
use crate::document::{Collection, Document, DocumentId, DocumentRef};
use crate::index::{self, CatchUp, CollectionIndex, IndexError, Position};
use crate::store::{Actor, Applied, Change, Mark, Provenance, Revision};

/// Documents indexed between two commits of a catch-up: what a kill in the middle costs.
const CATCH_UP_BATCH: usize = 2_000;

/// The only way to change a collection. While it lives no other thread or process changes the data
/// directory, so keep it for one command or one load and drop it.
pub struct Writer {
    pub(super) engine: Engine,
    pub(super) collection: Collection,
    slot: Arc<Slot>,
    /// `None` only after a failed commit.
    pub(super) index: Option<CollectionIndex>,
    /// Whether that is one that is being built beside the one in place.
    pub(super) is_beside: bool,
    _lease: Lease,
}

impl Engine {
    /// The right to change a collection, waiting for another process or thread that has it.
    ///
    /// # Errors
    /// [`EngineError::Busy`] if another process keeps it for longer than 10 s.
    pub fn writer(&self, collection: Collection) -> Result<Writer, EngineError> {
        let lease = self.inner.gate.acquire()?;
        let slot = self.slot(collection);
        // Another process may have built it anew: then what is held is no longer what is on disk.
        let index = lock(&self.inner.kept)
            .pop(&collection)
            .filter(CollectionIndex::is_in_place);
        let current = Position::at(self.store().revision(collection)?.0);
        let held = match index {
            Some(index) if index.snapshot().position() == current => Held {
                index,
                is_beside: false,
            },
            index => self.open_for_writing(collection, index)?,
        };
        let mut writer = Writer {
            engine: self.clone(),
            collection,
            slot,
            index: Some(held.index),
            is_beside: held.is_beside,
            _lease: lease,
        };
        writer.complete()?;
        Ok(writer)
    }
}

impl Writer {
    /// Stores and indexes a batch. Once this returns, the changes survive a crash and the next
    /// question sees them; on an error before the store commits, nothing has changed, after it the
    /// next opening completes the index.
    ///
    /// # Errors
    /// [`EngineError::Behind`] if it was stored and only the index failed; else [`EngineError`] naming an unknown document, a full disk or another fault.
    pub fn apply(
        &mut self,
        changes: Vec<Change>,
        now_unix_ms: i64,
    ) -> Result<Applied, EngineError> {
        self.apply_as(changes, &Provenance::new(Actor::CommandLine, now_unix_ms))
    }

    /// [`Writer::apply`], recorded as done by [`Provenance::actor`], who is the command line there.
    /// Documents without a mark get their signature here.
    ///
    /// # Errors
    /// As [`Writer::apply`].
    pub fn apply_as(
        &mut self,
        changes: Vec<Change>,
        provenance: &Provenance,
    ) -> Result<Applied, EngineError> {
        if changes.is_empty() {
            let revision = self.engine.store().revision(self.collection)?;
            return Ok(Applied {
                revision,
                put: Vec::new(),
                ended: Vec::new(),
            });
        }
        let mut provenance = provenance.clone();
        provenance
            .marks
            .extend(marks(&changes, provenance.marks.len()));
        let (applied, documents) = {
            let mut store = self.engine.store();
            let applied = store.apply_as(self.collection, changes, &provenance)?;
            let ids: Vec<DocumentId> = applied.put.iter().map(|(_, id)| *id).collect();
            let documents = store.documents(&ids)?;
            (applied, documents)
        };
        self.commit(Position::at(applied.revision.0), &applied.ended, &documents)
            .map_err(|error| match error {
                EngineError::Index(error) => EngineError::Behind(error),
                other => other,
            })?;
        Ok(applied)
    }

    /// Records that the source of a current document was looked at again and held the same:
    /// [`touch_source`](crate::store::Store::touch_source).
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn touch(
        &mut self,
        reference: DocumentRef,
        modified_unix_ms: Option<i64>,
        size_bytes: u64,
    ) -> Result<(), EngineError> {
        Ok(self
            .engine
            .store()
            .touch_source(reference, modified_unix_ms, size_bytes)?)
    }

    /// Brings the index up to the store in batches that are committed one by one, so that an
    /// interrupted catch-up goes on where it stopped.
    pub(super) fn catch_up(&mut self) -> Result<(), EngineError> {
        let position = self.position();
        let difference = self
            .engine
            .store()
            .difference(self.collection, Revision(position.revision))?;
        let target = difference.until.0;
        if position == Position::at(target) {
            self.publish_index();
            return Ok(());
        }
        let through = position.catch_up.map(|catch_up| catch_up.through);
        let added: Vec<DocumentId> = difference
            .added
            .iter()
            .copied()
            .filter(|id| through.is_none_or(|through| id.0 > through))
            .collect();
        let (mut ended, total) = (difference.ended, difference.added.len());
        let mut done = total - added.len();
        let mut batches = added.chunks(CATCH_UP_BATCH).peekable();
        loop {
            let batch = batches.next().unwrap_or_default();
            let documents = self.engine.store().documents(batch)?;
            let position = match (batches.peek(), batch.last()) {
                (Some(_), Some(last)) => Position {
                    revision: position.revision,
                    catch_up: Some(CatchUp {
                        target,
                        through: last.0,
                    }),
                },
                _ => Position::at(target),
            };
            self.commit(position, &ended, &documents)?;
            ended.clear();
            done += batch.len();
            self.engine.report(Progress::Indexed {
                collection: self.collection,
                done,
                total,
            });
            if position == Position::at(target) {
                return Ok(());
            }
        }
    }

    fn commit(
        &mut self,
        position: Position,
        ended: &[DocumentId],
        documents: &[Document],
    ) -> Result<(), EngineError> {
        let models = self.engine.models();
        let prepared: Vec<index::Prepared> = documents
            .par_iter()
            .map(|document| index::prepare(document, models))
            .collect();
        let Some(index) = self.index.as_mut() else {
            return Err(EngineError::Index(IndexError::Engine(
                "an earlier commit failed".to_owned(),
            )));
        };
        if let Err(error) = index.commit(position, ended, &prepared) {
            // What is on disk is the last good commit; the next writer opens that.
            self.index = None;
            return Err(error.into());
        }
        if position.catch_up.is_none() {
            self.publish_index();
        }
        Ok(())
    }

    fn position(&self) -> Position {
        self.index
            .as_ref()
            .map(|index| index.snapshot().position())
            .unwrap_or_default()
    }

    pub(super) fn publish_index(&self) {
        if let Some(index) = &self.index {
            self.slot.publish(index.snapshot());
        }
    }
}

/// Signatures of the documents put, after leaving out the first `n_known`.
fn marks(changes: &[Change], n_known: usize) -> Vec<Mark> {
    let texts: Vec<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Put(new) => Some(new.draft.text.as_str()),
            Change::Remove(_) | Change::Restore { .. } => None,
        })
        .skip(n_known)
        .collect();
    texts
        .into_par_iter()
        .map(|text| Mark {
            signature: corpus::signature(text),
            copy_of: None,
        })
        .collect()
}

impl Drop for Writer {
    /// Gives the index back before the lease, with no background work left that needs it.
    fn drop(&mut self) {
        if let Some(mut index) = self.index.take() {
            index.rest();
            if self.is_beside {
                // Half built, which only a panic leaves: the next writer finds it on disk.
                return;
            }
            if index.snapshot().position().catch_up.is_none() {
                self.slot.publish(index.snapshot());
            }
            let kept = lock(&self.engine.inner.kept).push(self.collection, index);
            // Closed here, with the lock free again.
            drop(kept);
        }
    }
}
