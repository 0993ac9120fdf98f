//! What the fake knows: guilds, channels, people, messages, interactions, files. One lock holds it all.
//!
//! Owns the records and how ids are made; [`super::wire`] writes them as Discord's JSON, `rest` and
//! [`super::gateway`] change them for the bot, the handles of [`super::people`] for the test.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use serenity::model::permissions::Permissions;

use super::clock::Clock;
use super::faults::Faults;
use super::gateway::Sessions;
use super::permissions::{EVERYONE, Overwrite};
use super::violations::Violation;

/// A snowflake.
pub type Id = u64;

/// Flag of a message: link previews are off.
pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Flag of a message: only one person sees it.
pub const EPHEMERAL: u64 = 1 << 6;
/// Flag of a message: "… is thinking".
pub const LOADING: u64 = 1 << 7;
/// Flag of a message: laid out by components alone.
pub const COMPONENTS_V2: u64 = 1 << 15;

/// Kinds of channel, by Discord's numbers.
pub mod channel_kind {
    pub const TEXT: u64 = 0;
    pub const DM: u64 = 1;
    pub const PUBLIC_THREAD: u64 = 11;
}

#[derive(Debug)]
pub struct Guild {
    pub id: Id,
    pub name: String,
    pub owner: Id,
    pub roles: Vec<Id>,
    pub members: BTreeMap<Id, Member>,
    pub channels: Vec<Id>,
    /// Whom an admin let use a command in spite of its default permission: command name, user.
    pub command_overrides: Vec<(String, Id)>,
    /// The bot was thrown out.
    pub is_left: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Member {
    pub nick: Option<String>,
    pub roles: Vec<Id>,
}

#[derive(Debug)]
pub struct Role {
    pub id: Id,
    pub name: String,
    pub permissions: Permissions,
    /// The role that comes with inviting the bot: nobody else has it.
    pub is_bots: bool,
}

#[derive(Debug)]
pub struct Channel {
    pub id: Id,
    pub kind: u64,
    pub name: String,
    pub guild: Option<Id>,
    /// Of a thread.
    pub parent: Option<Id>,
    pub is_archived: bool,
    pub overwrites: Vec<Overwrite>,
    /// Of a direct conversation: the person; the bot is the other.
    pub recipients: Vec<Id>,
}

#[derive(Debug)]
pub struct User {
    pub id: Id,
    pub name: String,
    pub is_bot: bool,
    pub locale: String,
    /// Takes no direct messages from the bot.
    pub refuses_dms: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Message {
    pub id: Id,
    pub channel: Id,
    pub author: Id,
    pub sent_at: Duration,
    pub edited_at: Option<Duration>,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub attachments: Vec<Id>,
    pub flags: u64,
    pub mentions: Vec<Id>,
    /// The message it replies to.
    pub replies_to: Option<Id>,
    /// The interaction it answers.
    pub interaction: Option<Id>,
    /// The one who sees it, if only one does.
    pub only_for: Option<Id>,
    pub reactions: Vec<(String, Id)>,
    pub nonce: Option<String>,
    pub is_deleted: bool,
    /// What it showed before each edit, oldest first.
    pub earlier: Vec<String>,
}

/// What a person did that the bot has to answer.
#[derive(Debug)]
pub struct Interaction {
    pub id: Id,
    pub token: String,
    /// Discord's number: 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u64,
    pub user: Id,
    pub channel: Id,
    /// For people: `/ask`, `button "More passages"`.
    pub what: String,
    pub created_at: Duration,
    /// For measuring how long the bot took, on the machine's clock.
    pub sent: Instant,
    /// Written to a socket at least once.
    pub was_delivered: bool,
    pub callback: Option<Callback>,
    /// The message that is `@original`.
    pub original: Option<Id>,
    /// Of a component or of a modal that a component opened: the message it is on.
    pub source: Option<Id>,
    pub follow_ups: Vec<Id>,
}

/// The bot's first response.
#[derive(Clone, Debug)]
pub struct Callback {
    pub kind: u64,
    pub data: Value,
    /// The machine's time from event to response.
    pub latency: Duration,
    /// A deferred response has been filled in, or deleted.
    pub is_complete: bool,
}

/// A registered command.
#[derive(Clone, Debug)]
pub struct Command {
    pub id: Id,
    pub guild: Option<Id>,
    pub version: Id,
    pub body: Value,
}

/// A file on the fake CDN.
#[derive(Clone, Debug)]
pub struct File {
    pub id: Id,
    pub channel: Id,
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
    /// What Discord says the size is; a lie if the test wants one.
    pub claimed_size: u64,
    pub description: Option<String>,
    pub expires_at: Duration,
    pub downloads: u32,
    /// The download leads elsewhere.
    pub redirects_to: Option<String>,
}

/// A request of the bot, as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Without `/api/v10`.
    pub path: String,
    pub body: Value,
    pub status: u16,
}

/// How often the bot got an answer that Discord counts towards a ban.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InvalidRequests {
    pub unauthorized: u32,
    pub forbidden: u32,
    /// 429, not counting those of scope `shared`.
    pub too_many: u32,
}

impl InvalidRequests {
    /// All of them: Discord bans at 10,000 in ten minutes.
    pub fn total(self) -> u32 {
        self.unauthorized + self.forbidden + self.too_many
    }
}

#[derive(Debug)]
pub struct World {
    pub clock: Clock,
    /// `http://127.0.0.1:PORT`.
    pub base_url: String,
    pub bot: Id,
    pub token: String,
    pub guilds: BTreeMap<Id, Guild>,
    pub roles: BTreeMap<Id, Role>,
    pub channels: BTreeMap<Id, Channel>,
    pub users: BTreeMap<Id, User>,
    pub messages: BTreeMap<Id, Message>,
    pub interactions: BTreeMap<Id, Interaction>,
    pub commands: Vec<Command>,
    pub files: BTreeMap<Id, File>,
    pub typing: Vec<Id>,
    pub sessions: Sessions,
    pub faults: Faults,
    pub seen: Vec<Seen>,
    pub invalid: InvalidRequests,
    pub violations: Vec<Violation>,
    last_id: Id,
    n_guilds: u64,
}

impl World {
    pub fn new(
        clock: Clock,
        base_url: String,
        token: String,
        bot: Id,
        sessions: Sessions,
    ) -> World {
        let mut world = World {
            clock,
            base_url,
            bot,
            token,
            guilds: BTreeMap::new(),
            roles: BTreeMap::new(),
            channels: BTreeMap::new(),
            users: BTreeMap::new(),
            messages: BTreeMap::new(),
            interactions: BTreeMap::new(),
            commands: Vec::new(),
            files: BTreeMap::new(),
            typing: Vec::new(),
            sessions,
            faults: Faults::default(),
            seen: Vec::new(),
            invalid: InvalidRequests::default(),
            violations: Vec::new(),
            last_id: 0,
            n_guilds: 0,
        };
        world.users.insert(
            bot,
            User {
                id: bot,
                name: "quoth".to_owned(),
                is_bot: true,
                locale: "en-US".to_owned(),
                refuses_dms: false,
            },
        );
        world
    }

    /// An id that says now and is above all ids before.
    pub fn next_id(&mut self) -> Id {
        self.last_id = (self.last_id + 1).max(self.clock.snowflake_ms() << 22);
        self.last_id
    }

    /// Guilds are a day old, and each a millisecond younger than the one before, so that they
    /// spread evenly over shards.
    fn next_guild_id(&mut self) -> Id {
        self.n_guilds += 1;
        (self.clock.snowflake_ms() - 86_400_000 + self.n_guilds) << 22
    }

    pub fn add_user(&mut self, name: &str, is_bot: bool) -> Id {
        let id = self.next_id();
        let user = User {
            id,
            name: name.to_owned(),
            is_bot,
            locale: "en-US".to_owned(),
            refuses_dms: false,
        };
        self.users.insert(id, user);
        id
    }

    /// A guild with the bot in it, an owner and one channel, `general`.
    pub fn add_guild(&mut self, name: &str) -> Id {
        let id = self.next_guild_id();
        let owner = self.add_user(&format!("{name} owner"), false);
        self.roles.insert(
            id,
            Role {
                id,
                name: "@everyone".to_owned(),
                permissions: EVERYONE,
                is_bots: false,
            },
        );
        let guild = Guild {
            id,
            name: name.to_owned(),
            owner,
            roles: vec![id],
            members: BTreeMap::from([(self.bot, Member::default()), (owner, Member::default())]),
            channels: Vec::new(),
            command_overrides: Vec::new(),
            is_left: false,
        };
        self.guilds.insert(id, guild);
        self.add_channel(id, "general", None);
        id
    }

    /// A text channel, or a thread if it has a parent.
    pub fn add_channel(&mut self, guild: Id, name: &str, parent: Option<Id>) -> Id {
        let id = self.next_id();
        let kind = if parent.is_some() {
            channel_kind::PUBLIC_THREAD
        } else {
            channel_kind::TEXT
        };
        let channel = Channel {
            id,
            kind,
            name: name.to_owned(),
            guild: Some(guild),
            parent,
            is_archived: false,
            overwrites: Vec::new(),
            recipients: Vec::new(),
        };
        self.channels.insert(id, channel);
        self.guilds.get_mut(&guild).unwrap().channels.push(id);
        id
    }

    /// The conversation of the bot and a person, opened if there is none.
    pub fn dm(&mut self, user: Id) -> Id {
        let open = self
            .channels
            .values()
            .find(|channel| channel.guild.is_none() && channel.recipients == [user]);
        if let Some(channel) = open {
            return channel.id;
        }
        let id = self.next_id();
        let channel = Channel {
            id,
            kind: channel_kind::DM,
            name: String::new(),
            guild: None,
            parent: None,
            is_archived: false,
            overwrites: Vec::new(),
            recipients: vec![user],
        };
        self.channels.insert(id, channel);
        id
    }

    pub fn add_role(&mut self, guild: Id, name: &str, permissions: Permissions) -> Id {
        let id = self.next_id();
        let role = Role {
            id,
            name: name.to_owned(),
            permissions,
            is_bots: false,
        };
        self.roles.insert(id, role);
        self.guilds.get_mut(&guild).unwrap().roles.push(id);
        id
    }

    pub fn add_file(&mut self, channel: Id, mut file: File) -> Id {
        let id = self.next_id();
        file.id = id;
        file.channel = channel;
        file.expires_at = self.clock.now() + Duration::from_secs(24 * 3_600);
        self.files.insert(id, file);
        id
    }

    /// Notes a broken rule; the test fails for it in the end.
    pub fn violate(&mut self, rule: &'static str, what: impl Into<String>) {
        self.violations.push(Violation {
            rule,
            what: what.into(),
        });
    }

    /// The messages a person sees in a channel, oldest first.
    pub fn visible(&self, channel: Id, user: Id) -> Vec<&Message> {
        self.messages
            .values()
            .filter(|message| message.channel == channel && !message.is_deleted)
            .filter(|message| message.only_for.is_none_or(|only| only == user))
            .collect()
    }
}

impl File {
    /// A file that is not on the CDN yet.
    pub fn new(name: &str, content_type: &str, bytes: Vec<u8>) -> File {
        File {
            id: 0,
            channel: 0,
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            claimed_size: bytes.len() as u64,
            bytes,
            description: None,
            expires_at: Duration::ZERO,
            downloads: 0,
            redirects_to: None,
        }
    }

    /// A text file.
    pub fn text(name: &str, text: &str) -> File {
        File::new(name, "text/plain; charset=utf-8", text.as_bytes().to_vec())
    }

    /// Lets Discord say another size than the file has.
    #[must_use]
    pub fn claiming(self, size: u64) -> File {
        File {
            claimed_size: size,
            ..self
        }
    }

    /// Lets the download lead elsewhere.
    #[must_use]
    pub fn redirecting(self, url: &str) -> File {
        File {
            redirects_to: Some(url.to_owned()),
            ..self
        }
    }
}
