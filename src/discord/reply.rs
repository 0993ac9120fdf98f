//! The one place that sends: every message, edit and dialogue of the bot goes through here.
//!
//! Holds for each of them: it passed [`Message::check`], it pings nobody, it shows no preview cards,
//! and a message in a channel carries a nonce that Discord enforces, so that a repeated request is
//! not a repeated message. A [`Reply`] answers one request and knows whether that has its first
//! response yet.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use serenity::all::{InteractionId, MessageId};

use super::components::Press;
use super::outbox::{Outbox, Repeat, SendError};
use super::render::{File, Message};
use super::rest::{Call, Place, To as Where};
use super::wire::{self, Field};

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
    Interaction { id: InteractionId, token: String },
    Message { place: Place, message: MessageId },
}

/// What becomes of a request that takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deferral {
    /// A message of its own follows, as private as this says.
    Message {
        /// Whether one person alone sees it.
        private: bool,
    },
    /// The message whose button was pressed changes.
    InPlace,
}

impl Deferral {
    /// A message of its own.
    pub(super) fn of(is_private: bool) -> Deferral {
        Deferral::Message {
            private: is_private,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No response yet.
    Fresh,
    /// "Thinking …"; the next message takes its place.
    Deferred,
    /// The message whose button was pressed waits to be changed; what does not change it is a message
    /// of its own, so that a refusal leaves it and its buttons.
    DeferredInPlace,
    /// Responded.
    Done,
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
    pub(super) fn to_message(outbox: &Arc<Outbox>, place: Place, message: MessageId) -> Reply {
        Reply {
            outbox: Arc::clone(outbox),
            to: To::Message { place, message },
            stage: Stage::Fresh,
        }
    }

    /// Whether only the sender of the request can be made to see a reply.
    pub(super) fn can_be_private(&self) -> bool {
        matches!(self.to, To::Interaction { .. })
    }

    /// Tells the asker that work is under way.
    ///
    /// # Errors
    /// Discord's refusal.
    pub(super) async fn acknowledge(&mut self, deferral: Deferral) -> anyhow::Result<()> {
        match deferral {
            Deferral::Message { private } => self.defer(private).await,
            Deferral::InPlace => self.defer_in_place().await,
        }
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
                self.respond(*id, token, wire::deferral(private), None)
                    .await?;
                self.stage = Stage::Deferred;
            }
            To::Message { place, .. } => {
                let call = Call {
                    to: Where::Typing(*place),
                    body: None,
                    file: None,
                };
                // Only a courtesy: an answer follows whether or not it shows.
                let typing = self
                    .outbox
                    .send("typing", Repeat::Harmless, FIRST_RESPONSE, &call);
                if let Err(error) = typing.await {
                    tracing::debug!(%error, "no sign of typing was sent");
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
            self.respond(*id, token, wire::deferral_in_place(), None)
                .await?;
            self.stage = Stage::DeferredInPlace;
        }
        Ok(())
    }

    /// Shows how far a deferred reply is. Only a courtesy: that it fails stops nothing.
    pub(super) async fn progress(&self, message: &Message) {
        let (To::Interaction { token, .. }, Stage::Deferred) = (&self.to, self.stage) else {
            return;
        };
        let call = call(
            Where::Original(token.clone()),
            wire::message(message, false),
            None,
        );
        let shown = self.outbox.send(
            "a sign of progress",
            Repeat::Harmless,
            FIRST_RESPONSE,
            &call,
        );
        if let Err(error) = shown.await {
            tracing::debug!(%error, "no progress was shown");
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
        let file = message.file.clone();
        let (what, repeat, call) = match (&self.to, self.stage) {
            (To::Interaction { id, token }, Stage::Fresh) => {
                self.respond(*id, token, wire::first(message, private), file)
                    .await?;
                self.stage = Stage::Done;
                return Ok(None);
            }
            (To::Interaction { token, .. }, Stage::Deferred) => (
                "the answer of a deferral",
                Repeat::Harmless,
                // Whether one person sees it was settled when it was deferred.
                call(
                    Where::Original(token.clone()),
                    wire::message(message, false),
                    file,
                ),
            ),
            (To::Interaction { token, .. }, Stage::DeferredInPlace | Stage::Done) => (
                "a further message",
                Repeat::Doubles,
                call(
                    Where::FollowUp(token.clone()),
                    wire::message(message, private),
                    file,
                ),
            ),
            (
                To::Message {
                    place,
                    message: asked,
                },
                stage,
            ) => {
                let nonce = format!("q{asked}{}", if stage == Stage::Done { "b" } else { "" });
                let body = wire::in_channel(message, &nonce, Some(asked.get()));
                let to = Where::Channel(*place);
                ("a reply", Repeat::Harmless, call(to, body, file))
            }
        };
        let sent = self.outbox.send(what, repeat, LATER, &call).await?;
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
        match self.stage {
            Stage::Fresh => {
                self.respond(*id, token, wire::update(message), message.file.clone())
                    .await?;
            }
            Stage::DeferredInPlace => {
                let to = Where::Original(token.clone());
                let call = call(to, wire::message(message, false), message.file.clone());
                let what = "the change of a message";
                self.outbox
                    .send(what, Repeat::Harmless, LATER, &call)
                    .await?;
            }
            Stage::Deferred | Stage::Done => {
                self.send(message, true).await?;
            }
        }
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
        let call = callback(*id, token, wire::dialogue(press, title, fields), None);
        // It leaves nothing behind by which its fate could be told, so it is sent once.
        self.outbox
            .send("a dialogue", Repeat::Doubles, FIRST_RESPONSE, &call)
            .await?;
        self.stage = Stage::Done;
        Ok(())
    }

    /// Sends the first response. If it is not known whether it arrived, Discord is asked before it is
    /// sent again.
    async fn respond(
        &self,
        id: InteractionId,
        token: &str,
        response: Value,
        file: Option<File>,
    ) -> anyhow::Result<()> {
        let call = callback(id, token, response, file);
        let send = || {
            self.outbox
                .send("the first response", Repeat::Doubles, FIRST_RESPONSE, &call)
        };
        let sent = send().await;
        let Err(error @ SendError::Uncertain { .. }) = sent else {
            sent?;
            return Ok(());
        };
        let look = self.outbox.is_there(token);
        match tokio::time::timeout(FIRST_RESPONSE, look).await {
            Ok(true) => tracing::debug!(%error, "it had arrived"),
            Ok(false) => send().await.map(drop)?,
            Err(_) => return Err(error.into()),
        }
        Ok(())
    }
}

fn call(to: Where, body: Value, file: Option<File>) -> Call {
    Call {
        to,
        body: Some(body),
        file,
    }
}

fn callback(id: InteractionId, token: &str, response: Value, file: Option<File>) -> Call {
    let to = Where::Callback {
        id: id.get(),
        token: token.to_owned(),
    };
    call(to, response, file)
}

/// Sends a message to a channel on nobody's request; `nonce` names it.
///
/// # Errors
/// As [`Reply::send`].
pub(super) async fn post(
    outbox: &Outbox,
    place: Place,
    nonce: &str,
    message: &Message,
) -> anyhow::Result<()> {
    message.check()?;
    let body = wire::in_channel(message, nonce, None);
    let call = call(Where::Channel(place), body, message.file.clone());
    outbox
        .send("a message", Repeat::Harmless, LATER, &call)
        .await
        .with_context(|| format!("a message to channel {}", place.channel))?;
    Ok(())
}
