//! Messages: a mention, a direct message, a reply to the bot; and every message of some channels,
//! where the operator turned that on.

use serenity::all::{ChannelId, Context, Message, MessageType, RoleId, UserId};

use super::asking::{self, Question};
use super::caller::Caller;
use super::components::Press;
use super::error::{Failure, UserError};
use super::render::notice;
use super::reply::Reply;
use super::rest::Place;
use super::{Data, is_unwanted};
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
    is_of_a_person && (is_to_me(ctx, message) || (data.reads_all && is_to_nobody(message)))
}

/// Whether the message is sent to the bot, names it or its role, or replies to it.
fn is_to_me(ctx: &Context, message: &Message) -> bool {
    let me = ctx.cache.current_user().id;
    message.guild_id.is_none()
        || mentions(message, me)
        || replied_to(message, me).is_some()
        || own_role(ctx, message).is_some()
}

/// Whether the message is a question to nobody in particular.
fn is_to_nobody(message: &Message) -> bool {
    message.mentions.is_empty()
        && message.mention_roles.is_empty()
        && !message.mention_everyone
        && message.message_reference.is_none()
        && message.content.trim_end().ends_with('?')
}

/// Whether the message names the bot itself. A mention of everyone names nobody.
fn mentions(message: &Message, me: UserId) -> bool {
    message.mentions.iter().any(|user| user.id == me)
}

/// The role that Discord made for the bot when it was invited, if the message names that: it has the
/// bot's name, so people pick it for the bot itself.
fn own_role(ctx: &Context, message: &Message) -> Option<RoleId> {
    if message.mention_roles.is_empty() {
        return None;
    }
    let me = ctx.cache.current_user().id;
    let guild = ctx.cache.guild(message.guild_id?)?;
    let is_mine = |id: &&RoleId| {
        let role = guild.roles.get(*id);
        role.is_some_and(|role| role.tags.bot_id == Some(me))
    };
    message.mention_roles.iter().find(is_mine).copied()
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
    if is_to_me(ctx, message) {
        let done = handle(data, ctx, &caller, message, &mut reply).await;
        // A channel of many sees it: who is over a limit is told so there now and then, and is else not answered.
        let is_too_fast = matches!(
            done,
            Err(Failure::User(
                UserError::TooFast { .. } | UserError::GuildTooFast { .. }
            ))
        );
        let is_seen = caller.guild.is_some();
        let now = data.now_unix_ms();
        if is_too_fast && is_seen && !data.limits.admits_notice(caller.user, caller.channel, now) {
            return;
        }
        data.settle(done, &mut reply).await;
    } else if let Err(Failure::Fault(fault)) = overhear(data, &caller, message, &mut reply).await {
        // Nobody asked, so nobody is told.
        match is_unwanted(&fault) {
            true => tracing::warn!(error = format!("{fault:#}"), "an answer could not be sent"),
            false => drop(data.incident(&fault)),
        }
    }
}

/// Answers a question that was asked of nobody, if an article answers it and an admin named the
/// channel; else stays silent.
async fn overhear(
    data: &Data,
    caller: &Caller,
    message: &Message,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.admits_work()?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    if settings.channels.is_empty() || !caller.is_public_here(&settings) {
        return Ok(());
    }
    let question = Question {
        is_overheard: true,
        ..Question::parse(&message.content)?
    };
    asking::ask(data, caller, question, None, reply).await
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
    let role = own_role(ctx, message);
    let typed = without_mention(&message.content, me, role);
    let earlier = replied_to(message, me);
    if typed.is_empty() {
        let is_unseen = message.content.is_empty()
            && message.attachments.is_empty()
            && message.sticker_items.is_empty();
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        if earlier.is_some() && is_unseen {
            return Err(UserError::NoText.into());
        }
        // Of a message that names the role alone, Discord hands out no text.
        let told = match role.is_some() && is_unseen {
            true => notice::not_my_role(me.get()),
            false => notice::greeting(),
        };
        reply.send(&told, false).await?;
        return Ok(());
    }
    let question = match Question::parse(&typed) {
        Ok(question) => question,
        // A question counts further on; what is none would not count at all.
        Err(failure) => {
            data.limits.admit_light(caller.user, data.now_unix_ms())?;
            return Err(failure);
        }
    };
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
        Some(record) => question.following(record),
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

/// What was written, without the mention of the bot or of its role.
fn without_mention(content: &str, me: UserId, role: Option<RoleId>) -> String {
    let mut typed = content
        .replace(&format!("<@{me}>"), " ")
        .replace(&format!("<@!{me}>"), " ");
    if let Some(role) = role {
        typed = typed.replace(&format!("<@&{role}>"), " ");
    }
    typed.trim().to_owned()
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
            ("<@&9> who won?", "who won?"),
            ("<@&8> who won?", "<@&8> who won?"),
        ] {
            let role = Some(RoleId::new(9));
            assert_eq!(without_mention(content, me, role), expected);
        }
    }
}
