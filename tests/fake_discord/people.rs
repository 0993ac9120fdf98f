//! People, as a test names them: what they are and may do, and all that they can do.

use serenity::model::permissions::Permissions;

use super::acts::{Act, Autocomplete, Said, What, Which};
use super::interact::{OptionValue, Options, Place};
use super::places::{Channel, Role};
use super::reply::Posted;
use super::shared::Shared;
use super::world::Id;

/// Someone, in a guild or in the direct conversation with the bot.
#[derive(Clone, Debug)]
pub struct Person {
    pub(super) shared: Shared,
    pub(super) user: Id,
    /// Where they act unless told otherwise.
    pub(super) channel: Id,
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
