//! When to look at a feed again: a pure function of what happened, the time and a die.

use std::time::Duration;

/// The shortest pause between two looks, whatever a feed asks for.
pub const MIN_INTERVAL: Duration = Duration::from_secs(15 * 60);
/// The longest pause, for a feed that never changes as for one that always fails.
pub const MAX_INTERVAL: Duration = Duration::from_secs(24 * 3_600);
/// The pause after new items, unless the feed asks for a longer one.
pub const BASE_INTERVAL: Duration = Duration::from_secs(30 * 60);
/// The longest pause for a feed that answers but has nothing new.
const MAX_QUIET_INTERVAL: Duration = Duration::from_secs(6 * 3_600);
/// Pauses are stretched by up to this share, so that feeds added together part ways.
const JITTER: f64 = 0.2;
/// The time without an answer after which a failing feed is given up.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(14 * 24 * 3_600);
/// Looks in a row that must have failed by then: of a feed that was not looked at for weeks nothing is known. A failing
/// one is looked at eleven times in [`GIVE_UP_AFTER`] at least, since no pause is longer than [`MAX_INTERVAL`] and a fifth.
pub const GIVE_UP_LOOKS: u32 = 10;

/// How a look at a feed went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It had items not seen before.
    New,
    /// It answered and had none.
    Quiet,
    /// More items wait than one look may load.
    More,
    /// No answer, or none that can be read; when to come back, if the server said.
    Failed(Option<Duration>),
}

/// What is known of a feed's past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Looks in a row that had nothing new.
    pub n_quiet: u32,
    /// Looks in a row that failed.
    pub n_failed: u32,
}

impl Past {
    /// The past after one more look.
    pub fn after(self, outcome: Outcome) -> Past {
        match outcome {
            Outcome::New | Outcome::More => Past::default(),
            Outcome::Quiet => Past {
                n_quiet: self.n_quiet.saturating_add(1),
                n_failed: 0,
            },
            Outcome::Failed(_) => Past {
                n_quiet: self.n_quiet,
                n_failed: self.n_failed.saturating_add(1),
            },
        }
    }
}

/// The pause until the next look, given the past *after* this one, the pause the feed asks for, and a
/// number from 0 (inclusive) to 1 (exclusive) drawn for this occasion.
///
/// A quiet feed is looked at half as often with every third quiet look, a failing one half as often
/// with every failure; both have bounds. The result lies between [`MIN_INTERVAL`] and
/// [`MAX_INTERVAL`], stretched by up to a fifth.
pub fn pause(outcome: Outcome, past: Past, ttl: Option<Duration>, die: f64) -> Duration {
    let base = ttl.unwrap_or_default().max(BASE_INTERVAL);
    let wanted = match outcome {
        Outcome::More => MIN_INTERVAL,
        Outcome::New => base,
        Outcome::Quiet => doubled(base, past.n_quiet / 3).min(MAX_QUIET_INTERVAL.max(base)),
        Outcome::Failed(after) => {
            doubled(BASE_INTERVAL, past.n_failed).max(after.unwrap_or_default())
        }
    };
    let pause = wanted.clamp(MIN_INTERVAL, MAX_INTERVAL);
    pause.mul_f64(1.0 + JITTER * die.clamp(0.0, 1.0))
}

/// `duration` doubled `times` times, as far as numbers go.
fn doubled(duration: Duration, times: u32) -> Duration {
    duration.saturating_mul(1u32.checked_shl(times).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn past(n_quiet: u32, n_failed: u32) -> Past {
        Past { n_quiet, n_failed }
    }

    #[test]
    fn a_busy_feed_is_looked_at_every_half_hour() {
        assert_eq!(pause(Outcome::New, Past::default(), None, 0.0), 30 * MINUTE);
        assert_eq!(pause(Outcome::New, Past::default(), None, 1.0), 36 * MINUTE);
    }

    #[test]
    fn a_feed_with_more_to_load_is_looked_at_soon() {
        let ttl = Some(600 * MINUTE);
        assert_eq!(
            pause(Outcome::More, Past::default(), ttl, 0.0),
            MIN_INTERVAL
        );
    }

    #[test]
    fn a_quiet_feed_is_looked_at_less_and_less_but_four_times_a_day() {
        for (n_quiet, minutes) in [(1, 30), (2, 30), (3, 60), (6, 120), (9, 240), (12, 360)] {
            let found = pause(Outcome::Quiet, past(n_quiet, 0), None, 0.0);
            assert_eq!(found, minutes * MINUTE, "{n_quiet}");
        }
        let forever = pause(Outcome::Quiet, past(u32::MAX, 0), None, 0.0);
        assert_eq!(forever, 360 * MINUTE);
    }

    #[test]
    fn a_failing_feed_is_left_alone_longer_and_longer_up_to_a_day() {
        for (n_failed, minutes) in [(1, 60), (2, 120), (5, 960), (6, 1_440), (99, 1_440)] {
            let found = pause(Outcome::Failed(None), past(0, n_failed), None, 0.0);
            assert_eq!(found, minutes * MINUTE, "{n_failed}");
        }
    }

    #[test]
    fn what_feed_and_server_ask_for_is_heeded_within_bounds() {
        let quiet = |ttl| pause(Outcome::Quiet, past(1, 0), Some(ttl), 0.0);
        assert_eq!(quiet(MINUTE), BASE_INTERVAL);
        assert_eq!(quiet(720 * MINUTE), 720 * MINUTE);
        assert_eq!(quiet(9_999 * MINUTE), MAX_INTERVAL);
        let failed = |after| pause(Outcome::Failed(Some(after)), past(0, 1), None, 0.0);
        assert_eq!(failed(MINUTE), 60 * MINUTE);
        assert_eq!(failed(300 * MINUTE), 300 * MINUTE);
        assert_eq!(failed(Duration::MAX), MAX_INTERVAL);
    }

    #[test]
    fn success_forgets_failures() {
        let failed = Past::default()
            .after(Outcome::Failed(None))
            .after(Outcome::Failed(None));
        assert_eq!(failed, past(0, 2));
        assert_eq!(failed.after(Outcome::Quiet), past(1, 0));
        assert_eq!(past(9, 9).after(Outcome::New), Past::default());
        assert_eq!(past(u32::MAX, 0).after(Outcome::Quiet).n_quiet, u32::MAX);
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::New),
            Just(Outcome::Quiet),
            Just(Outcome::More),
            any::<Option<u64>>().prop_map(|s| Outcome::Failed(s.map(Duration::from_secs))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn a_pause_is_never_too_short_and_never_too_long(
            outcomes in prop::collection::vec(outcome(), 1..60),
            ttl in any::<Option<u64>>(),
            die in 0.0f64..1.0,
        ) {
            let mut past = Past::default();
            let ttl = ttl.map(Duration::from_secs);
            let mut last = (None, Duration::ZERO);
            for outcome in outcomes {
                past = past.after(outcome);
                let found = pause(outcome, past, ttl, die);
                prop_assert!(found >= MIN_INTERVAL);
                prop_assert!(found <= MAX_INTERVAL.mul_f64(1.0 + JITTER));
                prop_assert!(found >= pause(outcome, past, ttl, 0.0));
                // The same again is never looked at sooner.
                if last.0 == Some(outcome) {
                    prop_assert!(found >= last.1);
                }
                last = (Some(outcome), found);
            }
        }
    }
}
