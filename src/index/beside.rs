//! Building an index anew beside the one in place, which answers until the new one is whole.
//!
//! The new one lies in `<folder>.new`. It takes the place of the old one by two renames, between which
//! there is no index: whoever looks then waits for the writer, who has the lease until it is done. What
//! a killed process leaves of it is gone on with or thrown away by the next writer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{CollectionIndex, IndexError, Opened, Reason};
use crate::neural::Models;

impl CollectionIndex {
    /// Begins an empty index beside the one in `dir`, in place of any that was begun before.
    ///
    /// # Errors
    /// [`IndexError`] if the folder cannot be written.
    pub fn begin(dir: &Path, models: &Models) -> Result<CollectionIndex, IndexError> {
        CollectionIndex::create(&new(dir), models)
    }

    /// Opens the index that was begun beside the one in `dir` and never finished.
    ///
    /// # Errors
    /// As [`CollectionIndex::open`].
    pub fn begun(dir: &Path, models: &Models) -> Result<Opened, IndexError> {
        CollectionIndex::open(&new(dir), models, true)
    }

    /// Puts an index that was begun, and is whole by now, in place of the one in `dir`.
    ///
    /// # Errors
    /// [`IndexError`] if the folders cannot be renamed; then the old index is still there.
    pub fn finish(mut self, dir: &Path, models: &Models) -> Result<CollectionIndex, IndexError> {
        // What it writes by the old name ends here.
        self.rest();
        drop(self);
        let (new, old) = (new(dir), old(dir));
        let io_error = |error| IndexError::io(dir, error);
        remove(&old).map_err(io_error)?;
        match fs::rename(dir, &old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(error)),
            _ => {}
        }
        if let Err(error) = fs::rename(&new, dir) {
            let _ = fs::rename(&old, dir);
            return Err(io_error(error));
        }
        // Only costs room; the next writer tries again.
        let _ = remove(&old);
        match CollectionIndex::open(dir, models, true)? {
            Opened::Ready(index) => Ok(*index),
            Opened::Unusable(Reason::Damaged(what)) => Err(IndexError::Engine(what)),
            Opened::Unusable(_) => Err(IndexError::Engine("it is gone".to_owned())),
        }
    }
}

/// Throws away what an unfinished build left beside `dir`. Best effort: it only costs room.
pub fn discard_begun(dir: &Path) {
    let _ = remove(&new(dir));
    let _ = remove(&old(dir));
}

fn new(dir: &Path) -> PathBuf {
    with_suffix(dir, ".new")
}

fn old(dir: &Path) -> PathBuf {
    with_suffix(dir, ".old")
}

fn with_suffix(dir: &Path, suffix: &str) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    dir.with_file_name(name)
}

/// Deletes a folder or file; that there is none is no error.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether an open file is still the one that has this name.
#[cfg(unix)]
pub(super) fn is_same(file: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (held, named) = (file.metadata().map(id), fs::metadata(path).map(id));
    held.is_ok_and(|held| named.is_ok_and(|named| held == named))
}

/// Cannot be told here, so that an index is opened again more often than it need be.
#[cfg(not(unix))]
pub(super) fn is_same(_file: &fs::File, _path: &Path) -> bool {
    false
}
