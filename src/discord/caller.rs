//! Who sent a request and from where, as Discord says with that very request.
//!
//! Rights are never remembered: what a button may do is decided by what the press itself says of the
//! person's roles and permissions.

use serenity::all::{
    ChannelId, CommandInteraction, ComponentInteraction, GuildId, Member, ModalInteraction,
    PartialChannel, Permissions, User,
};

use super::error::UserError;
use crate::document::Collection;
use crate::store::{Asked, GuildSettings};

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    /// Who.
    pub user: u64,
    /// In which guild; `None` in a direct message.
    pub guild: Option<u64>,
    /// In which channel or thread.
    pub channel: u64,
    /// The channel a thread belongs to, or the category of a channel.
    pub parent: Option<u64>,
    /// Roles of the member.
    pub roles: Vec<u64>,
    /// Whether the member may manage the guild.
    pub is_manager: bool,
}

impl Caller {
    fn new(
        user: &User,
        member: Option<&Member>,
        guild: Option<GuildId>,
        channel: ChannelId,
        partial: Option<&PartialChannel>,
    ) -> Caller {
        let manages = Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR;
        Caller {
            user: user.id.get(),
            guild: guild.map(GuildId::get),
            channel: channel.get(),
            parent: partial.and_then(|c| c.parent_id).map(ChannelId::get),
            roles: member
                .map(|member| member.roles.iter().map(|role| role.get()).collect())
                .unwrap_or_default(),
            is_manager: member
                .and_then(|member| member.permissions)
                .is_some_and(|permissions| permissions.intersects(manages)),
        }
    }

    /// Who typed a command.
    pub(super) fn of_command(from: &CommandInteraction) -> Caller {
        Caller::new(
            &from.user,
            from.member.as_deref(),
            from.guild_id,
            from.channel_id,
            from.channel.as_ref(),
        )
    }

    /// Who pressed a button.
    pub(super) fn of_press(from: &ComponentInteraction) -> Caller {
        Caller::new(
            &from.user,
            from.member.as_ref(),
            from.guild_id,
            from.channel_id,
            from.channel.as_ref(),
        )
    }

    /// Who sent a dialogue.
    pub(super) fn of_dialogue(from: &ModalInteraction) -> Caller {
        Caller::new(
            &from.user,
            from.member.as_ref(),
            from.guild_id,
            from.channel_id,
            from.channel.as_ref(),
        )
    }

    /// Who wrote a message. Messages say nothing of permissions, so none are assumed.
    pub(super) fn of_message(from: &serenity::all::Message, parent: Option<ChannelId>) -> Caller {
        Caller {
            user: from.author.id.get(),
            guild: from.guild_id.map(GuildId::get),
            channel: from.channel_id.get(),
            parent: parent.map(ChannelId::get),
            roles: Vec::new(),
            is_manager: false,
        }
    }

    /// The collections a question of theirs is asked of: the guild's own, and the library unless it
    /// is switched off there; the library alone in a direct message.
    pub(super) fn collections(&self, settings: &GuildSettings) -> Vec<Collection> {
        match self.guild {
            Some(guild) if settings.library => vec![Collection::Guild(guild), Collection::Library],
            Some(guild) => vec![Collection::Guild(guild)],
            None => vec![Collection::Library],
        }
    }

    /// The collection that numbers without a letter belong to.
    pub(super) fn own(&self) -> Collection {
        self.guild.map_or(Collection::Library, Collection::Guild)
    }

    /// Whether answers here are public: in a direct message, or where the guild named no channels,
    /// or in one that it named, its threads included.
    pub(super) fn is_public_here(&self, settings: &GuildSettings) -> bool {
        let is_named = |channel: u64| settings.channels.contains(&channel);
        self.guild.is_none()
            || settings.channels.is_empty()
            || is_named(self.channel)
            || self.parent.is_some_and(is_named)
    }

    /// As it is recorded with an answer.
    pub(super) fn asked(&self, private: bool) -> Asked {
        Asked {
            guild: self.guild,
            channel: self.channel,
            asker: self.user,
            private,
        }
    }

    /// Refuses who may not change articles here; returns the guild.
    ///
    /// # Errors
    /// [`UserError::GuildOnly`], [`UserError::NotEditor`].
    pub(super) fn edits(&self, settings: &GuildSettings) -> Result<u64, UserError> {
        let guild = self.guild.ok_or(UserError::GuildOnly)?;
        let has_role = settings
            .editor_role
            .is_some_and(|role| self.roles.contains(&role));
        if self.is_manager || has_role {
            Ok(guild)
        } else {
            Err(UserError::NotEditor)
        }
    }

    /// Refuses who may not change settings here; returns the guild.
    ///
    /// # Errors
    /// [`UserError::GuildOnly`], [`UserError::NotManager`].
    pub(super) fn manages(&self) -> Result<u64, UserError> {
        let guild = self.guild.ok_or(UserError::GuildOnly)?;
        if self.is_manager {
            Ok(guild)
        } else {
            Err(UserError::NotManager)
        }
    }

    /// Refuses who may not use what belongs to an answer: it must be of this guild and channel, and
    /// a private one must be theirs. Whoever made up a name learns nothing from the refusal.
    ///
    /// # Errors
    /// [`UserError::NotHere`], [`UserError::NotYours`].
    pub(super) fn may_use(&self, asked: &Asked) -> Result<(), UserError> {
        if asked.guild != self.guild || asked.channel != self.channel {
            return Err(UserError::NotHere);
        }
        if (asked.private || asked.guild.is_none()) && asked.asker != self.user {
            return Err(UserError::NotHere);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(user: u64, guild: Option<u64>, channel: u64) -> Caller {
        Caller {
            user,
            guild,
            channel,
            parent: None,
            roles: vec![5],
            is_manager: false,
        }
    }

    #[test]
    fn an_answer_serves_its_own_guild_and_channel_alone() {
        let asked = caller(1, Some(10), 100).asked(false);
        let private = caller(1, Some(10), 100).asked(true);
        for (who, public_is_served, private_is_served) in [
            (caller(1, Some(10), 100), true, true),
            (caller(2, Some(10), 100), true, false),
            (caller(1, Some(10), 101), false, false),
            (caller(1, Some(11), 100), false, false),
            (caller(1, None, 100), false, false),
        ] {
            assert_eq!(who.may_use(&asked).is_ok(), public_is_served, "{who:?}");
            assert_eq!(who.may_use(&private).is_ok(), private_is_served, "{who:?}");
        }
        let direct = caller(1, None, 100).asked(false);
        assert!(caller(1, None, 100).may_use(&direct).is_ok());
        assert!(caller(2, None, 100).may_use(&direct).is_err());
    }

    #[test]
    fn articles_are_changed_by_managers_and_editors_alone() {
        let with_role = |role| GuildSettings {
            editor_role: role,
            ..GuildSettings::default()
        };
        let member = caller(1, Some(10), 100);
        let manager = Caller {
            is_manager: true,
            roles: Vec::new(),
            ..member.clone()
        };
        assert_eq!(member.edits(&with_role(None)), Err(UserError::NotEditor));
        assert_eq!(member.edits(&with_role(Some(6))), Err(UserError::NotEditor));
        assert_eq!(member.edits(&with_role(Some(5))), Ok(10));
        assert_eq!(manager.edits(&with_role(None)), Ok(10));
        assert_eq!(
            caller(1, None, 1).edits(&with_role(Some(5))),
            Err(UserError::GuildOnly)
        );
        assert_eq!(member.manages(), Err(UserError::NotManager));
    }

    #[test]
    fn answers_are_public_in_the_channels_named_and_their_threads() {
        let mut settings = GuildSettings::default();
        let here = caller(1, Some(10), 100);
        let thread = Caller {
            channel: 200,
            parent: Some(100),
            ..here.clone()
        };
        assert!(here.is_public_here(&settings));
        settings.channels = vec![101];
        assert!(!here.is_public_here(&settings) && !thread.is_public_here(&settings));
        settings.channels = vec![100];
        assert!(here.is_public_here(&settings) && thread.is_public_here(&settings));
        settings.channels = vec![101];
        assert!(caller(1, None, 100).is_public_here(&settings));
    }
}
