//! Channels and the messages in them, as far as the bot sends, reads and changes them itself.

use serde_json::Value;
use serenity::model::permissions::Permissions;

use super::messages::Purpose;
use super::{
    Answer, Incoming, MISSING_ACCESS, MISSING_PERMISSIONS, NO_DMS, NO_HISTORY, NOT_YOUR_MESSAGE,
    Refusal, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, parse,
};
use crate::fake_discord::gateway::intent;
use crate::fake_discord::wire::id;
use crate::fake_discord::world::{Id, Message, SUPPRESS_EMBEDS, World};

/// The most messages one request reads.
const MAX_LISTED: usize = 100;

impl World {
    /// A channel in which the bot has these permissions.
    fn open_channel(&self, channel: &str, needed: Permissions) -> Result<Id, Refusal> {
        let channel = self.channels.get(&parse(channel)).ok_or(UNKNOWN_CHANNEL)?;
        let is_left = channel
            .guild
            .is_some_and(|guild| self.guilds[&guild].is_left);
        let own = self.permissions(channel.id, self.bot);
        if is_left || own.is_empty() {
            return Err(MISSING_ACCESS);
        }
        if own.contains(needed) {
            Ok(channel.id)
        } else {
            Err(MISSING_PERMISSIONS)
        }
    }

    /// What writing in a channel takes.
    fn to_write(&self, channel: &str) -> Permissions {
        match self.channels.get(&parse(channel)) {
            Some(channel) if channel.parent.is_some() => Permissions::SEND_MESSAGES_IN_THREADS,
            _ => Permissions::SEND_MESSAGES,
        }
    }

    /// A message of a channel. Private answers are not there for REST.
    fn channel_message(&self, channel: Id, message: &str) -> Result<Message, Refusal> {
        self.messages
            .get(&parse(message))
            .filter(|message| message.channel == channel && !message.is_deleted)
            .filter(|message| message.only_for.is_none())
            .cloned()
            .ok_or(UNKNOWN_MESSAGE)
    }

    pub(super) fn get_channel(&mut self, channel: &str) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, Permissions::empty())?;
        Answer::json(self.channel_json(channel))
    }

    pub(super) fn type_in(&mut self, channel: &str) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, self.to_write(channel))?;
        self.typing.push(channel);
        Answer::empty()
    }

    fn read_json(&self, message: &Message) -> Value {
        let mut json = self.message_json(message);
        self.withhold(&mut json, message, self.sessions.intents());
        json
    }

    pub(super) fn list_messages(
        &mut self,
        request: &Incoming,
        channel: &str,
    ) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, Permissions::empty())?;
        if !self
            .permissions(channel, self.bot)
            .contains(Permissions::READ_MESSAGE_HISTORY)
        {
            return Answer::json(Value::Array(Vec::new()));
        }
        let bound = |name| request.query_value(name).map(parse);
        let limit = request
            .query_value("limit")
            .map_or(50, |limit| limit.parse().unwrap_or(0));
        if !(1..=MAX_LISTED).contains(&limit) {
            self.violate("message-list", format!("limit {limit}"));
            return Err(Refusal::new(400, 50_035, "Invalid Form Body"));
        }
        let (before, after) = (bound("before"), bound("after"));
        let mut found: Vec<&Message> = self
            .messages
            .values()
            .filter(|message| message.channel == channel && !message.is_deleted)
            .filter(|message| message.only_for.is_none())
            .filter(|message| before.is_none_or(|before| message.id < before))
            .filter(|message| after.is_none_or(|after| message.id > after))
            .collect();
        if after.is_none() {
            found.reverse();
        }
        found.truncate(limit);
        // Newest first, whatever was asked.
        found.sort_by_key(|message| std::cmp::Reverse(message.id));
        Answer::json(
            found
                .into_iter()
                .map(|message| self.read_json(message))
                .collect(),
        )
    }

    pub(super) fn get_message(&mut self, channel: &str, message: &str) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, Permissions::READ_MESSAGE_HISTORY)?;
        let message = self.channel_message(channel, message)?;
        Answer::json(self.read_json(&message))
    }

    pub(super) fn send_message(
        &mut self,
        request: &Incoming,
        channel: &str,
    ) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, self.to_write(channel))?;
        let own = self.permissions(channel, self.bot);
        let recipients = &self.channels[&channel].recipients;
        if recipients.iter().any(|user| self.users[user].refuses_dms) {
            return Err(NO_DMS);
        }
        self.check_message(request, Purpose::Send)?;
        let body = &request.body;
        let lacks_files = !request.files.is_empty() && !own.contains(Permissions::ATTACH_FILES);
        let has_embeds = body["embeds"]
            .as_array()
            .is_some_and(|embeds| !embeds.is_empty());
        if lacks_files || has_embeds && !own.contains(Permissions::EMBED_LINKS) {
            return Err(MISSING_PERMISSIONS);
        }
        let nonce = match &body["nonce"] {
            Value::Null => None,
            Value::String(nonce) => Some(nonce.clone()),
            number => Some(number.to_string()),
        };
        if body["enforce_nonce"] == true
            && let Some(earlier) = self.messages.values().find(|message| {
                nonce.is_some() && message.nonce == nonce && message.author == self.bot
            })
        {
            return Answer::json(self.message_json(earlier));
        }
        let replies_to = self.referenced(channel, body)?;
        if replies_to.is_some() && !own.contains(Permissions::READ_MESSAGE_HISTORY) {
            return Err(NO_HISTORY);
        }
        let mut message = self.new_message(channel, self.bot);
        message.replies_to = replies_to;
        message.nonce = nonce;
        self.fill(&mut message, request, body, false);
        self.post(message.clone());
        Answer::json(self.message_json(&message))
    }

    /// The message a body replies to.
    fn referenced(&mut self, channel: Id, body: &Value) -> Result<Option<Id>, Refusal> {
        let Some(earlier) = body["message_reference"]["message_id"].as_str().map(parse) else {
            return Ok(None);
        };
        let is_there = self
            .messages
            .get(&earlier)
            .is_some_and(|earlier| earlier.channel == channel && !earlier.is_deleted);
        if is_there {
            Ok(Some(earlier))
        } else if body["message_reference"]["fail_if_not_exists"] == false {
            Ok(None)
        } else {
            Err(Refusal::new(400, 50_035, "Unknown message"))
        }
    }

    pub(super) fn edit_message(
        &mut self,
        request: &Incoming,
        channel: &str,
        message: &str,
    ) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, Permissions::empty())?;
        let mut message = self.channel_message(channel, message)?;
        if message.author != self.bot {
            self.violate("foreign-message", request.line());
            return Err(NOT_YOUR_MESSAGE);
        }
        self.check_message(request, Purpose::Edit(&message))?;
        self.fill(&mut message, request, &request.body, true);
        self.change(message.clone());
        Answer::json(self.message_json(&message))
    }

    pub(super) fn delete_message(
        &mut self,
        channel: &str,
        message: &str,
    ) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, Permissions::empty())?;
        let message = self.channel_message(channel, message)?;
        let may = message.author == self.bot
            || self
                .permissions(channel, self.bot)
                .contains(Permissions::MANAGE_MESSAGES);
        if !may {
            return Err(MISSING_PERMISSIONS);
        }
        self.remove(message.id);
        Answer::empty()
    }

    pub(super) fn react(
        &mut self,
        channel: &str,
        message: &str,
        emoji: &str,
        is_added: bool,
    ) -> Result<Answer, Refusal> {
        let channel = self.open_channel(channel, Permissions::READ_MESSAGE_HISTORY)?;
        let message = self.channel_message(channel, message)?.id;
        let emoji = percent_decoded(emoji);
        let bot = self.bot;
        self.set_reaction(message, bot, &emoji, is_added);
        Answer::empty()
    }

    /// Adds or takes away a reaction, with its event.
    pub fn set_reaction(&mut self, message: Id, user: Id, emoji: &str, is_added: bool) {
        let reaction = (emoji.to_owned(), user);
        let found = self.messages.get_mut(&message).unwrap();
        found.reactions.retain(|earlier| *earlier != reaction);
        if is_added {
            found.reactions.push(reaction);
        }
        let (channel, author) = (found.channel, found.author);
        let guild = self.channels[&channel].guild;
        let mut data = serde_json::json!({
            "user_id": id(user), "channel_id": id(channel), "message_id": id(message),
            "emoji": { "id": null, "name": emoji }, "burst": false, "type": 0,
            "message_author_id": id(author),
        });
        if let Some(guild) = guild {
            data["guild_id"] = id(guild);
            data["member"] = self.member_json(guild, user).unwrap_or_default();
        }
        let needed = if guild.is_some() {
            intent::GUILD_REACTIONS
        } else {
            intent::DIRECT_REACTIONS
        };
        let name = if is_added {
            "MESSAGE_REACTION_ADD"
        } else {
            "MESSAGE_REACTION_REMOVE"
        };
        self.dispatch(guild, needed, name, data);
    }

    /// A message not yet sent.
    pub fn new_message(&mut self, channel: Id, author: Id) -> Message {
        Message {
            id: self.next_id(),
            channel,
            author,
            sent_at: self.clock.now(),
            ..Message::default()
        }
    }

    /// Sends a message: it is there, and its event goes out.
    pub fn post(&mut self, message: Message) {
        if let Some(channel) = self.channels.get_mut(&message.channel) {
            // A message wakes an archived thread.
            channel.is_archived = false;
        }
        self.dispatch_message("MESSAGE_CREATE", &message);
        self.messages.insert(message.id, message);
    }

    /// Replaces a message by its changed self.
    pub fn change(&mut self, mut message: Message) {
        if let Some(before) = self.messages.get(&message.id) {
            let shown = self.show(before);
            message.earlier.push(shown);
        }
        message.edited_at = Some(self.clock.now());
        self.dispatch_message("MESSAGE_UPDATE", &message);
        self.messages.insert(message.id, message);
    }

    /// Deletes a message, with its event.
    pub fn remove(&mut self, message: Id) {
        let found = self.messages.get_mut(&message).unwrap();
        found.is_deleted = true;
        let (channel, is_private) = (found.channel, found.only_for.is_some());
        if is_private {
            return;
        }
        let guild = self.channels[&channel].guild;
        let mut data = serde_json::json!({ "id": id(message), "channel_id": id(channel) });
        if let Some(guild) = guild {
            data["guild_id"] = id(guild);
        }
        let needed = if guild.is_some() {
            intent::GUILD_MESSAGES
        } else {
            intent::DIRECT_MESSAGES
        };
        self.dispatch(guild, needed, "MESSAGE_DELETE", data);
    }

    /// Puts what a body says into a message.
    pub(super) fn fill(
        &mut self,
        message: &mut Message,
        request: &Incoming,
        body: &Value,
        is_edit: bool,
    ) {
        if !body["content"].is_null() || !is_edit {
            message.content = body["content"].as_str().unwrap_or_default().to_owned();
        } else if body.get("content").is_some() {
            message.content.clear();
        }
        for (key, list) in [
            ("embeds", &mut message.embeds),
            ("components", &mut message.components),
        ] {
            if body.get(key).is_some() || !is_edit {
                *list = body[key].as_array().cloned().unwrap_or_default();
            }
        }
        if let Some(flags) = body["flags"].as_u64() {
            let kept = if is_edit {
                message.flags & !SUPPRESS_EMBEDS
            } else {
                0
            };
            message.flags = kept | flags;
        }
        if let Some(listed) = body.get("attachments").and_then(Value::as_array) {
            // An edit keeps the old ones that it lists.
            let is_kept = |file: &Id| listed.iter().any(|kept| number(&kept["id"]) == Some(*file));
            message.attachments.retain(is_kept);
        }
        for upload in &request.files {
            let described = body["attachments"].as_array().into_iter().flatten();
            let entry = described
                .into_iter()
                .find(|entry| number(&entry["id"]) == Some(upload.number));
            let mut file = crate::fake_discord::world::File::new(
                &upload.name,
                &upload.content_type,
                upload.bytes.clone(),
            );
            file.description = entry
                .and_then(|entry| entry["description"].as_str())
                .map(str::to_owned);
            let file = self.add_file(message.channel, file);
            message.attachments.push(file);
        }
    }
}

/// An id in a body, which libraries write as number or as string.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            other => other,
        };
        bytes.push(decoded);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
