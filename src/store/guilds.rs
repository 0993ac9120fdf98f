//! What each guild has decided about the bot.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError, rows};

/// Channels a guild can name at most.
pub const MAX_CHANNELS: usize = 50;
/// Days that answers are kept unless a guild says otherwise.
pub const DEFAULT_RETENTION_DAYS: u32 = 90;
/// Days that answers can be kept at most.
pub const MAX_RETENTION_DAYS: u32 = 3_650;

/// The settings of one guild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuildSettings {
    /// Whether questions are asked of the library too.
    pub library: bool,
    /// Whether an answer is seen by its asker alone unless the question says otherwise.
    pub private: bool,
    /// The role that may change articles, besides those who manage the guild.
    pub editor_role: Option<u64>,
    /// Where changes are told of.
    pub log_channel: Option<u64>,
    /// Where answers are public, ascending, at most [`MAX_CHANNELS`]; empty means everywhere.
    pub channels: Vec<u64>,
    /// How long answers are kept, 1 to [`MAX_RETENTION_DAYS`].
    pub retention_days: u32,
}

impl Default for GuildSettings {
    fn default() -> GuildSettings {
        GuildSettings {
            library: true,
            private: false,
            editor_role: None,
            log_channel: None,
            channels: Vec::new(),
            retention_days: DEFAULT_RETENTION_DAYS,
        }
    }
}

impl Store {
    /// The settings of a guild; the default ones if it has none.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn guild_settings(&self, guild: u64) -> Result<GuildSettings, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(
            "SELECT library, private, editor_role, log_channel, channels, retention_days
             FROM guild WHERE id = ?1",
        ))?;
        let found = self.sql(
            statement
                .query_row([rows::integer(guild)], |row| Ok(settings(row)))
                .optional(),
        )?;
        match found {
            None => Ok(GuildSettings::default()),
            Some(read) => read.map_err(|reason| self.damaged(format!("guild {guild}"), reason)),
        }
    }

    /// Stores the settings of a guild. Channels beyond [`MAX_CHANNELS`] are left out.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn set_guild_settings(
        &mut self,
        guild: u64,
        settings: &GuildSettings,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut channels = settings.channels.clone();
        channels.sort_unstable();
        channels.dedup();
        channels.truncate(MAX_CHANNELS);
        let channels = serde_json::to_string(&channels).expect("integers always have a JSON form");
        let mut statement = self.sql(self.connection.prepare_cached(
            "INSERT OR REPLACE INTO guild
                 (id, library, private, editor_role, log_channel, channels, retention_days, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        ))?;
        self.sql(statement.execute(params![
            rows::integer(guild),
            settings.library,
            settings.private,
            settings.editor_role.map(rows::integer),
            settings.log_channel.map(rows::integer),
            channels,
            settings.retention_days.clamp(1, MAX_RETENTION_DAYS),
            now_unix_ms,
        ]))?;
        Ok(())
    }
}

fn settings(row: &Row<'_>) -> Result<GuildSettings, String> {
    Ok(GuildSettings {
        library: rows::column(row, 0)?,
        private: rows::column(row, 1)?,
        editor_role: rows::column::<Option<i64>>(row, 2)?.map(rows::natural),
        log_channel: rows::column::<Option<i64>>(row, 3)?.map(rows::natural),
        channels: serde_json::from_str(&rows::column::<String>(row, 4)?)
            .map_err(|error| format!("its channels are not a list of ids: {error}"))?,
        retention_days: rows::column(row, 5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_as_stored_and_guilds_do_not_mix() {
        let mut store = Store::in_memory().unwrap();
        let settings = GuildSettings {
            library: false,
            private: true,
            editor_role: Some(u64::MAX >> 1),
            log_channel: Some(3),
            channels: vec![1, 5],
            retention_days: 7,
        };
        store.set_guild_settings(9, &settings, 1).unwrap();
        assert_eq!(store.guild_settings(9).unwrap(), settings);
        assert_eq!(store.guild_settings(8).unwrap(), GuildSettings::default());
    }

    #[test]
    fn bounds_of_settings_hold() {
        let mut store = Store::in_memory().unwrap();
        for n in [MAX_CHANNELS as u64, MAX_CHANNELS as u64 + 1] {
            let settings = GuildSettings {
                channels: (1..=n).rev().collect(),
                retention_days: MAX_RETENTION_DAYS + 1,
                ..GuildSettings::default()
            };
            store.set_guild_settings(1, &settings, 1).unwrap();
            let stored = store.guild_settings(1).unwrap();
            assert_eq!(stored.channels.len(), MAX_CHANNELS);
            assert!(stored.channels.is_sorted());
            assert_eq!(stored.retention_days, MAX_RETENTION_DAYS);
        }
    }
}
