//! The portable archive: everything a store holds as JSON Lines, restored to the byte.
//!
//! One row a line, as `{"crc32":"…","<table>":{"<column>":<value>, …}}`, tables by name, rows by key;
//! before them one line `archive` with format and schema version, after them one line `end` with the
//! number of lines. `crc32` is that of everything from the first line up to the brace that ends this
//! one, checksums aside: so the first line that is changed, missing or in another place is the one
//! that is named. A blob is `{"hex":"…"}`, a real number `{"real":"…"}`; all else is JSON's own.
//!
//! Tables are found in the schema and not listed here, so what a later migration adds is archived
//! without another word; only what is derived from other tables (`tables::DERIVED`) is left out.

mod lines;
mod tables;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use rusqlite::{Transaction, TransactionBehavior, params_from_iter, types};
use serde_json::Value;

use self::lines::{Lines, Reader};
use self::tables::{from_json, list, literal, name, quoted, tables, to_json};
use super::audit::{self, Action};
use super::{Actor, Store, StoreError, keys, rows, schema};

/// The layout of lines; raised whenever an older Quoth could not read it.
const FORMAT: i64 = 1;
/// Longest line of an archive, in bytes: a text of the longest file with every byte escaped, and room
/// for the rest.
pub const MAX_LINE_BYTES: u64 = 128 << 20;
/// Where SQLite keeps the last id of tables whose ids are never reused.
const SEQUENCE: &str = "sqlite_sequence";

/// A line's object: columns and their values.
type Row = BTreeMap<String, Value>;

/// What an archive holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Archived {
    /// Articles that are current.
    pub n_current: u64,
    /// Versions, current ones included.
    pub n_versions: u64,
    /// Lines.
    pub n_lines: u64,
}

/// Why an archive could not be written or read. Reading one that fails changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A line is not what was written.
    #[error("line {line} of the archive is damaged: {reason}")]
    Damaged {
        /// 1-based.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// It begins like no archive of Quoth.
    #[error("line 1 is not the beginning of an archive of Quoth")]
    NotAnArchive,
    /// Written by a later version of Quoth.
    #[error(
        "the archive has format {format} and schema version {schema}, and this Quoth knows format \
         {FORMAT} and versions up to {supported}"
    )]
    Newer {
        /// Its layout of lines.
        format: i64,
        /// Its schema version.
        schema: i64,
        /// The latest schema version this program knows.
        supported: usize,
    },
    /// The store that should take it holds something already.
    #[error("the store `{}` is not empty: its table `{table}` has rows", path.display())]
    NotEmpty {
        /// The store.
        path: std::path::PathBuf,
        /// A table with rows.
        table: String,
    },
    /// The archive itself cannot be read or written.
    #[error("the archive cannot be read or written")]
    Io(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Writes everything the store holds, as of one moment. The same content gives the same bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Io`], [`ArchiveError::Store`].
    pub fn export(&self, out: &mut dyn Write) -> Result<Archived, ArchiveError> {
        let snapshot = self.snapshot()?;
        let mut lines = Lines::new(&mut *out);
        let header = format!("{{\"format\":{FORMAT},\"schema\":{}}}", schema::latest());
        lines.write("archive", &header)?;
        let tables = self.sql(tables(&self.connection))?;
        for table in &tables {
            self.export_rows(&table.query(), &table.name, &mut lines)?;
        }
        let sequence = format!(
            "SELECT name, seq FROM {SEQUENCE} WHERE name IN ({}) ORDER BY name",
            list(tables.iter().map(|table| literal(&table.name)))
        );
        self.export_rows(&sequence, SEQUENCE, &mut lines)?;
        let n_lines = lines.archived.n_lines + 1;
        lines.write("end", &format!("{{\"lines\":{n_lines}}}"))?;
        let archived = lines.archived;
        out.flush()?;
        drop(snapshot);
        Ok(archived)
    }

    fn export_rows(
        &self,
        query: &str,
        table: &str,
        lines: &mut Lines<'_>,
    ) -> Result<(), ArchiveError> {
        let mut statement = self.sql(self.connection.prepare(query))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let status = columns.iter().position(|name| name == "status");
        let mut found = self.sql(statement.query([]))?;
        let mut json = String::new();
        while let Some(row) = self.sql(found.next())? {
            json.clear();
            for (position, column) in columns.iter().enumerate() {
                json.push(if position == 0 { '{' } else { ',' });
                json.push_str(&quoted(column));
                json.push(':');
                let value = self.sql(row.get_ref(position))?;
                if let Err(reason) = to_json(value, &mut json) {
                    let damage = rows::Damage::of_table(table, reason);
                    return Err(damage.at(&self.path).into());
                }
            }
            json.push('}');
            lines.write(table, &json)?;
            if table == "document" {
                lines.archived.n_versions += 1;
                let status = status.and_then(|position| row.get_ref(position).ok());
                let is_current = status.and_then(|value| value.as_str().ok()) == Some("current");
                lines.archived.n_current += u64::from(is_current);
            }
        }
        Ok(())
    }

    /// Reads an archive into this store, which has to be empty, in one transaction: all of it or
    /// nothing. An archive of an older schema is brought up to date. Exporting again gives the same
    /// bytes, if the schema was the latest.
    ///
    /// # Errors
    /// [`ArchiveError`]; all but [`ArchiveError::NotEmpty`], [`ArchiveError::Io`] and
    /// [`ArchiveError::Store`] say what is wrong with the archive.
    pub fn import(
        &mut self,
        archive: &mut dyn BufRead,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Archived, ArchiveError> {
        let path = self.path.clone();
        let named = |error| StoreError::from_sqlite(&path, error);
        let mut reader = Reader::new(archive);
        let version = reader.header()?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(named)?;
        for table in tables(&transaction).map_err(named)? {
            if table.has_rows(&transaction).map_err(named)? {
                return Err(ArchiveError::NotEmpty {
                    path,
                    table: table.name,
                });
            }
        }
        transaction
            .pragma_update(None, "defer_foreign_keys", true)
            .and_then(|()| schema::begin_again(&transaction, version))
            .map_err(named)?;
        let archived = insert_all(&transaction, &mut reader, &path)?;
        schema::complete(&transaction, version)
            .and_then(|()| keys::rebuild(&transaction))
            .map_err(named)?;
        check_references(&transaction, reader.line)?;
        log_import(&transaction, actor, now_unix_ms, archived).map_err(named)?;
        transaction.commit().map_err(named)?;
        Ok(archived)
    }
}

/// Inserts every row up to the line `end`, which must be the last.
fn insert_all(
    transaction: &Transaction<'_>,
    reader: &mut Reader<'_>,
    path: &std::path::Path,
) -> Result<Archived, ArchiveError> {
    let named = |error| StoreError::from_sqlite(path, error);
    let columns: BTreeMap<String, Vec<String>> = tables(transaction)
        .map_err(named)?
        .into_iter()
        .map(|table| (table.name, table.columns))
        .collect();
    let mut sequences = Vec::new();
    let mut archived = Archived::default();
    loop {
        let Some((kind, row)) = reader.next()? else {
            reader.line += 1;
            return Err(reader.damaged("the archive ends before it".to_owned()));
        };
        if kind == "end" {
            let told = row.get("lines").and_then(Value::as_u64);
            if told != Some(reader.line) {
                return Err(reader.damaged("it counts other lines than there are".to_owned()));
            }
            break;
        }
        if kind == SEQUENCE {
            sequences.push(row);
            continue;
        }
        let Some(known) = columns.get(&kind) else {
            return Err(reader.damaged(format!("there is no table `{kind}`")));
        };
        insert(transaction, &kind, known, &row).map_err(|reason| reader.damaged(reason))?;
        if kind == "document" {
            archived.n_versions += 1;
            let status = row.get("status").and_then(Value::as_str);
            archived.n_current += u64::from(status == Some("current"));
            check_document(transaction, &row).map_err(|reason| reader.damaged(reason))?;
        }
    }
    archived.n_lines = reader.line;
    if reader.next()?.is_some() {
        return Err(reader.damaged("it stands after the end".to_owned()));
    }
    for row in sequences {
        set_sequence(transaction, &row).map_err(|reason| reader.damaged(reason))?;
    }
    Ok(archived)
}

fn insert(
    transaction: &Transaction<'_>,
    table: &str,
    known: &[String],
    row: &Row,
) -> Result<(), String> {
    if let Some(column) = row.keys().find(|column| !known.contains(column)) {
        return Err(format!("table `{table}` has no column `{column}`"));
    }
    let values = row
        .values()
        .map(from_json)
        .collect::<Result<Vec<types::Value>, String>>()?;
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({})",
        name(table),
        list(row.keys().map(|column| name(column))),
        list((1..=values.len()).map(|position| format!("?{position}"))),
    );
    transaction
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.execute(params_from_iter(values)))
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// Whether a document can be read back, whatever became of it.
fn check_document(transaction: &Transaction<'_>, row: &Row) -> Result<(), String> {
    let id = row.get("id").and_then(Value::as_i64).unwrap_or(0);
    let sql = "SELECT id, collection, number, title, outlet, published, url, tags, language, text,
                      blocks
               FROM document WHERE id = ?1";
    let mut statement = transaction
        .prepare_cached(sql)
        .map_err(|error| error.to_string())?;
    let mut found = statement.query([id]).map_err(|error| error.to_string())?;
    match found.next().map_err(|error| error.to_string())? {
        Some(row) => rows::document(row).map(|_| ()).map_err(|d| d.to_string()),
        None => Err(format!("no document has the id `{id}`")),
    }
}

fn set_sequence(transaction: &Transaction<'_>, row: &Row) -> Result<(), String> {
    let (Some(table), Some(last)) = (
        row.get("name").and_then(Value::as_str),
        row.get("seq").and_then(Value::as_i64),
    ) else {
        return Err("it names no table and no last id".to_owned());
    };
    let set = || -> rusqlite::Result<()> {
        let n_changed = transaction.execute(
            &format!("UPDATE {SEQUENCE} SET seq = max(seq, ?2) WHERE name = ?1"),
            rusqlite::params![table, last],
        )?;
        if n_changed == 0 {
            transaction.execute(
                &format!("INSERT INTO {SEQUENCE} (name, seq) VALUES (?1, ?2)"),
                rusqlite::params![table, last],
            )?;
        }
        Ok(())
    };
    set().map_err(|error| error.to_string())
}

/// Whether every row that names another one finds it.
fn check_references(transaction: &Transaction<'_>, line: u64) -> Result<(), ArchiveError> {
    let broken: Result<Vec<String>, _> = transaction
        .prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    match broken {
        Ok(tables) if tables.is_empty() => Ok(()),
        Ok(tables) => Err(ArchiveError::Damaged {
            line,
            reason: format!(
                "rows of `{}` refer to rows that are missing",
                tables.join("`, `")
            ),
        }),
        Err(error) => Err(ArchiveError::Damaged {
            line,
            reason: error.to_string(),
        }),
    }
}

fn log_import(
    transaction: &Transaction<'_>,
    actor: &Actor,
    now_unix_ms: i64,
    archived: Archived,
) -> rusqlite::Result<()> {
    let collections: Vec<String> = transaction
        .prepare("SELECT name FROM collection ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let detail = format!("{} lines", archived.n_lines);
    for collection in collections {
        audit::write(
            transaction,
            &audit::Line {
                at: now_unix_ms,
                actor: &actor.to_string(),
                collection: &collection,
                action: Action::Import,
                subject: None,
                detail: Some(&detail),
            },
        )?;
    }
    Ok(())
}
