//! A look at the store's file that changes nothing: for people who wonder whether it is sound.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, rows, schema};

/// Faults that are listed.
const MAX_FAULTS: i64 = 20;

/// What a look at a store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreHealth {
    /// The version of its schema.
    pub version: u32,
    /// The latest version this program knows, to which it brings the file when it next opens it.
    pub latest: u32,
    /// What is wrong, in SQLite's words; empty if nothing is. At most 20 faults.
    pub faults: Vec<String>,
}

/// Looks whether the file at `path` is a sound store; `None` if there is none. Reads all of it.
///
/// # Errors
/// As [`Store::open`](super::Store::open); damage so great that the file cannot be read is
/// [`StoreError::Damaged`].
pub fn examine(path: &Path) -> Result<Option<StoreHealth>, StoreError> {
    if let Ok(false) = path.try_exists() {
        return Ok(None);
    }
    let named = |error| StoreError::from_sqlite(path, error);
    // Not read-only: then the journal of a process that died could not be taken in.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(named)?;
    connection
        .busy_timeout(schema::BUSY_TIMEOUT)
        .map_err(named)?;
    let (version, latest) = schema::versions(&connection, path)?;
    let faults = faults(&connection).map_err(named)?;
    Ok(Some(StoreHealth {
        version,
        latest,
        faults,
    }))
}

/// What is wrong with structure and order, then with what refers to what.
fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT quick_check FROM pragma_quick_check(?1)")?;
    let mut faults: Vec<String> = statement
        .query_map([MAX_FAULTS], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    faults.retain(|fault| fault != "ok");
    let strays: i64 =
        connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })?;
    if strays > 0 {
        faults.push(format!(
            "{} rows refer to rows that are not there",
            rows::natural(strays)
        ));
    }
    Ok(faults)
}
