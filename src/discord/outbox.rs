//! Requests to Discord: sent again when that is safe, counted when they are refused.
//!
//! Discord bans an address that makes 10,000 refused requests (401, 403, 429) in ten minutes, so
//! nothing is sent any more at half of that. A 429 is waited out as long as it asks, by everybody who
//! has something for the same channel; messages of one channel go one after another.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::Http;
use serenity::http::StatusCode;
use tokio::time::Instant;

use super::rest::{Call, Outcome, Rest, To};

/// Refused requests in [`WINDOW`] after which nothing more is sent.
pub(super) const MAX_REFUSED: u32 = 5_000;
/// Ten minutes, by Discord's rule, in ten steps.
const WINDOW: Duration = Duration::from_secs(600);
const STEPS: usize = 10;
/// Pauses between two attempts where Discord does not say how long: the first, doubled up to the
/// last.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// Channels whose limits are remembered.
const MAX_LANES: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// What a request does when it arrives twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The same as once: edits, messages with an enforced nonce.
    Harmless,
    /// Something is there twice: only what surely did not arrive is sent again.
    Doubles,
}

/// Why something was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// Discord does not want it.
    #[error("{what}: Discord refuses it with {status}: {text}")]
    Refused {
        what: &'static str,
        status: StatusCode,
        text: String,
    },
    /// It may have arrived or not.
    #[error("{what}: unknown whether it arrived: {reason}")]
    Uncertain { what: &'static str, reason: String },
    /// The time for it is over.
    #[error("{what}: not sent in time: {reason}")]
    Late { what: &'static str, reason: String },
    /// Too many refusals.
    #[error(
        "Discord refused {n_refused} requests in ten minutes, and at {MAX_REFUSED} nothing more is sent"
    )]
    Banned { n_refused: u32 },
}

/// The requests of one channel go one after another; the value is when the next may go.
type Lane = Arc<tokio::sync::Mutex<Instant>>;

/// The way to Discord.
pub(super) struct Outbox {
    rest: Rest,
    lanes: Mutex<LruCache<u64, Lane>>,
    /// Until when nothing at all may be sent.
    all_wait_until: Mutex<Instant>,
    refused: Mutex<Refused>,
    n_pauses: AtomicU64,
}

impl Outbox {
    /// An outbox over a client.
    ///
    /// # Errors
    /// The system's TLS cannot be used.
    pub(super) fn new(http: Arc<Http>) -> anyhow::Result<Outbox> {
        Ok(Outbox {
            rest: Rest::new(http)?,
            lanes: Mutex::new(LruCache::new(MAX_LANES)),
            all_wait_until: Mutex::new(Instant::now()),
            refused: Mutex::new(Refused::new(Instant::now())),
            n_pauses: AtomicU64::new(0),
        })
    }

    /// The library's client.
    pub(super) fn http(&self) -> &Arc<Http> {
        &self.rest.http
    }

    /// Sends a request, and again while Discord is busy or cannot be reached, until `deadline` has
    /// passed. Returns the id of the message, where Discord tells one.
    ///
    /// # Errors
    /// [`SendError`].
    pub(super) async fn send(
        &self,
        what: &'static str,
        repeat: Repeat,
        deadline: Duration,
        call: &Call,
    ) -> Result<Option<u64>, SendError> {
        let ends = Instant::now() + deadline;
        let late = |reason: &str| SendError::Late {
            what,
            reason: reason.to_owned(),
        };
        let lane = self.lane(&call.to);
        let wait_for_lane = async {
            match &lane {
                Some(lane) => Some(lane.lock().await),
                None => None,
            }
        };
        let mut may_go = tokio::time::timeout_at(ends, wait_for_lane)
            .await
            .map_err(|_| late("others of the same channel came first"))?;
        let mut own_wait = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let lane_wait = may_go.as_deref().copied().unwrap_or(own_wait);
            let wait = lane_wait.max(own_wait).max(*lock(&self.all_wait_until));
            if wait >= ends {
                return Err(late("Discord asks to wait longer"));
            }
            tokio::time::sleep_until(wait).await;
            self.check()?;
            let outcome = tokio::time::timeout_at(ends, self.rest.exchange(call)).await;
            let outcome = outcome.unwrap_or_else(|_| Outcome::Uncertain("no answer".to_owned()));
            self.count(&outcome);
            let reason = match outcome {
                Outcome::Done(id) => return Ok(id),
                Outcome::Refused(status, text) => {
                    return Err(SendError::Refused { what, status, text });
                }
                Outcome::Uncertain(reason) if repeat == Repeat::Doubles => {
                    return Err(SendError::Uncertain { what, reason });
                }
                Outcome::Limited {
                    retry_after: Some(wait),
                    is_global,
                } => {
                    let until = Instant::now() + wait;
                    match (&mut may_go, is_global) {
                        (_, true) => *lock(&self.all_wait_until) = until,
                        (Some(may_go), false) => **may_go = until,
                        (None, false) => own_wait = until,
                    }
                    continue;
                }
                Outcome::Limited { .. } => "429".to_owned(),
                Outcome::Uncertain(reason) | Outcome::Unreached(reason) => reason,
            };
            tracing::debug!(what, reason, "sent again after a pause");
            own_wait = Instant::now() + self.spread(pause);
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// Looks at a first response once: whether it is there.
    pub(super) async fn is_there(&self, token: &str) -> bool {
        let look = Call {
            to: To::Original(token.to_owned()),
            body: None,
            file: None,
        };
        matches!(self.rest.exchange(&look).await, Outcome::Done(_))
    }

    fn lane(&self, to: &To) -> Option<Lane> {
        let (To::Channel(id) | To::Typing(id)) = to else {
            return None;
        };
        let fresh = || Arc::new(tokio::sync::Mutex::new(Instant::now()));
        Some(Arc::clone(lock(&self.lanes).get_or_insert(*id, fresh)))
    }

    /// A pause made longer by up to its length: what failed together should not come back together.
    fn spread(&self, pause: Duration) -> Duration {
        let step = self.n_pauses.fetch_add(1, Ordering::Relaxed) * 37 % 100;
        pause + pause * u32::try_from(step).unwrap_or(0) / 100
    }

    fn check(&self) -> Result<(), SendError> {
        match self.n_refused() {
            n_refused if n_refused >= MAX_REFUSED => Err(SendError::Banned { n_refused }),
            _ => Ok(()),
        }
    }

    fn count(&self, outcome: &Outcome) {
        let (name, is_counted) = match outcome {
            Outcome::Done(_) => ("sent", false),
            Outcome::Limited { .. } => ("limited", true),
            Outcome::Refused(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                ("refused", true)
            }
            _ => ("failed", false),
        };
        metrics::counter!(crate::telemetry::REQUESTS, "outcome" => name).increment(1);
        if is_counted {
            lock(&self.refused).add(Instant::now());
        }
    }

    /// Refused requests of the last ten minutes.
    pub(super) fn n_refused(&self) -> u32 {
        lock(&self.refused).total(Instant::now())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts of the last ten minutes.
struct Refused {
    counts: [u32; STEPS],
    /// The step that is counted in, and when it began.
    step: usize,
    began: Instant,
}

impl Refused {
    fn new(now: Instant) -> Refused {
        Refused {
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

    #[test]
    fn refusals_are_forgotten_after_ten_minutes() {
        let start = Instant::now();
        let mut refused = Refused::new(start);
        for minute in 0..5 {
            refused.add(start + Duration::from_secs(minute * 60));
        }
        assert_eq!(refused.total(start + Duration::from_secs(599)), 5);
        assert_eq!(refused.total(start + Duration::from_secs(660)), 3);
        assert_eq!(refused.total(start + Duration::from_secs(5_000)), 0);
        refused.add(start + Duration::from_secs(5_000));
        assert_eq!(refused.total(start + Duration::from_secs(5_001)), 1);
    }
}
