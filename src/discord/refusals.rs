//! What Discord refused lately: 401, 403 and 429.
//!
//! It bans an address that makes 10,000 such requests in ten minutes. At half of that nothing is sent
//! any more; so that no guild brings the bot there alone, each has a share of its own, and a channel
//! that answered 403 is left alone for a while. Times are passed in.

use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::rest::Place;

/// Refused requests in [`WINDOW`] after which nothing more is sent.
pub(super) const MAX_REFUSED: u32 = 5_000;
/// Refused requests in [`WINDOW`] after which nothing more is sent to one guild.
const MAX_OF_GUILD: u32 = 250;
/// How long a channel that answered 403 is left alone.
const CLOSED: Duration = Duration::from_secs(300);
/// Ten minutes, by Discord's rule, in ten steps.
const WINDOW: Duration = Duration::from_secs(600);
const STEPS: usize = 10;
/// Guilds and channels remembered, of each.
const MAX_KNOWN: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// Why something is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unwanted {
    /// The channel answered 403.
    #[error("channel `{channel}` is closed to the bot")]
    Closed { channel: u64 },
    /// One guild made too many.
    #[error(
        "Discord refused {n_refused} requests of guild `{guild}` in ten minutes, and at {MAX_OF_GUILD} \
         nothing more is sent there"
    )]
    Guild { guild: u64, n_refused: u32 },
    /// All together made too many.
    #[error(
        "Discord refused {n_refused} requests in ten minutes, and at {MAX_REFUSED} nothing more is sent"
    )]
    All { n_refused: u32 },
}

/// The refusals of the last ten minutes.
pub(super) struct Refusals {
    all: Counts,
    guilds: LruCache<u64, Counts>,
    /// Until when channels are left alone.
    closed: LruCache<u64, Instant>,
}

impl Refusals {
    pub(super) fn new(now: Instant) -> Refusals {
        Refusals {
            all: Counts::new(now),
            guilds: LruCache::new(MAX_KNOWN),
            closed: LruCache::new(MAX_KNOWN),
        }
    }

    /// Whether something may be sent; `place` is `None` for answers to interactions.
    ///
    /// # Errors
    /// [`Unwanted`].
    pub(super) fn check(&mut self, place: Option<Place>, now: Instant) -> Result<(), Unwanted> {
        let n_refused = self.n_all(now);
        if n_refused >= MAX_REFUSED {
            return Err(Unwanted::All { n_refused });
        }
        let Some(Place { channel, guild }) = place else {
            return Ok(());
        };
        if self.closed.get(&channel).is_some_and(|until| now < *until) {
            return Err(Unwanted::Closed { channel });
        }
        let Some((guild, counts)) = guild.and_then(|id| Some((id, self.guilds.get_mut(&id)?)))
        else {
            return Ok(());
        };
        match counts.total(now) {
            n_refused if n_refused >= MAX_OF_GUILD => Err(Unwanted::Guild { guild, n_refused }),
            _ => Ok(()),
        }
    }

    /// Counts a refusal; one that `closes` is a 403.
    pub(super) fn add(&mut self, place: Option<Place>, closes: bool, now: Instant) {
        self.all.add(now);
        let Some(Place { channel, guild }) = place else {
            return;
        };
        if closes {
            self.closed.put(channel, now + CLOSED);
        }
        if let Some(guild) = guild {
            let fresh = || Counts::new(now);
            self.guilds.get_or_insert_mut(guild, fresh).add(now);
        }
    }

    /// Forgets that a channel was closed.
    pub(super) fn open(&mut self, place: Place) {
        self.closed.pop(&place.channel);
    }

    /// Refused requests of all.
    pub(super) fn n_all(&mut self, now: Instant) -> u32 {
        self.all.total(now)
    }
}

/// Counts of the last ten minutes.
struct Counts {
    counts: [u32; STEPS],
    /// The step that is counted in, and when it began.
    step: usize,
    began: Instant,
}

impl Counts {
    fn new(now: Instant) -> Counts {
        Counts {
            counts: [0; STEPS],
            step: 0,
            began: now,
        }
    }

    fn advance(&mut self, now: Instant) {
        let length = WINDOW / STEPS as u32;
        let mut n_steps = 0;
        while now.duration_since(self.began) >= length && n_steps < STEPS {
            self.step = (self.step + 1) % STEPS;
            if let Some(count) = self.counts.get_mut(self.step) {
                *count = 0;
            }
            self.began += length;
            n_steps += 1;
        }
        if n_steps == STEPS {
            self.began = now;
        }
    }

    fn add(&mut self, now: Instant) {
        self.advance(now);
        if let Some(count) = self.counts.get_mut(self.step) {
            *count = count.saturating_add(1);
        }
    }

    fn total(&mut self, now: Instant) -> u32 {
        self.advance(now);
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(channel: u64, guild: u64) -> Option<Place> {
        Some(Place {
            channel,
            guild: Some(guild),
        })
    }

    #[test]
    fn refusals_are_forgotten_after_ten_minutes() {
        let start = Instant::now();
        let mut refused = Counts::new(start);
        for minute in 0..5 {
            refused.add(start + Duration::from_secs(minute * 60));
        }
        assert_eq!(refused.total(start + Duration::from_secs(599)), 5);
        assert_eq!(refused.total(start + Duration::from_secs(660)), 3);
        assert_eq!(refused.total(start + Duration::from_secs(5_000)), 0);
        refused.add(start + Duration::from_secs(5_000));
        assert_eq!(refused.total(start + Duration::from_secs(5_001)), 1);
    }

    #[test]
    fn a_channel_that_answered_403_is_left_alone_for_five_minutes() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        refusals.add(place(7, 1), true, start);
        let later = start + CLOSED - Duration::from_millis(1);
        assert_eq!(
            refusals.check(place(7, 1), later),
            Err(Unwanted::Closed { channel: 7 })
        );
        assert_eq!(refusals.check(place(8, 1), later), Ok(()));
        assert_eq!(refusals.check(place(7, 1), start + CLOSED), Ok(()));
        refusals.add(place(7, 1), true, start);
        refusals.open(Place {
            channel: 7,
            guild: Some(1),
        });
        assert_eq!(refusals.check(place(7, 1), start), Ok(()));
    }

    #[test]
    fn one_guild_silences_itself_and_no_other() {
        let start = Instant::now();
        let mut refusals = Refusals::new(start);
        for channel in 0..u64::from(MAX_OF_GUILD) {
            assert_eq!(refusals.check(place(channel, 1), start), Ok(()));
            refusals.add(place(channel, 1), true, start);
        }
        assert_eq!(
            refusals.check(place(9_999, 1), start),
            Err(Unwanted::Guild {
                guild: 1,
                n_refused: MAX_OF_GUILD
            })
        );
        assert_eq!(refusals.check(place(9_999, 2), start), Ok(()));
        assert_eq!(refusals.check(None, start), Ok(()));
        for guild in 2..=u64::from(MAX_REFUSED / MAX_OF_GUILD) {
            for _ in 0..MAX_OF_GUILD {
                refusals.add(place(guild, guild), false, start);
            }
        }
        assert_eq!(
            refusals.check(None, start),
            Err(Unwanted::All {
                n_refused: MAX_REFUSED
            })
        );
    }
}
