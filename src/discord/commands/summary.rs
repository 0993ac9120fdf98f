//! `/summary` and `/digest`.

use serenity::all::CreateAutocompleteResponse;

use super::Context;
use crate::discord::error::Failure;
use crate::discord::suggest;
use crate::discord::summarizing::{Request, summarize};

/// How long a summary should be.
#[derive(Clone, Copy, Debug, Default, poise::ChoiceParameter)]
enum Size {
    /// Three sentences.
    #[name = "short"]
    Short,
    /// Five.
    #[default]
    #[name = "medium"]
    Medium,
    /// Nine.
    #[name = "long"]
    Long,
}

impl Size {
    fn n_sentences(self) -> u16 {
        match self {
            Size::Short => 3,
            Size::Medium => 5,
            Size::Long => 9,
        }
    }
}

/// Summarize an article or a topic in the articles' own sentences
#[poise::command(
    slash_command,
    subcommands("article", "topic"),
    subcommand_required,
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
pub(super) async fn summary(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Summarize one article
#[poise::command(slash_command)]
async fn article(
    ctx: Context<'_>,
    #[description = "The article"]
    #[autocomplete = "titles"]
    article: String,
    #[description = "How long"] length: Option<Size>,
    #[description = "Show the summary to you alone"] private: Option<bool>,
) -> Result<(), Failure> {
    run(ctx, Ok(Request::Named(article)), length, private).await
}

/// Summarize what the articles say about a topic
#[poise::command(slash_command)]
async fn topic(
    ctx: Context<'_>,
    #[description = "The topic, such as: ceasefire talks"]
    #[min_length = 2]
    #[max_length = 60]
    topic: String,
    #[description = "How long"] length: Option<Size>,
    #[description = "Only what is new since this day, such as 2025-03-18"]
    #[max_length = 10]
    since: Option<String>,
    #[description = "Only articles of this day or earlier, such as 2025-03-18"]
    #[max_length = 10]
    until: Option<String>,
    #[description = "Show the summary to you alone"] private: Option<bool>,
) -> Result<(), Failure> {
    let request = Request::topic(&topic, since.as_deref(), until.as_deref());
    run(ctx, request, length, private).await
}

/// The most important recent articles, one sentence each
#[poise::command(
    slash_command,
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
pub(super) async fn digest(
    ctx: Context<'_>,
    #[description = "First day, such as 2025-03-18; without it, the latest week"]
    #[max_length = 10]
    since: Option<String>,
    #[description = "Show the digest to you alone"] private: Option<bool>,
) -> Result<(), Failure> {
    let request = Request::digest(since.as_deref());
    run(ctx, request, None, private).await
}

async fn run(
    ctx: Context<'_>,
    request: Result<Request, Failure>,
    length: Option<Size>,
    private: Option<bool>,
) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.admits_work()?;
        let n_sentences = length.unwrap_or_default().n_sentences();
        summarize(data, &caller, request?, n_sentences, private, &mut reply).await
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

async fn titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    suggest::titles(ctx, typed).await
}
