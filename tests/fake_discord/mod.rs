//! A Discord on loopback: REST, gateway and files, with people who talk to the bot.
//!
//! The real client library runs against it. It holds state as Discord does, answers as Discord does, and
//! notes every broken rule: of Discord's schemas and pages, and this project's own (mentions nobody, no
//! privileged intents). A test fails for them in [`FakeDiscord::finish`]. It refuses to sleep, to guess and
//! to be lenient: a route it does not know is a broken rule.
//!
//! Read [`FakeDiscord`] first, then [`Person`] (what people do), [`Reply`] and [`Posted`] (what they see).
//! It is taken in by path at the root of a crate, under the name `fake_discord`.
//!
//! ```ignore
//! let discord = FakeDiscord::start().await;
//! let guild = discord.guild("Newsroom");
//! let ana = guild.member("ana");
//! // … start the bot with discord.url() and discord.token() …
//! discord.ready().await;
//! let reply = ana.slash("ask", [("question", "who signed?")]).await;
//! assert_eq!(reply.text(), "> Both **presidents** signed.\n[More passages]");
//! let more = reply.press("More passages").await;
//! let answer = ana.mention("who signed?").await;
//! discord.finish();
//! ```
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a library that each of its users takes in by path and uses a part of; all of it is test code"
)]

mod acts;
mod clock;
mod control;
mod faults;
mod gateway;
mod interact;
mod modal;
mod people;
mod permissions;
mod places;
mod render;
mod reply;
mod rest;
pub mod rules;
mod schema;
mod server;
mod shared;
mod violations;
mod wire;
mod world;

use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

pub use self::{
    acts::{Act, Autocomplete, Choice, Said},
    clock::Clock,
    control::{Fault, Held},
    faults::{Endpoint, Scope},
    gateway::PRIVILEGED,
    interact::{OptionValue, Options},
    modal::Modal,
    people::Person,
    permissions::EVERYONE,
    places::{Channel, Guild, Role},
    reply::{Button, Posted, Reply, Select},
    rest::{MAX_FILE_BYTES, TO_RESPOND, TOKEN_LIFE},
    violations::Violation,
    world::{File, InvalidRequests, Seen},
};
pub use serenity::model::permissions::Permissions;

use self::gateway::Sessions;
use self::shared::Shared;
use self::world::World;

/// The bot's id, which is its application's as well.
const BOT: u64 = 1_000_000_000_000_000_001;
/// A token of the right shape: id, time, signature.
const TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.FAKE00.a-token-that-only-the-fake-discord-knows";

/// A Discord of one bot.
///
/// Dropped without [`FakeDiscord::finish`] it fails the test, so that no broken rule is overlooked.
#[derive(Debug)]
pub struct FakeDiscord {
    shared: Shared,
    is_finished: bool,
}

impl FakeDiscord {
    /// Starts serving on a free port. The clock stands until it is advanced or run.
    pub async fn start() -> FakeDiscord {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::standing();
        let world = World::new(clock, base_url, TOKEN.to_owned(), BOT, Sessions::default());
        let shared = Shared::new(world);
        tokio::spawn(server::run(listener, shared.clone()));
        FakeDiscord {
            shared,
            is_finished: false,
        }
    }

    /// Where REST is, without `/api/v10`: what a proxy's address is to the bot.
    pub fn url(&self) -> String {
        self.shared.read(|world| world.base_url.clone())
    }

    /// Where attachments are downloaded from: what stands for Discord's CDN hosts.
    pub fn cdn_url(&self) -> String {
        format!("{}/cdn", self.url())
    }

    /// The bot's token.
    pub fn token(&self) -> String {
        TOKEN.to_owned()
    }

    /// The bot's id.
    pub fn bot_id(&self) -> u64 {
        BOT
    }

    /// The clock of limits, links and timestamps.
    pub fn clock(&self) -> Clock {
        self.shared.read(|world| world.clock.clone())
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.clock().advance(by);
    }

    /// Makes a server with the bot in it.
    pub fn guild(&self, name: &str) -> Guild {
        let id = self.shared.with(|world| {
            let id = world.add_guild(name);
            let data = world.guild_json(id);
            world.dispatch(Some(id), gateway::intent::GUILDS, "GUILD_CREATE", data);
            id
        });
        Guild {
            shared: self.shared.clone(),
            id,
        }
    }

    /// Someone who shares no server with the bot, in the direct conversation with it.
    pub fn stranger(&self, name: &str) -> Person {
        let (user, channel) = self.shared.with(|world| {
            let user = world.add_user(name, false);
            (user, world.dm(user))
        });
        Person {
            shared: self.shared.clone(),
            user,
            channel,
        }
    }

    /// Waits until all shards are connected and commands are registered.
    pub async fn ready(&self) {
        self.online().await;
        let registered = |world: &World| (!world.commands.is_empty()).then_some(());
        self.shared.until("registered commands", registered).await;
    }

    /// Waits until all shards are connected.
    pub async fn online(&self) {
        let online = |world: &World| world.sessions.is_online().then_some(());
        self.shared.until("a connected gateway", online).await;
    }

    /// Waits until no shard is connected.
    pub async fn offline(&self) {
        let offline = |world: &World| world.sessions.is_offline().then_some(());
        self.shared.until("the gateway to be left", offline).await;
    }

    /// The registered commands as Discord's JSON, global ones first.
    pub fn commands(&self) -> Vec<Value> {
        self.shared.read(|world| {
            world
                .commands
                .iter()
                .map(|command| world.command_json(command))
                .collect()
        })
    }

    /// The requests of the bot so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.read(|world| world.seen.clone())
    }

    /// Waits for a request that fits.
    pub async fn request(&self, what: &str, fits: impl Fn(&Seen) -> bool) -> Seen {
        self.shared
            .until(what, |world| {
                world.seen.iter().find(|seen| fits(seen)).cloned()
            })
            .await
    }

    /// Waits for anything at all: `look` is asked after each change of the fake.
    pub async fn until<R>(&self, what: &str, mut look: impl FnMut() -> Option<R>) -> R {
        self.shared.changed_until(what, &mut look).await
    }

    /// How often the bot got an answer that counts towards a ban.
    pub fn invalid_requests(&self) -> InvalidRequests {
        self.shared.read(|world| world.invalid)
    }

    /// The rules broken so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.read(|world| world.violations.clone())
    }

    /// The rules broken so far, which then no longer fail the test.
    pub fn take_violations(&self) -> Vec<Violation> {
        self.shared
            .with(|world| std::mem::take(&mut world.violations))
    }

    /// Takes note of the interactions that reached the bot and are not answered, which then no longer fail
    /// the test: for bots that are killed.
    pub fn take_unanswered(&self) -> Vec<String> {
        self.shared.with(|world| {
            let unanswered = world.interactions.values_mut().filter(|interaction| {
                interaction.was_delivered
                    && interaction
                        .callback
                        .as_ref()
                        .is_none_or(|callback| !callback.is_complete)
            });
            let taken = unanswered.map(|interaction| {
                interaction.was_delivered = false;
                interaction.what.clone()
            });
            taken.collect()
        })
    }

    /// What is wrong now: broken rules, unanswered people, faults that never happened.
    pub fn complaints(&self) -> Vec<String> {
        self.shared.read(|world| {
            let mut complaints: Vec<String> =
                world.violations.iter().map(Violation::to_string).collect();
            for interaction in world
                .interactions
                .values()
                .filter(|interaction| interaction.was_delivered)
            {
                if interaction.callback.is_none() {
                    complaints.push(format!("unanswered: {}", interaction.what));
                } else if world.is_thinking(interaction) {
                    complaints.push(format!("deferred for ever: {}", interaction.what));
                }
            }
            complaints.extend(world.faults.leftover());
            complaints
        })
    }

    /// Ends the test.
    ///
    /// # Panics
    /// With every complaint, if there is one.
    pub fn finish(mut self) {
        self.is_finished = true;
        let complaints = self.complaints();
        assert!(
            complaints.is_empty(),
            "{complaints:#?}\n{}",
            self.shared.read(World::report)
        );
    }

    /// Ends without a judgement: for demonstrations.
    pub fn abandon(mut self) {
        self.is_finished = true;
    }
}

impl Drop for FakeDiscord {
    fn drop(&mut self) {
        assert!(
            self.is_finished || std::thread::panicking(),
            "the test ended without `finish`"
        );
    }
}
