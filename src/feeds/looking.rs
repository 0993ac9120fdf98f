//! A look at a feed under way, and when its outcome says to look again.

use std::time::Duration;

use super::schedule::{GIVE_UP_AFTER, GIVE_UP_LOOKS, Outcome, Past, pause};
use super::{ItemLook, millis};
use crate::store::FollowedFeed;

/// A look under way.
pub(super) struct Looking {
    pub(super) feed: FollowedFeed,
    pub(super) now_unix_ms: i64,
    pub(super) items: Vec<ItemLook>,
    pub(super) n_waiting: usize,
}

impl Looking {
    /// Records a look that was answered.
    pub(super) fn settle(&mut self, outcome: Outcome, ttl: Option<Duration>) {
        self.feed.answered_unix_ms = Some(self.now_unix_ms);
        self.feed.fault = None;
        self.schedule(outcome, ttl);
    }

    /// Records a look that failed; after two weeks of nothing else, the last one.
    pub(super) fn fail(&mut self, reason: String, after: Option<Duration>) {
        let since = self
            .feed
            .answered_unix_ms
            .unwrap_or(self.feed.added_unix_ms);
        let is_long_ago = self.now_unix_ms.saturating_sub(since) > millis(GIVE_UP_AFTER);
        if is_long_ago && self.feed.n_failed.saturating_add(1) >= GIVE_UP_LOOKS {
            let days = GIVE_UP_AFTER.as_secs() / 86_400;
            self.give_up(&format!("it failed for {days} days: {reason}"));
            return;
        }
        self.feed.fault = Some(reason);
        self.schedule(Outcome::Failed(after), None);
    }

    /// Records that the feed is not to be looked at again.
    pub(super) fn give_up(&mut self, reason: &str) {
        self.feed.n_failed = self.feed.n_failed.saturating_add(1);
        self.feed.fault = Some(reason.to_owned());
        self.feed.next_unix_ms = None;
    }

    fn schedule(&mut self, outcome: Outcome, ttl: Option<Duration>) {
        let past = Past {
            n_quiet: self.feed.n_quiet,
            n_failed: self.feed.n_failed,
        }
        .after(outcome);
        (self.feed.n_quiet, self.feed.n_failed) = (past.n_quiet, past.n_failed);
        let pause = pause(outcome, past, ttl, die(self.feed.id.0, self.now_unix_ms));
        self.feed.next_unix_ms = Some(self.now_unix_ms.saturating_add(millis(pause)));
    }
}

/// A number from 0 (inclusive) to 1 (exclusive) that differs from feed to feed and look to look, yet is
/// the same when the same look is repeated: the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA
/// 2014) over both.
fn die(id: u64, now_unix_ms: i64) -> f64 {
    let mut z = id
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(now_unix_ms.cast_unsigned());
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    // The upper 53 bits are as many as a double holds.
    (z >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_die_is_fair_enough_and_the_same_for_the_same_look() {
        let rolls: Vec<f64> = (0..1_000).map(|n| die(n % 10, 1_000 * n as i64)).collect();
        assert!(rolls.iter().all(|roll| (0.0..1.0).contains(roll)));
        let mean = rolls.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert_eq!(die(7, 42), die(7, 42));
        assert_ne!(die(7, 42), die(8, 42));
    }
}
