//! `/articles`: what the bot knows.

use serenity::all::CreateAutocompleteResponse;

use super::Context;
use crate::discord::browse;
use crate::discord::caller::Caller;
use crate::discord::error::Failure;
use crate::discord::render::Message;
use crate::discord::suggest;

/// What I know: the articles of this server and of the library
#[poise::command(
    slash_command,
    subcommands("list", "search", "show", "stats"),
    subcommand_required,
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
pub(super) async fn articles(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Answers a command with what `read` finds, seen by the asker alone.
async fn shown<F>(ctx: Context<'_>, read: impl FnOnce(Caller) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<Message, Failure>>,
{
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.admits_work()?;
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        let message = read(caller).await?;
        reply.send(&message, true).await?;
        Ok(())
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

/// List the articles, page by page
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The library instead of this server's articles"] library: Option<bool>,
    #[description = "Page to begin with"]
    #[min = 1]
    #[max = 1_000_000_000]
    page: Option<u32>,
) -> Result<(), Failure> {
    shown(ctx, |caller| async move {
        let library = library.unwrap_or(caller.guild.is_none());
        let page = page.unwrap_or(1).saturating_sub(1);
        browse::list(ctx.data(), &caller, library, page).await
    })
    .await
}

/// Find articles by words of their titles
#[poise::command(slash_command)]
async fn search(
    ctx: Context<'_>,
    #[description = "Words of the title"]
    #[min_length = 1]
    #[max_length = 60]
    words: String,
) -> Result<(), Failure> {
    shown(ctx, |caller| async move {
        browse::search(ctx.data(), &caller, words, 0).await
    })
    .await
}

/// Read an article
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "Its title or number"]
    #[autocomplete = "titles"]
    article: String,
) -> Result<(), Failure> {
    shown(ctx, |caller| async move {
        browse::show_named(ctx.data(), &caller, article).await
    })
    .await
}

/// How many articles and questions there are, with a chart
#[poise::command(slash_command)]
async fn stats(ctx: Context<'_>) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.admits_work()?;
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        browse::stats(data, &caller, &mut reply).await
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

async fn titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    suggest::titles(ctx, typed).await
}
