//! Export and import of a data directory. Neither needs models: an import leaves the indexes to be
//! built by whoever asks first.

use std::io::{BufRead, Write};
use std::path::Path;

use super::{EngineError, Gate, STORE_FILE};
use crate::store::{Actor, ArchiveError, Archived, Store};

/// Writes everything a data directory holds as an archive, as of one moment; others may read and
/// write meanwhile.
///
/// # Errors
/// [`EngineError::Nothing`] if there is no store in it, [`EngineError::Archive`].
pub fn export(data_dir: &Path, out: &mut dyn Write) -> Result<Archived, EngineError> {
    let path = data_dir.join(STORE_FILE);
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let path = data_dir.to_owned();
            return Err(EngineError::Nothing { path });
        }
        Err(source) => return Err(EngineError::DataDir { path, source }),
        Ok(_) => {}
    }
    Ok(Store::open(&path)?.export(out)?)
}

/// Reads an archive into a data directory that holds nothing yet, creating it if there is none: all of
/// it or nothing.
///
/// # Errors
/// [`EngineError::Archive`]; [`EngineError::DataDir`] and [`EngineError::Busy`] if the directory cannot
/// be used.
pub fn import(
    data_dir: &Path,
    archive: &mut dyn BufRead,
    actor: &Actor,
    now_unix_ms: i64,
) -> Result<Archived, EngineError> {
    let unusable = |source| EngineError::DataDir {
        path: data_dir.to_owned(),
        source,
    };
    super::create_private(data_dir).map_err(unusable)?;
    let _lease = Gate::new(Some(data_dir)).acquire()?;
    let mut store = Store::open(&data_dir.join(STORE_FILE))?;
    let archived = store
        .import(archive, actor, now_unix_ms)
        .map_err(|error| match error {
            ArchiveError::NotEmpty { .. } => EngineError::NotEmpty {
                path: data_dir.to_owned(),
            },
            other => other.into(),
        })?;
    // An index that is left from another store would count as one of this.
    match std::fs::remove_dir_all(data_dir.join(super::INDEX_DIR)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unusable(error)),
        _ => Ok(archived),
    }
}
