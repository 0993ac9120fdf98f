//! Messages: a mention, a direct message, a reply to the bot; and every message of some channels,
//! where the operator turned that on.

use serenity::all::{ChannelId, Context, Message, MessageType, UserId};

use super::Data;
use super::asking::{self, Question};
use super::caller::Caller;
use super::components::Press;
use super::error::{Failure, UserError};
use super::render::notice;
use super::reply::Reply;
use super::rest::Place;
use crate::store::{AnswerId, AnswerRecord};

/// Whether a message is for the bot to answer: written by a person, and to it. Cheap, since every
/// message of every guild is asked this.
pub(super) fn is_addressed(data: &Data, ctx: &Context, message: &Message) -> bool {
    let me = ctx.cache.current_user().id;
    let is_of_a_person = !message.author.bot
        && !message.author.system
        && message.author.id != me
        && message.webhook_id.is_none()
        && matches!(
            message.kind,
            MessageType::Regular | MessageType::InlineReply
        );
    is_of_a_person
        && (message.guild_id.is_none()
            || mentions(message, me)
            || replied_to(message, me).is_some()
            || (data.reads_all && message.content.trim_end().ends_with('?')))
}

/// Whether the message names the bot itself. A mention of everyone or of a role names nobody.
fn mentions(message: &Message, me: UserId) -> bool {
    message.mentions.iter().any(|user| user.id == me)
}

/// The bot's own message that this one replies to.
fn replied_to(message: &Message, me: UserId) -> Option<&Message> {
    message
        .referenced_message
        .as_deref()
        .filter(|earlier| earlier.author.id == me)
}

pub(super) async fn on_message(data: &Data, ctx: &Context, message: &Message) {
    let caller = Caller::of_message(message, parent(ctx, message));
    let place = Place {
        channel: caller.channel,
        guild: caller.guild,
    };
    let mut reply = Reply::to_message(&data.outbox, place, message.id);
    let done = handle(data, ctx, &caller, message, &mut reply).await;
    data.settle(done, &mut reply).await;
}

async fn handle(
    data: &Data,
    ctx: &Context,
    caller: &Caller,
    message: &Message,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.admits_work()?;
    let me = ctx.cache.current_user().id;
    let typed = without_mention(&message.content, me);
    let earlier = replied_to(message, me);
    let is_named = message.guild_id.is_none() || mentions(message, me) || earlier.is_some();
    if !is_named {
        // Read only because the operator lets the bot read all: answered where an admin said so.
        let settings = data.guilds.of(caller.guild, &data.door).await?;
        if settings.channels.is_empty() || !caller.is_public_here(&settings) {
            return Ok(());
        }
    }
    if typed.is_empty() {
        let is_unseen = message.content.is_empty()
            && message.attachments.is_empty()
            && message.sticker_items.is_empty();
        if earlier.is_some() && is_unseen {
            return Err(UserError::NoText.into());
        }
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        reply.send(&notice::greeting(), false).await?;
        return Ok(());
    }
    let question = Question::parse(&typed)?;
    let question = match earlier {
        Some(earlier) => follow(data, caller, question, earlier).await?,
        None => question,
    };
    asking::ask(data, caller, question, None, reply).await
}

/// The question understood with the answer it replies to, if that is still kept and was given here.
async fn follow(
    data: &Data,
    caller: &Caller,
    question: Question,
    earlier: &Message,
) -> Result<Question, Failure> {
    let named = answer_named(earlier);
    let shown_in = earlier.id.get();
    let record = data
        .door
        .quick(move |engine| {
            Ok(match named {
                Some(id) => engine.answer(id)?,
                None => engine.answer_in_message(shown_in)?,
            })
        })
        .await?;
    let record: Option<AnswerRecord> =
        record.filter(|record| caller.may_use(&record.answer.asked).is_ok());
    Ok(match record {
        Some(record) => asking::following(data, caller, question, &record).await?,
        None => question,
    })
}

/// The answer that a message of ours shows: its buttons name it.
fn answer_named(message: &Message) -> Option<AnswerId> {
    message
        .components
        .iter()
        .flat_map(|row| &row.components)
        .find_map(|component| {
            let serenity::all::ActionRowComponent::Button(button) = component else {
                return None;
            };
            let serenity::all::ButtonKind::NonLink { custom_id, .. } = &button.data else {
                return None;
            };
            match Press::parse(custom_id).ok()? {
                Press::AskMore(answer) => Some(answer),
                _ => None,
            }
        })
}

/// What was written, without the mention of the bot.
fn without_mention(content: &str, me: UserId) -> String {
    content
        .replace(&format!("<@{me}>"), " ")
        .replace(&format!("<@!{me}>"), " ")
        .trim()
        .to_owned()
}

/// The channel that a thread belongs to.
fn parent(ctx: &Context, message: &Message) -> Option<ChannelId> {
    let guild = ctx.cache.guild(message.guild_id?)?;
    let thread = guild.threads.iter().find(|t| t.id == message.channel_id);
    match thread {
        Some(thread) => thread.parent_id,
        None => guild.channels.get(&message.channel_id)?.parent_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mention_is_no_part_of_the_question() {
        let me = UserId::new(7);
        for (content, expected) in [
            ("<@7> who won?", "who won?"),
            ("who won <@!7>", "who won"),
            ("<@7>", ""),
            ("<@8> who won?", "<@8> who won?"),
        ] {
            assert_eq!(without_mention(content, me), expected);
        }
    }
}
