//! `/article`: changing the articles of a server.

use serenity::all::{Attachment, CreateAutocompleteResponse, Message};

use super::Context;
use crate::discord::attachments::MAX_FILES;
use crate::discord::caller::Caller;
use crate::discord::components::Press;
use crate::discord::editing::{self, PROGRESS_MS, Wanted};
use crate::discord::error::{Failure, UserError};
use crate::discord::render::editing as view;
use crate::discord::reply::Reply;
use crate::discord::suggest;
use crate::discord::wire::Field;
use crate::store::{PendingFile, Stated};

/// Load, replace and remove the articles of this server
#[poise::command(
    slash_command,
    subcommands("add", "replace", "remove", "restore", "history", "export"),
    subcommand_required,
    default_member_permissions = "MANAGE_GUILD",
    install_context = "Guild",
    interaction_context = "Guild"
)]
pub(super) async fn article(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Load articles: files, a web page, or (without either) a text that you type
#[poise::command(slash_command)]
#[expect(
    clippy::too_many_arguments,
    reason = "one for each option of the command, as poise wants it"
)]
async fn add(
    ctx: Context<'_>,
    #[description = "Markdown, text, HTML, PDF or DOCX"] file: Option<Attachment>,
    #[description = "One more file"] file2: Option<Attachment>,
    #[description = "One more file"] file3: Option<Attachment>,
    #[description = "One more file"] file4: Option<Attachment>,
    #[description = "One more file"] file5: Option<Attachment>,
    #[description = "One more file"] file6: Option<Attachment>,
    #[description = "One more file"] file7: Option<Attachment>,
    #[description = "One more file"] file8: Option<Attachment>,
    #[description = "One more file"] file9: Option<Attachment>,
    #[description = "One more file"] file10: Option<Attachment>,
    #[description = "Address of a web page"]
    #[max_length = 2000]
    url: Option<String>,
) -> Result<(), Failure> {
    let files: Vec<Attachment> = [
        file, file2, file3, file4, file5, file6, file7, file8, file9, file10,
    ]
    .into_iter()
    .flatten()
    .take(MAX_FILES)
    .collect();
    handled(ctx, async |caller, reply| {
        let (guild, _) = editing::allowed(ctx.data(), caller).await?;
        if files.is_empty() && url.is_none() {
            return typed(reply, 0).await;
        }
        reply.defer(true).await?;
        let turn = ctx.data().door.begin_load(guild).await?;
        let files = bring(ctx, &files, url.as_deref(), reply).await?;
        editing::preview(ctx.data(), caller, turn, files, None, reply).await
    })
    .await
}

/// Put another text in the place of an article, under its number
#[poise::command(slash_command)]
async fn replace(
    ctx: Context<'_>,
    #[description = "The article, by title or number"]
    #[autocomplete = "own_titles"]
    article: String,
    #[description = "The new text; without a file or address you type it"] file: Option<Attachment>,
    #[description = "Address of a web page"]
    #[max_length = 2000]
    url: Option<String>,
) -> Result<(), Failure> {
    handled(ctx, async |caller, reply| {
        let data = ctx.data();
        let (guild, _) = editing::allowed(data, caller).await?;
        let reference = data
            .door
            .quick(move |engine| editing::own_article(engine, guild, &article))
            .await?;
        let files: Vec<Attachment> = file.into_iter().collect();
        if files.is_empty() && url.is_none() {
            return typed(reply, reference.number).await;
        }
        if !files.is_empty() && url.is_some() {
            return Err(UserError::Other(
                "one article has one text: give a file or an address, not both".to_owned(),
            )
            .into());
        }
        let replaces = Some(reference.number);
        reply.defer(true).await?;
        let turn = data.door.begin_load(guild).await?;
        let files = bring(ctx, &files, url.as_deref(), reply).await?;
        editing::preview(data, caller, turn, files, replaces, reply).await
    })
    .await
}

/// Remove an article; it can be restored
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The article, by title or number"]
    #[autocomplete = "own_titles"]
    article: String,
) -> Result<(), Failure> {
    handled(ctx, async |caller, reply| {
        editing::remove(ctx.data(), caller, article, reply).await
    })
    .await
}

/// Bring back a removed article, or an earlier version of one
#[poise::command(slash_command)]
async fn restore(
    ctx: Context<'_>,
    #[description = "Number of the article"]
    #[autocomplete = "removed_titles"]
    #[min = 1]
    #[max = 1_000_000_000]
    number: u32,
    #[description = "Version to bring back; without it, the last that is not the present one"]
    #[min = 1]
    #[max = 1_000_000_000]
    version: Option<u32>,
) -> Result<(), Failure> {
    handled(ctx, async |caller, reply| {
        let wanted = Wanted::Version(version);
        editing::restore(ctx.data(), caller, number, wanted, reply).await
    })
    .await
}

/// The versions of an article: when each was stored, and by whom
#[poise::command(slash_command)]
async fn history(
    ctx: Context<'_>,
    #[description = "The article, by title or number"]
    #[autocomplete = "own_titles"]
    article: String,
) -> Result<(), Failure> {
    handled(ctx, async |caller, reply| {
        let message = editing::history(ctx.data(), caller, article).await?;
        reply.send(&message, true).await?;
        Ok(())
    })
    .await
}

/// Save an article, or all of this server, to a file
#[poise::command(slash_command)]
async fn export(
    ctx: Context<'_>,
    #[description = "This article only, by title or number"]
    #[autocomplete = "own_titles"]
    article: Option<String>,
) -> Result<(), Failure> {
    handled(ctx, async |caller, reply| {
        editing::export(ctx.data(), caller, article, reply).await
    })
    .await
}

/// The message as an article.
#[poise::command(
    context_menu_command = "Add to articles",
    default_member_permissions = "MANAGE_GUILD",
    install_context = "Guild",
    interaction_context = "Guild"
)]
pub(super) async fn add_message(ctx: Context<'_>, message: Message) -> Result<(), Failure> {
    handled(ctx, async |caller, reply| {
        let data = ctx.data();
        let (guild, _) = editing::allowed(data, caller).await?;
        reply.defer(true).await?;
        let turn = data.door.begin_load(guild).await?;
        let mut files = download(ctx, &message.attachments, reply).await?;
        if !message.content.trim().is_empty() {
            files.insert(0, of_message(&message, guild));
        }
        if files.is_empty() {
            return Err(UserError::Other("there is no text in this message".to_owned()).into());
        }
        editing::preview(data, caller, turn, files, None, reply).await
    })
    .await
}

/// The text of a message as a file; its author and day stand for outlet and date.
fn of_message(message: &Message, guild: u64) -> PendingFile {
    let (channel, id) = (message.channel_id, message.id);
    PendingFile {
        location: format!("{}{channel}/{id}", view::SAID),
        name: format!("message-{id}.txt"),
        content_type: Some("text/plain".to_owned()),
        stated: Stated {
            title: None,
            outlet: Some(message.author.display_name().to_owned()),
            date: message.timestamp.to_string().get(..10).map(str::to_owned),
            url: Some(format!(
                "https://discord.com/channels/{guild}/{channel}/{id}"
            )),
        },
        content: message.content.clone().into_bytes(),
    }
}

/// Runs a handler and tells of its failure.
async fn handled(
    ctx: Context<'_>,
    handler: impl AsyncFnOnce(&Caller, &mut Reply) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        handler(&caller, &mut reply).await
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

/// Opens the dialogue in which an article is typed.
async fn typed(reply: &mut Reply, replaces: u32) -> Result<(), Failure> {
    let field = |name, label, is_long, min, max| Field {
        name,
        label,
        is_long,
        min,
        max,
    };
    let fields = [
        field("title", "Title", false, 1, 200),
        field("text", "Text", true, 1, 4_000),
        field("outlet", "Published by", false, 0, 100),
        field(
            "date",
            "Day of publication, such as 2025-03-18",
            false,
            0,
            10,
        ),
        field("url", "Address of the original", false, 0, 2_000),
    ];
    let press = Press::Typed { replaces };
    reply.dialogue(&press, "An article", &fields).await?;
    Ok(())
}

/// Fetches what is to be loaded.
async fn bring(
    ctx: Context<'_>,
    attached: &[Attachment],
    url: Option<&str>,
    reply: &mut Reply,
) -> Result<Vec<PendingFile>, Failure> {
    let mut files = download(ctx, attached, reply).await?;
    if let Some(url) = url {
        files.push(ctx.data().page(url).await?);
    }
    Ok(files)
}

async fn download(
    ctx: Context<'_>,
    attached: &[Attachment],
    reply: &mut Reply,
) -> Result<Vec<PendingFile>, Failure> {
    let data = ctx.data();
    let mut told_at = data.now_unix_ms();
    let mut files = Vec::with_capacity(attached.len());
    for (position, attachment) in attached.iter().take(MAX_FILES).enumerate() {
        let content = data.attachments.get(attachment).await?;
        files.push(PendingFile {
            location: format!("{}{}", view::ATTACHED, attachment.filename),
            name: attachment.filename.clone(),
            content_type: attachment.content_type.clone(),
            stated: Stated::default(),
            content,
        });
        if data.now_unix_ms() - told_at >= PROGRESS_MS {
            told_at = data.now_unix_ms();
            let sign = view::progress("Downloaded", position + 1, attached.len());
            reply.progress(&sign).await;
        }
    }
    Ok(files)
}

async fn own_titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    suggest::own_titles(ctx, typed).await
}

async fn removed_titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    suggest::removed_titles(ctx, typed).await
}
