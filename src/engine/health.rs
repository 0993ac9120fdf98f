//! How an index stands to its store, without mending it.

use std::path::Path;

use super::{Engine, EngineError, STORE_FILE};
use crate::document::Collection;
use crate::index::{CollectionIndex, Opened, Position, Reason};
use crate::store::{self, StoreHealth};

/// How an index stands to its store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexHealth {
    /// It holds all of the store; how many passages that is.
    Current(usize),
    /// It lacks so many changes, which the next question or change brings in.
    Behind(u64),
    /// It has to be built anew, which the next question or change does.
    Unusable(Reason),
}

/// Looks whether the store of a data directory is sound; `None` if there is none yet.
///
/// # Errors
/// [`EngineError::Store`] if it is no store of this program, or too damaged to be read.
pub fn examine_store(data_dir: &Path) -> Result<Option<StoreHealth>, EngineError> {
    Ok(store::examine(&data_dir.join(STORE_FILE))?)
}

impl Engine {
    /// How the index of a collection stands to the store. Changes nothing.
    ///
    /// # Errors
    /// [`EngineError`] for faults that no rebuild mends, such as missing permissions.
    pub fn index_health(&self, collection: Collection) -> Result<IndexHealth, EngineError> {
        let revision = self.store().revision(collection)?.0;
        let Some(dir) = self.index_dir(collection).filter(|_| revision > 0) else {
            return Ok(IndexHealth::Current(0));
        };
        let index = match CollectionIndex::open(&dir, self.models(), false)? {
            Opened::Ready(index) => index,
            Opened::Unusable(reason) => return Ok(IndexHealth::Unusable(reason)),
        };
        let snapshot = index.snapshot();
        let position = snapshot.position();
        Ok(if position == Position::at(revision) {
            IndexHealth::Current(snapshot.n_passages())
        } else if position.revision > revision {
            IndexHealth::Unusable(Reason::Outdated)
        } else {
            // A catch-up under way lacks something even at its own revision.
            IndexHealth::Behind((revision - position.revision).max(1))
        })
    }
}
