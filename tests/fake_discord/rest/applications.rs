//! Registering commands.

use serde_json::Value;

use super::{Answer, Incoming, Refusal, UNAUTHORIZED, UNKNOWN_COMMAND, UNKNOWN_GUILD, parse};
use crate::fake_discord::rules;
use crate::fake_discord::world::{Command, Id, World};

/// Kinds without a description.
fn kind(body: &Value) -> u64 {
    body["type"].as_u64().unwrap_or(1)
}

impl World {
    /// Checks the ids of a path; returns the guild.
    fn command_scope(&self, app: &str, guild: Option<&str>) -> Result<Option<Id>, Refusal> {
        if parse(app) != self.bot {
            return Err(UNAUTHORIZED);
        }
        let Some(guild) = guild.map(parse) else {
            return Ok(None);
        };
        if self.guilds.get(&guild).is_none_or(|guild| guild.is_left) {
            return Err(UNKNOWN_GUILD);
        }
        Ok(Some(guild))
    }

    fn commands_json(&self, guild: Option<Id>) -> Result<Answer, Refusal> {
        let of_scope = self
            .commands
            .iter()
            .filter(|command| command.guild == guild);
        Answer::json(of_scope.map(|command| self.command_json(command)).collect())
    }

    /// The one of the scope with that name and kind, or an empty one.
    fn upsert(&mut self, guild: Option<Id>, body: Value) -> (Command, bool) {
        let same = |command: &&mut Command| {
            command.guild == guild
                && command.body["name"] == body["name"]
                && kind(&command.body) == kind(&body)
        };
        let version = self.next_id();
        if let Some(command) = self.commands.iter_mut().find(same) {
            command.body = body;
            command.version = version;
            return (command.clone(), false);
        }
        let command = Command {
            id: self.next_id(),
            guild,
            version,
            body,
        };
        self.commands.push(command.clone());
        (command, true)
    }

    pub(super) fn list_commands(
        &mut self,
        app: &str,
        guild: Option<&str>,
    ) -> Result<Answer, Refusal> {
        let guild = self.command_scope(app, guild)?;
        self.commands_json(guild)
    }

    pub(super) fn put_commands(
        &mut self,
        request: &Incoming,
        app: &str,
        guild: Option<&str>,
    ) -> Result<Answer, Refusal> {
        let guild = self.command_scope(app, guild)?;
        self.refuse_broken(request, rules::commands(&request.body))?;
        let wanted = request.body.as_array().cloned().unwrap_or_default();
        // Commands that keep name and kind keep their id; all others of the scope go.
        self.commands.retain(|command| {
            command.guild != guild
                || wanted.iter().any(|body| {
                    body["name"] == command.body["name"] && kind(body) == kind(&command.body)
                })
        });
        for body in wanted {
            self.upsert(guild, body);
        }
        self.commands_json(guild)
    }

    pub(super) fn create_command(
        &mut self,
        request: &Incoming,
        app: &str,
        guild: Option<&str>,
    ) -> Result<Answer, Refusal> {
        let guild = self.command_scope(app, guild)?;
        self.refuse_broken(request, rules::command(&request.body))?;
        let (command, is_new) = self.upsert(guild, request.body.clone());
        let json = self.command_json(&command);
        if is_new {
            Answer::created(json)
        } else {
            Answer::json(json)
        }
    }

    fn registered(&self, app: &str, guild: Option<&str>, command: &str) -> Result<usize, Refusal> {
        let guild = self.command_scope(app, guild)?;
        let id = parse(command);
        let mut all = self.commands.iter();
        all.position(|command| command.guild == guild && command.id == id)
            .ok_or(UNKNOWN_COMMAND)
    }

    pub(super) fn get_command(
        &mut self,
        app: &str,
        guild: Option<&str>,
        command: &str,
    ) -> Result<Answer, Refusal> {
        let at = self.registered(app, guild, command)?;
        Answer::json(self.command_json(&self.commands[at]))
    }

    pub(super) fn edit_command(
        &mut self,
        request: &Incoming,
        app: &str,
        guild: Option<&str>,
        command: &str,
    ) -> Result<Answer, Refusal> {
        let at = self.registered(app, guild, command)?;
        let mut body = self.commands[at].body.clone();
        for (key, value) in request.body.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        self.refuse_broken(request, rules::command(&body))?;
        self.commands[at].body = body;
        Answer::json(self.command_json(&self.commands[at]))
    }

    pub(super) fn delete_command(
        &mut self,
        app: &str,
        guild: Option<&str>,
        command: &str,
    ) -> Result<Answer, Refusal> {
        let at = self.registered(app, guild, command)?;
        self.commands.remove(at);
        Answer::empty()
    }
}
