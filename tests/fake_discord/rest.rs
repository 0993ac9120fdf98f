//! What the REST interface answers: one function a route, on the world.
//!
//! Owns authentication, the table of routes and Discord's way to refuse. A route that is not in the
//! table breaks a rule: the bot asks for something the fake does not know how to check.

mod applications;
mod channels;
mod guilds;
mod interactions;
mod messages;
mod webhooks;

use serde_json::{Map, Value, json};

pub use self::interactions::{TO_RESPOND, callback_kind};
pub use self::messages::{MAX_FILE_BYTES, Purpose};
pub use self::webhooks::TOKEN_LIFE;
use super::server::MAX_REQUEST_BYTES;
use super::violations::Problem;
use super::wire::id;
use super::world::{Id, World};

/// A request of the bot.
#[derive(Debug)]
pub struct Incoming {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    pub body: Value,
    pub files: Vec<Upload>,
    pub n_bytes: usize,
}

/// A file in a request.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The n of its field `files[n]`, by which the body names it.
    pub number: u64,
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

impl Incoming {
    /// The parts of the path after `/api/v10`.
    pub fn segments(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("/api/v10").unwrap_or_default();
        path.split('/')
            .filter(|segment| !segment.is_empty())
            .collect()
    }

    /// `POST /channels/…`: for messages about it.
    pub fn line(&self) -> String {
        format!(
            "{} {}",
            self.method,
            self.path.trim_start_matches("/api/v10")
        )
    }

    fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// An answer that is no refusal.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Option<Value>,
}

impl Answer {
    fn json(body: Value) -> Result<Answer, Refusal> {
        Ok(Answer {
            status: 200,
            body: Some(body),
        })
    }

    fn created(body: Value) -> Result<Answer, Refusal> {
        Ok(Answer {
            status: 201,
            body: Some(body),
        })
    }

    fn empty() -> Result<Answer, Refusal> {
        Ok(Answer {
            status: 204,
            body: None,
        })
    }
}

/// Discord's refusal: status, its own code, and what is wrong where.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: u64,
    pub message: &'static str,
    pub problems: Vec<Problem>,
}

impl Refusal {
    pub const fn new(status: u16, code: u64, message: &'static str) -> Refusal {
        Refusal {
            status,
            code,
            message,
            problems: Vec::new(),
        }
    }

    /// 400 with a list of what is wrong in the body.
    pub fn invalid_body(problems: Vec<Problem>) -> Refusal {
        Refusal {
            problems,
            ..Refusal::new(400, 50_035, "Invalid Form Body")
        }
    }

    pub fn into_answer(self) -> Answer {
        let mut body = json!({ "code": self.code, "message": self.message });
        if !self.problems.is_empty() {
            let mut errors = Value::Object(Map::new());
            for problem in &self.problems {
                let mut place = &mut errors;
                for key in problem.at.split('.').filter(|key| !key.is_empty()) {
                    place = &mut place[key];
                }
                let error = json!({ "code": problem.rule, "message": problem.sentence });
                match &mut place["_errors"] {
                    Value::Array(errors) => errors.push(error),
                    none => *none = json!([error]),
                }
            }
            body["errors"] = errors;
        }
        Answer {
            status: self.status,
            body: Some(body),
        }
    }
}

pub const UNAUTHORIZED: Refusal = Refusal::new(401, 0, "401: Unauthorized");
pub const UNKNOWN_CHANNEL: Refusal = Refusal::new(404, 10_003, "Unknown Channel");
pub const UNKNOWN_GUILD: Refusal = Refusal::new(404, 10_004, "Unknown Guild");
pub const UNKNOWN_MEMBER: Refusal = Refusal::new(404, 10_007, "Unknown Member");
pub const UNKNOWN_MESSAGE: Refusal = Refusal::new(404, 10_008, "Unknown Message");
pub const UNKNOWN_USER: Refusal = Refusal::new(404, 10_013, "Unknown User");
pub const UNKNOWN_WEBHOOK: Refusal = Refusal::new(404, 10_015, "Unknown Webhook");
pub const UNKNOWN_INTERACTION: Refusal = Refusal::new(404, 10_062, "Unknown interaction");
pub const UNKNOWN_COMMAND: Refusal = Refusal::new(404, 10_063, "Unknown application command");
pub const TOO_LARGE: Refusal = Refusal::new(413, 40_005, "Request entity too large");
pub const ALREADY_ACKNOWLEDGED: Refusal =
    Refusal::new(400, 40_060, "Interaction has already been acknowledged.");
pub const MISSING_ACCESS: Refusal = Refusal::new(403, 50_001, "Missing Access");
pub const NOT_YOUR_MESSAGE: Refusal = Refusal::new(
    403,
    50_005,
    "Cannot edit a message authored by another user",
);
pub const EMPTY_MESSAGE: Refusal = Refusal::new(400, 50_006, "Cannot send an empty message");
pub const NO_DMS: Refusal = Refusal::new(403, 50_007, "Cannot send messages to this user");
pub const MISSING_PERMISSIONS: Refusal = Refusal::new(403, 50_013, "Missing Permissions");
pub const INVALID_WEBHOOK_TOKEN: Refusal = Refusal::new(401, 50_027, "Invalid Webhook Token");
pub const NO_HISTORY: Refusal = Refusal::new(
    403,
    160_002,
    "Cannot reply without permission to read message history",
);

fn parse(text: &str) -> Id {
    // What is no number names nothing.
    text.parse().unwrap_or_default()
}

impl World {
    /// Answers a request.
    pub fn answer(&mut self, request: &Incoming) -> Result<Answer, Refusal> {
        let segments = request.segments();
        if request.n_bytes > MAX_REQUEST_BYTES {
            self.violate(
                "request-size",
                format!("{}: {} bytes", request.line(), request.n_bytes),
            );
            return Err(TOO_LARGE);
        }
        // The token of an interaction stands in the path.
        let is_by_token = matches!(segments.first(), Some(&"interactions" | &"webhooks"));
        let expected = format!("Bot {}", self.token);
        if !is_by_token && request.authorization.as_deref() != Some(&expected) {
            self.violate(
                "authorization",
                format!("{} without the bot's token", request.line()),
            );
            return Err(UNAUTHORIZED);
        }
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["gateway"]) => Answer::json(json!({ "url": self.gateway_url() })),
            ("GET", ["gateway", "bot"]) => Answer::json(json!({
                "url": self.gateway_url(), "shards": self.sessions.shards,
                "session_start_limit": {
                    "total": 1_000, "remaining": 1_000_u32.saturating_sub(self.sessions.identifies),
                    "reset_after": 86_400_000, "max_concurrency": 1,
                },
            })),
            ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
                Answer::json(self.application_json())
            }
            ("GET", ["applications", app, "commands"]) => self.list_commands(app, None),
            ("PUT", ["applications", app, "commands"]) => self.put_commands(request, app, None),
            ("POST", ["applications", app, "commands"]) => self.create_command(request, app, None),
            ("GET", ["applications", app, "commands", command]) => {
                self.get_command(app, None, command)
            }
            ("PATCH", ["applications", app, "commands", command]) => {
                self.edit_command(request, app, None, command)
            }
            ("DELETE", ["applications", app, "commands", command]) => {
                self.delete_command(app, None, command)
            }
            ("GET", ["applications", app, "guilds", guild, "commands"]) => {
                self.list_commands(app, Some(guild))
            }
            ("PUT", ["applications", app, "guilds", guild, "commands"]) => {
                self.put_commands(request, app, Some(guild))
            }
            ("POST", ["applications", app, "guilds", guild, "commands"]) => {
                self.create_command(request, app, Some(guild))
            }
            ("GET", ["applications", app, "guilds", guild, "commands", command]) => {
                self.get_command(app, Some(guild), command)
            }
            ("PATCH", ["applications", app, "guilds", guild, "commands", command]) => {
                self.edit_command(request, app, Some(guild), command)
            }
            ("DELETE", ["applications", app, "guilds", guild, "commands", command]) => {
                self.delete_command(app, Some(guild), command)
            }
            ("GET", ["users", "@me"]) => Answer::json(self.current_user_json()),
            ("GET", ["users", "@me", "guilds"]) => self.own_guilds(),
            ("POST", ["users", "@me", "channels"]) => self.open_dm(request),
            ("GET", ["users", user]) => self.get_user(user),
            ("GET", ["guilds", guild]) => self.get_guild(guild),
            ("GET", ["guilds", guild, "channels"]) => self.guild_channels(guild),
            ("GET", ["guilds", guild, "roles"]) => self.guild_roles(guild),
            ("GET", ["guilds", guild, "members", user]) => self.get_member(guild, user),
            ("GET", ["channels", channel]) => self.get_channel(channel),
            ("POST", ["channels", channel, "typing"]) => self.type_in(channel),
            ("GET", ["channels", channel, "messages"]) => self.list_messages(request, channel),
            ("POST", ["channels", channel, "messages"]) => self.send_message(request, channel),
            ("GET", ["channels", channel, "messages", message]) => {
                self.get_message(channel, message)
            }
            ("PATCH", ["channels", channel, "messages", message]) => {
                self.edit_message(request, channel, message)
            }
            ("DELETE", ["channels", channel, "messages", message]) => {
                self.delete_message(channel, message)
            }
            (
                "PUT",
                [
                    "channels",
                    channel,
                    "messages",
                    message,
                    "reactions",
                    emoji,
                    "@me",
                ],
            ) => self.react(channel, message, emoji, true),
            (
                "DELETE",
                [
                    "channels",
                    channel,
                    "messages",
                    message,
                    "reactions",
                    emoji,
                    "@me",
                ],
            ) => self.react(channel, message, emoji, false),
            ("POST", ["interactions", interaction, token, "callback"]) => {
                self.call_back(request, interaction, token)
            }
            ("POST", ["webhooks", app, token]) => self.follow_up(request, app, token),
            ("GET", ["webhooks", app, token, "messages", message]) => {
                self.get_response(app, token, message)
            }
            ("PATCH", ["webhooks", app, token, "messages", message]) => {
                self.edit_response(request, app, token, message)
            }
            ("DELETE", ["webhooks", app, token, "messages", message]) => {
                self.delete_response(app, token, message)
            }
            _ => {
                self.violate("unknown-route", request.line());
                Err(Refusal::new(404, 0, "404: Not Found"))
            }
        }
    }

    fn application_json(&self) -> Value {
        json!({
            "id": id(self.bot), "name": "quoth", "icon": null, "description": "", "bot_public": true,
            "bot_require_code_grant": false, "verify_key": "00", "flags": 0, "summary": "", "team": null,
            "owner": self.user_json(self.bot), "approximate_guild_count": self.guilds.len(),
        })
    }
}
