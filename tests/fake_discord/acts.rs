//! What people do: each act is prepared, sent, and awaited.
//!
//! `.await` sends it and waits until the bot has answered; `.send()` or `.post()` only sends it. Acts that
//! Discord's app would not offer fail the test, unless they are `.forced()`.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use serde_json::{Value, json};

use super::interact::{OptionValue, Options};
use super::people::Person;
use super::places::Channel;
use super::render::face;
use super::reply::{Posted, Reply};
use super::rules::components::{kind, walk};
use super::world::{File, Id, World};

type Awaited<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Which button.
#[derive(Clone, Debug)]
pub(super) enum Which {
    Named(String),
    Forged(String),
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Slash(String, Options),
    /// Kind, name, target.
    Menu(u64, String, Id),
    Press(Id, Which),
    Choose(Id, String, Vec<String>),
    /// Title, data, the message it was opened from.
    Modal(String, Value, Option<Id>),
}

/// Something a person does that is an interaction.
#[derive(Clone, Debug)]
#[must_use = "an act happens when it is sent or awaited"]
pub struct Act {
    person: Person,
    what: What,
    is_forced: bool,
}

impl Act {
    pub(super) fn new(person: Person, what: What) -> Act {
        Act {
            person,
            what,
            is_forced: false,
        }
    }

    /// Does it in another channel.
    pub fn in_channel(mut self, channel: &Channel) -> Act {
        self.person = self.person.in_channel(channel);
        self
    }

    /// Does it even if Discord's app does not offer it, as a forger does.
    pub fn forced(mut self) -> Act {
        self.is_forced = true;
        self
    }

    /// Adds an option to a slash command.
    pub fn with(mut self, name: &str, value: impl Into<OptionValue>) -> Act {
        if let What::Slash(_, options) = &mut self.what {
            options.push((name.to_owned(), value.into()));
        }
        self
    }

    /// Does it, and waits for nothing.
    ///
    /// # Panics
    /// If Discord's app would not let the person do it.
    pub fn send(self) -> Reply {
        match self.try_send() {
            Ok(reply) => reply,
            Err(reason) => panic!("the app does not offer this: {reason}"),
        }
    }

    /// Does it, or says why Discord's app does not offer it.
    pub fn try_send(self) -> Result<Reply, String> {
        let Act {
            person,
            what,
            is_forced,
        } = self;
        let interaction = person
            .shared
            .with(|world| world.perform(&person, what, is_forced))?;
        Ok(Reply::new(person, interaction))
    }
}

impl IntoFuture for Act {
    type Output = Reply;
    type IntoFuture = Awaited<Reply>;

    fn into_future(self) -> Awaited<Reply> {
        Box::pin(async {
            // Commands are registered shortly after the bot is there.
            if let What::Slash(path, _) = &self.what {
                let name = path.split(' ').next().unwrap_or_default().to_owned();
                let Person {
                    shared, channel, ..
                } = &self.person;
                let find = |world: &World| world.find_command(*channel, 1, &name).map(|_| ());
                shared.until(&format!("the command `/{name}`"), find).await;
            }
            self.send().answered().await
        })
    }
}

impl World {
    fn perform(&mut self, person: &Person, what: What, is_forced: bool) -> Result<Id, String> {
        let place = person.place();
        match what {
            What::Slash(path, options) => {
                let data = self.slash_data(place, &path, options, None, is_forced)?;
                Ok(self.interact(place, 2, format!("/{path}"), data, None))
            }
            What::Menu(kind, name, target) => {
                let data = self.menu_data(place, kind, &name, target, is_forced)?;
                Ok(self.interact(place, 2, format!("menu `{name}`"), data, None))
            }
            What::Press(message, which) => {
                let (custom_id, label) = match which {
                    Which::Forged(custom_id) => (custom_id, "forged".to_owned()),
                    Which::Named(name) => {
                        let button = self.button(message, &name, is_forced)?;
                        (
                            button["custom_id"].as_str().unwrap_or_default().to_owned(),
                            face(&button),
                        )
                    }
                };
                let place = self.seen_at(person, message, is_forced)?;
                let data =
                    json!({ "custom_id": custom_id, "component_type": kind::BUTTON, "id": 1 });
                Ok(self.interact(place, 3, format!("button `{label}`"), data, Some(message)))
            }
            What::Choose(message, name, wanted) => {
                let place = self.seen_at(person, message, is_forced)?;
                let data = self.selection(message, &name, &wanted)?;
                Ok(self.interact(place, 3, format!("select `{name}`"), data, Some(message)))
            }
            What::Modal(title, data, source) => {
                Ok(self.interact(place, 5, format!("modal `{title}`"), data, source))
            }
        }
    }

    /// Where a message is, if the person sees it.
    fn seen_at(
        &self,
        person: &Person,
        message: Id,
        is_forced: bool,
    ) -> Result<super::interact::Place, String> {
        let message = &self.messages[&message];
        let is_seen = !message.is_deleted
            && message.only_for.is_none_or(|only| only == person.user)
            && !self.permissions(message.channel, person.user).is_empty();
        if !is_seen && !is_forced {
            return Err(format!(
                "{} does not see the message",
                self.users[&person.user].name
            ));
        }
        // A forger acts from where they are, on a message that is elsewhere.
        let channel = if is_seen {
            message.channel
        } else {
            person.channel
        };
        Ok(super::interact::Place {
            user: person.user,
            channel,
        })
    }

    fn button(&self, message: Id, name: &str, is_forced: bool) -> Result<Value, String> {
        let message = &self.messages[&message];
        let all = walk(&message.components, "");
        let buttons = || {
            all.iter()
                .map(|(_, part)| *part)
                .filter(|part| part["type"] == kind::BUTTON)
        };
        let found = buttons().find(|button| {
            face(button) == name || button["label"] == name || button["custom_id"] == name
        });
        let Some(button) = found else {
            let there: Vec<String> = buttons().map(face).collect();
            return Err(format!("no button `{name}` among {there:?}"));
        };
        if (button["disabled"] == true || button["custom_id"].is_null()) && !is_forced {
            return Err(format!("the button `{name}` is disabled or a link"));
        }
        Ok(button.clone())
    }

    fn selection(&self, message: Id, name: &str, wanted: &[String]) -> Result<Value, String> {
        let all = walk(&self.messages[&message].components, "");
        let is_select = |part: &&Value| matches!(part["type"].as_u64(), Some(3 | 5..=8));
        let mut selects = all.iter().map(|(_, part)| *part).filter(is_select);
        let select = selects
            .find(|select| select["placeholder"] == name || select["custom_id"] == name)
            .ok_or_else(|| format!("no select `{name}`"))?;
        if select["disabled"] == true {
            return Err(format!("the select `{name}` is disabled"));
        }
        let values = if select["type"] == kind::SELECT {
            let options = select["options"].as_array().map_or(&[][..], Vec::as_slice);
            let values = wanted.iter().map(|wanted| {
                let is_it =
                    |option: &&Value| option["label"] == **wanted || option["value"] == **wanted;
                let found = options.iter().find(is_it);
                found
                    .map(|option| option["value"].clone())
                    .ok_or(format!("no option `{wanted}`"))
            });
            values.collect::<Result<Vec<_>, _>>()?
        } else {
            wanted.iter().map(|id| json!(id)).collect()
        };
        Ok(json!({
            "custom_id": select["custom_id"], "component_type": select["type"], "values": values, "id": 1,
            "resolved": self.resolve_selected(select, &values),
        }))
    }

    /// What selects of people, roles and channels were chosen.
    fn resolve_selected(&self, select: &Value, values: &[Value]) -> Value {
        let mut resolved = json!({});
        for value in values.iter().filter_map(Value::as_str) {
            let key: Id = value.parse().unwrap_or_default();
            match select["type"].as_u64() {
                Some(5 | 7) if self.users.contains_key(&key) => {
                    resolved["users"][value] = self.user_json(key);
                }
                Some(6 | 7) if self.roles.contains_key(&key) => {
                    resolved["roles"][value] = self.role_json(key);
                }
                Some(8) if self.channels.contains_key(&key) => {
                    resolved["channels"][value] = self.partial_channel_json(key, self.bot);
                }
                _ => {}
            }
        }
        resolved
    }
}

/// Typing into an option that completes itself; awaited, it is what the bot offers.
#[derive(Clone, Debug)]
#[must_use = "an act happens when it is sent or awaited"]
pub struct Autocomplete {
    person: Person,
    path: String,
    option: String,
    options: Options,
    is_forced: bool,
}

/// What the bot offers: shown, and sent when chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub name: String,
    pub value: Value,
}

impl Autocomplete {
    pub(super) fn new(person: &Person, path: &str, option: &str, typed: &str) -> Autocomplete {
        Autocomplete {
            person: person.clone(),
            path: path.to_owned(),
            option: option.to_owned(),
            options: vec![(option.to_owned(), typed.into())],
            is_forced: false,
        }
    }

    /// Has another option filled in already.
    pub fn with(mut self, name: &str, value: impl Into<OptionValue>) -> Autocomplete {
        self.options.push((name.to_owned(), value.into()));
        self
    }

    /// Does it even if Discord's app does not offer the command.
    pub fn forced(mut self) -> Autocomplete {
        self.is_forced = true;
        self
    }

    /// Sends what is typed, and waits for nothing.
    ///
    /// # Panics
    /// If Discord's app does not offer it.
    pub fn send(self) -> Reply {
        match self.try_send() {
            Ok(reply) => reply,
            Err(reason) => panic!("the app does not offer this: {reason}"),
        }
    }

    /// Sends what is typed, or says why Discord's app does not offer it.
    pub fn try_send(self) -> Result<Reply, String> {
        let Autocomplete {
            person,
            path,
            option,
            options,
            is_forced,
        } = self;
        let interaction = person.shared.with(|world| {
            let place = person.place();
            let data = world.slash_data(place, &path, options, Some(&option), is_forced)?;
            let what = format!("completing `{option}` of /{path}");
            Ok::<_, String>(world.interact(place, 4, what, data, None))
        })?;
        Ok(Reply::new(person, interaction))
    }
}

impl IntoFuture for Autocomplete {
    type Output = Vec<Choice>;
    type IntoFuture = Awaited<Vec<Choice>>;

    fn into_future(self) -> Awaited<Vec<Choice>> {
        Box::pin(async { self.send().answered().await.choices() })
    }
}

/// A message a person writes; awaited, it is the bot's answer to it.
#[derive(Clone, Debug)]
#[must_use = "a message is sent when it is posted or awaited"]
pub struct Said {
    person: Person,
    text: String,
    replies_to: Option<Id>,
    pings: bool,
    files: Vec<File>,
}

impl Said {
    pub(super) fn new(person: Person, text: &str) -> Said {
        Said {
            person,
            text: text.to_owned(),
            replies_to: None,
            pings: true,
            files: Vec::new(),
        }
    }

    /// Says it in another channel.
    pub fn in_channel(mut self, channel: &Channel) -> Said {
        self.person = self.person.in_channel(channel);
        self
    }

    /// Says it as a reply.
    pub fn replying_to(mut self, message: &Posted) -> Said {
        self.replies_to = Some(message.id);
        self
    }

    /// Replies with the ping switched off.
    pub fn without_ping(mut self) -> Said {
        self.pings = false;
        self
    }

    /// Attaches a file.
    pub fn with_file(mut self, file: File) -> Said {
        self.files.push(file);
        self
    }

    /// Sends it, and waits for nothing.
    ///
    /// # Panics
    /// If the person may not write there.
    pub fn post(self) -> Posted {
        let Said {
            person,
            text,
            replies_to,
            pings,
            files,
        } = self;
        let id = person.shared.with(|world| {
            let may = world.permissions(person.channel, person.user);
            assert!(
                may.send_messages() || may.send_messages_in_threads(),
                "may not write there"
            );
            let is_private = |earlier: Id| world.messages[&earlier].only_for.is_some();
            assert!(
                !replies_to.is_some_and(is_private),
                "the app offers no reply to what only one person sees"
            );
            let bot = world.bot;
            let mut message = world.new_message(person.channel, person.user);
            message.content = text.replace("@quoth", &format!("<@{bot}>"));
            let mut mentioned: Vec<Id> = world.users.keys().copied().collect();
            mentioned.retain(|user| message.content.contains(&format!("<@{user}>")));
            if let Some(earlier) = replies_to.filter(|_| pings) {
                mentioned.push(world.messages[&earlier].author);
            }
            mentioned.dedup();
            message.mentions = mentioned;
            message.replies_to = replies_to;
            message.attachments = files
                .into_iter()
                .map(|file| world.add_file(person.channel, file))
                .collect();
            let id = message.id;
            world.post(message);
            id
        });
        Posted::new(&person.shared, id)
    }
}

impl IntoFuture for Said {
    type Output = Posted;
    type IntoFuture = Awaited<Posted>;

    fn into_future(self) -> Awaited<Posted> {
        Box::pin(async { self.post().answer().await })
    }
}
