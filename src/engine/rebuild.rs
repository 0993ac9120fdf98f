//! Building an index anew from the store, while the old one goes on answering.

use super::{Engine, EngineError, Progress, Writer};
use crate::document::Collection;
use crate::index::{self, CollectionIndex, Opened, Reason};

/// An index to write to.
pub(super) struct Held {
    pub(super) index: CollectionIndex,
    /// Whether it lies beside the one in place and has to be completed before it takes that place.
    pub(super) is_beside: bool,
}

impl Engine {
    /// An index to write to: the one on disk, or one to be built if that is unusable.
    pub(super) fn open_for_writing(
        &self,
        collection: Collection,
        in_memory: Option<CollectionIndex>,
    ) -> Result<Held, EngineError> {
        let models = self.models();
        let in_place = |index| Held {
            index,
            is_beside: false,
        };
        let Some(dir) = self.index_dir(collection) else {
            return Ok(in_place(match in_memory {
                Some(index) => index,
                None => CollectionIndex::in_memory(models)?,
            }));
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
                    index::discard_begun(&dir);
                    return Ok(in_place(*index));
                }
                Reason::Outdated
            }
            Opened::Unusable(reason) => reason,
        };
        if store_revision == 0 {
            return Ok(in_place(CollectionIndex::create(&dir, models)?));
        }
        self.report(Progress::Rebuilding { collection, reason });
        let beside = |index| Held {
            index,
            is_beside: true,
        };
        if let Opened::Ready(begun) = CollectionIndex::begun(&dir, models)? {
            let position = begun.snapshot().position();
            let target = match position.catch_up {
                Some(catch_up) => catch_up.target,
                None => position.revision,
            };
            // Whatever changed since then could only be guessed.
            if target == store_revision {
                return Ok(beside(*begun));
            }
        }
        Ok(beside(CollectionIndex::begin(&dir, models)?))
    }
}

impl Writer {
    /// Builds the index anew from the store and puts it in place of the old one, which answers until
    /// then. On an error the old one stays; after a crash in between the next writer throws away what
    /// was built.
    pub(super) fn rebuild(&mut self) -> Result<(), EngineError> {
        let collection = self.collection;
        if self.engine.store().revision(collection)?.0 == 0 {
            return Ok(());
        }
        let models = self.engine.models();
        self.index = None;
        match self.engine.index_dir(collection) {
            Some(dir) => {
                self.index = Some(CollectionIndex::begin(&dir, models)?);
                self.is_beside = true;
            }
            None => self.index = Some(CollectionIndex::in_memory(models)?),
        }
        self.engine.report(Progress::Rebuilding {
            collection,
            reason: Reason::Missing,
        });
        self.complete()
    }

    /// Brings the index up to the store, and into its place if it lies beside that.
    pub(super) fn complete(&mut self) -> Result<(), EngineError> {
        let completed = self.catch_up().and_then(|()| self.settle());
        if completed.is_err() && self.is_beside {
            // The room it takes may be what was missing.
            self.index = None;
            self.is_beside = false;
            if let Some(dir) = self.engine.index_dir(self.collection) {
                index::discard_begun(&dir);
            }
        }
        completed
    }

    fn settle(&mut self) -> Result<(), EngineError> {
        if !self.is_beside {
            return Ok(());
        }
        if let (Some(index), Some(dir)) =
            (self.index.take(), self.engine.index_dir(self.collection))
        {
            debug_assert_eq!(index.snapshot().position().catch_up, None);
            self.index = Some(index.finish(&dir, self.engine.models())?);
            self.is_beside = false;
            self.publish_index();
        }
        Ok(())
    }
}
