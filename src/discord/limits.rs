//! How often one person, and one guild, may ask: token buckets over a clock that is passed in.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use super::error::UserError;

/// How fast a bucket empties and fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Requests that may come at once.
    pub burst: u32,
    /// Milliseconds after which one more may come.
    pub refill_ms: u32,
}

/// Eight at once, then ten a minute: more than a person asks, less than a script does.
pub(super) const USER: Rate = Rate {
    burst: 8,
    refill_ms: 6_000,
};
/// Looking around: buttons, lists, settings. They cost little.
pub(super) const LIGHT: Rate = Rate {
    burst: 30,
    refill_ms: 1_000,
};
/// Sixty at once, then two a second: a lively guild on one of many.
pub(super) const GUILD: Rate = Rate {
    burst: 60,
    refill_ms: 500,
};
/// While somebody types: twenty suggestions at once, then four a second.
pub(super) const TYPING: Rate = Rate {
    burst: 20,
    refill_ms: 250,
};
/// In a channel, that somebody is too fast: once half a minute, or the notices would be what floods it.
pub(super) const NOTICE: Rate = Rate {
    burst: 1,
    refill_ms: 30_000,
};
/// Buckets remembered a kind; the least recently used goes, and begins full again.
const MAX_BUCKETS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// The buckets of everybody.
pub(super) struct Limits {
    users: Buckets,
    light: Buckets,
    guilds: Buckets,
    typing: Buckets,
    notices: Buckets<(u64, u64)>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            users: Buckets::new(USER),
            light: Buckets::new(LIGHT),
            guilds: Buckets::new(GUILD),
            typing: Buckets::new(TYPING),
            notices: Buckets::new(NOTICE),
        }
    }
}

impl Limits {
    /// Takes one question from the asker's bucket and from the guild's.
    ///
    /// # Errors
    /// [`UserError::TooFast`] or [`UserError::GuildTooFast`], with the seconds to wait.
    pub(super) fn admit(
        &self,
        user: u64,
        guild: Option<u64>,
        now_ms: i64,
    ) -> Result<(), UserError> {
        self.users
            .take(user, now_ms)
            .map_err(|wait_ms| UserError::TooFast {
                seconds: seconds(wait_ms),
            })?;
        if let Some(guild) = guild {
            self.guilds.take(guild, now_ms).map_err(|wait_ms| {
                self.users.give_back(&user);
                UserError::GuildTooFast {
                    seconds: seconds(wait_ms),
                }
            })?;
        }
        Ok(())
    }

    /// Takes one request that is no question from the person's bucket.
    ///
    /// # Errors
    /// [`UserError::TooFast`], with the seconds to wait.
    pub(super) fn admit_light(&self, user: u64, now_ms: i64) -> Result<(), UserError> {
        self.light
            .take(user, now_ms)
            .map_err(|wait_ms| UserError::TooFast {
                seconds: seconds(wait_ms),
            })
    }

    /// Whether one more suggestion may be looked up.
    pub(super) fn admits_typing(&self, user: u64, now_ms: i64) -> bool {
        self.typing.take(user, now_ms).is_ok()
    }

    /// Whether everybody in a channel may be shown once more that the person is too fast.
    pub(super) fn admits_notice(&self, user: u64, channel: u64, now_ms: i64) -> bool {
        self.notices.take((user, channel), now_ms).is_ok()
    }
}

fn seconds(wait_ms: i64) -> u64 {
    u64::try_from(wait_ms.max(1)).unwrap_or(1).div_ceil(1_000)
}

/// One bucket an id.
struct Buckets<Id: Hash + Eq = u64> {
    rate: Rate,
    /// When the bucket would be full, in milliseconds.
    full_at: Mutex<LruCache<Id, i64>>,
}

impl<Id: Hash + Eq> Buckets<Id> {
    fn new(rate: Rate) -> Buckets<Id> {
        Buckets {
            rate,
            full_at: Mutex::new(LruCache::new(MAX_BUCKETS)),
        }
    }

    /// Takes one, or says how many milliseconds to wait for one. (The generic cell rate algorithm,
    /// ITU-T I.371.)
    fn take(&self, id: Id, now_ms: i64) -> Result<(), i64> {
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let refill = i64::from(self.rate.refill_ms);
        let capacity = refill * i64::from(self.rate.burst);
        // A clock that goes back leaves an empty bucket at worst.
        let known = buckets.get(&id).copied().unwrap_or(now_ms);
        let known = known.clamp(now_ms, now_ms + capacity);
        let wait = known + refill - now_ms - capacity;
        if wait > 0 {
            buckets.put(id, known);
            return Err(wait);
        }
        buckets.put(id, known + refill);
        Ok(())
    }

    /// Puts back one that was taken and not used.
    fn give_back(&self, id: &Id) {
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full_at) = buckets.get_mut(id) {
            *full_at -= i64::from(self.rate.refill_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_each_refill() {
        let limits = Limits::default();
        for _ in 0..USER.burst {
            limits.admit(1, None, 0).unwrap();
        }
        assert_eq!(
            limits.admit(1, None, 0),
            Err(UserError::TooFast { seconds: 6 })
        );
        assert_eq!(
            limits.admit(1, None, 5_999),
            Err(UserError::TooFast { seconds: 1 })
        );
        limits.admit(1, None, 6_000).unwrap();
        assert!(limits.admit(1, None, 6_000).is_err());
        limits.admit(2, None, 6_000).unwrap();
    }

    #[test]
    fn a_guild_has_a_bucket_of_its_own() {
        let limits = Limits::default();
        for user in 0..u64::from(GUILD.burst) {
            limits.admit(user, Some(7), 0).unwrap();
        }
        assert_eq!(
            limits.admit(1_000, Some(7), 0),
            Err(UserError::GuildTooFast { seconds: 1 })
        );
        // Whom the guild's bucket refuses keeps their own.
        for _ in 0..USER.burst {
            assert!(limits.admit(1_000, Some(7), 0).is_err());
        }
        limits.admit(1_000, None, 0).unwrap();
        limits.admit(1_001, Some(8), 0).unwrap();
        limits.admit(1_002, None, 0).unwrap();
    }

    #[test]
    fn a_notice_counts_for_its_channel_alone() {
        let limits = Limits::default();
        assert!(limits.admits_notice(1, 5, 0));
        assert!(!limits.admits_notice(1, 5, 29_999));
        assert!(limits.admits_notice(1, 6, 29_999));
        assert!(limits.admits_notice(2, 5, 29_999));
        assert!(limits.admits_notice(1, 5, 30_000));
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out_for_long() {
        let limits = Limits::default();
        const HOUR_MS: i64 = 3_600_000;
        limits.admit(1, None, HOUR_MS).unwrap();
        assert_eq!(
            limits.admit(1, None, 0),
            Err(UserError::TooFast { seconds: 6 })
        );
        limits.admit(1, None, 6_000).unwrap();
    }
}
