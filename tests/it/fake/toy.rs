//! A tiny bot of the real client library, to try the fake with.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{
    ActionRowComponent, ButtonStyle, ComponentInteractionDataKind, CreateActionRow,
    CreateAllowedMentions, CreateAutocompleteResponse, CreateButton, CreateInputText,
    CreateInteractionResponse, CreateInteractionResponseMessage, CreateMessage, CreateModal,
    CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption, GatewayIntents, InputTextStyle,
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

async fn titles(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    CreateAutocompleteResponse::new()
        .add_string_choice(format!("{typed} and more"), "first")
        .add_string_choice("another", "second")
}

/// Takes options of every kind.
#[poise::command(slash_command)]
async fn take(
    ctx: Context<'_>,
    #[description = "A title"]
    #[autocomplete = "titles"]
    article: String,
    #[description = "A file"] file: Option<serenity::Attachment>,
    #[description = "Someone"] whom: Option<serenity::User>,
    #[description = "Somewhere"] place: Option<serenity::GuildChannel>,
    #[description = "A role"] role: Option<serenity::Role>,
    #[description = "How many"] count: Option<i64>,
) -> Result<(), Error> {
    let text = match file {
        Some(file) => Some(String::from_utf8(
            reqwest::get(file.url).await?.bytes().await?.to_vec(),
        )?),
        None => None,
    };
    let names = (
        whom.map(|user| user.name),
        place.map(|channel| channel.name),
        role.map(|role| role.name),
    );
    let form = CreateButton::new("form").label("Form");
    let select = CreateSelectMenu::new(
        "select",
        CreateSelectMenuKind::String {
            options: vec![
                CreateSelectMenuOption::new("First", "1"),
                CreateSelectMenuOption::new("Second", "2"),
            ],
        },
    );
    let reply = poise::CreateReply::default()
        .content(format!("{article} {text:?} {names:?} {count:?}"))
        .components(vec![
            CreateActionRow::Buttons(vec![form]),
            CreateActionRow::SelectMenu(select.placeholder("Pick")),
        ]);
    ctx.send(reply).await?;
    Ok(())
}

/// Says a message again.
#[poise::command(context_menu_command = "Repeat this")]
async fn repeat(ctx: Context<'_>, message: serenity::Message) -> Result<(), Error> {
    let reply = poise::CreateReply::default()
        .content(message.content)
        .ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}

fn answer(text: String) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new()
        .content(text)
        .allowed_mentions(CreateAllowedMentions::new())
}

async fn press(
    ctx: &serenity::Context,
    press: &serenity::ComponentInteraction,
) -> Result<(), Error> {
    let response = match (press.data.custom_id.as_str(), &press.data.kind) {
        ("form", _) => {
            let input = CreateInputText::new(InputTextStyle::Short, "Name", "name");
            let row = CreateActionRow::InputText(input);
            CreateInteractionResponse::Modal(
                CreateModal::new("form", "Who are you?").components(vec![row]),
            )
        }
        (_, ComponentInteractionDataKind::StringSelect { values }) => {
            CreateInteractionResponse::Message(answer(format!("chosen: {values:?}")))
        }
        _ => {
            let text = format!("{} again", press.message.content);
            CreateInteractionResponse::UpdateMessage(answer(text))
        }
    };
    press.create_response(ctx, response).await?;
    Ok(())
}

async fn submit(ctx: &serenity::Context, modal: &serenity::ModalInteraction) -> Result<(), Error> {
    let text = match &modal.data.components[0].components[0] {
        ActionRowComponent::InputText(input) => input.value.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let response = CreateInteractionResponse::Message(answer(format!("hello {text}")));
    modal.create_response(ctx, response).await?;
    Ok(())
}

async fn handle(ctx: &serenity::Context, event: &serenity::FullEvent) -> Result<(), Error> {
    match event {
        serenity::FullEvent::InteractionCreate { interaction } => {
            if let Some(component) = interaction.as_message_component() {
                press(ctx, component).await?;
            } else if let Some(modal) = interaction.as_modal_submit() {
                submit(ctx, modal).await?;
            }
        }
        serenity::FullEvent::Message { new_message }
            if !new_message.author.bot && !new_message.content.is_empty() =>
        {
            let message = CreateMessage::new()
                .content("heard")
                .reference_message(new_message)
                .allowed_mentions(CreateAllowedMentions::new());
            new_message.channel_id.send_message(ctx, message).await?;
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
            commands: vec![echo(), take(), repeat()],
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
