//! The settings of guilds, read once and kept until they change here.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::door::Door;
use super::error::{Failure, UserError};
use crate::document::Collection;
use crate::store::{Action, Actor, GuildSettings};

/// Guilds whose settings are kept in memory.
const MAX_CACHED: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// A cache of settings. The bot is the only one who changes them, so it is never stale.
pub(super) struct Guilds {
    cached: Arc<Mutex<LruCache<u64, Arc<GuildSettings>>>>,
    /// Held while settings are read, changed and stored.
    changing: Arc<Mutex<()>>,
}

impl Default for Guilds {
    fn default() -> Guilds {
        Guilds {
            cached: Arc::new(Mutex::new(LruCache::new(MAX_CACHED))),
            changing: Arc::default(),
        }
    }
}

impl Guilds {
    /// The settings of a guild, or the default ones in a direct message.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub(super) async fn of(
        &self,
        guild: Option<u64>,
        door: &Door,
    ) -> Result<Arc<GuildSettings>, Failure> {
        let Some(guild) = guild else {
            return Ok(Arc::default());
        };
        let cached = self.lock().get(&guild).cloned();
        if let Some(settings) = cached {
            return Ok(settings);
        }
        let read = door.quick(move |engine| Ok(engine.guild_settings(guild)?));
        let settings = Arc::new(read.await?);
        // Somebody may have changed them meanwhile; what they wrote counts.
        Ok(Arc::clone(self.lock().get_or_insert(guild, || settings)))
    }

    /// Changes settings of a guild, and stores who changed what. One change after another, each onto what the one
    /// before left; `apply` says what it changed.
    ///
    /// # Errors
    /// [`Failure`] of `apply`, or of the store.
    pub(super) async fn change(
        &self,
        guild: u64,
        apply: impl FnOnce(&mut GuildSettings) -> Result<Vec<String>, UserError> + Send + 'static,
        user: u64,
        now_unix_ms: i64,
        door: &Door,
    ) -> Result<Arc<GuildSettings>, Failure> {
        let (changing, cached) = (Arc::clone(&self.changing), Arc::clone(&self.cached));
        door.quick(move |engine| {
            let _turn = changing.lock().unwrap_or_else(PoisonError::into_inner);
            let mut settings = engine.guild_settings(guild)?;
            let changes = apply(&mut settings)?.join("; ");
            engine.set_guild_settings(guild, &settings, now_unix_ms)?;
            // Before the turn ends, or an older state could be kept over a newer one.
            let stored = Arc::new(engine.guild_settings(guild)?);
            cached
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .put(guild, Arc::clone(&stored));
            engine.record(
                Collection::Guild(guild),
                Action::Settings,
                &Actor::Discord(user),
                now_unix_ms,
                Some(&changes),
            )?;
            Ok(stored)
        })
        .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<u64, Arc<GuildSettings>>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
