//! The queries and the mapping between rows and values, side by side so that columns and positions
//! are read together.
//!
//! Every row that is decoded begins with `id, collection, number`, which is how damage gets a name.

use std::path::Path;

use rusqlite::Row;
use rusqlite::types::FromSql;

use super::{ContentHash, DocumentSummary, KnownSource, StoreError};
use crate::document::{
    Block, BlockKind, Collection, Date, Document, DocumentId, DocumentRef, Language, Metadata, Span,
};

pub(super) const REVISION: &str = "SELECT revision FROM collection WHERE name = ?1";

pub(super) const COLLECTIONS: &str = "SELECT name FROM collection";

pub(super) const COUNT: &str =
    "SELECT count(*) FROM document WHERE collection = ?1 AND status = 'current'";

pub(super) const LIVE: &str =
    "SELECT id FROM document WHERE collection = ?1 AND status = 'current'";

pub(super) const ADDED_SINCE: &str = "SELECT id FROM document
     WHERE collection = ?1 AND status = 'current' AND added_revision > ?2";

pub(super) const ENDED_SINCE: &str = "SELECT id FROM document
     WHERE collection = ?1 AND ended_revision > ?2 AND added_revision <= ?2";

pub(super) const RESOLVE: &str = "SELECT id FROM document
     WHERE collection = ?1 AND number = ?2 AND status = 'current'";

/// Decoded by [`document`].
pub(super) const DOCUMENT: &str = "SELECT id, collection, number,
            title, outlet, published, url, tags, language, text, blocks
     FROM document WHERE id = ?1 AND status = 'current'";

/// Decoded by [`summary`]. `octet_length` takes the length from the row's header.
pub(super) const SUMMARIES: &str = "SELECT id, collection, number,
            title, outlet, published, url, tags, language,
            octet_length(text), added_at, source_location, version, copy_of
     FROM document WHERE collection = ?1 AND status = 'current'
     ORDER BY number LIMIT ?2 OFFSET ?3";

/// Decoded by [`known_source`].
pub(super) const SOURCES: &str = "SELECT id, collection, number,
            source_location, content_hash, source_size, source_modified
     FROM document
     WHERE collection = ?1 AND status = 'current' AND source_location IS NOT NULL
     ORDER BY source_location, number";

pub(super) const TOUCH_SOURCE: &str = "UPDATE document SET source_modified = ?3, source_size = ?4
     WHERE collection = ?1 AND number = ?2 AND status = 'current'
       AND source_location IS NOT NULL";

/// Columns of [`HISTORY`] and [`REMOVED`], decoded by `history::version`.
macro_rules! version_columns {
    () => {
        "id, collection, number, version, status, title, octet_length(text),
         added_at, added_by, ended_at, ended_by, restores, source_location"
    };
}

/// In two parts, since each of them has an index of its own.
pub(super) const HISTORY: &str = concat!(
    "SELECT ",
    version_columns!(),
    " FROM document WHERE collection = ?1 AND number = ?2 AND status <> 'current'
     UNION ALL SELECT ",
    version_columns!(),
    " FROM document WHERE collection = ?1 AND number = ?2 AND status = 'current'
     ORDER BY version"
);

/// Removed versions whose number has not been brought back since.
pub(super) const REMOVED: &str = concat!(
    "SELECT ",
    version_columns!(),
    " FROM document AS removed
     WHERE collection = ?1 AND ended_revision IS NOT NULL AND status = 'removed'
       AND NOT EXISTS (SELECT 1 FROM document AS later
            WHERE later.collection = ?1 AND later.number = removed.number
              AND later.status = 'current')
       AND NOT EXISTS (SELECT 1 FROM document AS later
            WHERE later.collection = ?1 AND later.number = removed.number
              AND later.status <> 'current' AND later.version > removed.version)
     ORDER BY ended_revision DESC, number LIMIT ?2 OFFSET ?3"
);

/// Id and version of what `restore` brings back; `?3` is NULL for the last one.
pub(super) const RESTORABLE: &str = "SELECT id, version FROM document
     WHERE collection = ?1 AND number = ?2 AND status <> 'current'
       AND (?3 IS NULL OR version = ?3)
     ORDER BY version DESC LIMIT 1";

pub(super) const IS_CURRENT: &str = "SELECT 1 FROM document AS present, document AS earlier
     WHERE present.collection = ?1 AND present.number = ?2 AND present.status = 'current'
       AND earlier.id = ?3
       AND present.title = earlier.title AND present.outlet IS earlier.outlet
       AND present.published IS earlier.published AND present.url IS earlier.url
       AND present.tags = earlier.tags AND present.language IS earlier.language
       AND present.blocks = earlier.blocks AND present.text = earlier.text";

/// Decoded by [`known_source`].
pub(super) const SOURCE: &str = "SELECT id, collection, number,
            source_location, content_hash, source_size, source_modified
     FROM document
     WHERE id = ?1 AND status = 'current' AND source_location IS NOT NULL";

pub(super) const HAS_ENDED: &str = "SELECT EXISTS (SELECT 1 FROM document
     WHERE ended_revision IS NOT NULL AND ended_at < ?1)";

pub(super) const PRUNED: &str = "SELECT pruned_revision FROM collection WHERE name = ?1";

/// Decoded by `audit::entry`.
pub(super) const AUDIT: &str = "SELECT id, at, actor, collection, action, number, version, detail
     FROM audit WHERE collection = ?1
     ORDER BY id DESC LIMIT ?2 OFFSET ?3";

pub(super) const KEYED: &str =
    "SELECT document FROM document_key WHERE key = ?1 ORDER BY document LIMIT ?2";

pub(super) const SIGNATURE: &str = "SELECT signature FROM document
     WHERE id = ?1 AND collection = ?2 AND status = 'current'";

pub(super) const URL: &str = "SELECT url FROM document
     WHERE id = ?1 AND collection = ?2 AND status = 'current'";

pub(super) const LOCATION: &str = "SELECT source_location FROM document
     WHERE id = ?1 AND collection = ?2 AND status = 'current'";

pub(super) const WITH_CONTENT: &str = "SELECT id FROM document
     WHERE content_hash = ?1 AND status = 'current' AND content_hash IS NOT NULL
       AND collection = ?2
     ORDER BY id LIMIT 1";

/// A row that does not hold what it should.
#[derive(Debug)]
pub(super) struct Damage {
    part: String,
    id: Option<DocumentId>,
    reason: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.part, self.reason)
    }
}

impl Damage {
    /// Damage of a row that is no document.
    pub(super) fn of_table(table: &str, reason: String) -> Damage {
        Damage {
            part: format!("a row of `{table}`"),
            id: None,
            reason,
        }
    }

    /// The error, once the file is known.
    pub(super) fn at(self, path: &Path) -> StoreError {
        StoreError::Damaged {
            path: path.to_owned(),
            part: self.part,
            document: self.id,
            reason: self.reason,
        }
    }
}

/// An unsigned number as SQLite keeps it. Values past `i64::MAX` count no real bytes, rows or
/// revisions; as bounds they mean the same when cut to it.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The inverse of [`integer`]; the schema keeps negative values out.
pub(super) fn natural(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(super) fn collection(row: &Row<'_>) -> Result<Collection, Damage> {
    let read = || {
        column::<String>(row, 0)?
            .parse()
            .map_err(|error: crate::document::ReferenceError| error.to_string())
    };
    read().map_err(|reason| Damage::of_table("collection", reason))
}

pub(super) fn document(row: &Row<'_>) -> Result<Document, Damage> {
    decode(row, |id, reference| {
        let text: String = column(row, 9)?;
        let blocks = blocks_from_json(&column::<String>(row, 10)?)?;
        check_blocks(&blocks, &text)?;
        Ok(Document {
            id,
            reference,
            metadata: metadata(row)?,
            language: language(row)?,
            text,
            blocks,
        })
    })
}

pub(super) fn summary(row: &Row<'_>) -> Result<DocumentSummary, Damage> {
    decode(row, |id, reference| {
        Ok(DocumentSummary {
            id,
            reference,
            metadata: metadata(row)?,
            language: language(row)?,
            size_bytes: natural(column(row, 9)?),
            added_unix_ms: column(row, 10)?,
            source_location: column(row, 11)?,
            version: column(row, 12)?,
            copy_of: column::<Option<u32>>(row, 13)?.map(|number| DocumentRef {
                collection: reference.collection,
                number,
            }),
        })
    })
}

pub(super) fn known_source(row: &Row<'_>) -> Result<KnownSource, Damage> {
    decode(row, |_, reference| {
        Ok(KnownSource {
            reference,
            location: column(row, 3)?,
            content_hash: ContentHash(column(row, 4)?),
            size_bytes: natural(column(row, 5)?),
            modified_unix_ms: column(row, 6)?,
        })
    })
}

/// Reads `id, collection, number`, then the rest by `read`, and names the document if that fails.
pub(super) fn decode<T>(
    row: &Row<'_>,
    read: impl FnOnce(DocumentId, DocumentRef) -> Result<T, String>,
) -> Result<T, Damage> {
    let id = column(row, 0)
        .map(|id| DocumentId(natural(id)))
        .map_err(|reason| Damage {
            part: "a row of `document`".to_owned(),
            id: None,
            reason,
        })?;
    let reference = reference(row).map_err(|reason| Damage {
        part: format!("row {} of `document`", id.0),
        id: Some(id),
        reason,
    })?;
    read(id, reference).map_err(|reason| Damage {
        part: format!("article `{reference}` of `{}`", reference.collection),
        id: Some(id),
        reason,
    })
}

fn reference(row: &Row<'_>) -> Result<DocumentRef, String> {
    let collection: Collection = column::<String>(row, 1)?
        .parse()
        .map_err(|error: crate::document::ReferenceError| error.to_string())?;
    Ok(DocumentRef {
        collection,
        number: column(row, 2)?,
    })
}

fn metadata(row: &Row<'_>) -> Result<Metadata, String> {
    let published = column::<Option<i32>>(row, 5)?
        .map(|days| {
            Date::from_days_since_epoch(days).ok_or_else(|| format!("no date is day {days}"))
        })
        .transpose()?;
    Ok(Metadata {
        title: column(row, 3)?,
        outlet: column(row, 4)?,
        published,
        url: column(row, 6)?,
        tags: serde_json::from_str(&column::<String>(row, 7)?)
            .map_err(|error| format!("its tags are not a list of strings: {error}"))?,
    })
}

fn language(row: &Row<'_>) -> Result<Language, String> {
    Ok(Language::from_code(&column::<String>(row, 8)?))
}

/// One value, or why it is not of its type.
pub(super) fn column<T: FromSql>(row: &Row<'_>, position: usize) -> Result<T, String> {
    row.get(position).map_err(|error| error.to_string())
}

/// Tags as they are stored.
pub(super) fn tags_to_json(tags: &[String]) -> String {
    serde_json::to_string(tags).expect("strings always have a JSON form")
}

/// Blocks as they are stored: `[[kind, start, end], …]`.
pub(super) fn blocks_to_json(blocks: &[Block]) -> String {
    let triples: Vec<(u8, usize, usize)> = blocks
        .iter()
        .map(|block| (block_code(block.kind), block.span.start, block.span.end))
        .collect();
    serde_json::to_string(&triples).expect("integers always have a JSON form")
}

fn blocks_from_json(json: &str) -> Result<Vec<Block>, String> {
    let triples: Vec<(u8, usize, usize)> = serde_json::from_str(json)
        .map_err(|error| format!("its blocks are not a list of triples: {error}"))?;
    triples
        .into_iter()
        .map(|(code, start, end)| {
            let kind = block_kind(code).ok_or_else(|| format!("no kind of block is {code}"))?;
            Ok(Block {
                kind,
                span: Span::new(start, end),
            })
        })
        .collect()
}

/// The stored form of a kind: 0 paragraph, 1 to 6 heading of that level, 16 list item. Part of the
/// file format: codes are added, never changed.
fn block_code(kind: BlockKind) -> u8 {
    match kind {
        BlockKind::Paragraph => 0,
        BlockKind::Heading(level) => level,
        BlockKind::ListItem => 16,
    }
}

fn block_kind(code: u8) -> Option<BlockKind> {
    match code {
        0 => Some(BlockKind::Paragraph),
        1..=6 => Some(BlockKind::Heading(code)),
        16 => Some(BlockKind::ListItem),
        _ => None,
    }
}

/// Checks what others rely on when they slice: blocks are ordered, disjoint, non-empty and on
/// character boundaries of the text, headings have a level of 1 to 6. That only white space lies
/// between them is not checked: it costs nobody a panic.
pub(super) fn check_blocks(blocks: &[Block], text: &str) -> Result<(), String> {
    let mut free_from = 0;
    for (block_idx, block) in blocks.iter().enumerate() {
        let Span { start, end } = block.span;
        if let BlockKind::Heading(level) = block.kind
            && !(1..=6).contains(&level)
        {
            return Err(format!("block {block_idx} is a heading of level {level}"));
        }
        if start >= end {
            return Err(format!("block {block_idx} ({start}..{end}) is empty"));
        }
        if start < free_from {
            return Err(format!(
                "block {block_idx} ({start}..{end}) begins before byte {free_from}, where the one before it ends"
            ));
        }
        if block.span.slice(text).is_none() {
            return Err(format!(
                "block {block_idx} ({start}..{end}) does not fit its text of {} bytes",
                text.len()
            ));
        }
        free_from = end;
    }
    Ok(())
}
