//! What comes after the first response: changes to it, and further messages.

use std::time::Duration;

use super::messages::Purpose;
use super::{
    Answer, INVALID_WEBHOOK_TOKEN, Incoming, Refusal, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, parse,
};
use crate::fake_discord::world::{EPHEMERAL, Id, LOADING, Message, World};

/// An interaction's token is good for this long.
pub const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

impl World {
    /// The interaction of a token, if it has been answered and is young enough.
    fn by_token(&mut self, line: &str, app: &str, token: &str) -> Result<Id, Refusal> {
        let now = self.clock.now();
        let mut all = self.interactions.values();
        let Some(found) = all.find(|interaction| interaction.token == token) else {
            self.violate(
                "interaction-token",
                format!("{line}: no interaction has this token"),
            );
            return Err(INVALID_WEBHOOK_TOKEN);
        };
        let (id, what, age) = (found.id, found.what.clone(), now - found.created_at);
        if parse(app) != self.bot {
            self.violate("interaction-token", format!("{line}: another application"));
            return Err(UNKNOWN_WEBHOOK);
        }
        if age > TOKEN_LIFE {
            self.violate("expired-token", format!("{what}: {line} after {age:?}"));
            return Err(INVALID_WEBHOOK_TOKEN);
        }
        if found.callback.is_none() && line.starts_with("GET ") {
            // Asking whether a response whose fate is unknown arrived is no fault.
            return Err(UNKNOWN_WEBHOOK);
        }
        if found.callback.is_none() {
            self.violate(
                "early-follow-up",
                format!("{what}: {line} before the first response"),
            );
            return Err(UNKNOWN_WEBHOOK);
        }
        Ok(id)
    }

    /// A message of an interaction: `@original`, or by id.
    fn response(&self, interaction: Id, message: &str) -> Result<Message, Refusal> {
        let interaction = &self.interactions[&interaction];
        let wanted = match message {
            "@original" => interaction.original,
            id => {
                let own = interaction.original.iter().chain(&interaction.follow_ups);
                own.copied().find(|own| *own == parse(id))
            }
        };
        wanted
            .map(|message| self.messages[&message].clone())
            .filter(|message| !message.is_deleted)
            .ok_or(UNKNOWN_MESSAGE)
    }

    pub(super) fn follow_up(
        &mut self,
        request: &Incoming,
        app: &str,
        token: &str,
    ) -> Result<Answer, Refusal> {
        let key = self.by_token(&request.line(), app, token)?;
        self.check_message(request, Purpose::FollowUp)?;
        if self.is_thinking(&self.interactions[&key]) {
            // The first one takes the place of "… is thinking", which stays private or public.
            let message = self.response(key, "@original")?;
            return self.complete(key, message, request);
        }
        let interaction = &self.interactions[&key];
        let (channel, user) = (interaction.channel, interaction.user);
        let mut message = self.new_message(channel, self.bot);
        let flags = request.body["flags"].as_u64().unwrap_or_default();
        message.interaction = Some(key);
        message.only_for = (flags & EPHEMERAL != 0).then_some(user);
        self.fill(&mut message, request, &request.body, false);
        let interaction = self.interactions.get_mut(&key).unwrap();
        interaction.follow_ups.push(message.id);
        // After a deferred update this may be all that the bot has to say.
        interaction.callback.as_mut().unwrap().is_complete = true;
        self.post(message.clone());
        Answer::json(self.message_json(&message))
    }

    /// Fills a deferred response in, or changes a response.
    fn complete(
        &mut self,
        key: Id,
        mut message: Message,
        request: &Incoming,
    ) -> Result<Answer, Refusal> {
        self.fill(&mut message, request, &request.body, true);
        message.flags &= !LOADING;
        self.change(message.clone());
        let interaction = self.interactions.get_mut(&key).unwrap();
        if interaction.original == Some(message.id) {
            interaction.callback.as_mut().unwrap().is_complete = true;
        }
        Answer::json(self.message_json(&message))
    }

    pub(super) fn get_response(
        &mut self,
        app: &str,
        token: &str,
        message: &str,
    ) -> Result<Answer, Refusal> {
        let key = self.by_token("GET response", app, token)?;
        let message = self.response(key, message)?;
        Answer::json(self.message_json(&message))
    }

    pub(super) fn edit_response(
        &mut self,
        request: &Incoming,
        app: &str,
        token: &str,
        message: &str,
    ) -> Result<Answer, Refusal> {
        let key = self.by_token(&request.line(), app, token)?;
        let message = self.response(key, message)?;
        self.check_message(request, Purpose::EditResponse(&message))?;
        self.complete(key, message, request)
    }

    pub(super) fn delete_response(
        &mut self,
        app: &str,
        token: &str,
        message: &str,
    ) -> Result<Answer, Refusal> {
        let key = self.by_token("DELETE response", app, token)?;
        let message = self.response(key, message)?;
        self.remove(message.id);
        let interaction = self.interactions.get_mut(&key).unwrap();
        if interaction.original == Some(message.id) {
            interaction.callback.as_mut().unwrap().is_complete = true;
        }
        Answer::empty()
    }
}
