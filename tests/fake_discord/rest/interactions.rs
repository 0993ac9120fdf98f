//! The first response to an interaction.

use std::time::Duration;

use serde_json::{Value, json};

use super::messages::Purpose;
use super::{ALREADY_ACKNOWLEDGED, Answer, Incoming, Refusal, UNKNOWN_INTERACTION, parse};
use crate::fake_discord::rules;
use crate::fake_discord::wire::id;
use crate::fake_discord::world::{Callback, EPHEMERAL, Id, Interaction, LOADING, World};

/// The first response has to come within this.
pub const TO_RESPOND: Duration = Duration::from_secs(3);

/// Callback kinds, by Discord's numbers.
pub mod callback_kind {
    pub const MESSAGE: u64 = 4;
    pub const DEFERRED_MESSAGE: u64 = 5;
    pub const DEFERRED_UPDATE: u64 = 6;
    pub const UPDATE: u64 = 7;
    pub const CHOICES: u64 = 8;
    pub const MODAL: u64 = 9;
}
use callback_kind::{CHOICES, DEFERRED_MESSAGE, DEFERRED_UPDATE, MESSAGE, MODAL, UPDATE};

/// Whether Discord lets an interaction be answered so.
fn fits(interaction: &Interaction, callback: u64) -> bool {
    match interaction.kind {
        4 => callback == CHOICES,
        _ if callback == CHOICES => false,
        // A modal does not open another; it updates the message it was opened from, if there is one.
        5 => match callback {
            MODAL => false,
            DEFERRED_UPDATE | UPDATE => interaction.source.is_some(),
            _ => true,
        },
        3 => true,
        _ => !matches!(callback, DEFERRED_UPDATE | UPDATE),
    }
}

impl World {
    pub(super) fn call_back(
        &mut self,
        request: &Incoming,
        interaction: &str,
        token: &str,
    ) -> Result<Answer, Refusal> {
        let now = self.clock.now();
        let Some(found) = self.interactions.get(&parse(interaction)) else {
            self.violate("unknown-interaction", request.line());
            return Err(UNKNOWN_INTERACTION);
        };
        let (key, what, latency) = (found.id, found.what.clone(), found.sent.elapsed());
        if found.token != token {
            self.violate(
                "interaction-token",
                format!("{what}: another token than the interaction's"),
            );
            return Err(UNKNOWN_INTERACTION);
        }
        if found.callback.is_some() {
            self.violate("second-callback", format!("{what}: answered already"));
            return Err(ALREADY_ACKNOWLEDGED);
        }
        let age = now - found.created_at;
        if age > TO_RESPOND {
            self.violate(
                "late-callback",
                format!("{what}: first response after {age:?}"),
            );
            return Err(UNKNOWN_INTERACTION);
        }
        let kind = request.body["type"].as_u64().unwrap_or_default();
        if !fits(found, kind) {
            let problem = format!(
                "kind {kind} does not answer an interaction of kind {}",
                found.kind
            );
            self.violate("callback-kind", format!("{what}: {problem}"));
            return Err(Refusal::invalid_body(vec![rules::problem(
                "callback-kind",
                "type",
                problem,
            )]));
        }
        let original = self.respond(request, key, kind)?;
        let found = self.interactions.get_mut(&key).unwrap();
        found.original = original;
        found.callback = Some(Callback {
            kind,
            data: request.body["data"].clone(),
            latency,
            is_complete: !matches!(kind, DEFERRED_MESSAGE | DEFERRED_UPDATE),
        });
        if request.query_value("with_response") != Some("true") {
            return Answer::empty();
        }
        let message = original.map(|message| self.message_json(&self.messages[&message]));
        Answer::json(json!({
            "interaction": {
                "id": id(key), "type": self.interactions[&key].kind,
                "response_message_id": original.map(id),
                "response_message_loading": kind == DEFERRED_MESSAGE,
                "response_message_ephemeral": message.as_ref().map(|message| message["flags"].as_u64().unwrap_or_default() & EPHEMERAL != 0),
            },
            "resource": { "type": kind, "message": message },
        }))
    }

    /// Carries a callback out; returns the message that is `@original` from then on.
    fn respond(&mut self, request: &Incoming, key: Id, kind: u64) -> Result<Option<Id>, Refusal> {
        let Interaction {
            channel,
            user,
            source,
            ..
        } = self.interactions[&key];
        let data = &request.body["data"];
        let flags = data["flags"].as_u64().unwrap_or_default();
        match kind {
            MESSAGE | DEFERRED_MESSAGE => {
                if kind == MESSAGE {
                    self.check_message(request, Purpose::Respond)?;
                } else {
                    self.refuse_broken(request, rules::deferral(&request.body))?;
                }
                let mut message = self.new_message(channel, self.bot);
                message.interaction = Some(key);
                message.only_for = (flags & EPHEMERAL != 0).then_some(user);
                self.fill(&mut message, request, data, false);
                if kind == DEFERRED_MESSAGE {
                    message.flags |= LOADING;
                }
                let id = message.id;
                self.post(message);
                Ok(Some(id))
            }
            DEFERRED_UPDATE => {
                self.refuse_broken(request, rules::deferral(&request.body))?;
                Ok(source)
            }
            UPDATE => {
                let mut message = self.messages[&source.unwrap_or_default()].clone();
                self.check_message(request, Purpose::Update(&message))?;
                self.fill(&mut message, request, data, true);
                self.change(message);
                Ok(source)
            }
            CHOICES => {
                self.refuse_broken(request, rules::choices(&request.body))?;
                Ok(None)
            }
            MODAL => {
                self.refuse_broken(request, rules::modal(&request.body))?;
                Ok(None)
            }
            _ => {
                let problem =
                    rules::problem("callback-kind", "type", format!("{kind} is no callback"));
                self.refuse_broken(request, vec![problem])?;
                Ok(None)
            }
        }
    }

    /// Whether a person still reads "… is thinking".
    pub fn is_thinking(&self, interaction: &Interaction) -> bool {
        let callback = interaction.callback.as_ref();
        callback.is_some_and(|callback| callback.kind == DEFERRED_MESSAGE && !callback.is_complete)
    }
}

/// The modal's fields, or the choices, of a callback.
pub fn list<'d>(data: &'d Value, key: &str) -> &'d [Value] {
    data[key].as_array().map_or(&[], Vec::as_slice)
}
