//! What can be done with a message, from its menu.

use serenity::all::Message;

use super::Context;
use crate::discord::asking::{self, Question};
use crate::discord::error::{Failure, UserError};
use crate::discord::render::escape::shortened;
use crate::retrieve::MAX_CHARS;

/// The message as a question.
#[poise::command(
    context_menu_command = "Ask about this",
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
pub(super) async fn ask_about(ctx: Context<'_>, message: Message) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.admits_work()?;
        if message.content.trim().is_empty() {
            return Err(UserError::Other(
                "there is no text in this message to ask about".to_owned(),
            )
            .into());
        }
        // A long message is asked about by its beginning.
        let beginning = shortened(&message.content, MAX_CHARS);
        let question = Question::parse(beginning.trim_end_matches('…'))?;
        asking::ask(data, &caller, question, None, &mut reply).await
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}
