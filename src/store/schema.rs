//! Opening a store: whose file it is, which version its schema has, and how it is brought up to
//! date.
//!
//! Owns the connection's settings and the ordered list of migrations. A published migration is
//! never edited; the schema grows by appending one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::StoreError;

/// Marks the file as ours in the SQLite header (`PRAGMA application_id`).
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"Quth");

/// How long a statement waits for another process's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the switch to WAL is tried, and the pause in between: five seconds in all.
const WAL_ATTEMPTS: u32 = 250;
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// What is left of the `-wal` file after a checkpoint, at most; a bulk load makes it larger for a
/// while.
const WAL_LIMIT_BYTES: i64 = 16 << 20;

/// Pages kept in memory a connection, in KiB. Loading 100,000 documents of 2.4 KB in batches of 500
/// ran at 12,900 documents/s with it and at 7,500 with SQLite's own 2 MiB (2 busy cores).
const CACHE_KIB: i64 = 16 << 10;

/// Compiled statements kept a connection; more than this module has.
const STATEMENT_CACHE: usize = 64;

/// The name of a store without a file, in errors.
pub(super) const MEMORY: &str = ":memory:";

/// The migrations in order; the one at index `i` leads from schema version `i` to `i + 1`.
///
/// Times are milliseconds since 1970-01-01 UTC, `published` days since then. `tags` is a JSON list
/// of strings; `blocks` a JSON list of `[kind, start, end]`, see `rows::block_code`. `blocks` and
/// `text` stand last so that a listing does not read over them. Digests come in random order, so
/// every insert into `document_content` is another page: its key holds nothing else. `added_by`,
/// `ended_by` and `actor` are [`Actor`](super::Actor)s as displayed, `signature` is little-endian.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/1_documents.sql"),
    include_str!("migrations/2_history.sql"),
    include_str!("migrations/3_feeds.sql"),
    include_str!("migrations/4_discord.sql"),
];

/// Opens or creates the file and brings it to the latest schema.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    // Without SQLITE_OPEN_URI: a path that begins with `file:` is a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    keep_to_owner(path);
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::from_sqlite(path, error))?;
    prepare(connection, path, MIGRATIONS)
}

/// Makes a new file that its owner alone can read, which SQLite's own files beside it then follow: it holds what people asked. Where
/// that fails, opening says why.
fn keep_to_owner(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// A new store without a file.
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let path = Path::new(MEMORY);
    let connection =
        Connection::open_in_memory().map_err(|error| StoreError::from_sqlite(path, error))?;
    prepare(connection, path, MIGRATIONS)
}

/// Checks whose file it is before anything is written to it, then applies settings and migrations.
fn prepare(
    mut connection: Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<Connection, StoreError> {
    let named = |error| StoreError::from_sqlite(path, error);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(named)?;
    let version = version(&connection, path, migrations)?;
    // SQLite falls back to reading alone without a word where it may not write.
    if connection.is_readonly("main").map_err(named)? {
        return Err(StoreError::ReadOnly {
            path: path.to_owned(),
        });
    }
    settle(&connection).map_err(named)?;
    if (version as usize) < migrations.len() {
        migrate(&mut connection, path, migrations)?;
    }
    Ok(connection)
}

/// The schema version of a file, which has to be ours, and the latest one.
pub(super) fn versions(connection: &Connection, path: &Path) -> Result<(u32, u32), StoreError> {
    let latest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    Ok((version(connection, path, MIGRATIONS)?, latest))
}

/// The schema version; 0 for a file that is still empty.
fn version(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<u32, StoreError> {
    let (application, found, n_tables): (i32, i32, i64) = connection
        .query_row(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .map_err(|error| StoreError::from_sqlite(path, error))?;
    let is_new = application == 0 && found == 0 && n_tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(StoreError::NotQuoth {
            path: path.to_owned(),
        });
    }
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let supported = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found > supported {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            supported,
        });
    }
    Ok(found)
}

/// The settings of every connection. A file system without shared memory refuses WAL and stays with
/// a rollback journal: slower for concurrent readers, and just as durable.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    use_wal(connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // What is deleted for good is overwritten: it would stay readable in the file's free pages.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_LIMIT_BYTES, |_| Ok(()))
}

/// Switches to WAL, which the file then remembers. The switch needs the file for itself, and SQLite
/// does not wait for that by its busy timeout: of several processes that open a new store together,
/// all but one would fail.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let switch = || connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
    for _ in 1..WAL_ATTEMPTS {
        match switch() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(WAL_PAUSE);
            }
            outcome => return outcome,
        }
    }
    switch()
}

/// Runs the missing migrations in one transaction, so that a crash leaves the old schema or the new.
fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), StoreError> {
    let named = |error| StoreError::from_sqlite(path, error);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(named)?;
    // Asked again under the lock: another process may have been first.
    let version = version(&transaction, path, migrations)?;
    for migration in migrations.iter().skip(version as usize) {
        transaction.execute_batch(migration).map_err(named)?;
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(named)?;
    transaction
        .pragma_update(None, "user_version", migrations.len() as i64)
        .map_err(named)?;
    transaction.commit().map_err(named)
}

/// The latest schema version.
pub(super) fn latest() -> usize {
    MIGRATIONS.len()
}

/// Drops all tables, which have to be empty, and makes those of an older schema version, in the
/// transaction that is open; [`complete`] has to follow in the same one.
pub(super) fn begin_again(transaction: &Transaction<'_>, version: usize) -> rusqlite::Result<()> {
    let tables: Vec<String> = transaction
        .prepare(
            "SELECT name FROM pragma_table_list
             WHERE schema = 'main' AND type IN ('table', 'virtual')
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        transaction.execute_batch(&format!("DROP TABLE \"{table}\""))?;
    }
    MIGRATIONS
        .iter()
        .take(version)
        .try_for_each(|migration| transaction.execute_batch(migration))
}

/// Brings what [`begin_again`] made to the latest schema.
pub(super) fn complete(transaction: &Transaction<'_>, version: usize) -> rusqlite::Result<()> {
    MIGRATIONS
        .iter()
        .skip(version)
        .try_for_each(|migration| transaction.execute_batch(migration))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reopened(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
        prepare(Connection::open(path).unwrap(), path, migrations)
    }

    fn columns(connection: &Connection) -> Vec<String> {
        connection
            .prepare("SELECT name FROM pragma_table_info('t')")
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .unwrap()
    }

    #[test]
    fn an_older_schema_is_brought_up_to_date_and_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.db");
        let first = "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7);";
        let second = "ALTER TABLE t ADD COLUMN b INTEGER;";
        let third = "ALTER TABLE t ADD COLUMN c INTEGER;";
        drop(reopened(&path, &[first]).unwrap());

        let connection = reopened(&path, &[first, second, third]).unwrap();
        assert_eq!(columns(&connection), ["a", "b", "c"]);
        let kept: i64 = connection
            .query_row("SELECT a FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 7);
        drop(connection);

        let error = reopened(&path, &[first, second]).unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Newer {
                    found: 3,
                    supported: 2,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn a_migration_that_fails_leaves_the_older_schema() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.db");
        let first = "CREATE TABLE t (a INTEGER);";
        drop(reopened(&path, &[first]).unwrap());

        let half = "ALTER TABLE t ADD COLUMN b INTEGER; SELECT no_such_function();";
        assert!(reopened(&path, &[first, half]).is_err());

        assert_eq!(columns(&reopened(&path, &[first]).unwrap()), ["a"]);
    }

    #[test]
    fn every_connection_is_durable_and_checks_foreign_keys() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("q.db")).unwrap();
        let setting = |name: &str| -> String {
            connection
                .query_row(
                    &format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"),
                    [],
                    |row| row.get(0),
                )
                .unwrap()
        };
        assert_eq!(setting("journal_mode"), "wal");
        assert_eq!(setting("synchronous"), "2");
        assert_eq!(setting("foreign_keys"), "1");
        assert_eq!(setting("application_id"), "1366652008");
        assert_eq!(setting("user_version"), MIGRATIONS.len().to_string());
    }
}
