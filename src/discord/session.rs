//! One connection after another, until the bot is told to stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serenity::all::{ActivityData, ClientBuilder, GatewayError, ShardManager};
use serenity::gateway::ConnectionStage;
use serenity::http::StatusCode;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::{Bot, Data, Misconfigured, SHUTDOWN, intents};
use crate::telemetry::{self, Health};

/// How long Discord may take to say where its gateway is, and who the bot is.
const OPENING: Duration = Duration::from_secs(30);
/// How long closing the connections may take.
const CLOSING: Duration = Duration::from_millis(500);
/// Nothing has come for so long: nobody is about to be handed over.
const QUIET: Duration = Duration::from_millis(50);
/// Pauses between attempts to start: the first, doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);
/// A session that lasted so long was a good one: what ended it is news.
const GOOD_SESSION: Duration = Duration::from_secs(300);
/// How often answers that were kept long enough are deleted.
const EXPIRY: Duration = Duration::from_secs(6 * 3_600);

const LIBRARY: crate::document::Collection = crate::document::Collection::Library;

/// The shards of the present connection, if there is one, and how many there have to be: they are started
/// one after another.
type Shards = watch::Sender<Option<(Arc<ShardManager>, usize)>>;

pub(super) async fn run(bot: &Bot, data: Arc<Data>, stop: CancellationToken) -> anyhow::Result<()> {
    let (shards, seen) = watch::channel(None);
    if let Some(address) = bot.config.http_address {
        let data = Arc::clone(&data);
        let checkup = Arc::new(move || {
            let (data, shards) = (Arc::clone(&data), seen.borrow().clone());
            let future: futures_util::future::BoxFuture<'static, Health> =
                Box::pin(async move { health(&data, shards).await });
            future
        });
        let address = telemetry::serve(address, checkup, stop.clone()).await?;
        tracing::info!(%address, "health and metrics are served");
    }
    let expiring = tokio::spawn(expire(Arc::clone(&data), stop.clone()));
    let ended = connect(bot, &data, &shards, &stop).await;
    stop.cancel();
    // Where the bot was told to stop, its requests had their time before the connection closed.
    let patience = if ended.is_ok() { CLOSING } else { SHUTDOWN };
    if tokio::time::timeout(patience, finish(&data)).await.is_err() {
        tracing::warn!(n = data.work.len(), "requests were still under way");
    }
    expiring.abort();
    ended
}

/// Waits until what computes is finished and whoever waits is told.
async fn finish(data: &Data) {
    data.work.close();
    loop {
        data.work.wait().await;
        tokio::time::sleep(QUIET).await;
        if data.work.is_empty() {
            return;
        }
    }
}

/// Connects, and again after a pause, until told to stop or refused for good.
async fn connect(
    bot: &Bot,
    data: &Arc<Data>,
    shards: &Shards,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut pause = Duration::ZERO;
    while !stop.is_cancelled() {
        let began = Instant::now();
        let Err(error) = session(bot, data, shards, stop).await else {
            return Ok(());
        };
        shards.send_replace(None);
        if let Some(reason) = final_reason(&error) {
            return Err(anyhow::Error::new(error).context(Misconfigured(reason)));
        }
        pause = pause_after(pause, began.elapsed());
        tracing::warn!(%error, pause_s = pause.as_secs(), "no connection to Discord; trying again");
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    let _ = tokio::time::timeout(SHUTDOWN, finish(data)).await;
    Ok(())
}

/// The pause after a session, from the one before it: the first one after a session that lasted. A short
/// session does not count, for Discord allows 1,000 of them a day.
fn pause_after(before: Duration, lasted: Duration) -> Duration {
    match lasted >= GOOD_SESSION {
        true => FIRST_PAUSE,
        false => (before * 2).clamp(FIRST_PAUSE, LAST_PAUSE),
    }
}

/// One run of the client; `Ok` only once told to stop.
async fn session(
    bot: &Bot,
    data: &Arc<Data>,
    shards: &Shards,
    stop: &CancellationToken,
) -> serenity::Result<()> {
    let opening = async {
        let gateway = data.outbox.http().get_bot_gateway().await?;
        let client = ClientBuilder::new_with_http(super::http(&bot.config), intents(&bot.config))
            .framework(Desk::new(Arc::clone(data), bot.config.dev_guild))
            .activity(ActivityData::listening("/ask"))
            .await?;
        Ok::<_, serenity::Error>((gateway, client))
    };
    // The library's own client waits for ever, be it for an answer or for the end of a rate limit.
    let (gateway, mut client) = tokio::select! {
        () = stop.cancelled() => {
            // Of an earlier connection, something may still be under way.
            let _ = tokio::time::timeout(SHUTDOWN, finish(data)).await;
            return Ok(());
        }
        opened = tokio::time::timeout(OPENING, opening) => match opened {
            Ok(opened) => opened?,
            Err(late) => return Err(serenity::Error::Io(late.into())),
        },
    };
    // If the library cannot ask for the address it takes Discord's own, proxy or not.
    *client.ws_url.lock().await = gateway.url;
    let manager = Arc::clone(&client.shard_manager);
    let n_shards = usize::try_from(gateway.shards).unwrap_or(usize::MAX);
    shards.send_replace(Some((Arc::clone(&manager), n_shards)));
    let mut running = tokio::spawn(async move { client.start_autosharded().await });
    tokio::select! {
        ended = &mut running => match ended {
            Ok(ended) => ended,
            Err(panic) => Err(serenity::Error::Io(std::io::Error::other(panic))),
        },
        () = stop.cancelled() => {
            // Still connected, so that who asks meanwhile is told to ask again.
            let _ = tokio::time::timeout(SHUTDOWN, finish(data)).await;
            // With a gateway that does not answer this would not end.
            let _ = tokio::time::timeout(CLOSING, manager.shutdown_all()).await;
            running.abort();
            Ok(())
        }
    }
}

/// Why it is no use to try again, in words for the operator; `None` if it may be.
fn final_reason(error: &serenity::Error) -> Option<&'static str> {
    match error {
        serenity::Error::Gateway(GatewayError::InvalidAuthentication) => {
            Some("Discord refuses `DISCORD_TOKEN`; copy it again from the developer portal")
        }
        serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents) => Some(
            "Discord does not grant the message content intent; allow it in the developer portal \
             or set `QUOTH_MESSAGE_CONTENT` to `off`",
        ),
        serenity::Error::Http(error) if error.status_code() == Some(StatusCode::UNAUTHORIZED) => {
            Some("Discord refuses `DISCORD_TOKEN`; copy it again from the developer portal")
        }
        _ => None,
    }
}

/// Deletes old answers now and then.
async fn expire(data: Arc<Data>, stop: CancellationToken) {
    loop {
        let now = data.now_unix_ms();
        match data
            .door
            .quick(move |engine| Ok(engine.expire_answers(now)?))
            .await
        {
            Ok(0) => {}
            Ok(n_deleted) => tracing::info!(n_deleted, "old answers and previews were deleted"),
            Err(failure) => tracing::warn!(%failure, "old answers could not be deleted"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EXPIRY) => {}
        }
    }
}

/// `3 of 4 level with the store, 1 behind`.
fn levels(indexes: &crate::engine::IndexOverview) -> String {
    let (n_level, n_unusable) = (indexes.n_level, indexes.unusable.len());
    let n = n_level + indexes.n_behind + n_unusable;
    let mut line = format!("{n_level} of {n} level with the store");
    if indexes.n_behind > 0 {
        line.push_str(&format!(", {} behind", indexes.n_behind));
    }
    match indexes.unusable.as_slice() {
        [] => {}
        [one] => line.push_str(&format!(", that of {one} has to be built")),
        _ => line.push_str(&format!(", {n_unusable} have to be built")),
    }
    line
}

/// How things are: every shard connected, store and index of the library readable, the outbox allowed to
/// send.
async fn health(data: &Data, shards: Option<(Arc<ShardManager>, usize)>) -> Health {
    let (n_connected, n_shards) = match shards {
        Some((manager, n_shards)) => {
            let runners = manager.runners.lock().await;
            let connected = runners
                .values()
                .filter(|runner| runner.stage == ConnectionStage::Connected);
            (connected.count(), n_shards)
        }
        None => (0, 0),
    };
    let store = data
        .door
        .quick(|engine| Ok(engine.count(LIBRARY)?))
        .await
        .context("the store cannot be read");
    let indexes = data
        .door
        .quick(|engine| Ok(engine.index_overview()?))
        .await
        .context("an index cannot be read");
    // Of the other collections one may wait for its first question, which builds what is missing.
    let has_library = indexes
        .as_ref()
        .is_ok_and(|indexes| !indexes.unusable.contains(&LIBRARY));
    let n_refused = data.outbox.n_refused();
    let gateway_is_up = n_shards > 0 && n_connected == n_shards;
    Health {
        healthy: gateway_is_up
            && store.is_ok()
            && has_library
            && n_refused < super::outbox::MAX_REFUSED,
        parts: vec![
            (
                "gateway",
                format!("{n_connected} of {n_shards} shards connected"),
            ),
            (
                "store",
                match store {
                    Ok(n) => format!("{n} articles in the library"),
                    Err(error) => format!("{error:#}"),
                },
            ),
            (
                "indexes",
                match indexes {
                    Ok(indexes) => levels(&indexes),
                    Err(error) => format!("{error:#}"),
                },
            ),
            ("requests", format!("{n_refused} refused in ten minutes")),
            ("questions", format!("{} waiting", data.door.n_waiting())),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_while_sessions_fail_and_begin_anew_after_a_good_one() {
        let mut pause = Duration::ZERO;
        let mut after = |seconds| {
            pause = pause_after(pause, Duration::from_secs(seconds));
            pause.as_secs()
        };
        assert_eq!([0; 8].map(&mut after), [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(after(299), 60);
        assert_eq!([300, 0, 3_600].map(&mut after), [1, 2, 1]);
    }
}
