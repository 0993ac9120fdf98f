//! `/quoth`: settings, help, about, privacy.

use serenity::all::{ChannelId, RoleId};

use super::Context;
use crate::discord::caller::Caller;
use crate::discord::error::{Failure, UserError};
use crate::discord::render::{Message, help as view};
use crate::discord::reply::Reply;
use crate::discord::rest::Place;
use crate::document::Collection;
use crate::store::{GuildSettings, MAX_CHANNELS, MAX_RETENTION_DAYS};

/// The bot itself: settings, help, what it is, what it keeps
#[poise::command(
    slash_command,
    subcommands("settings", "help", "about", "privacy"),
    subcommand_required,
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
pub(super) async fn quoth(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// What can be set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
enum Reset {
    /// Answers everywhere.
    #[name = "channels: answer in public everywhere"]
    Channels,
    /// No editor role.
    #[name = "editor role: none"]
    EditorRole,
    /// No log channel.
    #[name = "log channel: none"]
    LogChannel,
}

/// Where and how I answer here; without options, the settings as they are
#[poise::command(slash_command, rename = "settings")]
#[expect(
    clippy::too_many_arguments,
    reason = "one for each option of the command, as poise wants it"
)]
async fn settings(
    ctx: Context<'_>,
    #[description = "Answer in public in this channel; in channels not named, privately"]
    #[rename = "add-channel"]
    add_channel: Option<ChannelId>,
    #[description = "No longer answer in public in this channel"]
    #[rename = "remove-channel"]
    remove_channel: Option<ChannelId>,
    #[description = "Show answers to the asker alone unless the question says otherwise"]
    private: Option<bool>,
    #[description = "Answer from the library too"] library: Option<bool>,
    #[description = "Role whose members may change articles"]
    #[rename = "editor-role"]
    editor_role: Option<RoleId>,
    #[description = "Channel in which changes are told"]
    #[channel_types("Text", "News")]
    #[rename = "log-channel"]
    log_channel: Option<ChannelId>,
    #[description = "Days that questions are kept"]
    #[rename = "keep-days"]
    #[min = 1]
    #[max = 3650]
    keep_days: Option<u32>,
    #[description = "Set something back"] reset: Option<Reset>,
) -> Result<(), Failure> {
    let wish = Wish {
        add_channel: add_channel.map(ChannelId::get),
        remove_channel: remove_channel.map(ChannelId::get),
        private,
        library,
        editor_role: editor_role.map(RoleId::get),
        log_channel: log_channel.map(ChannelId::get),
        keep_days,
        reset,
    };
    let (caller, mut reply) = ctx.data().met(ctx.interaction);
    let done = async {
        let message = change(ctx, &caller, &wish, &mut reply).await?;
        reply.send(&message, true).await?;
        Ok(())
    };
    let done = done.await;
    ctx.data().settle(done, &mut reply).await;
    Ok(())
}

/// Settings as somebody wants them; what is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    add_channel: Option<u64>,
    remove_channel: Option<u64>,
    private: Option<bool>,
    library: Option<bool>,
    editor_role: Option<u64>,
    log_channel: Option<u64>,
    keep_days: Option<u32>,
    reset: Option<Reset>,
}

async fn change(
    ctx: Context<'_>,
    caller: &Caller,
    wish: &Wish,
    reply: &mut Reply,
) -> Result<Message, Failure> {
    let data = ctx.data();
    data.admits_work()?;
    let guild = caller.manages()?;
    let now = data.now_unix_ms();
    data.limits.admit_light(caller.user, now)?;
    let before = data.guilds.of(caller.guild, &data.door).await?;
    let mut settings = GuildSettings::clone(&before);
    let changed = wish.apply(&mut settings, guild)?;
    if changed.is_empty() {
        return Ok(view::settings(&settings, &changed));
    }
    let what = changed.join("; ");
    let told = format!("changed my settings: {what}.");
    if let Some(channel) = wish.log_channel {
        reply.defer(true).await?;
        let place = Place {
            channel,
            guild: Some(guild),
        };
        data.try_log(place, caller.user, &told).await?;
    }
    // Onto what the settings are now: somebody else may have changed others meanwhile.
    let (user, wish) = (caller.user, *wish);
    let apply = move |settings: &mut GuildSettings| wish.apply(settings, guild);
    let stored = data.guilds.change(guild, apply, user, now, &data.door);
    let stored = stored.await?;
    if wish.log_channel.is_none() {
        data.tell(guild, &stored, caller.user, &told);
    }
    // Whoever reads the log so far learns why it ends.
    if before.log_channel != stored.log_channel {
        data.tell(guild, &before, caller.user, &told);
    }
    Ok(view::settings(&stored, &changed))
}

impl Wish {
    /// Refuses to set and to reset the same.
    fn check(&self) -> Result<(), UserError> {
        let set = match self.reset {
            Some(Reset::Channels) => self.add_channel.or(self.remove_channel),
            Some(Reset::EditorRole) => self.editor_role,
            Some(Reset::LogChannel) => self.log_channel,
            None => None,
        };
        match set {
            Some(_) => Err(UserError::Other(
                "one option sets what `reset` takes away; give them one after the other".to_owned(),
            )),
            None => Ok(()),
        }
    }

    /// Changes settings and says what changed.
    fn apply(&self, settings: &mut GuildSettings, guild: u64) -> Result<Vec<String>, UserError> {
        self.check()?;
        let mut changed = Vec::new();
        if let Some(channel) = self.add_channel {
            if settings.channels.len() >= MAX_CHANNELS && !settings.channels.contains(&channel) {
                return Err(UserError::Other(format!(
                    "{MAX_CHANNELS} channels can be named, and so many are"
                )));
            }
            settings.channels.push(channel);
            settings.channels.sort_unstable();
            settings.channels.dedup();
            changed.push(format!("public answers in <#{channel}>"));
        }
        if let Some(channel) = self.remove_channel {
            if !settings.channels.contains(&channel) {
                return Err(UserError::NotNamed {
                    channel,
                    is_any: !settings.channels.is_empty(),
                });
            }
            if settings.channels.len() == 1 {
                return Err(UserError::LastChannel { channel });
            }
            settings.channels.retain(|known| *known != channel);
            changed.push(format!("no public answers in <#{channel}>"));
        }
        if let Some(private) = self.private {
            settings.private = private;
            changed.push(format!(
                "answers are {}",
                if private { "private" } else { "public" }
            ));
        }
        if let Some(library) = self.library {
            settings.library = library;
            changed.push(format!(
                "the library is {}",
                if library { "asked too" } else { "switched off" }
            ));
        }
        if let Some(role) = self.editor_role {
            if role == guild {
                return Err(UserError::Other(
                    "everyone cannot be the editor role; choose a role that you give to people"
                        .to_owned(),
                ));
            }
            settings.editor_role = Some(role);
            changed.push(format!("<@&{role}> may change articles"));
        }
        if let Some(channel) = self.log_channel {
            settings.log_channel = Some(channel);
            changed.push(format!("changes are told in <#{channel}>"));
        }
        if let Some(days) = self.keep_days {
            settings.retention_days = days.clamp(1, MAX_RETENTION_DAYS);
            let days = settings.retention_days;
            let plural = if days == 1 { "day" } else { "days" };
            changed.push(format!("questions are kept for {days} {plural}"));
        }
        match self.reset {
            Some(Reset::Channels) => settings.channels.clear(),
            Some(Reset::EditorRole) => settings.editor_role = None,
            Some(Reset::LogChannel) => settings.log_channel = None,
            None => {}
        }
        if let Some(reset) = self.reset {
            changed.push(poise::ChoiceParameter::name(&reset).to_owned());
        }
        Ok(changed)
    }
}

/// What I can do, in a few lines
#[poise::command(slash_command)]
async fn help(ctx: Context<'_>) -> Result<(), Failure> {
    let (caller, mut reply) = ctx.data().met(ctx.interaction);
    let data = ctx.data();
    let done = async {
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        reply.send(&view::help(), true).await?;
        Ok(())
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

/// What I am
#[poise::command(slash_command)]
async fn about(ctx: Context<'_>) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let done = async {
        data.limits.admit_light(caller.user, data.now_unix_ms())?;
        let settings = data.guilds.of(caller.guild, &data.door).await?;
        let asked = caller.collections(&settings);
        let read = data.door.quick(move |engine| {
            let (mut n_library, mut n_own) = (None, None);
            for collection in asked {
                let n = Some(engine.count(collection)?);
                match collection {
                    Collection::Library => n_library = n,
                    Collection::Guild(_) | Collection::Local => n_own = n,
                }
            }
            Ok((n_library, n_own))
        });
        let (n_library, n_own) = read.await?;
        reply.send(&view::about(n_library, n_own), true).await?;
        Ok(())
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

/// What I keep of you, for how long, and how to have it deleted
#[poise::command(slash_command)]
async fn privacy(ctx: Context<'_>) -> Result<(), Failure> {
    let data = ctx.data();
    let (caller, mut reply) = data.met(ctx.interaction);
    let user = caller.user;
    let done = async {
        data.limits.admit_light(user, data.now_unix_ms())?;
        let settings = data.guilds.of(caller.guild, &data.door).await?;
        let read = data
            .door
            .quick(move |engine| Ok(engine.kept_of_user(user)?));
        let (n_questions, n_votes) = read.await?;
        let message = view::privacy(user, n_questions, n_votes, &settings, data.reads_all);
        reply.send(&message, true).await?;
        Ok(())
    };
    let done = done.await;
    data.settle(done, &mut reply).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_change_what_they_name_alone() {
        let mut settings = GuildSettings::default();
        let wish = Wish {
            add_channel: Some(5),
            library: Some(false),
            editor_role: Some(9),
            ..Wish::default()
        };
        let changed = wish.apply(&mut settings, 1).unwrap();
        assert_eq!(changed.len(), 3);
        assert_eq!(
            settings,
            GuildSettings {
                channels: vec![5],
                library: false,
                editor_role: Some(9),
                ..GuildSettings::default()
            }
        );
        let wish = Wish {
            reset: Some(Reset::Channels),
            ..Wish::default()
        };
        wish.apply(&mut settings, 1).unwrap();
        assert!(settings.channels.is_empty() && settings.editor_role == Some(9));
        assert!(Wish::default().apply(&mut settings, 1).unwrap().is_empty());
    }

    #[test]
    fn removing_a_channel_never_opens_others() {
        let remove = |channel| Wish {
            remove_channel: Some(channel),
            ..Wish::default()
        };
        let mut settings = GuildSettings::default();
        let refused = remove(5).apply(&mut settings, 1).unwrap_err();
        assert!(matches!(refused, UserError::NotNamed { is_any: false, .. }));
        settings.channels = vec![5, 6];
        assert!(remove(5).apply(&mut settings, 1).is_ok());
        let refused = remove(6).apply(&mut settings, 1).unwrap_err();
        assert_eq!(refused, UserError::LastChannel { channel: 6 });
        assert_eq!(settings.channels, [6]);
    }

    #[test]
    fn what_is_set_is_not_reset_with_it() {
        let mut settings = GuildSettings::default();
        for wish in [
            Wish {
                reset: Some(Reset::Channels),
                add_channel: Some(5),
                ..Wish::default()
            },
            Wish {
                reset: Some(Reset::EditorRole),
                editor_role: Some(9),
                ..Wish::default()
            },
            Wish {
                reset: Some(Reset::LogChannel),
                log_channel: Some(5),
                ..Wish::default()
            },
        ] {
            assert!(wish.apply(&mut settings, 1).is_err());
        }
        assert_eq!(settings, GuildSettings::default());
    }

    #[test]
    fn everyone_cannot_be_the_editor_role() {
        let wish = Wish {
            editor_role: Some(1),
            ..Wish::default()
        };
        assert!(wish.apply(&mut GuildSettings::default(), 1).is_err());
    }

    #[test]
    fn one_channel_too_many_is_refused() {
        let mut settings = GuildSettings {
            channels: (1..MAX_CHANNELS as u64).collect(),
            ..GuildSettings::default()
        };
        let add = |channel| Wish {
            add_channel: Some(channel),
            ..Wish::default()
        };
        assert!(add(1_000).apply(&mut settings, 1).is_ok());
        assert!(add(1_001).apply(&mut settings, 1).is_err());
        assert!(add(1_000).apply(&mut settings, 1).is_ok());
    }
}
