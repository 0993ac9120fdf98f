//! Guilds, channels and roles, as a test names them.

use serenity::model::permissions::Permissions;

use super::gateway::intent;
use super::interact::OptionValue;
use super::people::Person;
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

    /// The role that comes with inviting the bot, and has its name.
    pub fn bot_role(&self) -> Role {
        let role = self.role("quoth", Permissions::empty());
        self.shared.with(|world| {
            world.roles.get_mut(&role.id).unwrap().is_bots = true;
            let data = serde_json::json!({
                "guild_id": wire::id(self.id), "role": world.role_json(role.id),
            });
            world.dispatch(Some(self.id), intent::GUILDS, "GUILD_ROLE_UPDATE", data);
        });
        role
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
