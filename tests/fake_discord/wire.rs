//! The records as Discord's JSON.

use serde_json::{Value, json};
use serenity::model::permissions::Permissions;

use super::clock::timestamp;
use super::world::{Channel, Command, File, Id, Member, Message, User, World, channel_kind};

/// Ids travel as strings.
pub fn id(id: Id) -> Value {
    Value::String(id.to_string())
}

fn bits(permissions: Permissions) -> Value {
    Value::String(permissions.bits().to_string())
}

impl World {
    pub fn user_json(&self, user: Id) -> Value {
        let User { name, is_bot, .. } = &self.users[&user];
        json!({
            "id": id(user), "username": name, "discriminator": "0", "global_name": null, "avatar": null,
            "bot": is_bot, "public_flags": 0, "flags": 0, "avatar_decoration_data": null,
        })
    }

    /// The bot as it sees itself.
    pub fn current_user_json(&self) -> Value {
        let mut user = self.user_json(self.bot);
        user["mfa_enabled"] = json!(false);
        user["verified"] = json!(true);
        user["email"] = Value::Null;
        user
    }

    /// A member without `user`, as messages carry it.
    fn partial_member_json(&self, member: &Member) -> Value {
        json!({
            "nick": member.nick, "avatar": null, "banner": null,
            "roles": member.roles.iter().map(|role| id(*role)).collect::<Vec<_>>(),
            "joined_at": timestamp(self.clock.now()), "premium_since": null, "deaf": false, "mute": false,
            "flags": 0, "pending": false, "communication_disabled_until": null,
        })
    }

    pub fn member_json(&self, guild: Id, user: Id) -> Option<Value> {
        let member = self.guilds.get(&guild)?.members.get(&user)?;
        let mut json = self.partial_member_json(member);
        json["user"] = self.user_json(user);
        Some(json)
    }

    pub fn role_json(&self, role: Id) -> Value {
        let role = &self.roles[&role];
        let mut json = json!({
            "id": id(role.id), "name": role.name, "color": 0,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "hoist": false, "icon": null, "unicode_emoji": null, "position": 0,
            "permissions": bits(role.permissions), "managed": role.is_bots, "mentionable": false, "flags": 0,
        });
        if role.is_bots {
            json["tags"] = json!({ "bot_id": id(self.bot) });
        }
        json
    }

    pub fn channel_json(&self, channel: Id) -> Value {
        let channel = &self.channels[&channel];
        if channel.kind == channel_kind::DM {
            let recipients: Vec<_> = channel
                .recipients
                .iter()
                .map(|user| self.user_json(*user))
                .collect();
            return json!({
                "id": id(channel.id), "type": channel.kind, "last_message_id": null, "flags": 0,
                "recipients": recipients,
            });
        }
        let mut json = json!({
            "id": id(channel.id), "type": channel.kind, "name": channel.name, "position": 0, "flags": 0,
            "guild_id": channel.guild.map(id), "parent_id": channel.parent.map(id), "topic": null,
            "last_message_id": null, "nsfw": false, "rate_limit_per_user": 0,
            "permission_overwrites": self.overwrites_json(channel),
        });
        if channel.parent.is_some() {
            json["owner_id"] = id(self.bot);
            json["message_count"] = json!(0);
            json["member_count"] = json!(1);
            json["thread_metadata"] = json!({
                "archived": channel.is_archived, "auto_archive_duration": 1440, "locked": false,
                "archive_timestamp": timestamp(self.clock.now()),
            });
        }
        json
    }

    fn overwrites_json(&self, channel: &Channel) -> Vec<Value> {
        use super::permissions::Whom;
        channel
            .overwrites
            .iter()
            .map(|overwrite| {
                let (who, kind) = match overwrite.whom {
                    Whom::Role(role) => (role, 0),
                    Whom::User(user) => (user, 1),
                };
                json!({
                    "id": id(who), "type": kind,
                    "allow": bits(overwrite.allow), "deny": bits(overwrite.deny),
                })
            })
            .collect()
    }

    /// A channel as interactions carry it, with what a user may do there.
    pub fn partial_channel_json(&self, channel: Id, user: Id) -> Value {
        let mut json = self.channel_json(channel);
        json["permissions"] = bits(self.permissions(channel, user));
        json["app_permissions"] = bits(self.permissions(channel, self.bot));
        json
    }

    /// A guild as `GUILD_CREATE` carries it: with channels, and the bot as its only listed member.
    pub fn guild_json(&self, guild: Id) -> Value {
        let guild = &self.guilds[&guild];
        let of_kind = |is_thread: bool| -> Vec<Value> {
            guild
                .channels
                .iter()
                .filter(|channel| self.channels[channel].parent.is_some() == is_thread)
                .filter(|channel| !self.permissions(**channel, self.bot).is_empty())
                .map(|channel| self.channel_json(*channel))
                .collect()
        };
        let mut json = json!({
            "id": id(guild.id), "name": guild.name, "icon": null, "icon_hash": null, "splash": null,
            "discovery_splash": null, "owner_id": id(guild.owner), "afk_channel_id": null, "afk_timeout": 300,
            "widget_enabled": false, "widget_channel_id": null, "verification_level": 0,
            "default_message_notifications": 1, "explicit_content_filter": 0,
        });
        let more = json!({
            "roles": guild.roles.iter().map(|role| self.role_json(*role)).collect::<Vec<_>>(),
            "emojis": [], "features": [], "mfa_level": 0, "application_id": null, "system_channel_id": null,
            "system_channel_flags": 0, "rules_channel_id": null, "max_presences": null,
            "max_members": 500_000, "vanity_url_code": null, "description": null, "banner": null,
            "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
            "public_updates_channel_id": null, "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50, "nsfw_level": 0, "stickers": [],
            "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null,
            "joined_at": timestamp(self.clock.now()), "large": false, "unavailable": false,
            "member_count": guild.members.len(), "voice_states": [],
            "members": [self.member_json(guild.id, self.bot)],
            "channels": of_kind(false), "threads": of_kind(true),
            "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        });
        // In two parts, since the macro counts the fields of one.
        let more = more.as_object().cloned().unwrap_or_default();
        json.as_object_mut().unwrap().extend(more);
        json
    }

    pub fn file_url(&self, file: &File) -> String {
        // `ex` is when the link ends; Discord signs it, and the fake knows it anyway.
        format!(
            "{}/cdn/attachments/{}/{}/{}?ex={:x}&is={:x}&hm={:064x}&",
            self.base_url,
            file.channel,
            file.id,
            percent_encoded(&file.name),
            file.expires_at.as_secs(),
            self.clock.now().as_secs(),
            file.id,
        )
    }

    pub fn file_json(&self, file: Id, is_ephemeral: bool) -> Value {
        let file = &self.files[&file];
        let url = self.file_url(file);
        let mut json = json!({
            "id": id(file.id), "filename": file.name, "size": file.claimed_size, "url": url,
            "proxy_url": url, "content_type": file.content_type,
        });
        if is_ephemeral {
            json["ephemeral"] = json!(true);
        }
        if let Some(description) = &file.description {
            json["description"] = json!(description);
        }
        json
    }

    /// Roles that a person's message names; the bot's own messages may name none.
    fn roles_mentioned(&self, message: &Message) -> Vec<Value> {
        let is_named = |role: &&Id| message.content.contains(&format!("<@&{role}>"));
        let named = self.roles.keys().filter(is_named);
        let named = named.filter(|_| message.author != self.bot);
        named.map(|role| id(*role)).collect()
    }

    /// A message in full, as REST and interactions show it to the bot.
    pub fn message_json(&self, message: &Message) -> Value {
        let is_ephemeral = message.only_for.is_some();
        let files = message
            .attachments
            .iter()
            .map(|file| self.file_json(*file, is_ephemeral));
        let mut json = json!({
            "id": id(message.id), "channel_id": id(message.channel), "author": self.user_json(message.author),
            "content": message.content, "timestamp": timestamp(message.sent_at),
            "edited_timestamp": message.edited_at.map(timestamp), "tts": false,
            "mention_everyone": false, "mention_roles": self.roles_mentioned(message),
            "mentions": message.mentions.iter().map(|user| self.user_json(*user)).collect::<Vec<_>>(),
            "attachments": files.collect::<Vec<_>>(), "embeds": message.embeds,
            "components": message.components, "pinned": false, "flags": message.flags,
            "type": self.message_kind(message), "reactions": self.reactions_json(message),
        });
        if let Some(nonce) = &message.nonce {
            json["nonce"] = json!(nonce);
        }
        if let Some(earlier) = message.replies_to {
            json["message_reference"] = json!({
                "type": 0, "message_id": id(earlier), "channel_id": id(message.channel),
                "guild_id": self.channels[&message.channel].guild.map(id),
            });
            json["referenced_message"] = match self.messages.get(&earlier) {
                // Discord nests one level only.
                Some(earlier) if !earlier.is_deleted => {
                    let alone = Message {
                        replies_to: None,
                        ..earlier.clone()
                    };
                    self.message_json(&alone)
                }
                _ => Value::Null,
            };
        }
        if let Some(interaction) = message.interaction {
            let interaction = &self.interactions[&interaction];
            json["application_id"] = id(self.bot);
            json["webhook_id"] = id(self.bot);
            json["interaction_metadata"] = json!({
                "id": id(interaction.id), "type": interaction.kind, "user": self.user_json(interaction.user),
                "authorizing_integration_owners": { "0": self.owner_of(interaction.channel) },
            });
            if interaction.kind == 5 {
                // The command or press that opened the modal; all that is told of it is who and what.
                json["interaction_metadata"]["triggering_interaction_metadata"] = json!({
                    "id": id(interaction.id), "type": if interaction.source.is_some() { 3 } else { 2 },
                    "user": self.user_json(interaction.user),
                    "authorizing_integration_owners": { "0": self.owner_of(interaction.channel) },
                    "interacted_message_id": interaction.source.map(id),
                });
            }
            if interaction.kind == 3 {
                json["interaction_metadata"]["interacted_message_id"] =
                    json!(interaction.source.map(id));
            }
        }
        json
    }

    /// Whoever installed the app: the guild, or 0 in a direct conversation.
    pub fn owner_of(&self, channel: Id) -> Value {
        id(self.channels[&channel].guild.unwrap_or_default())
    }

    fn message_kind(&self, message: &Message) -> u64 {
        match message
            .interaction
            .map(|interaction| self.interactions[&interaction].kind)
        {
            Some(2) => 20,
            _ if message.replies_to.is_some() => 19,
            _ => 0,
        }
    }

    fn reactions_json(&self, message: &Message) -> Vec<Value> {
        let mut emoji: Vec<&String> = message.reactions.iter().map(|(emoji, _)| emoji).collect();
        emoji.dedup();
        emoji
            .into_iter()
            .map(|name| {
                let of_it = message.reactions.iter().filter(|(emoji, _)| emoji == name);
                let count = of_it.clone().count();
                let is_mine = of_it.clone().any(|(_, user)| *user == self.bot);
                json!({
                    "count": count, "count_details": { "burst": 0, "normal": count }, "me": is_mine,
                    "me_burst": false, "burst_colors": [], "emoji": { "id": null, "name": name },
                })
            })
            .collect()
    }

    /// A message as an event carries it: with guild and member, and with nothing in it that the bot
    /// may not read without the privileged intent.
    pub fn message_event_json(&self, message: &Message, intents: u64) -> Value {
        let mut json = self.message_json(message);
        if let Some(guild) = self.channels[&message.channel].guild {
            json["guild_id"] = id(guild);
            if let Some(member) = self.guilds[&guild].members.get(&message.author) {
                json["member"] = self.partial_member_json(member);
            }
        }
        self.withhold(&mut json, message, intents);
        json
    }

    /// Empties what a bot without the Message Content intent does not get to read.
    pub fn withhold(&self, json: &mut Value, message: &Message, intents: u64) {
        if !self.may_read(message, intents) {
            json["content"] = json!("");
            for list in ["embeds", "attachments", "components"] {
                json[list] = json!([]);
            }
        }
        if let Some(earlier) = message
            .replies_to
            .and_then(|earlier| self.messages.get(&earlier))
            && json["referenced_message"].is_object()
        {
            let mut nested = json["referenced_message"].take();
            let alone = Message {
                replies_to: None,
                ..earlier.clone()
            };
            self.withhold(&mut nested, &alone, intents);
            json["referenced_message"] = nested;
        }
    }

    fn may_read(&self, message: &Message, intents: u64) -> bool {
        const MESSAGE_CONTENT: u64 = 1 << 15;
        let addresses_the_bot = message.content.contains(&format!("<@{}>", self.bot))
            || message.content.contains(&format!("<@!{}>", self.bot))
            // A reply that pings counts, but not one to the answer of a slash command.
            || message.mentions.contains(&self.bot)
                && message
                    .replies_to
                    .and_then(|earlier| self.messages.get(&earlier))
                    .is_some_and(|earlier| earlier.interaction.is_none());
        intents & MESSAGE_CONTENT != 0
            || message.author == self.bot
            || self.channels[&message.channel].guild.is_none()
            || addresses_the_bot
    }

    pub fn command_json(&self, command: &Command) -> Value {
        let mut json = command.body.clone();
        json["id"] = id(command.id);
        json["application_id"] = id(self.bot);
        json["version"] = id(command.version);
        if json["type"].is_null() {
            json["type"] = json!(1);
        }
        if json["description"].is_null() {
            json["description"] = json!("");
        }
        if let Some(guild) = command.guild {
            json["guild_id"] = id(guild);
        }
        json
    }
}

/// A file name as part of an address.
fn percent_encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
