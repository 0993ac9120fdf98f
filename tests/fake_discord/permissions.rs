//! Who may do what where, computed as Discord documents it.

use serenity::model::permissions::Permissions;

use super::world::{Id, World};

/// What members may do who have no other role: a server as Discord makes it, without mass mentions.
pub const EVERYONE: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::SEND_MESSAGES_IN_THREADS)
    .union(Permissions::CREATE_PUBLIC_THREADS)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::ADD_REACTIONS)
    .union(Permissions::READ_MESSAGE_HISTORY)
    .union(Permissions::USE_APPLICATION_COMMANDS);

/// What everyone may do in a direct conversation.
const IN_DM: Permissions = EVERYONE;

/// Whom a channel's overwrite is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those who have a role; the guild's own id is the role everyone has.
    Role(Id),
    /// One member.
    User(Id),
}

/// What a channel adds to and takes from the permissions of some.
#[derive(Clone, Copy, Debug)]
pub struct Overwrite {
    pub whom: Whom,
    pub allow: Permissions,
    pub deny: Permissions,
}

impl World {
    /// Permissions of a member in the guild as a whole; none for who is no member.
    pub fn guild_permissions(&self, guild: Id, user: Id) -> Permissions {
        let guild = &self.guilds[&guild];
        let Some(member) = guild.members.get(&user) else {
            return Permissions::empty();
        };
        if guild.owner == user {
            return Permissions::all();
        }
        let granted = std::iter::once(&guild.id)
            .chain(&member.roles)
            .filter_map(|role| self.roles.get(role))
            .fold(Permissions::empty(), |all, role| all | role.permissions);
        if granted.contains(Permissions::ADMINISTRATOR) {
            return Permissions::all();
        }
        granted
    }

    /// Permissions of a user in a channel. Threads have those of their parent.
    pub fn permissions(&self, channel: Id, user: Id) -> Permissions {
        let Some(channel) = self.channels.get(&channel) else {
            return Permissions::empty();
        };
        let Some(guild) = channel.guild else {
            let takes_part = user == self.bot || channel.recipients.contains(&user);
            return if takes_part {
                IN_DM
            } else {
                Permissions::empty()
            };
        };
        if let Some(parent) = channel.parent {
            return self.permissions(parent, user);
        }
        let base = self.guild_permissions(guild, user);
        if base == Permissions::all() {
            return base;
        }
        let Some(member) = self.guilds[&guild].members.get(&user) else {
            return Permissions::empty();
        };
        // The order is Discord's: everyone, then all roles together, then the member.
        let of = |wanted: &dyn Fn(Whom) -> bool| {
            channel
                .overwrites
                .iter()
                .filter(|overwrite| wanted(overwrite.whom))
                .fold(
                    (Permissions::empty(), Permissions::empty()),
                    |(allow, deny), next| (allow | next.allow, deny | next.deny),
                )
        };
        let steps = [
            of(&|whom| whom == Whom::Role(guild)),
            of(
                &|whom| matches!(whom, Whom::Role(role) if role != guild && member.roles.contains(&role)),
            ),
            of(&|whom| whom == Whom::User(user)),
        ];
        let granted = steps
            .iter()
            .fold(base, |all, (allow, deny)| (all - *deny) | *allow);
        if granted.contains(Permissions::VIEW_CHANNEL) {
            granted
        } else {
            // Who cannot see a channel can do nothing in it.
            Permissions::empty()
        }
    }
}
