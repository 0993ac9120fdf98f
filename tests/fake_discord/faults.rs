//! What goes wrong on command: answers of Discord that are late, missing or refusals.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// A group of requests of the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Every request.
    Any,
    /// `GET /gateway/bot`.
    Gateway,
    /// Registering commands, of all kinds.
    Commands,
    /// The first response to an interaction.
    Callback,
    /// `GET`, `PATCH`, `DELETE` of the first response.
    Original,
    /// Further messages of an interaction, and changes to them.
    FollowUp,
    /// `POST /channels/…/messages`.
    SendMessage,
    /// `PATCH` and `DELETE /channels/…/messages/…`.
    EditMessage,
    /// `GET /channels/…/messages` and one of them.
    ReadMessages,
    /// Opening a direct conversation.
    OpenDm,
    /// "… is typing".
    Typing,
    /// A file of the CDN; `Any` does not mean it.
    Download,
    /// All else.
    Other,
}

impl Endpoint {
    pub fn of(method: &str, path: &[&str]) -> Endpoint {
        match (method, path) {
            ("GET", ["gateway", "bot"]) => Endpoint::Gateway,
            (
                _,
                ["applications", _, "commands", ..]
                | ["applications", _, "guilds", _, "commands", ..],
            ) => Endpoint::Commands,
            ("POST", ["interactions", _, _, "callback"]) => Endpoint::Callback,
            (_, ["webhooks", _, _, "messages", "@original"]) => Endpoint::Original,
            (_, ["webhooks", ..]) => Endpoint::FollowUp,
            ("POST", ["channels", _, "messages"]) => Endpoint::SendMessage,
            ("PATCH" | "DELETE", ["channels", _, "messages", _]) => Endpoint::EditMessage,
            ("GET", ["channels", _, "messages", ..]) => Endpoint::ReadMessages,
            ("POST", ["users", "@me", "channels"]) => Endpoint::OpenDm,
            ("POST", ["channels", _, "typing"]) => Endpoint::Typing,
            _ => Endpoint::Other,
        }
    }
}

/// Whose limit a 429 is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The bot's own on this route.
    User,
    /// The bot's own over all routes.
    Global,
    /// Of a resource that others use as well; it does not count towards a ban.
    Shared,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 429 with `Retry-After`.
    RateLimited { retry_after: Duration, scope: Scope },
    /// A status of Discord's own trouble, such as 500 or 503.
    Status(u16),
    /// The connection breaks before Discord has looked at the request.
    LostRequest,
    /// Discord does what was asked, but the connection breaks in the middle of the answer.
    LostAnswer,
    /// The request waits on its way until it is released.
    Held(watch::Receiver<bool>),
}

#[derive(Debug)]
struct Plan {
    id: u64,
    endpoint: Endpoint,
    fault: Fault,
    /// None: every time.
    left: Option<u32>,
    /// Requests it hit.
    hits: u32,
}

/// All faults that are planned.
#[derive(Debug, Default)]
pub struct Faults {
    plans: Vec<Plan>,
    last_id: u64,
    /// Requests that were told to wait, and until when.
    told_to_wait: Vec<(String, Instant)>,
}

impl Faults {
    /// Plans a fault for the next `times` requests, or for all.
    pub fn plan(&mut self, endpoint: Endpoint, fault: Fault, times: Option<u32>) -> u64 {
        self.last_id += 1;
        self.plans.push(Plan {
            id: self.last_id,
            endpoint,
            fault,
            left: times,
            hits: 0,
        });
        self.last_id
    }

    /// The fault of the next request there; the one planned first.
    pub fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let plan = self.plans.iter_mut().find(|plan| {
            let fits = plan.endpoint == endpoint
                || plan.endpoint == Endpoint::Any && endpoint != Endpoint::Download;
            fits && plan.left != Some(0)
        })?;
        plan.hits += 1;
        if let Some(left) = &mut plan.left {
            *left -= 1;
        }
        Some(plan.fault.clone())
    }

    /// Remembers that a request was told to wait.
    pub fn tell_to_wait(&mut self, request: String, retry_after: Duration) {
        self.told_to_wait
            .push((request, Instant::now() + retry_after));
    }

    /// Whether the very same request was told to wait for longer. Both times are taken here, the first
    /// before the bot can know of it, so that a bot that waits is never accused.
    pub fn is_impatient(&self, request: &str) -> bool {
        let now = Instant::now();
        self.told_to_wait
            .iter()
            .any(|(told, until)| told == request && now < *until)
    }

    pub fn hits(&self, id: u64) -> u32 {
        self.plans
            .iter()
            .find(|plan| plan.id == id)
            .map_or(0, |plan| plan.hits)
    }

    pub fn cancel(&mut self, id: u64) {
        self.plans.retain(|plan| plan.id != id);
    }

    /// Faults that were planned for a number of requests which never came.
    pub fn leftover(&self) -> Vec<String> {
        self.plans
            .iter()
            .filter_map(|plan| match plan.left {
                Some(left) if left > 0 => Some(format!(
                    "{left} of {:?} at {:?} never happened",
                    plan.fault, plan.endpoint
                )),
                _ => None,
            })
            .collect()
    }
}
