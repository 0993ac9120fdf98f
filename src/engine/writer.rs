//! The one hand that changes a collection: how it is had, what it stores and indexes, and how an index that is
//! behind the store is brought up to it. Read [`Writer::apply`] first.

use std::sync::Arc;

use rayon::prelude::*;

use super::lease::Lease;
use super::{Engine, EngineError, Progress, Slot, lock};
use crate::corpus;
use crate::document::{Collection, Document, DocumentId, DocumentRef};
use crate::index::{self, CatchUp, CollectionIndex, IndexError, Opened, Position, Reason};
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
    index: Option<CollectionIndex>,
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
        let mut index = lock(&slot.writer).take();
        if index.as_ref().map(|index| index.snapshot().position())
            != Some(Position::at(self.store().revision(collection)?.0))
        {
            let opened = self.open_for_writing(collection, index.take())?;
            index = Some(opened);
        }
        let mut writer = Writer {
            engine: self.clone(),
            collection,
            slot,
            index,
            _lease: lease,
        };
        writer.catch_up()?;
        Ok(writer)
    }

    /// An index to write to: the one on disk, or an empty one if that is unusable.
    fn open_for_writing(
        &self,
        collection: Collection,
        in_memory: Option<CollectionIndex>,
    ) -> Result<CollectionIndex, EngineError> {
        let models = self.models();
        let Some(dir) = self.index_dir(collection) else {
            return Ok(match in_memory {
                Some(index) => index,
                None => CollectionIndex::in_memory(models)?,
            });
        };
        let store_revision = self.store().revision(collection)?.0;
        let reason = match CollectionIndex::open(&dir, models, true)? {
            Opened::Ready(index) => {
                let position = index.snapshot().position();
                let stranded = position
                    .catch_up
                    .is_some_and(|catch_up| catch_up.target != store_revision);
                // What ended since then may have been pruned, and nothing tells of it any more.
                let pruned = self.store().pruned_revision(collection)?.0;
                if position.revision <= store_revision && position.revision >= pruned && !stranded {
                    return Ok(*index);
                }
                Reason::Outdated
            }
            Opened::Unusable(reason) => reason,
        };
        if store_revision > 0 {
            self.report(Progress::Rebuilding { collection, reason });
        }
        Ok(CollectionIndex::create(&dir, models)?)
    }
}

impl Writer {
    /// Stores and indexes a batch. Once this returns, the changes survive a crash and the next
    /// question sees them; on an error before the store commits, nothing has changed, after it the
    /// next opening completes the index.
    ///
    /// # Errors
    /// [`EngineError`] naming an unknown document, a full disk or another fault.
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
        self.commit(Position::at(applied.revision.0), &applied.ended, &documents)?;
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
    fn catch_up(&mut self) -> Result<(), EngineError> {
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

    /// Throws the index away and builds it from the store. A crash in between leaves a part of an
    /// index, which the next writer completes.
    pub(super) fn rebuild(&mut self) -> Result<(), EngineError> {
        let collection = self.collection;
        let models = self.engine.models();
        self.index = None;
        self.index = Some(match self.engine.index_dir(collection) {
            Some(dir) => CollectionIndex::create(&dir, models)?,
            None => CollectionIndex::in_memory(models)?,
        });
        self.engine.report(Progress::Rebuilding {
            collection,
            reason: Reason::Missing,
        });
        self.catch_up()
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

    fn publish_index(&self) {
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
            if index.snapshot().position().catch_up.is_none() {
                self.slot.publish(index.snapshot());
            }
            *lock(&self.slot.writer) = Some(index);
        }
    }
}
