//! `/ask`.

use serenity::all::CreateAutocompleteResponse;

use super::Context;
use crate::discord::asking::{self, Question};
use crate::discord::error::Failure;
use crate::discord::suggest;

/// Ask a question; articles answer in their own words
#[poise::command(
    slash_command,
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
pub(super) async fn ask(
    ctx: Context<'_>,
    #[description = "Your question"]
    #[min_length = 2]
    #[max_length = 500]
    question: String,
    #[description = "Ask this article only"]
    #[autocomplete = "titles"]
    article: Option<String>,
    #[description = "Only articles of this day or later, such as 2025-03-18"]
    #[max_length = 10]
    since: Option<String>,
    #[description = "Only articles of this day or earlier, such as 2025-03-18"]
    #[max_length = 10]
    until: Option<String>,
    #[description = "Show the answer to you alone"] private: Option<bool>,
) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.admits_work()?;
        let mut question =
            Question::parse(&question)?.within(since.as_deref(), until.as_deref())?;
        question.scope.article = article;
        asking::ask(data, &caller, question, private, &mut reply).await
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

async fn titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    suggest::titles(ctx, typed).await
}
