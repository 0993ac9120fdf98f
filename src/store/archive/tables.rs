//! What of the schema is archived, and SQLite's values as JSON.

use std::fmt::Write as _;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, types};
use serde_json::Value;

/// Tables whose rows follow from others and are made anew by an import.
const DERIVED: [&str; 1] = ["document_key"];

/// A table that is archived.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// What its rows are ordered by.
    order: String,
}

impl Table {
    pub(super) fn query(&self) -> String {
        format!(
            "SELECT {} FROM {}{} ORDER BY {}",
            list(self.columns.iter().map(|column| name(column))),
            name(&self.name),
            self.only(),
            self.order,
        )
    }

    /// What tells of this data directory and not of its contents is no part of an archive.
    fn only(&self) -> &'static str {
        match self.name.as_str() {
            "audit" => " WHERE action <> 'import'",
            _ => "",
        }
    }

    pub(super) fn has_rows(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", name(&self.name));
        connection.query_row(&sql, [], |row| row.get(0))
    }
}

/// The tables that are archived, by name.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let named: Vec<(String, bool)> = connection
        .prepare(
            "SELECT name, wr FROM pragma_table_list
             WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY name",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut tables = Vec::new();
    for (table, is_without_rowid) in named {
        if DERIVED.contains(&table.as_str()) {
            continue;
        }
        let columns: Vec<(String, u32)> = connection
            .prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?
            .query_map([&table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut key: Vec<&(String, u32)> = columns.iter().filter(|(_, pk)| *pk > 0).collect();
        key.sort_by_key(|(_, pk)| *pk);
        tables.push(Table {
            order: match is_without_rowid {
                true => list(key.iter().map(|(column, _)| name(column))),
                false => "rowid".to_owned(),
            },
            columns: columns.into_iter().map(|(column, _)| column).collect(),
            name: table,
        });
    }
    Ok(tables)
}

pub(super) fn to_json(value: ValueRef<'_>, json: &mut String) -> Result<(), String> {
    match value {
        ValueRef::Null => json.push_str("null"),
        ValueRef::Integer(number) => json.push_str(&number.to_string()),
        ValueRef::Real(number) => json.push_str(&format!("{{\"real\":\"{number:?}\"}}")),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
            json.push_str(&quoted(text));
        }
        ValueRef::Blob(bytes) => {
            json.push_str("{\"hex\":\"");
            for byte in bytes {
                // Writing to a string cannot fail.
                let _ = write!(json, "{byte:02x}");
            }
            json.push_str("\"}");
        }
    }
    Ok(())
}

pub(super) fn from_json(value: &Value) -> Result<types::Value, String> {
    match value {
        Value::Null => Ok(types::Value::Null),
        Value::Number(number) => number
            .as_i64()
            .map(types::Value::Integer)
            .ok_or_else(|| format!("`{number}` is no 64-bit integer")),
        Value::String(text) => Ok(types::Value::Text(text.clone())),
        Value::Object(object) => {
            let text = |key: &str| object.get(key).and_then(Value::as_str);
            if let Some(hex) = text("hex") {
                return from_hex(hex)
                    .map(types::Value::Blob)
                    .ok_or_else(|| "a blob is not hexadecimal".to_owned());
            }
            text("real")
                .and_then(|real| real.parse().ok())
                .map(types::Value::Real)
                .ok_or_else(|| "an object is neither a blob nor a real number".to_owned())
        }
        Value::Bool(_) | Value::Array(_) => {
            Err("a column holds a list or a truth value".to_owned())
        }
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
        .collect()
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("strings always have a JSON form")
}

/// A name as SQL writes it.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<String>>().join(", ")
}
