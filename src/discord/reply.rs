//! The one place that sends: every message, edit and dialogue of the bot goes through here.
//!
//! Holds for each of them: it passed [`Message::check`], it pings nobody, it shows no preview cards,
//! and a message in a channel carries a nonce that Discord enforces, so that a repeated request is
//! not a repeated message. A [`Reply`] answers one request and knows whether that has its first
//! response yet.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serenity::all::{
    Builder, ButtonStyle, ChannelId, CreateActionRow, CreateAllowedMentions, CreateAttachment,
    CreateButton, CreateInputText, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, CreateMessage, CreateModal, EditInteractionResponse,
    InputTextStyle, InteractionId, InteractionResponseFlags, MessageFlags, MessageId,
    MessageReference, Nonce, ReactionType,
};

use super::components::Press;
use super::outbox::{Outbox, Repeat, is_uncertain};
use super::render::{Button, Look, Message};

/// Discord gives up on an interaction without a first response after 3 s.
const FIRST_RESPONSE: Duration = Duration::from_millis(2_900);
/// How long a later message is tried.
const LATER: Duration = Duration::from_secs(60);

/// Who is answered, and how far that is.
pub(super) struct Reply {
    outbox: Arc<Outbox>,
    to: To,
    stage: Stage,
}

enum To {
    Interaction {
        id: InteractionId,
        token: String,
    },
    Message {
        channel: ChannelId,
        message: MessageId,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No response yet.
    Fresh,
    /// "Thinking …"; the next message takes its place.
    Deferred,
    /// Responded.
    Done,
}

/// A field of a dialogue.
pub(super) struct Field {
    /// Its name in what comes back.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// Whether it has several lines.
    pub is_long: bool,
    /// Characters it must have.
    pub min: u16,
    /// Characters it may have.
    pub max: u16,
    /// What is in it at first.
    pub value: Option<String>,
}

impl Reply {
    /// A reply to a command, press or dialogue.
    pub(super) fn to_interaction(outbox: &Arc<Outbox>, id: InteractionId, token: &str) -> Reply {
        Reply {
            outbox: Arc::clone(outbox),
            to: To::Interaction {
                id,
                token: token.to_owned(),
            },
            stage: Stage::Fresh,
        }
    }

    /// A reply to a message.
    pub(super) fn to_message(
        outbox: &Arc<Outbox>,
        channel: ChannelId,
        message: MessageId,
    ) -> Reply {
        Reply {
            outbox: Arc::clone(outbox),
            to: To::Message { channel, message },
            stage: Stage::Fresh,
        }
    }

    /// Whether only the sender of the request can be made to see a reply.
    pub(super) fn can_be_private(&self) -> bool {
        matches!(self.to, To::Interaction { .. })
    }

    /// Tells the asker that work is under way. What follows is as private as this.
    ///
    /// # Errors
    /// Discord's refusal.
    pub(super) async fn defer(&mut self, private: bool) -> anyhow::Result<()> {
        if self.stage != Stage::Fresh {
            return Ok(());
        }
        match &self.to {
            To::Interaction { id, token } => {
                let mut deferral = CreateInteractionResponseMessage::new();
                if private {
                    deferral = deferral.ephemeral(true);
                }
                let response = CreateInteractionResponse::Defer(deferral);
                self.respond(*id, token, &response).await?;
                self.stage = Stage::Deferred;
            }
            To::Message { channel, .. } => {
                let http = &self.outbox.http;
                // Only a courtesy: an answer follows whether or not it shows.
                let typing = self
                    .outbox
                    .send("typing", Repeat::Harmless, FIRST_RESPONSE, || {
                        http.broadcast_typing(*channel)
                    })
                    .await;
                if let Err(error) = typing {
                    tracing::debug!(error = format!("{error:#}"), "no sign of typing was sent");
                }
            }
        }
        Ok(())
    }

    /// Tells that a press is being worked on, where its message will change.
    ///
    /// # Errors
    /// Discord's refusal.
    pub(super) async fn defer_in_place(&mut self) -> anyhow::Result<()> {
        if let (To::Interaction { id, token }, Stage::Fresh) = (&self.to, self.stage) {
            let response = CreateInteractionResponse::Acknowledge;
            self.respond(*id, token, &response).await?;
            self.stage = Stage::Deferred;
        }
        Ok(())
    }

    /// Shows how far a deferred reply is. Only a courtesy: that it fails stops nothing.
    pub(super) async fn progress(&self, message: &Message) {
        let (To::Interaction { token, .. }, Stage::Deferred) = (&self.to, self.stage) else {
            return;
        };
        let http = &self.outbox.http;
        let edit = edit(message);
        let shown = self
            .outbox
            .send(
                "a sign of progress",
                Repeat::Harmless,
                FIRST_RESPONSE,
                || edit.clone().execute(http, token),
            )
            .await;
        if let Err(error) = shown {
            tracing::debug!(error = format!("{error:#}"), "no progress was shown");
        }
    }

    /// Sends a message: as the first response, in place of a deferral, or after either. Returns its
    /// id where Discord tells it.
    ///
    /// # Errors
    /// [`super::render::Unsendable`], before anything is sent, or Discord's refusal.
    pub(super) async fn send(
        &mut self,
        message: &Message,
        private: bool,
    ) -> anyhow::Result<Option<u64>> {
        message.check()?;
        let outbox = Arc::clone(&self.outbox);
        let http = &outbox.http;
        let stage = self.stage;
        let sent = match &self.to {
            To::Interaction { id, token } if stage == Stage::Fresh => {
                let response = CreateInteractionResponse::Message(first(message, private));
                self.respond(*id, token, &response).await?;
                None
            }
            To::Interaction { token, .. } if stage == Stage::Deferred => {
                let edit = edit(message);
                outbox
                    .send("the answer of a deferral", Repeat::Harmless, LATER, || {
                        edit.clone().execute(http, token)
                    })
                    .await?
                    .map(|sent| sent.id.get())
            }
            To::Interaction { token, .. } => {
                let more = follow_up(message, private);
                outbox
                    .send("a further message", Repeat::Doubles, LATER, || {
                        more.clone().execute(http, (None, token.as_str()))
                    })
                    .await?
                    .map(|sent| sent.id.get())
            }
            To::Message {
                channel,
                message: asked,
            } => {
                let nonce = format!("q{asked}{}", if stage == Stage::Done { "b" } else { "" });
                let reply = in_channel(message)
                    .reference_message(
                        MessageReference::from((*channel, *asked)).fail_if_not_exists(false),
                    )
                    .nonce(Nonce::String(nonce))
                    .enforce_nonce(true);
                outbox
                    .send("a reply", Repeat::Harmless, LATER, || {
                        reply.clone().execute(http, (*channel, None))
                    })
                    .await?
                    .map(|sent| sent.id.get())
            }
        };
        self.stage = Stage::Done;
        Ok(sent)
    }

    /// Puts a message in the place of the one whose button was pressed.
    ///
    /// # Errors
    /// As [`Reply::send`].
    pub(super) async fn replace(&mut self, message: &Message) -> anyhow::Result<()> {
        message.check()?;
        let To::Interaction { id, token } = &self.to else {
            anyhow::bail!("a message of somebody else cannot be replaced");
        };
        if self.stage != Stage::Fresh {
            self.send(message, true).await?;
            return Ok(());
        }
        let response = CreateInteractionResponse::UpdateMessage(first(message, false));
        self.respond(*id, token, &response).await?;
        self.stage = Stage::Done;
        Ok(())
    }

    /// Opens a dialogue. Only possible as the first response.
    ///
    /// # Errors
    /// Discord's refusal.
    pub(super) async fn dialogue(
        &mut self,
        press: &Press,
        title: &str,
        fields: &[Field],
    ) -> anyhow::Result<()> {
        let To::Interaction { id, token } = &self.to else {
            anyhow::bail!("a message cannot be answered by a dialogue");
        };
        let rows = fields
            .iter()
            .map(|field| {
                let style = match field.is_long {
                    true => InputTextStyle::Paragraph,
                    false => InputTextStyle::Short,
                };
                let mut input = CreateInputText::new(style, field.label, field.name)
                    .min_length(field.min)
                    .max_length(field.max)
                    .required(field.min > 0);
                if let Some(value) = &field.value {
                    input = input.value(value);
                }
                CreateActionRow::InputText(input)
            })
            .collect();
        let modal = CreateModal::new(press.to_string(), title).components(rows);
        let response = CreateInteractionResponse::Modal(modal);
        self.respond(*id, token, &response).await?;
        self.stage = Stage::Done;
        Ok(())
    }

    /// Sends the first response. If it is not known whether it arrived, Discord is asked before it is
    /// sent again.
    async fn respond(
        &self,
        id: InteractionId,
        token: &str,
        response: &CreateInteractionResponse,
    ) -> anyhow::Result<()> {
        let http = &self.outbox.http;
        let send = || {
            self.outbox.send(
                "the first response",
                Repeat::Doubles,
                FIRST_RESPONSE,
                || response.clone().execute(http, (id, token)),
            )
        };
        let Err(error) = send().await else {
            return Ok(());
        };
        let leaves_a_message = !matches!(response, CreateInteractionResponse::Modal(_));
        if !leaves_a_message || !is_uncertain(&error) {
            return Err(error);
        }
        match http.get_original_interaction_response(token).await {
            Ok(_) => Ok(()),
            Err(_) => send().await.map(drop),
        }
    }
}

/// Sends a message to a channel on nobody's request; `nonce` names it.
///
/// # Errors
/// As [`Reply::send`].
pub(super) async fn post(
    outbox: &Outbox,
    channel: ChannelId,
    nonce: &str,
    message: &Message,
) -> anyhow::Result<()> {
    message.check()?;
    let create = in_channel(message)
        .nonce(Nonce::String(nonce.to_owned()))
        .enforce_nonce(true);
    outbox
        .send("a message", Repeat::Harmless, LATER, || {
            create.clone().execute(&outbox.http, (channel, None))
        })
        .await
        .with_context(|| format!("a message to channel {channel}"))?;
    Ok(())
}

/// Nobody.
fn pings() -> CreateAllowedMentions {
    CreateAllowedMentions::new()
}

fn first(message: &Message, private: bool) -> CreateInteractionResponseMessage {
    let mut flags = InteractionResponseFlags::SUPPRESS_EMBEDS;
    if private {
        flags |= InteractionResponseFlags::EPHEMERAL;
    }
    CreateInteractionResponseMessage::new()
        .content(&message.content)
        .flags(flags)
        .allowed_mentions(pings())
        .components(rows(message))
        .files(files(message))
}

fn edit(message: &Message) -> EditInteractionResponse {
    let edit = EditInteractionResponse::new()
        .content(&message.content)
        .flags(MessageFlags::SUPPRESS_EMBEDS)
        .allowed_mentions(pings())
        .components(rows(message));
    files(message)
        .into_iter()
        .fold(edit, EditInteractionResponse::new_attachment)
}

fn follow_up(message: &Message, private: bool) -> CreateInteractionResponseFollowup {
    let mut flags = MessageFlags::SUPPRESS_EMBEDS;
    if private {
        flags |= MessageFlags::EPHEMERAL;
    }
    CreateInteractionResponseFollowup::new()
        .content(&message.content)
        .flags(flags)
        .allowed_mentions(pings())
        .components(rows(message))
        .files(files(message))
}

fn in_channel(message: &Message) -> CreateMessage {
    CreateMessage::new()
        .content(&message.content)
        .flags(MessageFlags::SUPPRESS_EMBEDS)
        .allowed_mentions(pings())
        .components(rows(message))
        .files(files(message))
}

fn rows(message: &Message) -> Vec<CreateActionRow> {
    message
        .rows
        .iter()
        .map(|row| CreateActionRow::Buttons(row.iter().map(button).collect()))
        .collect()
}

fn button(button: &Button) -> CreateButton {
    let mut create = CreateButton::new(button.press.to_string()).style(match button.look {
        Look::Primary => ButtonStyle::Primary,
        Look::Plain => ButtonStyle::Secondary,
        Look::Danger => ButtonStyle::Danger,
    });
    if !button.label.is_empty() {
        create = create.label(&button.label);
    }
    if let Some(emoji) = button.emoji {
        create = create.emoji(ReactionType::Unicode(emoji.to_string()));
    }
    create
}

fn files(message: &Message) -> Vec<CreateAttachment> {
    message
        .file
        .iter()
        .map(|file| CreateAttachment::bytes(file.bytes.clone(), &file.name))
        .collect()
}
