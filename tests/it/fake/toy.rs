//! A tiny bot of the real client library, to try the fake with.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{
    ButtonStyle, CreateActionRow, CreateAllowedMentions, CreateButton, CreateInteractionResponse,
    CreateInteractionResponseMessage, CreateMessage, GatewayIntents,
};

use crate::fake_discord::FakeDiscord;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Context<'a> = poise::Context<'a, (), Error>;

/// A running bot, stopped when dropped.
pub(super) struct Toy {
    shards: Arc<serenity::ShardManager>,
    running: tokio::task::JoinHandle<Result<(), serenity::Error>>,
}

impl Toy {
    /// Waits for its end.
    pub(super) async fn ended(self) -> Result<(), serenity::Error> {
        self.running.await.unwrap()
    }

    /// Signs off and ends.
    pub(super) async fn stop(self) {
        self.shards.shutdown_all().await;
        self.running.await.unwrap().unwrap();
    }
}

/// Says something back.
#[poise::command(slash_command)]
async fn echo(
    ctx: Context<'_>,
    #[description = "What to say"] text: String,
    #[description = "Whether to think first"] slowly: Option<bool>,
) -> Result<(), Error> {
    if slowly == Some(true) {
        ctx.defer_ephemeral().await?;
    }
    let buttons = vec![
        CreateButton::new("again")
            .label("Again")
            .style(ButtonStyle::Primary),
        CreateButton::new_link("https://example.org").label("Open"),
    ];
    let reply = poise::CreateReply::default()
        .content(format!("> {text}"))
        .components(vec![CreateActionRow::Buttons(buttons)]);
    ctx.send(reply).await?;
    Ok(())
}

async fn handle(ctx: &serenity::Context, event: &serenity::FullEvent) -> Result<(), Error> {
    match event {
        serenity::FullEvent::InteractionCreate { interaction } => {
            if let Some(press) = interaction.as_message_component() {
                let message = CreateInteractionResponseMessage::new()
                    .content(format!("{} again", press.message.content))
                    .allowed_mentions(CreateAllowedMentions::new());
                press
                    .create_response(ctx, CreateInteractionResponse::UpdateMessage(message))
                    .await?;
            }
        }
        serenity::FullEvent::Message { new_message } => {
            if !new_message.author.bot && !new_message.content.is_empty() {
                let message = CreateMessage::new()
                    .content("heard")
                    .reference_message(new_message)
                    .allowed_mentions(CreateAllowedMentions::new());
                new_message.channel_id.send_message(ctx, message).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Starts the bot against a fake.
pub(super) async fn start(discord: &FakeDiscord) -> Toy {
    start_with(discord, 0).await
}

/// Starts the bot with more intents.
pub(super) async fn start_with(discord: &FakeDiscord, more_intents: u64) -> Toy {
    let framework = poise::Framework::builder()
        .options(poise::FrameworkOptions {
            commands: vec![echo()],
            allowed_mentions: Some(CreateAllowedMentions::new()),
            event_handler: |framework, event| Box::pin(handle(framework.serenity_context, event)),
            ..Default::default()
        })
        .setup(|ctx, _, framework| {
            Box::pin(async move {
                poise::builtins::register_globally(ctx, &framework.options().commands).await?;
                Ok(())
            })
        })
        .build();
    let intents = GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::DIRECT_MESSAGES
        | GatewayIntents::from_bits_truncate(more_intents);
    let http = serenity::HttpBuilder::new(discord.token())
        .proxy(discord.url())
        .ratelimiter_disabled(true)
        .build();
    let mut client = serenity::ClientBuilder::new_with_http(http, intents)
        .framework(framework)
        .await
        .unwrap();
    let shards = Arc::clone(&client.shard_manager);
    let running = tokio::spawn(async move { client.start_autosharded().await });
    Toy { shards, running }
}
