//! A bot that runs against a fake Discord, with articles.

use std::sync::Arc;
use std::time::Duration;

use quoth::config::{BotConfig, Environment};
use quoth::discord::{Bot, run};
use quoth::document::{Collection, DocumentRef};
use quoth::engine::{Engine, LibrarySource};
use quoth::fetch::{Client, Policy};
use tokio_util::sync::CancellationToken;

use crate::fake_discord::FakeDiscord;
use crate::support::{self, NOW};

/// A question that `support::BRIDGE` answers.
pub(crate) const COST: &str = "How much will the repair of the Marlow bridge cost?";

/// Nothing a test does takes longer, or it is stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The privileged intent to read every message.
const MESSAGE_CONTENT: u64 = 1 << 15;

/// A fake Discord, an engine, and the bot between them.
pub(crate) struct Desk {
    pub(crate) discord: FakeDiscord,
    pub(crate) engine: Engine,
    variables: Vec<(String, String)>,
    /// What pages may be fetched.
    pub(crate) policy: Policy,
    running: Option<Running>,
}

struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Desk {
    /// A bot whose library holds these articles.
    pub(crate) async fn with(library: &[&str]) -> Desk {
        let engine = Engine::in_memory(support::models()).unwrap();
        if !library.is_empty() {
            support::add(&engine, Collection::Library, library);
        }
        Desk::over(engine, &[]).await
    }

    /// A bot with the library that is shipped.
    pub(crate) async fn bundled() -> Desk {
        let engine = Engine::in_memory(support::models()).unwrap();
        engine.sync_library(&LibrarySource::Bundled, NOW).unwrap();
        Desk::over(engine, &[]).await
    }

    /// A bot over an engine, with more settings.
    pub(crate) async fn over(engine: Engine, variables: &[(&str, &str)]) -> Desk {
        // What goes wrong inside is shown with the test that fails.
        quoth::telemetry::log_to_stderr("warn", false, "").unwrap();
        let discord = FakeDiscord::start().await;
        if variables.contains(&("QUOTH_MESSAGE_CONTENT", "on")) {
            discord.grant_intents(MESSAGE_CONTENT);
        }
        let mut all = vec![
            ("DISCORD_TOKEN".to_owned(), discord.token()),
            ("DISCORD_PROXY_URL".to_owned(), discord.url()),
        ];
        all.extend(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let mut desk = Desk {
            discord,
            engine,
            variables: all,
            policy: Policy::default(),
            running: None,
        };
        desk.start().await;
        desk
    }

    /// Starts the bot and waits until it is there.
    pub(crate) async fn start(&mut self) {
        let variables: Vec<(&str, &str)> = self
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let config = BotConfig::resolve(&Environment::of(&variables)).unwrap();
        let clock = self.discord.clock();
        let bot = Bot {
            engine: self.engine.clone(),
            config,
            threads: 2,
            clock: Arc::new(move || i64::try_from(clock.now().as_millis()).unwrap()),
            pages: Client::new(self.policy.clone()).unwrap(),
            attachment_origins: vec![format!("{}/", self.discord.cdn_url())],
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(bot, stop.clone()));
        self.running = Some(Running { stop, task });
        self.discord.ready().await;
    }

    /// Stops the bot, as a signal does.
    pub(crate) async fn stop(&mut self) {
        let Running { stop, task } = self.running.take().unwrap();
        stop.cancel();
        tokio::time::timeout(PATIENCE, task)
            .await
            .expect("the bot does not stop")
            .unwrap()
            .unwrap();
    }

    /// Stops the bot and starts another one over the same store.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.discord.offline().await;
        self.start().await;
    }

    /// Ends the test: the bot stops, and nothing was wrong.
    pub(crate) async fn finish(mut self) {
        self.stop().await;
        self.discord.finish();
    }

    /// Stores articles of a guild.
    pub(crate) fn add(&self, guild: u64, articles: &[&str]) -> Vec<DocumentRef> {
        support::add(&self.engine, Collection::Guild(guild), articles)
    }
}
