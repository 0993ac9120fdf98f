//! Requests to Discord: sent again when that is safe, counted when they are refused.
//!
//! Nothing is sent where [`Refusals`] expects to be refused. A 429 is waited out as long as it asks, by
//! everybody who has something for the same channel; messages of one channel go one after another,
//! and wait before a 429 where Discord says that the next would be one.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::Http;
use serenity::http::StatusCode;
use tokio::time::Instant;

pub(super) use super::refusals::MAX_REFUSED;
use super::refusals::{Refusals, Unwanted};
use super::rest::{Call, Outcome, Place, Rest, To};

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
    /// The bot may not write there. Nothing else of the same place is worth trying.
    #[error("{what}: the bot may not write in channel `{channel}`: {text}")]
    Forbidden {
        what: &'static str,
        channel: u64,
        text: String,
    },
    /// Too many refusals.
    #[error("{what}: {why}")]
    Unwanted { what: &'static str, why: Unwanted },
}

/// The requests of one channel go one after another; the value is when the next may go.
type Lane = Arc<tokio::sync::Mutex<Instant>>;

/// The way to Discord.
pub(super) struct Outbox {
    rest: Rest,
    lanes: Mutex<LruCache<u64, Lane>>,
    /// Until when nothing at all may be sent.
    all_wait_until: Mutex<Instant>,
    refusals: Mutex<Refusals>,
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
            refusals: Mutex::new(Refusals::new(Instant::now())),
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
            self.check(what, &call.to)?;
            let outcome = tokio::time::timeout_at(ends, self.rest.exchange(call)).await;
            let outcome = outcome.unwrap_or_else(|_| Outcome::Uncertain("no answer".to_owned()));
            self.count(&call.to, &outcome);
            let reason = match outcome {
                Outcome::Done { id, pause } => {
                    if let (To::Channel(_), Some(may_go), Some(pause)) =
                        (&call.to, &mut may_go, pause)
                    {
                        **may_go = Instant::now() + pause;
                    }
                    return Ok(id);
                }
                Outcome::Refused(StatusCode::FORBIDDEN, text) if call.to.place().is_some() => {
                    let channel = call.to.place().map_or(0, |place| place.channel);
                    return Err(SendError::Forbidden {
                        what,
                        channel,
                        text,
                    });
                }
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
        matches!(self.rest.exchange(&look).await, Outcome::Done { .. })
    }

    fn lane(&self, to: &To) -> Option<Lane> {
        let channel = to.place()?.channel;
        let fresh = || Arc::new(tokio::sync::Mutex::new(Instant::now()));
        Some(Arc::clone(lock(&self.lanes).get_or_insert(channel, fresh)))
    }

    /// A pause made longer by up to its length: what failed together should not come back together.
    fn spread(&self, pause: Duration) -> Duration {
        let step = self.n_pauses.fetch_add(1, Ordering::Relaxed) * 37 % 100;
        pause + pause * u32::try_from(step).unwrap_or(0) / 100
    }

    fn check(&self, what: &'static str, to: &To) -> Result<(), SendError> {
        let allowed = lock(&self.refusals).check(to.place(), Instant::now());
        allowed.map_err(|why| match why {
            Unwanted::Closed { channel } => SendError::Forbidden {
                what,
                channel,
                text: "Discord refused it a short while ago".to_owned(),
            },
            why => SendError::Unwanted { what, why },
        })
    }

    fn count(&self, to: &To, outcome: &Outcome) {
        let (name, is_counted, closes) = match outcome {
            Outcome::Done { .. } => ("sent", false, false),
            Outcome::Limited { .. } => ("limited", true, false),
            Outcome::Refused(StatusCode::UNAUTHORIZED, _) => ("refused", true, false),
            Outcome::Refused(StatusCode::FORBIDDEN, _) => ("refused", true, true),
            _ => ("failed", false, false),
        };
        metrics::counter!(crate::telemetry::REQUESTS, "outcome" => name).increment(1);
        if is_counted {
            // A limit on all requests is nobody's fault.
            let is_global = matches!(
                outcome,
                Outcome::Limited {
                    is_global: true,
                    ..
                }
            );
            let place = to.place().filter(|_| !is_global);
            lock(&self.refusals).add(place, closes, Instant::now());
        }
    }

    /// Forgets that a channel was closed: somebody says it is open now.
    pub(super) fn try_again(&self, place: Place) {
        lock(&self.refusals).open(place);
    }

    /// Refused requests of the last ten minutes.
    pub(super) fn n_refused(&self) -> u32 {
        lock(&self.refusals).n_all(Instant::now())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
