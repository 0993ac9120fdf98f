//! Guilds, members and users.

use serde_json::{Value, json};

use super::{
    Answer, Incoming, MISSING_ACCESS, Refusal, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_USER, parse,
};
use crate::fake_discord::wire::id;
use crate::fake_discord::world::{Guild, World};

impl World {
    /// A guild the bot is in.
    fn own_guild(&self, guild: &str) -> Result<&Guild, Refusal> {
        let guild = self.guilds.get(&parse(guild)).ok_or(UNKNOWN_GUILD)?;
        if guild.is_left {
            Err(MISSING_ACCESS)
        } else {
            Ok(guild)
        }
    }

    pub(super) fn own_guilds(&mut self) -> Result<Answer, Refusal> {
        let own = self.guilds.values().filter(|guild| !guild.is_left);
        Answer::json(
            own.map(|guild| {
                let permissions = self
                    .guild_permissions(guild.id, self.bot)
                    .bits()
                    .to_string();
                json!({
                    "id": id(guild.id), "name": guild.name, "icon": null, "owner": false,
                    "permissions": permissions, "features": [],
                })
            })
            .collect(),
        )
    }

    pub(super) fn get_guild(&mut self, guild: &str) -> Result<Answer, Refusal> {
        let guild = self.own_guild(guild)?.id;
        Answer::json(self.guild_json(guild))
    }

    pub(super) fn guild_channels(&mut self, guild: &str) -> Result<Answer, Refusal> {
        let guild = self.own_guild(guild)?.id;
        Answer::json(self.guild_json(guild)["channels"].clone())
    }

    pub(super) fn guild_roles(&mut self, guild: &str) -> Result<Answer, Refusal> {
        let roles = &self.own_guild(guild)?.roles;
        Answer::json(
            roles
                .iter()
                .map(|role| self.role_json(*role))
                .collect::<Vec<Value>>()
                .into(),
        )
    }

    pub(super) fn get_member(&mut self, guild: &str, user: &str) -> Result<Answer, Refusal> {
        let guild = self.own_guild(guild)?.id;
        let user = if user == "@me" { self.bot } else { parse(user) };
        Answer::json(self.member_json(guild, user).ok_or(UNKNOWN_MEMBER)?)
    }

    pub(super) fn get_user(&mut self, user: &str) -> Result<Answer, Refusal> {
        let user = self.users.get(&parse(user)).ok_or(UNKNOWN_USER)?.id;
        Answer::json(self.user_json(user))
    }

    pub(super) fn open_dm(&mut self, request: &Incoming) -> Result<Answer, Refusal> {
        let user = match &request.body["recipient_id"] {
            Value::String(user) => parse(user),
            number => number.as_u64().unwrap_or_default(),
        };
        if user == self.bot || !self.users.contains_key(&user) {
            self.violate("recipient", format!("{}: {}", request.line(), request.body));
            return Err(Refusal::new(400, 50_033, "Invalid Recipient(s)"));
        }
        let channel = self.dm(user);
        Answer::json(self.channel_json(channel))
    }
}
