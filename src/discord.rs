//! The Discord bot.
//!
//! Owns everything that is Discord's: events, commands, messages, limits, rights. Alone names
//! `serenity` and `poise`. It decides nothing about answers: questions go through `door` to the
//! engine, what comes back is made a message by `render` (pure) and sent by `reply` (the one place
//! that sends). Read [`run`] first, then `desk`, where events come in, and `asking`.
//!
//! Invariants:
//! - Whoever addresses the bot gets an answer or a reason, within 3 s a first sign of it.
//! - A quote is compared with the stored text before it is sent; if it differs, an apology is sent.
//! - No message, edit or follow-up pings anybody or shows a preview card.
//! - Rights come with each request and are checked in each handler; a name of a button proves
//!   nothing. One guild's articles and answers never show in another.
//! - The token is in no log line, no `Debug` and no help.
//!
//! **Entry point for the program, the tests and the playground:** [`run`] with a [`Bot`], on a tokio
//! runtime of several threads. With `BotConfig::proxy_url` set, every REST request goes there and the
//! gateway's address is what `GET /gateway/bot` answers there. It returns after the token `stop` is
//! cancelled, in at most [`SHUTDOWN`] and a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;
use serenity::all::{CommandInteraction, GatewayIntents, Http};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::BotConfig;
use crate::engine::Engine;
use crate::fetch::FetchError;
use crate::store::{GuildSettings, PendingFile, Stated};

mod asking;
mod attachments;
mod browse;
mod caller;
mod commands;
pub mod components;
mod desk;
mod door;
mod editing;
mod error;
mod guilds;
mod limits;
mod localisation;
mod messages;
mod outbox;
mod presses;
mod refusals;
pub mod render;
mod reply;
mod rest;
mod session;
mod suggest;
mod summarizing;
mod wire;

use attachments::Attachments;
use caller::Caller;
use door::Door;
use error::{Failure, UserError, incident_id};
use guilds::Guilds;
use limits::Limits;
use outbox::{Outbox, SendError};
use reply::Reply;
use rest::Place;

/// How long answers under way may take once the bot is told to stop.
pub const SHUTDOWN: Duration = Duration::from_secs(4);

pub use attachments::DISCORD as ATTACHMENTS;

/// Tells the time in milliseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// All that a bot is made of.
#[derive(Clone)]
pub struct Bot {
    /// What answers.
    pub engine: Engine,
    /// Its settings.
    pub config: BotConfig,
    /// Questions that compute at once.
    pub threads: usize,
    /// The clock.
    pub clock: Clock,
    /// What fetches the pages that are to be loaded.
    pub pages: crate::fetch::Client,
    /// Where attachments may be downloaded from, each ending in a slash; see [`ATTACHMENTS`].
    pub attachment_origins: Vec<String>,
}

/// Settings that no second attempt makes right: a token that Discord refuses, intents it does not grant.
/// It is the context of the error that ended the bot.
#[derive(Clone, Copy, Debug)]
pub struct Misconfigured(&'static str);

impl std::fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// Runs the bot until `stop` is cancelled. Connections that break are made again; answers under way
/// are finished on stopping.
///
/// # Errors
/// [`Misconfigured`]; anything else, such as an address for the health page that another program
/// listens on, may be gone the next time.
pub async fn run(bot: Bot, stop: CancellationToken) -> anyhow::Result<()> {
    let data = Arc::new(Data::new(&bot, &stop)?);
    session::run(&bot, data, stop).await
}

/// What every handler shares.
struct Data {
    door: Door,
    outbox: Arc<Outbox>,
    limits: Limits,
    guilds: Guilds,
    clock: Clock,
    /// Requests under way, so that stopping can wait for them.
    work: TaskTracker,
    stop: CancellationToken,
    n_incidents: AtomicU64,
    n_told: AtomicU64,
    log_questions: bool,
    reads_all: bool,
    attachments: Attachments,
    pages: crate::fetch::Client,
}

impl Data {
    fn new(bot: &Bot, stop: &CancellationToken) -> anyhow::Result<Data> {
        let http = Arc::new(http(&bot.config));
        Ok(Data {
            door: Door::new(bot.engine.clone(), bot.threads, stop.clone()),
            outbox: Arc::new(Outbox::new(http)?),
            limits: Limits::default(),
            guilds: Guilds::default(),
            clock: Arc::clone(&bot.clock),
            work: TaskTracker::new(),
            stop: stop.clone(),
            n_incidents: AtomicU64::new(0),
            n_told: AtomicU64::new(0),
            log_questions: bot.config.log_questions,
            reads_all: bot.config.message_content,
            attachments: Attachments::new(bot.attachment_origins.clone())?,
            pages: bot.pages.clone(),
        })
    }

    fn now_unix_ms(&self) -> i64 {
        (self.clock)()
    }

    /// Who typed a command, and how to answer them.
    fn met(&self, from: &CommandInteraction) -> (Caller, Reply) {
        let reply = Reply::to_interaction(&self.outbox, from.id, &from.token);
        (Caller::of_command(from), reply)
    }

    /// The page at an address that somebody wants to load.
    async fn page(&self, url: &str) -> Result<PendingFile, Failure> {
        let page = self.pages.get(url).await.map_err(|error| match error {
            FetchError::Setup { .. } => Failure::Fault(error.into()),
            error => UserError::Other(error.to_string()).into(),
        })?;
        Ok(PendingFile {
            content_type: Some(page.told_type()),
            location: page.url.clone(),
            name: page.url,
            stated: Stated::default(),
            content: page.bytes,
        })
    }

    /// Tells the asker of a failure, and the log of a fault.
    async fn settle(&self, done: Result<(), Failure>, reply: &mut Reply) {
        let message = match done {
            Ok(()) => return,
            Err(Failure::User(error)) => render::notice::refusal(&error),
            // Who cannot be written to cannot be told of that either.
            Err(Failure::Fault(fault)) if is_unwanted(&fault) => {
                tracing::warn!(error = format!("{fault:#}"), "an answer could not be sent");
                return;
            }
            Err(Failure::Fault(fault)) => render::notice::incident(&self.incident(&fault)),
        };
        if let Err(error) = reply.send(&message, true).await {
            // Nobody is left to tell.
            let error_text = format!("{error:#}");
            match is_unwanted(&error) {
                true => tracing::warn!(error = error_text, "an answer could not be sent"),
                false => tracing::error!(error = error_text, "a failure could not be told"),
            }
        }
    }

    /// Logs a fault under an id, which is returned.
    fn incident(&self, fault: &anyhow::Error) -> String {
        let n_before = self.n_incidents.fetch_add(1, Ordering::Relaxed);
        let incident = incident_id(self.now_unix_ms(), n_before);
        metrics::counter!(crate::telemetry::INCIDENTS).increment(1);
        tracing::error!(incident, error = format!("{fault:#}"), "a request failed");
        incident
    }

    /// Tells of a change in the guild's log channel, if it has one, without keeping anybody waiting.
    fn tell(&self, guild: u64, settings: &GuildSettings, user: u64, what: &str) {
        let Some(channel) = settings.log_channel.filter(|id| *id > 0) else {
            return;
        };
        let message = render::help::log(user, what);
        let outbox = Arc::clone(&self.outbox);
        let n_before = self.n_told.fetch_add(1, Ordering::Relaxed);
        let nonce = format!("l{}", incident_id(self.now_unix_ms(), n_before));
        self.work.spawn(async move {
            let place = Place {
                channel,
                guild: Some(guild),
            };
            if let Err(error) = reply::post(&outbox, place, &nonce, &message).await {
                // Most often a channel the bot may not write to; the change itself stands.
                tracing::warn!(error = format!("{error:#}"), "a change could not be told");
            }
        });
    }

    /// Tells of a change in a channel that is to be the log channel from now on, to see whether the bot
    /// may write there.
    async fn try_log(&self, place: Place, user: u64, what: &str) -> Result<(), Failure> {
        self.outbox.try_again(place);
        let message = render::help::log(user, what);
        let n_before = self.n_told.fetch_add(1, Ordering::Relaxed);
        let nonce = format!("l{}", incident_id(self.now_unix_ms(), n_before));
        let posted = reply::post(&self.outbox, place, &nonce, &message).await;
        posted.map_err(|error| match error.downcast_ref() {
            Some(
                SendError::Forbidden { .. }
                | SendError::Refused { .. }
                | SendError::Unwanted { .. },
            ) => UserError::CannotWrite {
                channel: place.channel,
            }
            .into(),
            _ => Failure::Fault(error),
        })
    }

    /// Refuses new work while the bot stops.
    fn admits_work(&self) -> Result<(), Failure> {
        match self.stop.is_cancelled() {
            true => Err(UserError::Stopping.into()),
            false => Ok(()),
        }
    }
}

/// Whether it is of no use, or of harm, to send anything more to the same place.
fn is_unwanted(fault: &anyhow::Error) -> bool {
    matches!(
        fault.downcast_ref(),
        Some(SendError::Forbidden { .. } | SendError::Unwanted { .. })
    )
}

/// The client for REST requests. Behind a proxy its own rate limiter is off: with it on, requests
/// would go to Discord whatever the proxy (serenity 0.12).
fn http(config: &BotConfig) -> Http {
    let builder = serenity::http::HttpBuilder::new(config.token.expose_secret());
    match &config.proxy_url {
        Some(proxy) => builder.proxy(proxy).ratelimiter_disabled(true).build(),
        None => builder.build(),
    }
}

/// What the bot wants to hear of. None is privileged unless the operator turned that on.
fn intents(config: &BotConfig) -> GatewayIntents {
    let plain =
        GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
    match config.message_content {
        true => plain | GatewayIntents::MESSAGE_CONTENT,
        false => plain,
    }
}
