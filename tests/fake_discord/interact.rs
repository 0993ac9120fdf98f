//! From what a person does to the event that reaches the bot.
//!
//! Plays Discord's app and Discord itself: it knows the registered commands, refuses what the app would
//! not let a person do, resolves ids, and starts the interaction's clock.

use std::time::Instant;

use serde_json::{Map, Value, json};
use serenity::model::permissions::Permissions;

use super::gateway::intent;
use super::rest::MAX_FILE_BYTES;
use super::wire::id;
use super::world::{Command, File, Id, Interaction, World};

/// The value a person gives to an option of a command.
#[derive(Clone, Debug)]
pub enum OptionValue {
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
    User(Id),
    Channel(Id),
    Role(Id),
    File(File),
}

impl From<&str> for OptionValue {
    fn from(text: &str) -> OptionValue {
        OptionValue::Text(text.to_owned())
    }
}

impl From<String> for OptionValue {
    fn from(text: String) -> OptionValue {
        OptionValue::Text(text)
    }
}

impl From<bool> for OptionValue {
    fn from(flag: bool) -> OptionValue {
        OptionValue::Flag(flag)
    }
}

impl From<i64> for OptionValue {
    fn from(number: i64) -> OptionValue {
        OptionValue::Integer(number)
    }
}

impl From<f64> for OptionValue {
    fn from(number: f64) -> OptionValue {
        OptionValue::Number(number)
    }
}

impl From<File> for OptionValue {
    fn from(file: File) -> OptionValue {
        OptionValue::File(file)
    }
}

/// Options by name.
pub type Options = Vec<(String, OptionValue)>;

/// Who does something where.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub user: Id,
    pub channel: Id,
}

/// Resolved objects of an interaction, by kind and id.
type Resolved = Map<String, Value>;

fn resolve(resolved: &mut Resolved, kind: &str, key: Id, value: Value) {
    let of_kind = resolved.entry(kind).or_insert_with(|| json!({}));
    of_kind[key.to_string()] = value;
}

impl World {
    /// The commands a person finds in a channel: the guild's and the global ones.
    pub fn commands_in(&self, channel: Id) -> impl Iterator<Item = &Command> {
        let guild = self.channels[&channel].guild;
        self.commands
            .iter()
            .filter(move |command| command.guild.is_none() || command.guild == guild)
    }

    pub fn find_command(&self, channel: Id, kind: u64, name: &str) -> Option<&Command> {
        self.commands_in(channel).find(|command| {
            command.body["name"] == name && command.body["type"].as_u64().unwrap_or(1) == kind
        })
    }

    /// Why Discord's app would not offer a command to a person.
    pub fn hidden(&self, place: Place, command: &Command) -> Option<String> {
        let channel = &self.channels[&place.channel];
        let context = u64::from(channel.guild.is_none());
        let is_in_context = match command.body["contexts"].as_array() {
            Some(contexts) => contexts
                .iter()
                .any(|allowed| allowed.as_u64() == Some(context)),
            None => channel.guild.is_some() || command.body["dm_permission"] != false,
        };
        if !is_in_context {
            return Some("is not offered here".to_owned());
        }
        let guild = &self.guilds[&channel.guild?];
        let own = self.permissions(channel.id, place.user);
        if !own.contains(Permissions::USE_APPLICATION_COMMANDS) {
            return Some("needs the permission to use commands".to_owned());
        }
        let needed = match &command.body["default_member_permissions"] {
            Value::String(bits) => bits.parse().ok(),
            bits => bits.as_u64(),
        }?;
        let needed = Permissions::from_bits_truncate(needed);
        let name = command.body["name"].as_str().unwrap_or_default();
        let is_let = guild
            .command_overrides
            .contains(&(name.to_owned(), place.user));
        let may = if needed.is_empty() {
            own.administrator()
        } else {
            own.contains(needed)
        };
        (!may && !is_let).then(|| format!("needs {needed}"))
    }

    /// The data of a slash command, or of its autocompletion if one option has the focus.
    pub fn slash_data(
        &mut self,
        place: Place,
        path: &str,
        options: Options,
        focused: Option<&str>,
        is_forced: bool,
    ) -> Result<Value, String> {
        let mut names = path.split(' ');
        let name = names.next().unwrap_or_default();
        let command = self
            .find_command(place.channel, 1, name)
            .cloned()
            .ok_or_else(|| format!("there is no command `/{name}`"))?;
        if let Some(reason) = self.hidden(place, &command).filter(|_| !is_forced) {
            return Err(format!("`/{name}` {reason}"));
        }
        let mut spec = command.body.clone();
        let mut nesting = Vec::new();
        for name in names {
            let all = spec["options"].as_array().into_iter().flatten();
            let inner = all.into_iter().find(|option| option["name"] == name);
            spec = inner
                .cloned()
                .ok_or_else(|| format!("`/{path}` has no `{name}`"))?;
            nesting.push((name.to_owned(), spec["type"].clone()));
        }
        let mut resolved = Resolved::new();
        let mut data =
            self.option_data(place, &spec, options, focused, is_forced, &mut resolved)?;
        for (name, kind) in nesting.into_iter().rev() {
            data = vec![json!({ "name": name, "type": kind, "options": data })];
        }
        let mut json = json!({
            "id": id(command.id), "name": name, "type": 1, "options": data, "resolved": resolved,
        });
        if let Some(guild) = command.guild {
            json["guild_id"] = id(guild);
        }
        Ok(json)
    }

    fn option_data(
        &mut self,
        place: Place,
        spec: &Value,
        options: Options,
        focused: Option<&str>,
        is_forced: bool,
        resolved: &mut Resolved,
    ) -> Result<Vec<Value>, String> {
        let known = spec["options"].as_array().cloned().unwrap_or_default();
        if known
            .iter()
            .any(|option| matches!(option["type"].as_u64(), Some(1 | 2)))
        {
            return Err(format!("`{}` needs a sub-command", spec["name"]));
        }
        if focused.is_none() && !is_forced {
            let is_given = |name: &Value| options.iter().any(|(given, _)| name == given);
            let missing = known
                .iter()
                .find(|option| option["required"] == true && !is_given(&option["name"]));
            if let Some(missing) = missing {
                return Err(format!("the option {} is missing", missing["name"]));
            }
        }
        let mut data = Vec::new();
        for (name, mut value) in options {
            let Some(option) = known.iter().find(|option| option["name"] == name.as_str()) else {
                return Err(format!("there is no option `{name}`"));
            };
            let is_focused = focused == Some(name.as_str());
            if is_focused && option["autocomplete"] != true {
                return Err(format!("the option `{name}` has no autocompletion"));
            }
            if let Some(chosen) = choice(option, &value) {
                value = chosen;
            }
            if !is_focused && !is_forced {
                allowed(option, &value)?;
            }
            let value = self.resolve_value(place, option, value, is_focused, resolved)?;
            let mut json = json!({ "name": name, "type": option["type"], "value": value });
            if is_focused {
                json["focused"] = json!(true);
            }
            data.push(json);
        }
        Ok(data)
    }

    fn resolve_value(
        &mut self,
        place: Place,
        option: &Value,
        value: OptionValue,
        is_focused: bool,
        resolved: &mut Resolved,
    ) -> Result<Value, String> {
        let kind = option["type"].as_u64().unwrap_or_default();
        Ok(match (kind, value) {
            (3, OptionValue::Text(text)) => json!(text),
            // What is being typed is text, whatever it will be.
            (4 | 10, OptionValue::Text(text)) if is_focused => json!(text),
            (4, OptionValue::Integer(number)) => json!(number),
            (10, OptionValue::Number(number)) => json!(number),
            (5, OptionValue::Flag(flag)) => json!(flag),
            (6 | 9, OptionValue::User(user)) => {
                resolve(resolved, "users", user, self.user_json(user));
                let guild = self.channels[&place.channel].guild;
                if let Some(member) = guild.and_then(|guild| self.member_json(guild, user)) {
                    resolve(resolved, "members", user, without_user(member));
                }
                id(user)
            }
            (7, OptionValue::Channel(channel)) => {
                let json = self.partial_channel_json(channel, place.user);
                resolve(resolved, "channels", channel, json);
                id(channel)
            }
            (8 | 9, OptionValue::Role(role)) => {
                resolve(resolved, "roles", role, self.role_json(role));
                id(role)
            }
            (11, OptionValue::File(file)) => {
                let file = self.add_file(place.channel, file);
                resolve(resolved, "attachments", file, self.file_json(file, true));
                id(file)
            }
            (kind, value) => {
                return Err(format!(
                    "{} is of type {kind}, not {value:?}",
                    option["name"]
                ));
            }
        })
    }

    /// The data of a command from a message's or a person's menu.
    pub fn menu_data(
        &mut self,
        place: Place,
        kind: u64,
        name: &str,
        target: Id,
        is_forced: bool,
    ) -> Result<Value, String> {
        let command = self
            .find_command(place.channel, kind, name)
            .cloned()
            .ok_or_else(|| format!("there is no menu command `{name}`"))?;
        if let Some(reason) = self.hidden(place, &command).filter(|_| !is_forced) {
            return Err(format!("`{name}` {reason}"));
        }
        let mut resolved = Resolved::new();
        if kind == 3 {
            // The person points at the message, so the bot may read it.
            let message = self.messages[&target].clone();
            resolve(
                &mut resolved,
                "messages",
                target,
                self.message_json(&message),
            );
        } else {
            resolve(&mut resolved, "users", target, self.user_json(target));
        }
        Ok(json!({
            "id": id(command.id), "name": name, "type": kind, "target_id": id(target), "resolved": resolved,
        }))
    }

    /// Starts an interaction: its event goes to the bot, and its clock runs.
    pub fn interact(
        &mut self,
        place: Place,
        kind: u64,
        what: String,
        data: Value,
        source: Option<Id>,
    ) -> Id {
        let key = self.next_id();
        let channel = &self.channels[&place.channel];
        let guild = channel.guild;
        let token = format!("interaction-token-{key}");
        let mut event = json!({
            "id": id(key), "application_id": id(self.bot), "type": kind, "data": data, "token": token,
            "version": 1, "channel_id": id(place.channel),
            "channel": self.partial_channel_json(place.channel, place.user),
            "app_permissions": self.permissions(place.channel, self.bot).bits().to_string(),
            "locale": self.users[&place.user].locale, "entitlements": [],
            "authorizing_integration_owners": { "0": self.owner_of(place.channel) },
            "context": u64::from(guild.is_none()), "attachment_size_limit": MAX_FILE_BYTES,
        });
        if let Some(guild) = guild {
            let mut member = self.member_json(guild, place.user).unwrap_or_default();
            member["permissions"] = json!(
                self.permissions(place.channel, place.user)
                    .bits()
                    .to_string()
            );
            event["member"] = member;
            event["guild_id"] = id(guild);
            event["guild_locale"] = json!("en-US");
            event["guild"] = json!({ "id": id(guild), "locale": "en-US", "features": [] });
        } else {
            event["user"] = self.user_json(place.user);
        }
        if let Some(source) = source {
            let message = self.messages[&source].clone();
            event["message"] = self.message_json(&message);
        }
        let was_delivered = self.dispatch(guild, intent::NONE, "INTERACTION_CREATE", event);
        let interaction = Interaction {
            id: key,
            token,
            kind,
            user: place.user,
            channel: place.channel,
            what,
            created_at: self.clock.now(),
            sent: Instant::now(),
            was_delivered,
            callback: None,
            original: None,
            source,
            follow_ups: Vec::new(),
        };
        self.interactions.insert(key, interaction);
        key
    }
}

fn without_user(mut member: Value) -> Value {
    member.as_object_mut().unwrap().remove("user");
    member
}

/// The value behind the name of a choice: people see names.
fn choice(option: &Value, value: &OptionValue) -> Option<OptionValue> {
    let OptionValue::Text(name) = value else {
        return None;
    };
    let choices = option["choices"].as_array()?;
    let chosen = choices
        .iter()
        .find(|choice| choice["name"] == name.as_str())?;
    match &chosen["value"] {
        Value::String(text) => Some(OptionValue::Text(text.clone())),
        number if number.is_i64() => number.as_i64().map(OptionValue::Integer),
        number => number.as_f64().map(OptionValue::Number),
    }
}

/// Whether Discord's app lets a person send a value.
fn allowed(option: &Value, value: &OptionValue) -> Result<(), String> {
    let name = &option["name"];
    if let OptionValue::Text(text) = value {
        let n_chars = text.chars().count() as u64;
        let least = option["min_length"].as_u64().unwrap_or(0);
        let most = option["max_length"].as_u64().unwrap_or(6_000);
        if !(least..=most).contains(&n_chars) {
            return Err(format!(
                "{name} takes {least} to {most} characters, not {n_chars}"
            ));
        }
    }
    let given = match value {
        OptionValue::Text(text) => json!(text),
        OptionValue::Integer(number) => json!(number),
        OptionValue::Number(number) => json!(number),
        _ => return Ok(()),
    };
    if let Some(number) = given.as_f64() {
        let least = option["min_value"].as_f64().unwrap_or(f64::MIN);
        let most = option["max_value"].as_f64().unwrap_or(f64::MAX);
        if !(least..=most).contains(&number) {
            return Err(format!("{name} takes {least} to {most}, not {number}"));
        }
    }
    let choices = option["choices"].as_array().map_or(&[][..], Vec::as_slice);
    if !choices.is_empty() && choices.iter().all(|choice| choice["value"] != given) {
        return Err(format!("{name} has no choice {given}"));
    }
    Ok(())
}
