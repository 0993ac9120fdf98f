//! Articles that were shown to somebody and wait for a yes or a no; they outlive a restart.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, rows};

/// How long a preview waits.
pub const PREVIEW_MS: i64 = 24 * 3_600_000;
/// Previews that wait for one user; a further one takes the place of the oldest.
pub const MAX_PREVIEWS: u32 = 5;

/// Names one preview; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreviewId(pub u64);

/// Files that wait to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingFiles {
    /// For which guild.
    pub guild: u64,
    /// Who asked for it.
    pub user: u64,
    /// The number of the article they take the place of.
    pub replaces: Option<u32>,
    /// The files, in order.
    pub files: Vec<PendingFile>,
}

/// One file, as it was brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingFile {
    /// Where it came from: what a later load is compared with.
    pub location: String,
    /// Its name; the ending says what it is.
    pub name: String,
    /// What it was said to be, where the ending says nothing.
    pub content_type: Option<String>,
    /// What was said of it beside it.
    pub stated: Stated,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What a person says of an article, as typed; it counts for more than what the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// Headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<String>,
    /// Day of publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Where the original is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Store {
    /// Deletes previews that waited too long, with their files; returns how many.
    ///
    /// # Errors
    /// As [`Store::add_preview`].
    pub fn expire_previews(&mut self, now_unix_ms: i64) -> Result<u64, StoreError> {
        let n_deleted = self.sql(self.connection.execute(
            "DELETE FROM preview WHERE created_at < ?1",
            [now_unix_ms - PREVIEW_MS],
        ))?;
        Ok(n_deleted as u64)
    }

    /// Keeps files for a yes or a no.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn add_preview(
        &mut self,
        pending: &PendingFiles,
        now_unix_ms: i64,
    ) -> Result<PreviewId, StoreError> {
        let user = rows::integer(pending.user);
        let transaction = self.sql(self.connection.unchecked_transaction())?;
        self.sql(transaction.execute(
            "DELETE FROM preview WHERE user = ?1 AND id NOT IN
                 (SELECT id FROM preview WHERE user = ?1 ORDER BY id DESC LIMIT ?2)",
            params![user, MAX_PREVIEWS - 1],
        ))?;
        self.sql(transaction.execute(
            "INSERT INTO preview (guild, user, created_at, replaces) VALUES (?1, ?2, ?3, ?4)",
            params![
                rows::integer(pending.guild),
                user,
                now_unix_ms,
                pending.replaces
            ],
        ))?;
        let id = transaction.last_insert_rowid();
        for (position, file) in pending.files.iter().enumerate() {
            let stated = serde_json::to_string(&file.stated).expect("strings have a JSON form");
            self.sql(transaction.execute(
                "INSERT INTO preview_file
                     (preview, position, location, name, content_type, stated, content)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    id,
                    position as i64,
                    file.location,
                    file.name,
                    file.content_type,
                    stated,
                    file.content
                ],
            ))?;
        }
        self.sql(transaction.commit())?;
        Ok(PreviewId(rows::natural(id)))
    }

    /// The files of a preview, or `None` if it waits no more.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn preview(
        &self,
        id: PreviewId,
        now_unix_ms: i64,
    ) -> Result<Option<PendingFiles>, StoreError> {
        let id = rows::integer(id.0);
        let head: Option<(i64, i64, Option<u32>)> = self.sql(
            self.connection
                .query_row(
                    "SELECT guild, user, replaces FROM preview WHERE id = ?1 AND created_at >= ?2",
                    [id, now_unix_ms - PREVIEW_MS],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional(),
        )?;
        let Some((guild, user, replaces)) = head else {
            return Ok(None);
        };
        let mut statement = self.sql(self.connection.prepare_cached(
            "SELECT location, name, content_type, stated, content FROM preview_file
             WHERE preview = ?1 ORDER BY position",
        ))?;
        let files = self.sql(statement.query_map([id], |row| {
            let stated: String = row.get(3)?;
            Ok(PendingFile {
                location: row.get(0)?,
                name: row.get(1)?,
                content_type: row.get(2)?,
                // Our own JSON; what cannot be read says nothing.
                stated: serde_json::from_str(&stated).unwrap_or_default(),
                content: row.get(4)?,
            })
        }))?;
        Ok(Some(PendingFiles {
            guild: rows::natural(guild),
            user: rows::natural(user),
            replaces,
            files: self.sql(files.collect())?,
        }))
    }

    /// Ends a preview; says whether there was one, so that of two presses one counts.
    ///
    /// # Errors
    /// As [`Store::add_preview`].
    pub fn end_preview(&mut self, id: PreviewId) -> Result<bool, StoreError> {
        let n_ended = self.sql(
            self.connection
                .execute("DELETE FROM preview WHERE id = ?1", [rows::integer(id.0)]),
        )?;
        Ok(n_ended > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(user: u64) -> PendingFiles {
        PendingFiles {
            guild: 1,
            user,
            replaces: Some(3),
            files: vec![
                PendingFile {
                    location: "discord a.md".to_owned(),
                    name: "a.md".to_owned(),
                    content_type: Some("text/markdown".to_owned()),
                    stated: Stated {
                        title: Some("T".to_owned()),
                        ..Stated::default()
                    },
                    content: vec![0, 255],
                },
                PendingFile {
                    location: "discord b".to_owned(),
                    name: "b".to_owned(),
                    content_type: None,
                    stated: Stated::default(),
                    content: Vec::new(),
                },
            ],
        }
    }

    #[test]
    fn previews_wait_a_day_and_end_once() {
        let mut store = Store::in_memory().unwrap();
        let id = store.add_preview(&pending(2), 1_000).unwrap();
        let last = 1_000 + PREVIEW_MS;
        assert_eq!(store.preview(id, last).unwrap(), Some(pending(2)));
        assert_eq!(store.preview(id, last + 1).unwrap(), None);
        assert!(store.end_preview(id).unwrap());
        assert!(!store.end_preview(id).unwrap());
        assert_eq!(store.preview(id, 1_000).unwrap(), None);
    }

    #[test]
    fn previews_are_deleted_after_a_day_with_their_files() {
        let mut store = Store::in_memory().unwrap();
        store.add_preview(&pending(2), 1_000).unwrap();
        let last = 1_000 + PREVIEW_MS;
        assert_eq!(store.expire_previews(last).unwrap(), 0);
        assert_eq!(store.expire_previews(last + 1).unwrap(), 1);
        let sql = "SELECT count(*) FROM preview_file";
        let n_files: u32 = store
            .connection
            .query_row(sql, [], |row| row.get(0))
            .unwrap();
        assert_eq!(n_files, 0);
    }

    #[test]
    fn one_preview_too_many_ends_the_oldest_of_that_user() {
        let mut store = Store::in_memory().unwrap();
        let other = store.add_preview(&pending(9), 1).unwrap();
        let ids: Vec<PreviewId> = (0..=MAX_PREVIEWS)
            .map(|_| store.add_preview(&pending(2), 1).unwrap())
            .collect();
        let waits: Vec<bool> = ids
            .iter()
            .map(|id| store.preview(*id, 1).unwrap().is_some())
            .collect();
        assert_eq!(waits, [false, true, true, true, true, true]);
        assert!(store.preview(other, 1).unwrap().is_some());
    }
}
