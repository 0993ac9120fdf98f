//! Guilds, channels, roles and people, as a test names them.

use serenity::model::permissions::Permissions;

use super::acts::{Act, Autocomplete, Said, What, Which};
use super::gateway::intent;
use super::interact::{OptionValue, Options, Place};
use super::permissions::{Overwrite, Whom};
use super::reply::Posted;
use super::shared::Shared;
use super::wire;
use super::world::{Id, World};

/// A server with the bot in it.
#[derive(Clone, Debug)]
pub struct Guild {
    pub(super) shared: Shared,
    pub(super) id: Id,
}

/// A channel, thread or direct conversation.
#[derive(Clone, Debug)]
pub struct Channel {
    pub(super) shared: Shared,
    pub(super) id: Id,
}

/// A role of a guild.
#[derive(Clone, Debug)]
pub struct Role {
    pub(super) id: Id,
}

/// Someone, in a guild or in the direct conversation with the bot.
#[derive(Clone, Debug)]
pub struct Person {
    pub(super) shared: Shared,
    pub(super) user: Id,
    /// Where they act unless told otherwise.
    pub(super) channel: Id,
}

impl Guild {
    /// Discord's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The channel that every guild has.
    pub fn general(&self) -> Channel {
        let id = self.shared.read(|world| world.guilds[&self.id].channels[0]);
        self.at(id)
    }

    fn at(&self, id: Id) -> Channel {
        Channel {
            shared: self.shared.clone(),
            id,
        }
    }

    /// Makes a text channel.
    pub fn channel(&self, name: &str) -> Channel {
        self.make_channel(name, None, "CHANNEL_CREATE")
    }

    fn make_channel(&self, name: &str, parent: Option<Id>, event: &str) -> Channel {
        let id = self.shared.with(|world| {
            let id = world.add_channel(self.id, name, parent);
            let data = world.channel_json(id);
            world.dispatch(Some(self.id), intent::GUILDS, event, data);
            id
        });
        self.at(id)
    }

    /// Makes a role.
    pub fn role(&self, name: &str, permissions: Permissions) -> Role {
        let id = self.shared.with(|world| {
            let id = world.add_role(self.id, name, permissions);
            let data =
                serde_json::json!({ "guild_id": wire::id(self.id), "role": world.role_json(id) });
            world.dispatch(Some(self.id), intent::GUILDS, "GUILD_ROLE_CREATE", data);
            id
        });
        Role { id }
    }

    /// Lets someone new in who may do what everyone may.
    pub fn member(&self, name: &str) -> Person {
        let user = self.shared.with(|world| world.add_user(name, false));
        self.join(user)
    }

    /// Lets someone new in with more permissions, by a role of their own.
    pub fn member_with(&self, name: &str, permissions: Permissions) -> Person {
        let person = self.member(name);
        person.gain(&self.role(&format!("{name}'s"), permissions));
        person
    }

    /// Lets another bot in.
    pub fn bot(&self, name: &str) -> Person {
        let user = self.shared.with(|world| world.add_user(name, true));
        self.join(user)
    }

    /// Lets in someone who is known from elsewhere.
    pub fn welcome(&self, person: &Person) -> Person {
        self.join(person.user)
    }

    fn join(&self, user: Id) -> Person {
        let channel = self.shared.with(|world| {
            let guild = world.guilds.get_mut(&self.id).unwrap();
            guild.members.entry(user).or_default();
            guild.channels[0]
        });
        Person {
            shared: self.shared.clone(),
            user,
            channel,
        }
    }

    /// The one who owns the guild.
    pub fn owner(&self) -> Person {
        let user = self.shared.read(|world| world.guilds[&self.id].owner);
        self.join(user)
    }

    /// Changes what everyone may do.
    pub fn let_everyone(&self, permissions: Permissions) {
        self.shared.with(|world| {
            world.roles.get_mut(&self.id).unwrap().permissions = permissions;
            let data = serde_json::json!({ "guild_id": wire::id(self.id), "role": world.role_json(self.id) });
            world.dispatch(Some(self.id), intent::GUILDS, "GUILD_ROLE_UPDATE", data);
        });
    }

    /// Gives the bot a role, as an invitation link does.
    pub fn let_bot(&self, permissions: Permissions) {
        let role = self.role("quoth", permissions);
        self.shared.with(|world| {
            let bot = world.bot;
            world
                .guilds
                .get_mut(&self.id)
                .unwrap()
                .members
                .get_mut(&bot)
                .unwrap()
                .roles
                .push(role.id);
            world.member_changed(self.id, bot);
        });
    }

    /// An admin lets someone use a command in spite of its default permission.
    pub fn allow_command(&self, name: &str, person: &Person) {
        self.shared.with(|world| {
            let guild = world.guilds.get_mut(&self.id).unwrap();
            guild.command_overrides.push((name.to_owned(), person.user));
        });
    }

    /// Throws the bot out.
    pub fn kick_bot(&self) {
        self.shared.with(|world| {
            let bot = world.bot;
            let guild = world.guilds.get_mut(&self.id).unwrap();
            guild.is_left = true;
            guild.members.remove(&bot);
            let data = serde_json::json!({ "id": wire::id(self.id) });
            world.dispatch(Some(self.id), intent::GUILDS, "GUILD_DELETE", data);
        });
    }
}

impl Role {
    /// Discord's id.
    pub fn id(&self) -> u64 {
        self.id
    }
}

impl Channel {
    /// Discord's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Makes a thread in it.
    pub fn thread(&self, name: &str) -> Channel {
        let guild = self
            .shared
            .read(|world| world.channels[&self.id].guild)
            .unwrap();
        let guild = Guild {
            shared: self.shared.clone(),
            id: guild,
        };
        guild.make_channel(name, Some(self.id), "THREAD_CREATE")
    }

    /// Archives a thread.
    pub fn archive(&self) {
        self.shared.with(|world| {
            world.channels.get_mut(&self.id).unwrap().is_archived = true;
            world.channel_changed(self.id, "THREAD_UPDATE");
        });
    }

    /// Whether a thread is archived.
    pub fn is_archived(&self) -> bool {
        self.shared
            .read(|world| world.channels[&self.id].is_archived)
    }

    fn overwrite(&self, whom: Whom, allow: Permissions, deny: Permissions) {
        self.shared.with(|world| {
            let overwrite = Overwrite { whom, allow, deny };
            let channel = world.channels.get_mut(&self.id).unwrap();
            channel.overwrites.retain(|earlier| earlier.whom != whom);
            channel.overwrites.push(overwrite);
            world.channel_changed(self.id, "CHANNEL_UPDATE");
        });
    }

    /// Takes permissions from the bot in this channel.
    pub fn deny_bot(&self, permissions: Permissions) {
        let bot = self.shared.read(|world| world.bot);
        self.overwrite(Whom::User(bot), Permissions::empty(), permissions);
    }

    /// Takes permissions from everyone in this channel.
    pub fn deny_everyone(&self, permissions: Permissions) {
        let guild = self
            .shared
            .read(|world| world.channels[&self.id].guild)
            .unwrap();
        self.overwrite(Whom::Role(guild), Permissions::empty(), permissions);
    }

    /// Gives permissions to a role in this channel.
    pub fn allow_role(&self, role: &Role, permissions: Permissions) {
        self.overwrite(Whom::Role(role.id), permissions, Permissions::empty());
    }

    /// Gives permissions to a person in this channel.
    pub fn allow(&self, person: &Person, permissions: Permissions) {
        self.overwrite(Whom::User(person.user), permissions, Permissions::empty());
    }

    /// The messages of the bot that everyone sees, oldest first.
    pub fn bot_messages(&self) -> Vec<Posted> {
        self.shared.read(|world| {
            let public = world.messages.values().filter(|message| {
                message.channel == self.id
                    && message.author == world.bot
                    && !message.is_deleted
                    && message.only_for.is_none()
            });
            public
                .map(|message| Posted::new(&self.shared, message.id))
                .collect()
        })
    }

    /// How often the bot said that it is typing here.
    pub fn typings(&self) -> usize {
        self.shared.read(|world| {
            world
                .typing
                .iter()
                .filter(|channel| **channel == self.id)
                .count()
        })
    }

    /// What a person sees here: author and message, a block each.
    pub fn transcript(&self, person: &Person) -> String {
        self.shared.read(|world| {
            let blocks = world
                .visible(self.id, person.user)
                .into_iter()
                .map(|message| {
                    format!(
                        "{}:\n{}",
                        world.users[&message.author].name,
                        world.show(message)
                    )
                });
            blocks.collect::<Vec<_>>().join("\n\n")
        })
    }
}

impl Person {
    /// Discord's id.
    pub fn id(&self) -> u64 {
        self.user
    }

    /// The same person in another channel.
    pub fn in_channel(&self, channel: &Channel) -> Person {
        Person {
            channel: channel.id,
            ..self.clone()
        }
    }

    /// The same person in the direct conversation with the bot.
    pub fn in_dm(&self) -> Person {
        let channel = self.shared.with(|world| world.dm(self.user));
        Person {
            channel,
            ..self.clone()
        }
    }

    /// Where the person is.
    pub fn channel(&self) -> Channel {
        Channel {
            shared: self.shared.clone(),
            id: self.channel,
        }
    }

    /// Sets the language of the person's Discord, such as `de`.
    pub fn speaks(&self, locale: &str) {
        self.shared
            .with(|world| world.users.get_mut(&self.user).unwrap().locale = locale.to_owned());
    }

    /// Takes no direct messages any more.
    pub fn refuse_dms(&self) {
        self.shared
            .with(|world| world.users.get_mut(&self.user).unwrap().refuses_dms = true);
    }

    fn change_roles(&self, change: impl FnOnce(&mut Vec<Id>)) {
        self.shared.with(|world| {
            let guild = world.channels[&self.channel].guild.unwrap();
            change(
                &mut world
                    .guilds
                    .get_mut(&guild)
                    .unwrap()
                    .members
                    .get_mut(&self.user)
                    .unwrap()
                    .roles,
            );
        });
    }

    /// Gets a role in the guild.
    pub fn gain(&self, role: &Role) {
        self.change_roles(|roles| roles.push(role.id));
    }

    /// Loses a role.
    pub fn lose(&self, role: &Role) {
        self.change_roles(|roles| roles.retain(|own| *own != role.id));
    }

    /// Loses every role.
    pub fn lose_all_roles(&self) {
        self.change_roles(Vec::clear);
    }

    /// What the person may do where they are.
    pub fn permissions(&self) -> Permissions {
        self.shared
            .read(|world| world.permissions(self.channel, self.user))
    }

    /// Whether Discord's app offers the slash command to the person here.
    pub fn is_offered(&self, command: &str) -> bool {
        let place = self.place();
        self.shared.read(|world| {
            let found = world.find_command(place.channel, 1, command);
            found.is_some_and(|command| world.hidden(place, command).is_none())
        })
    }

    pub(super) fn place(&self) -> Place {
        Place {
            user: self.user,
            channel: self.channel,
        }
    }

    /// `/path option: value …`; sub-commands follow after a space.
    pub fn slash<const N: usize>(&self, path: &str, options: [(&str, &str); N]) -> Act {
        let options = options
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        self.act(What::Slash(path.to_owned(), options))
    }

    /// The same with options that are no text; see [`OptionValue`].
    pub fn slash_with(&self, path: &str, options: Options) -> Act {
        self.act(What::Slash(path.to_owned(), options))
    }

    /// Types into an option that completes itself.
    pub fn complete(&self, path: &str, option: &str, typed: &str) -> Autocomplete {
        Autocomplete::new(self, path, option, typed)
    }

    /// Chooses a command from the menu of a message.
    pub fn use_menu(&self, name: &str, message: &Posted) -> Act {
        self.act(What::Menu(3, name.to_owned(), message.id))
    }

    /// Chooses a command from the menu of a person.
    pub fn use_person_menu(&self, name: &str, person: &Person) -> Act {
        self.act(What::Menu(2, name.to_owned(), person.user))
    }

    /// Presses the button with that text, or that `custom_id`.
    pub fn press(&self, message: &Posted, button: &str) -> Act {
        self.act(What::Press(message.id, Which::Named(button.to_owned())))
    }

    /// Sends a `custom_id` that is on no button, as a forger does.
    pub fn forge(&self, message: &Posted, custom_id: &str) -> Act {
        self.act(What::Press(message.id, Which::Forged(custom_id.to_owned())))
    }

    /// Chooses options, by label or value, in the select of that placeholder or `custom_id`.
    pub fn choose(&self, message: &Posted, select: &str, options: &[&str]) -> Act {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        self.act(What::Choose(message.id, select.to_owned(), options))
    }

    /// Submits a modal that the bot never showed, as a forger does.
    pub fn forge_modal(&self, custom_id: &str, fields: &[(&str, &str)]) -> Act {
        let rows = fields.iter().map(|(field, text)| {
            let input = serde_json::json!({ "type": 4, "custom_id": field, "value": text });
            serde_json::json!({ "type": 1, "components": [input] })
        });
        let data =
            serde_json::json!({ "custom_id": custom_id, "components": rows.collect::<Vec<_>>() });
        self.act(What::Modal(custom_id.to_owned(), data, None))
    }

    pub(super) fn act(&self, what: What) -> Act {
        Act::new(self.clone(), what)
    }

    /// Writes a message; `@quoth` mentions the bot.
    pub fn say(&self, text: &str) -> Said {
        Said::new(self.clone(), text)
    }

    /// Writes a message that begins by mentioning the bot.
    pub fn mention(&self, text: &str) -> Said {
        self.say(&format!("@quoth {text}"))
    }

    /// Writes to the bot alone.
    pub fn dm(&self, text: &str) -> Said {
        self.in_dm().say(text)
    }

    /// Replies to a message, with a ping.
    pub fn reply(&self, message: &Posted, text: &str) -> Said {
        let channel = self
            .shared
            .read(|world| world.messages[&message.id].channel);
        let here = Person {
            channel,
            ..self.clone()
        };
        here.say(text).replying_to(message)
    }

    /// Adds a reaction.
    pub fn react(&self, message: &Posted, emoji: &str) {
        self.shared
            .with(|world| world.set_reaction(message.id, self.user, emoji, true));
    }

    /// What the person sees where they are.
    pub fn screen(&self) -> String {
        self.channel().transcript(self)
    }
}

/// An option that is a person.
impl From<&Person> for OptionValue {
    fn from(person: &Person) -> OptionValue {
        OptionValue::User(person.user)
    }
}

impl From<&Channel> for OptionValue {
    fn from(channel: &Channel) -> OptionValue {
        OptionValue::Channel(channel.id)
    }
}

impl From<&Role> for OptionValue {
    fn from(role: &Role) -> OptionValue {
        OptionValue::Role(role.id)
    }
}

impl World {
    fn channel_changed(&mut self, channel: Id, event: &str) {
        let guild = self.channels[&channel].guild;
        let data = self.channel_json(channel);
        self.dispatch(guild, intent::GUILDS, event, data);
    }

    /// Of members the bot hears about itself alone: more needs a privileged intent.
    fn member_changed(&mut self, guild: Id, user: Id) {
        let mut data = self.member_json(guild, user).unwrap_or_default();
        data["guild_id"] = wire::id(guild);
        self.dispatch(Some(guild), intent::GUILDS, "GUILD_MEMBER_UPDATE", data);
    }
}
