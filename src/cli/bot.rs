//! `quoth bot`: the Discord bot, until it is told to stop.
//!
//! Settings that are not in order end it with code 2, which keeps a service manager from trying again;
//! anything else with code 1.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::{Ending, Session, chain, now_unix_ms};
use crate::config::{BotConfig, LogFormat};
use crate::discord::{self, Bot};
use crate::engine::Engine;
use crate::feeds::{ItemOutcome, Look, Poller};
use crate::fetch;
use crate::store::Actor;
use crate::telemetry;

/// Between two looks for articles past their retention.
const RETENTION_PAUSE: Duration = Duration::from_secs(60 * 60);

pub(super) fn run(config: BotConfig, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    telemetry::log_to_stderr(
        &config.log,
        config.log_format == LogFormat::Json,
        config.token.expose_secret(),
    )?;
    match serve(config, session) {
        Err(error) if !error.is::<discord::Misconfigured>() => {
            let _ = writeln!(session.err, "quoth: {}", chain(&error));
            Ok(Ending::ForNow)
        }
        ended => ended.map(|()| Ending::Done),
    }
}

fn serve(config: BotConfig, session: &mut Session<'_>) -> anyhow::Result<()> {
    let engine = session.engine()?;
    // The first question should not wait for the indexes to be opened.
    engine.n_passages(crate::document::Collection::Library)?;
    let pages = fetch::Client::new(session.config.fetch.clone())?;
    let poller = Poller::new(engine.clone(), pages.clone(), Arc::new(now_unix_ms));
    let (kept, retention_days) = (engine.clone(), session.config.retention_days);
    let bot = Bot {
        engine,
        config,
        threads: session.config.threads,
        clock: Arc::new(now_unix_ms),
        pages,
        attachment_origins: discord::ATTACHMENTS.map(str::to_owned).to_vec(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads of the bot cannot be started")?;
    let ended = runtime.block_on(async {
        let stop = CancellationToken::new();
        let signals = tokio::spawn(stop_on_signal(stop.clone()));
        let stop_feeds = stop.clone();
        let feeds = tokio::spawn(async move {
            poller.run(&stop_feeds, Arc::new(log_look)).await;
        });
        let ends = tokio::spawn(delete_what_ended(kept, retention_days, stop.clone()));
        let ended = discord::run(bot, stop.clone()).await;
        // It may have ended by itself; feeds are not followed without it.
        stop.cancel();
        signals.abort();
        if feeds.await.is_err() {
            tracing::error!("following feeds ended before its time");
        }
        if ends.await.is_err() {
            tracing::error!("deleting what is past its retention ended before its time");
        }
        ended
    });
    // What still computes cannot be cancelled, and is not waited for.
    runtime.shutdown_background();
    ended
}

/// Deletes for good what is past its retention, once an hour until `stop`. A fault is logged, and tried again an hour later.
async fn delete_what_ended(engine: Engine, days: Option<u32>, stop: CancellationToken) {
    let Some(days) = days else { return };
    let mut hours = tokio::time::interval(RETENTION_PAUSE);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hours.tick() => {}
        }
        let engine = engine.clone();
        let deleted = tokio::task::spawn_blocking(move || {
            engine.retain(days, &Actor::CommandLine, now_unix_ms())
        });
        match deleted.await {
            Ok(Ok(0)) => {}
            Ok(Ok(n_versions)) => {
                tracing::info!(n_versions, "articles past their retention were deleted")
            }
            Ok(Err(error)) => tracing::error!(
                error = chain(&error.into()),
                "articles past their retention cannot be deleted"
            ),
            Err(error) => tracing::error!(%error, "deleting articles past their retention failed"),
        }
    }
}

/// Cancels `stop` on the signals by which people and service managers end a program.
async fn stop_on_signal(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
    tracing::info!("stopping");
    stop.cancel();
}

/// One line a look that had something to tell.
fn log_look(look: &Look) {
    let feed = look.feed.id.0;
    let n_added = look
        .items
        .iter()
        .filter(|item| matches!(item.outcome, ItemOutcome::Added(..)))
        .count();
    if let Some(fault) = &look.feed.fault {
        tracing::warn!(feed, url = look.feed.url, fault, "a feed is not in order");
    }
    if !look.items.is_empty() {
        let (n_items, n_waiting) = (look.items.len(), look.n_waiting);
        tracing::info!(feed, n_added, n_items, n_waiting, "a feed was looked at");
    }
}
