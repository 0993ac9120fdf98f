//! How an index stands to its store, without mending it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::{Engine, EngineError, INDEX_DIR, STORE_FILE, lock};
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

/// How the indexes of all collections stand to the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexOverview {
    /// Collections whose index holds all of the store.
    pub n_level: usize,
    /// Collections whose index lacks changes, which the next question or change brings in.
    pub n_behind: usize,
    /// Collections whose index has to be built, which the next question or change does.
    pub unusable: Vec<Collection>,
}

/// Looks whether the store of a data directory is sound; `None` if there is none yet.
///
/// # Errors
/// [`EngineError::Store`] if it is no store of this program, or too damaged to be read.
pub fn examine_store(data_dir: &Path) -> Result<Option<StoreHealth>, EngineError> {
    Ok(store::examine(&data_dir.join(STORE_FILE))?)
}

/// Whether the store has nothing in it, or is not there, while there is an index of what it held. That of
/// the library tells nothing: its articles are read again.
pub fn is_store_lost(data_dir: &Path) -> bool {
    let is_empty = |path| fs::metadata(path).map_or(true, |metadata| metadata.len() == 0);
    let of_library = Collection::Library.to_string();
    let is_of_library = |name: &OsStr| {
        // One that is being built stands beside it: `library.new`.
        let name = name.to_str().and_then(|name| name.split('.').next());
        name == Some(&of_library)
    };
    let has_index = || {
        let entries = fs::read_dir(data_dir.join(INDEX_DIR)).into_iter().flatten();
        entries
            .flatten()
            .any(|entry| !is_of_library(&entry.file_name()) && entry.path().is_dir())
    };
    // A journal may hold all of it.
    let files = [STORE_FILE.to_owned(), format!("{STORE_FILE}-wal")];
    files.iter().all(|file| is_empty(data_dir.join(file))) && has_index()
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

    /// How the indexes of all collections stand to the store, by what is open here and else by what
    /// their last commit says: one small file a collection. Changes nothing.
    ///
    /// # Errors
    /// [`EngineError`] if the store or an index cannot be read.
    pub fn index_overview(&self) -> Result<IndexOverview, EngineError> {
        let mut overview = IndexOverview::default();
        for collection in self.collections()? {
            let current = Position::at(self.store().revision(collection)?.0);
            let slot = lock(&self.inner.slots).get(&collection).cloned();
            let held = slot.and_then(|slot| slot.position());
            let found = match self.index_dir(collection) {
                _ if held == Some(current) || current == Position::default() => Some(current),
                Some(dir) => CollectionIndex::last_position(&dir, self.models())?,
                None => held,
            };
            match found {
                Some(position) if position == current => overview.n_level += 1,
                Some(position) if position.revision <= current.revision => overview.n_behind += 1,
                _ => overview.unusable.push(collection),
            }
        }
        Ok(overview)
    }
}
