//! The one door from async code to the engine: a permit, then a blocking thread.
//!
//! Bounds how much runs at once, how much waits, and how long. Two queues: questions, which compute,
//! and quick looks at the store, which must not stand behind them (a suggestion has 100 ms).

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::error::{Failure, UserError};
use crate::engine::Engine;

/// Questions that may wait; the next is told to come back.
pub(super) const MAX_WAITING: usize = 512;
/// How long a question may wait for its turn.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(120);
/// Looks at the store at once.
const QUICK_PERMITS: usize = 8;
/// Loads of articles at once: they are long, and only one can write a collection.
const LOADING_PERMITS: usize = 2;
/// Loads whose files are in memory at once, downloading included: with ten files of 10 MiB each, at
/// most 400 MiB.
const HOLDING_PERMITS: usize = 4;
/// Assumed time of a question until some were measured.
const FIRST_GUESS: Duration = Duration::from_millis(150);

/// The way to the engine.
pub(super) struct Door {
    engine: Engine,
    questions: Queue,
    quick: Queue,
    loading: Queue,
    holding: Queue,
    /// Guilds that load, each once.
    guilds: Arc<Mutex<HashSet<u64>>>,
    /// Moving mean of how long a question computes, in microseconds.
    mean_us: AtomicU64,
    stop: CancellationToken,
}

struct Queue {
    permits: Arc<Semaphore>,
    n_permits: usize,
    waiting: AtomicUsize,
    /// What is told to whom it has no place for.
    full: UserError,
}

/// A guild's turn to load or change its articles, until this is dropped. While it lasts, nobody else of
/// the guild gets one, so that no guild keeps the others out.
pub(super) struct Load {
    guild: u64,
    guilds: Arc<Mutex<HashSet<u64>>>,
    /// For files in memory.
    held_files: Option<OwnedSemaphorePermit>,
}

impl Drop for Load {
    fn drop(&mut self) {
        lock(&self.guilds).remove(&self.guild);
    }
}

impl Door {
    /// A door that lets `threads` questions compute at once, and sends away whoever still waits when
    /// `stop` is cancelled.
    pub(super) fn new(engine: Engine, threads: usize, stop: CancellationToken) -> Door {
        Door {
            engine,
            questions: Queue::new(threads.max(1), UserError::Busy),
            quick: Queue::new(QUICK_PERMITS, UserError::Busy),
            loading: Queue::new(LOADING_PERMITS, UserError::Loading),
            holding: Queue::new(HOLDING_PERMITS, UserError::Loading),
            guilds: Arc::default(),
            mean_us: AtomicU64::new(micros(FIRST_GUESS)),
            stop,
        }
    }

    /// How long a question that comes now will probably take, waiting included.
    pub(super) fn expected(&self) -> Duration {
        let queue = &self.questions;
        let running = queue.n_permits - queue.permits.available_permits().min(queue.n_permits);
        let ahead = queue.waiting.load(Ordering::Relaxed) + running;
        let mean = Duration::from_micros(self.mean_us.load(Ordering::Relaxed));
        mean * u32::try_from(1 + ahead / queue.n_permits).unwrap_or(u32::MAX)
    }

    /// Questions that wait for their turn.
    pub(super) fn n_waiting(&self) -> usize {
        self.questions.waiting.load(Ordering::Relaxed)
    }

    /// Runs a question.
    ///
    /// # Errors
    /// [`UserError::Busy`] if too many wait or the wait is over, [`UserError::Stopping`] if the bot
    /// stops meanwhile; else what the work returns, or a
    /// fault if it panics.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = self.questions.enter(&self.stop).await?;
        metrics::gauge!(crate::telemetry::WAITING).set(self.n_waiting() as f64);
        let engine = self.engine.clone();
        let started = Instant::now();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&engine);
            drop(permit);
            done
        })
        .await;
        let took = micros(started.elapsed());
        let mean = self.mean_us.load(Ordering::Relaxed);
        self.mean_us.store((mean * 7 + took) / 8, Ordering::Relaxed);
        metrics::histogram!(crate::telemetry::ASK_SECONDS).record(took as f64 / 1e6);
        done.map_err(panicked)?
    }

    /// Runs a short look at the store, or a short change of it.
    ///
    /// # Errors
    /// As [`Door::ask`].
    pub(super) async fn quick<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(&self.quick, work).await
    }

    /// Runs a change of a guild's articles that brings no files.
    ///
    /// # Errors
    /// [`UserError::Loading`] if another load of the guild is under way; else as [`Door::loaded`].
    pub(super) async fn load<T: Send + 'static>(
        &self,
        guild: u64,
        work: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let load = self.turn(guild)?;
        self.loaded(&load, work).await
    }

    /// Waits until files of a guild may be brought into memory.
    ///
    /// # Errors
    /// [`UserError::Loading`] if another load of the guild is under way, too many wait or the wait is
    /// over, [`UserError::Stopping`] if the bot stops meanwhile.
    pub(super) async fn begin_load(&self, guild: u64) -> Result<Load, Failure> {
        let mut load = self.turn(guild)?;
        load.held_files = Some(self.holding.enter(&self.stop).await?);
        Ok(load)
    }

    /// Runs the work of a load.
    ///
    /// # Errors
    /// [`UserError::Loading`] if too many wait or the wait is over, [`UserError::Stopping`] if the bot
    /// stops meanwhile; else what the work returns, or a fault if it panics.
    pub(super) async fn loaded<T: Send + 'static>(
        &self,
        _turn: &Load,
        work: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = self.run(&self.loading, work).await;
        done.map_err(|failure| match failure {
            Failure::User(UserError::Busy) => UserError::Loading.into(),
            failure => failure,
        })
    }

    fn turn(&self, guild: u64) -> Result<Load, UserError> {
        if !lock(&self.guilds).insert(guild) {
            return Err(UserError::Loading);
        }
        Ok(Load {
            guild,
            guilds: Arc::clone(&self.guilds),
            held_files: None,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        queue: &Queue,
        work: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = queue.enter(&self.stop).await?;
        let engine = self.engine.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&engine);
            drop(permit);
            done
        });
        done.await.map_err(panicked)?
    }
}

impl Queue {
    fn new(n_permits: usize, full: UserError) -> Queue {
        Queue {
            full,
            permits: Arc::new(Semaphore::new(n_permits)),
            n_permits,
            waiting: AtomicUsize::new(0),
        }
    }

    async fn enter(&self, stop: &CancellationToken) -> Result<OwnedSemaphorePermit, Failure> {
        let permits = Arc::clone(&self.permits);
        if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
            return Ok(permit);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _leaves = Leaves(&self.waiting);
        if before >= MAX_WAITING {
            return Err(self.full.clone().into());
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(UserError::Stopping.into()),
            permit = permits.acquire_owned() => permit.map_err(|closed| {
                Failure::Fault(anyhow::Error::new(closed).context("a queue is closed"))
            }),
            () = tokio::time::sleep(MAX_WAIT) => Err(self.full.clone().into()),
        }
    }
}

/// Counts a waiting request out, however its waiting ends.
struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock(guilds: &Mutex<HashSet<u64>>) -> std::sync::MutexGuard<'_, HashSet<u64>> {
    guilds.lock().unwrap_or_else(PoisonError::into_inner)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn panicked(error: tokio::task::JoinError) -> Failure {
    Failure::Fault(anyhow::Error::new(error).context("the work for a request panicked"))
}
