//! Requests to Discord: sent again when that is safe, counted when they are refused.
//!
//! Discord bans an address that makes 10,000 refused requests (401, 403, 429) in ten minutes, so
//! nothing is sent any more at half of that. With the client library's own limiter on, it waits out
//! rate limits itself; behind a proxy it is off, and a 429 is waited out here.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serenity::all::{Http, HttpError};
use serenity::http::StatusCode;
use tokio::time::Instant;

/// Refused requests in [`WINDOW`] after which nothing more is sent.
pub(super) const MAX_REFUSED: u32 = 5_000;
/// Ten minutes, by Discord's rule, in ten steps.
const WINDOW: Duration = Duration::from_secs(600);
const STEPS: usize = 10;
/// Longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// First pause between two attempts; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What a request does when it arrives twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The same as once: edits, messages with an enforced nonce.
    Harmless,
    /// Something is there twice: only what surely did not arrive is sent again.
    Doubles,
}

/// The way to Discord.
pub(super) struct Outbox {
    /// The client.
    pub http: Arc<Http>,
    refused: Mutex<Refused>,
    n_sent: AtomicU64,
}

impl Outbox {
    /// An outbox over a client.
    pub(super) fn new(http: Arc<Http>) -> Outbox {
        Outbox {
            http,
            refused: Mutex::new(Refused::new(Instant::now())),
            n_sent: AtomicU64::new(0),
        }
    }

    /// Sends a request, and again after a pause while Discord is busy or cannot be reached, until
    /// `deadline` has passed.
    ///
    /// `None` means that Discord did it, but told of it in words that the client library does not
    /// understand.
    ///
    /// # Errors
    /// What the last attempt met.
    pub(super) async fn send<T, F>(
        &self,
        what: &'static str,
        repeat: Repeat,
        deadline: Duration,
        request: impl Fn() -> F,
    ) -> anyhow::Result<Option<T>>
    where
        F: Future<Output = serenity::Result<T>>,
    {
        let ends = Instant::now() + deadline;
        let mut pause = FIRST_PAUSE;
        let mut n_attempts = 0;
        loop {
            self.check()?;
            n_attempts += 1;
            let error = match tokio::time::timeout_at(ends, request()).await {
                Ok(Ok(sent)) => {
                    metrics::counter!(crate::telemetry::REQUESTS, "outcome" => "sent").increment(1);
                    return Ok(Some(sent));
                }
                Ok(Err(serenity::Error::Json(error))) => {
                    tracing::warn!(%error, what, "done, but the response cannot be read");
                    return Ok(None);
                }
                Ok(Err(error)) => error,
                Err(_) => anyhow::bail!("{what} took longer than {} s", deadline.as_secs()),
            };
            let refusal = Refusal::of(&error);
            self.count(&error);
            let is_safe = match refusal {
                Refusal::Limited => true,
                Refusal::Broken => repeat == Repeat::Harmless,
                Refusal::Final => false,
            };
            // Requests that failed together should not come back together.
            let spread = self.n_sent.fetch_add(1, Ordering::Relaxed) * 37 % 100;
            let wait = pause + pause * u32::try_from(spread).unwrap_or(0) / 100;
            if !is_safe || Instant::now() + wait >= ends {
                return Err(anyhow::Error::new(error).context(what));
            }
            tracing::debug!(what, n_attempts, "sent again after a pause");
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        let n_refused = self.lock().total(Instant::now());
        anyhow::ensure!(
            n_refused < MAX_REFUSED,
            "Discord refused {n_refused} requests in ten minutes, at the limit of {MAX_REFUSED}: nothing more is sent for a while"
        );
        Ok(())
    }

    fn count(&self, error: &serenity::Error) {
        let status = status(error);
        let outcome = match status {
            Some(StatusCode::TOO_MANY_REQUESTS) => "limited",
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => "refused",
            _ => "failed",
        };
        metrics::counter!(crate::telemetry::REQUESTS, "outcome" => outcome).increment(1);
        if outcome != "failed" {
            self.lock().add(Instant::now());
        }
    }

    /// Refused requests of the last ten minutes.
    pub(super) fn n_refused(&self) -> u32 {
        self.lock().total(Instant::now())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an error says about trying again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Not now; surely nothing happened.
    Limited,
    /// Unknown whether something happened.
    Broken,
    /// Never.
    Final,
}

impl Refusal {
    fn of(error: &serenity::Error) -> Refusal {
        match error {
            serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
                if response.status_code == StatusCode::TOO_MANY_REQUESTS {
                    Refusal::Limited
                } else if response.status_code.is_server_error() {
                    Refusal::Broken
                } else {
                    Refusal::Final
                }
            }
            serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => {
                Refusal::Limited
            }
            serenity::Error::Http(HttpError::Request(_)) => Refusal::Broken,
            _ => Refusal::Final,
        }
    }
}

/// Whether it is not known if Discord did what it was asked.
pub(super) fn is_uncertain(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<serenity::Error>()
        .is_some_and(|error| Refusal::of(error) == Refusal::Broken)
}

/// The status of a refusal.
pub(super) fn status(error: &serenity::Error) -> Option<StatusCode> {
    match error {
        serenity::Error::Http(error) => error.status_code(),
        _ => None,
    }
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
