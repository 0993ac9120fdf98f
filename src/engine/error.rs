//! Everything that can go wrong in the engine.

use std::path::PathBuf;

use crate::document::Collection;
use crate::index::IndexError;
use crate::neural::ModelError;
use crate::store::{ArchiveError, StoreError};

/// Why the engine could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The data directory cannot be created, read or written.
    #[error("the data directory `{path}` cannot be used")]
    DataDir {
        /// The directory or a file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process is writing.
    #[error("the data directory `{path}` is in use by {holder}; waited {seconds} s")]
    Busy {
        /// The data directory.
        path: PathBuf,
        /// Which process.
        holder: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A collection cannot be searched before its index is built, and another process is writing.
    #[error(
        "the index of `{collection}` has to be built first, and {holder} is at work in `{}`; waited \
         {seconds} s, try again later",
        path.display()
    )]
    NotIndexed {
        /// Whose index.
        collection: Collection,
        /// The data directory.
        path: PathBuf,
        /// Which process.
        holder: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A change was stored, and the index could not follow: the next opening brings it there.
    #[error("the change is stored, and answers follow it once this is mended")]
    Behind(#[source] IndexError),
    /// An archive could not be written or read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An archive was to be read into a data directory that is in use.
    #[error(
        "the data directory `{}` holds articles already; an archive is read into an empty one: use \
         `--data-dir NEW`",
        path.display()
    )]
    NotEmpty {
        /// The data directory.
        path: PathBuf,
    },
    /// There is no store to write an archive from.
    #[error("the data directory `{}` holds nothing to export", path.display())]
    Nothing {
        /// The data directory.
        path: PathBuf,
    },
    /// A model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}
