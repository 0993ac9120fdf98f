//! What came back: the answer to an interaction, and messages.

use std::time::Duration;

use serde_json::Value;

use super::acts::{Act, Choice};
use super::modal::Modal;
use super::people::Person;
use super::render::face;
use super::rest::{TO_RESPOND, callback_kind};
use super::rules::components::{kind, walk};
use super::shared::Shared;
use super::world::{Callback, File, Id, Interaction, Message};

/// The bot's answer to something a person did. It follows what happens: each look is at the present.
#[derive(Clone, Debug)]
pub struct Reply {
    person: Person,
    interaction: Id,
}

/// A button that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub custom_id: Option<String>,
    pub url: Option<String>,
    pub is_disabled: bool,
}

/// A select that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    pub placeholder: String,
    pub custom_id: String,
    /// The labels of what can be chosen.
    pub options: Vec<String>,
}

impl Reply {
    pub(super) fn new(person: Person, interaction: Id) -> Reply {
        Reply {
            person,
            interaction,
        }
    }

    fn look<R>(&self, look: impl FnOnce(&Interaction) -> R) -> R {
        self.person
            .shared
            .read(|world| look(&world.interactions[&self.interaction]))
    }

    async fn wait(&self, what: &str, is_there: impl Fn(&Callback) -> bool) {
        let what = format!(
            "{what} of {}",
            self.look(|interaction| interaction.what.clone())
        );
        let ready = |world: &super::world::World| {
            let callback = world.interactions[&self.interaction].callback.as_ref()?;
            is_there(callback).then_some(())
        };
        self.person.shared.until(&what, ready).await;
    }

    /// Waits for the first response, be it a deferral.
    pub async fn first_response(self) -> Reply {
        self.wait("the first response", |_| true).await;
        self
    }

    /// Waits for the answer itself: a deferral is not enough.
    pub async fn answered(self) -> Reply {
        self.wait("the answer", |callback| callback.is_complete)
            .await;
        self
    }

    /// Waits until there are that many follow-up messages.
    pub async fn followed_up(self, n: usize) -> Reply {
        let what = format!(
            "{n} follow-ups of {}",
            self.look(|interaction| interaction.what.clone())
        );
        let ready = |world: &super::world::World| {
            (world.interactions[&self.interaction].follow_ups.len() >= n).then_some(())
        };
        self.person.shared.until(&what, ready).await;
        self
    }

    fn callback(&self) -> Callback {
        self.look(|interaction| interaction.callback.clone())
            .expect("the bot has not answered yet")
    }

    /// Whether the answer is a modal.
    pub fn is_modal(&self) -> bool {
        self.callback().kind == callback_kind::MODAL
    }

    /// The message of the answer, if there is one and it is still there.
    pub fn shown(&self) -> Option<Posted> {
        let id = self.look(|interaction| interaction.original)?;
        let posted = Posted::new(&self.person.shared, id);
        (!posted.is_deleted()).then_some(posted)
    }

    /// Whether the bot has answered at all.
    pub fn has_response(&self) -> bool {
        self.look(|interaction| interaction.callback.is_some())
    }

    /// Whether it is answered in full.
    pub fn is_complete(&self) -> bool {
        self.look(|interaction| {
            interaction
                .callback
                .as_ref()
                .is_some_and(|callback| callback.is_complete)
        })
    }

    /// Whether the first response was only a promise.
    pub fn was_deferred(&self) -> bool {
        matches!(
            self.callback().kind,
            callback_kind::DEFERRED_MESSAGE | callback_kind::DEFERRED_UPDATE
        )
    }

    /// Whether it changed the message the component is on.
    pub fn was_update(&self) -> bool {
        matches!(
            self.callback().kind,
            callback_kind::UPDATE | callback_kind::DEFERRED_UPDATE
        )
    }

    /// Whether only the person sees it.
    pub fn is_private(&self) -> bool {
        self.message().is_private()
    }

    /// The machine's time from the act to the first response.
    pub fn latency(&self) -> Duration {
        self.callback().latency
    }

    /// The message of the answer: the new one, or the changed one.
    ///
    /// # Panics
    /// If the answer is no message.
    pub fn message(&self) -> Posted {
        let id = self
            .look(|interaction| interaction.original)
            .expect("the answer is no message");
        Posted::new(&self.person.shared, id)
    }

    /// Further messages, oldest first.
    pub fn follow_ups(&self) -> Vec<Posted> {
        let ids = self.look(|interaction| interaction.follow_ups.clone());
        ids.into_iter()
            .map(|id| Posted::new(&self.person.shared, id))
            .collect()
    }

    /// What the person sees of it now: a message, further ones after an empty line, or a modal.
    pub fn text(&self) -> String {
        if !self.has_response() {
            let created_at = self.look(|interaction| interaction.created_at);
            let age = self.person.shared.read(|world| world.clock.now()) - created_at;
            let shown = if age > TO_RESPOND {
                "(the application did not respond)"
            } else {
                "(waiting…)"
            };
            return shown.to_owned();
        }
        if self.callback().kind == callback_kind::MODAL {
            return self.modal().text();
        }
        let original = self.look(|interaction| interaction.original);
        let original = original.map(|id| Posted::new(&self.person.shared, id));
        let all = original.into_iter().chain(self.follow_ups());
        let shown = all
            .filter(|message| !message.is_deleted())
            .map(|message| message.text());
        shown.collect::<Vec<_>>().join("\n\n")
    }

    /// The choices of an autocompletion.
    pub fn choices(&self) -> Vec<Choice> {
        let data = self.callback().data;
        let choices = data["choices"].as_array().into_iter().flatten();
        choices
            .map(|choice| Choice {
                name: choice["name"].as_str().unwrap_or_default().to_owned(),
                value: choice["value"].clone(),
            })
            .collect()
    }

    /// The modal that opened.
    ///
    /// # Panics
    /// If the answer is another.
    pub fn modal(&self) -> Modal {
        let callback = self.callback();
        assert_eq!(
            callback.kind,
            callback_kind::MODAL,
            "the answer is no modal"
        );
        let source = self.look(|interaction| interaction.source);
        Modal::new(self.person.clone(), source, callback.data)
    }

    /// The same person presses a button of the answer.
    pub fn press(&self, button: &str) -> Act {
        self.person.press(&self.message(), button)
    }

    /// The same person chooses in a select of the answer.
    pub fn choose(&self, select: &str, options: &[&str]) -> Act {
        self.person.choose(&self.message(), select, options)
    }

    /// The interaction's token: for tests that play a forger.
    pub fn token(&self) -> String {
        self.look(|interaction| interaction.token.clone())
    }

    /// The interaction's id.
    pub fn id(&self) -> u64 {
        self.interaction
    }
}

/// A message. It follows what happens: each look is at the present.
#[derive(Clone, Debug)]
pub struct Posted {
    shared: Shared,
    pub(super) id: Id,
}

impl Posted {
    pub(super) fn new(shared: &Shared, id: Id) -> Posted {
        Posted {
            shared: shared.clone(),
            id,
        }
    }

    fn look<R>(&self, look: impl FnOnce(&Message) -> R) -> R {
        self.shared.read(|world| look(&world.messages[&self.id]))
    }

    /// Discord's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What its reader sees.
    pub fn text(&self) -> String {
        self.shared
            .read(|world| world.show(&world.messages[&self.id]))
    }

    /// The text alone.
    pub fn content(&self) -> String {
        self.look(|message| message.content.clone())
    }

    /// The embeds, as sent.
    pub fn embeds(&self) -> Vec<Value> {
        self.look(|message| message.embeds.clone())
    }

    /// The components, as sent.
    pub fn components(&self) -> Vec<Value> {
        self.look(|message| message.components.clone())
    }

    /// All buttons, in order.
    pub fn buttons(&self) -> Vec<Button> {
        let components = self.components();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let all = walk(&components, "").into_iter().map(|(_, part)| part);
        all.filter(|part| part["type"] == kind::BUTTON)
            .map(|button| Button {
                label: face(button),
                custom_id: text(&button["custom_id"]),
                url: text(&button["url"]),
                is_disabled: button["disabled"] == true,
            })
            .collect()
    }

    /// All selects of texts, in order.
    pub fn selects(&self) -> Vec<Select> {
        let components = self.components();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = walk(&components, "").into_iter().map(|(_, part)| part);
        all.filter(|part| part["type"] == kind::SELECT)
            .map(|select| Select {
                placeholder: text(&select["placeholder"]),
                custom_id: text(&select["custom_id"]),
                options: list(&select["options"])
                    .map(|option| text(&option["label"]))
                    .collect(),
            })
            .collect()
    }

    /// The `custom_id` behind a button's text.
    ///
    /// # Panics
    /// If there is no such button.
    pub fn custom_id(&self, label: &str) -> String {
        let buttons = self.buttons();
        let found = buttons.iter().find(|button| button.label == label);
        let custom_id = found.and_then(|button| button.custom_id.clone());
        custom_id.unwrap_or_else(|| panic!("no button `{label}` among {buttons:?}"))
    }

    /// The attached files.
    pub fn files(&self) -> Vec<File> {
        self.shared.read(|world| {
            let files = world.messages[&self.id].attachments.iter();
            files.map(|file| world.files[file].clone()).collect()
        })
    }

    pub fn is_deleted(&self) -> bool {
        self.look(|message| message.is_deleted)
    }

    /// Whether only one person sees it.
    pub fn is_private(&self) -> bool {
        self.look(|message| message.only_for.is_some())
    }

    /// The message's flags, as Discord numbers them.
    pub fn flags(&self) -> u64 {
        self.look(|message| message.flags)
    }

    /// What it showed before each change, oldest first.
    pub fn earlier(&self) -> Vec<String> {
        self.look(|message| message.earlier.clone())
    }

    /// The message it replies to.
    pub fn replies_to(&self) -> Option<Posted> {
        let id = self.look(|message| message.replies_to)?;
        Some(Posted::new(&self.shared, id))
    }

    /// Emoji and how many reacted with it, in order of the first.
    pub fn reactions(&self) -> Vec<(String, usize)> {
        let all = self.look(|message| message.reactions.clone());
        let mut counted: Vec<(String, usize)> = Vec::new();
        for (emoji, _) in all {
            match counted.iter_mut().find(|(known, _)| *known == emoji) {
                Some((_, n)) => *n += 1,
                None => counted.push((emoji, 1)),
            }
        }
        counted
    }

    /// Waits until it has changed that often since it was sent.
    pub async fn changed(&self, n: usize) -> &Posted {
        let ready = |world: &super::world::World| {
            (world.messages[&self.id].earlier.len() >= n).then_some(())
        };
        self.shared
            .until(&format!("change {n} of a message"), ready)
            .await;
        self
    }

    /// The bot's messages that answer this one: replies to it.
    pub fn answers(&self) -> Vec<Posted> {
        self.shared.read(|world| {
            let answers = world.messages.values().filter(|message| {
                message.author == world.bot
                    && message.replies_to == Some(self.id)
                    && !message.is_deleted
            });
            answers
                .map(|message| Posted::new(&self.shared, message.id))
                .collect()
        })
    }

    /// Waits for the bot's reply to this message, or for its next message here that replies to none.
    pub async fn answer(&self) -> Posted {
        let what = format!("an answer to `{}`", self.content());
        let find = |world: &super::world::World| {
            let channel = world.messages[&self.id].channel;
            let mut later = world
                .messages
                .range(self.id + 1..)
                .map(|(_, message)| message)
                .filter(|message| {
                    message.author == world.bot
                        && message.channel == channel
                        && message.interaction.is_none()
                        && !message.is_deleted
                });
            let fits = |message: &&Message| {
                message.replies_to == Some(self.id)
                    || message.replies_to.is_none() && world.channels[&channel].guild.is_none()
            };
            later.find(fits).map(|message| message.id)
        };
        let id = self.shared.until(&what, find).await;
        Posted::new(&self.shared, id)
    }

    /// A person deletes it.
    pub fn delete(&self) {
        self.shared.with(|world| world.remove(self.id));
    }

    /// Its author changes the text.
    pub fn edit(&self, text: &str) {
        self.shared.with(|world| {
            let mut message = world.messages[&self.id].clone();
            message.content = text.replace("@quoth", &format!("<@{}>", world.bot));
            world.change(message);
        });
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
