//! Where events come in: each is looked at once, and sent to the handler it is for.
//!
//! Takes the place of poise's own framework around poise's dispatch, so that this is where requests
//! are counted, repeated deliveries dropped (a resumed connection may hand out an event again), and
//! nothing waits for the commands to be registered.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use lru::LruCache;
use poise::FrameworkError;
use serenity::all::{Client, Context, FullEvent, GuildId, Interaction, Ready, ShardManager};
use serenity::async_trait;

use super::commands;
use super::error::{Failure, UserError};
use super::reply::Reply;
use super::{Data, messages, presses};

/// Requests remembered so that none is handled twice.
const MAX_SEEN: NonZeroUsize = NonZeroUsize::new(8_192).expect("not zero");
/// Pauses between attempts to register the commands: the first, doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(300);

/// The reception.
pub(super) struct Desk {
    data: Arc<Data>,
    options: poise::FrameworkOptions<Arc<Data>, Failure>,
    shards: OnceLock<Arc<ShardManager>>,
    /// The one guild that gets the commands; `None` for all.
    dev_guild: Option<GuildId>,
    /// Interactions and messages that were handled.
    seen: Mutex<LruCache<u64, ()>>,
    registered: OnceLock<()>,
}

impl Desk {
    pub(super) fn new(data: Arc<Data>, dev_guild: Option<u64>) -> Desk {
        let options = poise::FrameworkOptions {
            commands: commands::all(),
            on_error: |error| Box::pin(on_error(error)),
            // Nothing is sent by way of poise, but if it were, it should ping nobody.
            allowed_mentions: Some(serenity::all::CreateAllowedMentions::new()),
            prefix_options: poise::PrefixFrameworkOptions {
                mention_as_prefix: false,
                ..Default::default()
            },
            initialize_owners: false,
            ..Default::default()
        };
        Desk {
            data,
            options,
            shards: OnceLock::new(),
            dev_guild: dev_guild.map(GuildId::new),
            seen: Mutex::new(LruCache::new(MAX_SEEN)),
            registered: OnceLock::new(),
        }
    }

    /// Whether a request comes for the first time.
    fn is_new(&self, id: u64) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.put(id, ()).is_none()
    }

    /// Registers the commands, once a process, for as long as it takes.
    fn ready(&self, ready: &Ready) {
        let http = Arc::clone(self.data.outbox.http());
        http.set_application_id(ready.application.id);
        tracing::info!(
            name = ready.user.name,
            guilds = ready.guilds.len(),
            "connected to Discord"
        );
        if self.registered.set(()).is_err() {
            return;
        }
        let commands = poise::builtins::create_application_commands(&self.options.commands);
        let (guild, stop) = (self.dev_guild, self.data.stop.clone());
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let done = match guild {
                    Some(guild) => http.create_guild_commands(guild, &commands).await,
                    None => http.create_global_commands(&commands).await,
                };
                match done {
                    Ok(registered) => {
                        tracing::info!(n = registered.len(), "commands are registered");
                        return;
                    }
                    Err(error) => tracing::warn!(%error, "commands are not registered yet"),
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LAST_PAUSE);
            }
        });
    }

    async fn interaction(&self, ctx: &Context, event: FullEvent, interaction: &Interaction) {
        let _under_way = self.data.work.token();
        match interaction {
            Interaction::Command(_) | Interaction::Autocomplete(_) => {
                let Some(shards) = self.shards.get() else {
                    return;
                };
                let framework = poise::FrameworkContext {
                    serenity_context: ctx,
                    options: &self.options,
                    user_data: &self.data,
                    shard_manager: shards,
                };
                poise::dispatch_event(framework, event).await;
            }
            Interaction::Component(press) => presses::on_press(&self.data, press).await,
            Interaction::Modal(dialogue) => presses::on_dialogue(&self.data, dialogue).await,
            _ => {}
        }
    }
}

#[async_trait]
impl serenity::framework::Framework for Desk {
    async fn init(&mut self, client: &Client) {
        // Called once, before any event.
        let _ = self.shards.set(Arc::clone(&client.shard_manager));
    }

    async fn dispatch(&self, ctx: Context, event: FullEvent) {
        match &event {
            FullEvent::Ready { data_about_bot } => self.ready(data_about_bot),
            FullEvent::Message { new_message }
                if messages::is_addressed(&self.data, &ctx, new_message)
                    && self.is_new(new_message.id.get()) =>
            {
                metrics::counter!(crate::telemetry::EVENTS, "kind" => "message").increment(1);
                let _under_way = self.data.work.token();
                messages::on_message(&self.data, &ctx, new_message).await;
            }
            FullEvent::InteractionCreate { interaction } => {
                let interaction = interaction.clone();
                if self.is_new(interaction.id().get()) {
                    metrics::counter!(crate::telemetry::EVENTS, "kind" => "interaction")
                        .increment(1);
                    self.interaction(&ctx, event, &interaction).await;
                }
            }
            _ => {}
        }
    }
}

/// What poise could not hand to a handler, and what broke in one.
async fn on_error(error: FrameworkError<'_, Arc<Data>, Failure>) {
    let (context, failure) = match error {
        FrameworkError::Command { error, ctx, .. } => (Some(ctx), error),
        FrameworkError::CommandPanic { payload, ctx, .. } => {
            let what = payload.unwrap_or_else(|| "no message".to_owned());
            let fault = anyhow::anyhow!("a handler panicked: {what}");
            (Some(ctx), Failure::Fault(fault))
        }
        FrameworkError::CommandStructureMismatch { ctx, .. } => {
            (Some(ctx.into()), UserError::Outdated.into())
        }
        FrameworkError::ArgumentParse { ctx, .. } | FrameworkError::SubcommandRequired { ctx } => {
            (Some(ctx), UserError::Outdated.into())
        }
        FrameworkError::UnknownInteraction {
            framework,
            interaction,
            ..
        } => {
            let data = framework.user_data;
            let mut reply = Reply::to_interaction(&data.outbox, interaction.id, &interaction.token);
            data.settle(Err(UserError::Outdated.into()), &mut reply)
                .await;
            return;
        }
        other => {
            tracing::error!(error = other.to_string(), "an event could not be handled");
            return;
        }
    };
    let Some(poise::Context::Application(ctx)) = context else {
        return;
    };
    if ctx.interaction_type == poise::CommandInteractionType::Autocomplete {
        tracing::warn!(%failure, "no suggestion could be made");
        return;
    }
    let (_, mut reply) = ctx.data().met(ctx.interaction);
    ctx.data().settle(Err(failure), &mut reply).await;
}

impl std::error::Error for Failure {}
