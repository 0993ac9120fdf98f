//! The clock of the fake: what the 3 s and 15 min limits, expiring links and timestamps are measured on.
//!
//! In tests it stands still until the test moves it, so that no deadline depends on how fast the machine
//! is. The playground and load tests let it run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// 2026-03-02 12:00:00 UTC, in seconds since 1970: where every fake begins.
const START: u64 = 1_772_452_800;
/// 2015-01-01 in milliseconds since 1970: where Discord's ids begin to count.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// A clock shared by everything in one fake.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<Reading>>);

#[derive(Debug)]
struct Reading {
    /// Time since 1970 when `running_since` was set, or now if it stands.
    base: Duration,
    running_since: Option<Instant>,
}

impl Clock {
    /// A clock that stands at the start.
    pub fn standing() -> Clock {
        Clock(Arc::new(Mutex::new(Reading {
            base: Duration::from_secs(START),
            running_since: None,
        })))
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the clock run with the machine's from now on.
    pub fn run(&self) {
        let now = self.now();
        *self.reading() = Reading {
            base: now,
            running_since: Some(Instant::now()),
        };
    }

    /// Moves the clock on at once.
    pub fn advance(&self, by: Duration) {
        self.reading().base += by;
    }

    /// Time since 1970.
    pub fn now(&self) -> Duration {
        let reading = self.reading();
        reading.base
            + reading
                .running_since
                .map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The time part of an id made now.
    pub fn snowflake_ms(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap() - DISCORD_EPOCH_MS
    }
}

/// `2026-03-02T12:00:00.000000+00:00`, as Discord writes times.
pub fn timestamp(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let micros = since_1970.subsec_micros();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00")
}

/// Year, month and day of a number of days since 1970, by counting: a test looks at few of them.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}
