//! The audit log: one entry a change, in the transaction that makes the change.

use rusqlite::{Connection, Row, params};

use super::{Actor, Store, StoreError, rows};
use crate::document::{Collection, DocumentRef};

/// Most characters of an entry's detail that are kept.
pub const MAX_DETAIL_CHARS: usize = 500;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// An article was added under a new number.
    Add,
    /// A new version took an article's place.
    Replace,
    /// An article was withdrawn.
    Remove,
    /// An earlier version was brought back.
    Restore,
    /// The index was built anew.
    Reindex,
    /// The store was read from an archive.
    Import,
    /// Versions that ended long ago were deleted for good.
    Prune,
    /// A setting was changed; the detail says which.
    Settings,
    /// A feed was added, removed or changed; the detail says which.
    Feed,
}

impl Action {
    const ALL: [Action; 9] = [
        Action::Add,
        Action::Replace,
        Action::Remove,
        Action::Restore,
        Action::Reindex,
        Action::Import,
        Action::Prune,
        Action::Settings,
        Action::Feed,
    ];

    /// The word that is stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Action::Add => "add",
            Action::Replace => "replace",
            Action::Remove => "remove",
            Action::Restore => "restore",
            Action::Reindex => "reindex",
            Action::Import => "import",
            Action::Prune => "prune",
            Action::Settings => "settings",
            Action::Feed => "feed",
        }
    }
}

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
    /// Who.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// Where.
    pub collection: Collection,
    /// The article, where the change was to one, and its version after it (before it for a removal).
    pub subject: Option<(DocumentRef, u32)>,
    /// More, for people.
    pub detail: Option<String>,
}

impl Store {
    /// The log of one collection, the last change first: up to `limit` entries after leaving out the
    /// first `offset`. Cost grows with their sum.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn audit(
        &self,
        collection: Collection,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.all(
            rows::AUDIT,
            params![
                collection.to_string(),
                rows::integer(limit),
                rows::integer(offset)
            ],
            entry,
        )
    }

    /// Writes an entry about something that is no change of an article: those write their own. The
    /// detail is cut to [`MAX_DETAIL_CHARS`].
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn record(
        &mut self,
        collection: Collection,
        action: Action,
        actor: &Actor,
        now_unix_ms: i64,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let detail = detail.map(|text| text.chars().take(MAX_DETAIL_CHARS).collect::<String>());
        self.sql(write(
            &self.connection,
            &Line {
                at: now_unix_ms,
                actor: &actor.to_string(),
                collection: &collection.to_string(),
                action,
                subject: None,
                detail: detail.as_deref(),
            },
        ))
    }
}

/// An entry as it is written.
pub(super) struct Line<'a> {
    pub(super) at: i64,
    pub(super) actor: &'a str,
    pub(super) collection: &'a str,
    pub(super) action: Action,
    /// Number and version.
    pub(super) subject: Option<(u32, u32)>,
    pub(super) detail: Option<&'a str>,
}

/// Writes one entry, in whatever transaction is open.
pub(super) fn write(connection: &Connection, line: &Line<'_>) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO audit (at, actor, collection, action, number, version, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            line.at,
            line.actor,
            line.collection,
            line.action.name(),
            line.subject.map(|(number, _)| number),
            line.subject.map(|(_, version)| version),
            line.detail,
        ])?;
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, rows::Damage> {
    let read = || -> Result<AuditEntry, String> {
        let collection: Collection = rows::column::<String>(row, 3)?
            .parse()
            .map_err(|error: crate::document::ReferenceError| error.to_string())?;
        let action: String = rows::column(row, 4)?;
        let number: Option<u32> = rows::column(row, 5)?;
        let version: Option<u32> = rows::column(row, 6)?;
        Ok(AuditEntry {
            unix_ms: rows::column(row, 1)?,
            actor: rows::column::<String>(row, 2)?
                .parse()
                .unwrap_or(Actor::Unknown),
            action: Action::ALL
                .into_iter()
                .find(|known| known.name() == action)
                .ok_or_else(|| format!("no action is called `{action}`"))?,
            collection,
            subject: number
                .zip(version)
                .map(|(number, version)| (DocumentRef { collection, number }, version)),
            detail: rows::column(row, 7)?,
        })
    };
    read().map_err(|reason| rows::Damage::of_table("audit", reason))
}
