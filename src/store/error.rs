//! What can go wrong with a store, and how SQLite's result codes map to it.

use std::error::Error;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::document::{DocumentId, DocumentRef};

/// Why the store did not do what it was asked to. Unless an item says otherwise, nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file can be neither opened nor created: no such folder, no permission, not a file.
    #[error("the store `{}` cannot be opened or created", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of another program, or no SQLite file at all.
    #[error("`{}` is not a store of Quoth", path.display())]
    NotQuoth {
        /// The file, left as it was.
        path: PathBuf,
    },
    /// Written by a later version of Quoth.
    #[error(
        "the store `{}` has schema version {found}, and this Quoth knows versions up to {supported}",
        path.display()
    )]
    Newer {
        /// The file, left as it was.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The latest schema version this program knows.
        supported: u32,
    },
    /// The file or its folder does not allow writing.
    #[error("the store `{}` or its folder is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full, a quota is used up, or the disk fails to write.
    #[error("the disk that holds the store `{}` is full or fails to write", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another process kept the file locked for longer than five seconds.
    #[error("the store `{}` is in use by another process", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A change names a document that is not a current one of the collection it is applied to.
    #[error("there is no article `{0}` in `{collection}`", collection = .0.collection)]
    NoSuchDocument(DocumentRef),
    /// A change restores a version that is not there: never given out, pruned, or current already.
    #[error(
        "article `{reference}` of `{collection}` has no {} to bring back",
        version.map_or("earlier version".to_owned(), |version| format!("earlier version {version}")),
        collection = reference.collection
    )]
    NoSuchVersion {
        /// The article.
        reference: DocumentRef,
        /// The version asked for; `None` if any would have done.
        version: Option<u32>,
    },
    /// A change restores a version that says what the current one says.
    #[error(
        "there is nothing to bring back: version {version} of `{reference}` says what the current one says"
    )]
    SameVersion {
        /// The article.
        reference: DocumentRef,
        /// The version that would have been brought back.
        version: u32,
    },
    /// A draft breaks an invariant of documents; it was not stored, and neither was its batch.
    #[error("article `{title}` cannot be stored: {reason}")]
    Unsound {
        /// The draft's title, cut to 80 characters.
        title: String,
        /// The invariant it breaks.
        reason: String,
    },
    /// The file, or one row of it, does not hold what a store holds.
    #[error("{part} in the store `{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What of it, for people: an article or the file itself.
        part: String,
        /// The document, where one row is to blame; it can still be removed or replaced.
        document: Option<DocumentId>,
        /// What is wrong.
        reason: String,
    },
    /// Anything else SQLite reports.
    #[error("the store `{}` reports an error", path.display())]
    Sql {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// How much of a draft's title an error repeats.
pub(super) const TITLE_CHARS: usize = 80;

impl StoreError {
    /// Sorts an error of SQLite by what a caller can do about it.
    ///
    /// Result codes: <https://sqlite.org/rescode.html>. A failed write is `SQLITE_FULL` for `ENOSPC`
    /// but `SQLITE_IOERR_WRITE` for a quota, and a full disk also shows as the `-shm` file that
    /// cannot grow or the flush that fails, so all of these are [`StoreError::Full`].
    pub(super) fn from_sqlite(path: &Path, error: rusqlite::Error) -> StoreError {
        let path = path.to_owned();
        let Some(code) = error.sqlite_error() else {
            return StoreError::Sql {
                path,
                source: error.into(),
            };
        };
        match code.code {
            ErrorCode::CannotOpen => StoreError::Open {
                path,
                source: error.into(),
            },
            ErrorCode::NotADatabase => StoreError::NotQuoth { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly { path },
            ErrorCode::DiskFull => StoreError::Full { path },
            ErrorCode::SystemIoFailure if is_write_failure(code.extended_code) => {
                StoreError::Full { path }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy { path },
            ErrorCode::DatabaseCorrupt => StoreError::Damaged {
                path,
                part: "the database file".to_owned(),
                document: None,
                reason: error.to_string(),
            },
            _ => StoreError::Sql {
                path,
                source: error.into(),
            },
        }
    }
}

fn is_write_failure(extended_code: i32) -> bool {
    matches!(
        extended_code,
        ffi::SQLITE_IOERR_WRITE
            | ffi::SQLITE_IOERR_FSYNC
            | ffi::SQLITE_IOERR_DIR_FSYNC
            | ffi::SQLITE_IOERR_TRUNCATE
            | ffi::SQLITE_IOERR_SHMSIZE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(extended_code: i32) -> StoreError {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(extended_code), None);
        StoreError::from_sqlite(Path::new("q.db"), error)
    }

    #[test]
    fn result_codes_map_to_what_a_caller_can_do() {
        use StoreError::{Busy, Damaged, Full, NotQuoth, Open, ReadOnly, Sql};
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_READONLY_DIRECTORY] {
            assert!(matches!(mapped(code), ReadOnly { .. }), "{code}");
        }
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_SHMSIZE,
        ] {
            assert!(matches!(mapped(code), Full { .. }), "{code}");
        }
        for code in [
            ffi::SQLITE_BUSY,
            ffi::SQLITE_BUSY_SNAPSHOT,
            ffi::SQLITE_LOCKED,
        ] {
            assert!(matches!(mapped(code), Busy { .. }), "{code}");
        }
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_CORRUPT_INDEX] {
            assert!(
                matches!(mapped(code), Damaged { document: None, .. }),
                "{code}"
            );
        }
        assert!(matches!(mapped(ffi::SQLITE_CANTOPEN), Open { .. }));
        assert!(matches!(mapped(ffi::SQLITE_NOTADB), NotQuoth { .. }));
        assert!(matches!(mapped(ffi::SQLITE_IOERR_READ), Sql { .. }));
        assert!(matches!(mapped(ffi::SQLITE_CONSTRAINT), Sql { .. }));
    }
}
