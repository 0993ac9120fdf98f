//! The gateway: one WebSocket a shard, sessions that outlive their connection, and its faults.

mod protocol;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

pub use self::protocol::connect;
use super::world::{Id, Message, World};

/// Intents that need Discord's approval: members, presences, message content.
pub const PRIVILEGED: u64 = 1 << 1 | 1 << 8 | 1 << 15;
/// Intents by what they let through.
pub mod intent {
    pub const NONE: u64 = 0;
    pub const GUILDS: u64 = 1;
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    pub const GUILD_REACTIONS: u64 = 1 << 10;
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    pub const DIRECT_REACTIONS: u64 = 1 << 13;
}
/// What a connection is told to do. The queue is unbounded: it never holds more than one test's events.
#[derive(Debug)]
enum Order {
    Send(String),
    Close(u16),
    /// End the TCP connection without a word.
    Drop,
}

#[derive(Debug)]
struct Connection {
    orders: mpsc::UnboundedSender<Order>,
    session: Option<String>,
    /// Reads and answers nothing, but stays open.
    is_silent: bool,
    /// When it sent what it sent in the last minute.
    sends: VecDeque<Instant>,
}

#[derive(Debug)]
struct Session {
    id: String,
    shard: u64,
    n_shards: u64,
    intents: u64,
    seq: u64,
    /// Every event of the session, to be replayed.
    log: Vec<(u64, Value)>,
    connection: Option<u64>,
    /// Can still be resumed.
    is_valid: bool,
    heartbeats: u64,
}

/// All sessions and connections, and how they shall misbehave.
#[derive(Debug)]
pub struct Sessions {
    sessions: Vec<Session>,
    connections: BTreeMap<u64, Connection>,
    last_connection: u64,
    pub heartbeat_interval: Duration,
    pub allowed_privileged: u64,
    /// What `GET /gateway/bot` recommends.
    pub shards: u64,
    pub identifies: u32,
    pub resumes: u32,
    /// This many attempts to resume are answered with "invalid session".
    pub refused_resumes: u32,
    /// The connection drops after this many events, this many times.
    pub drop_plan: Option<(u32, u32)>,
    events_since_drop: u32,
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions {
            sessions: Vec::new(),
            connections: BTreeMap::new(),
            last_connection: 0,
            // Discord's own.
            heartbeat_interval: Duration::from_millis(41_250),
            allowed_privileged: 0,
            shards: 1,
            identifies: 0,
            resumes: 0,
            refused_resumes: 0,
            drop_plan: None,
            events_since_drop: 0,
        }
    }
}

impl Sessions {
    fn open(&mut self, orders: mpsc::UnboundedSender<Order>) -> u64 {
        self.last_connection += 1;
        let connection = Connection {
            orders,
            session: None,
            is_silent: false,
            sends: VecDeque::new(),
        };
        self.connections.insert(self.last_connection, connection);
        self.last_connection
    }

    fn closed(&mut self, connection: u64) {
        self.connections.remove(&connection);
        for session in &mut self.sessions {
            if session.connection == Some(connection) {
                session.connection = None;
            }
        }
    }

    fn order(&self, connection: u64, order: Order) {
        if let Some(connection) = self.connections.get(&connection)
            && !(connection.is_silent && matches!(order, Order::Send(_)))
        {
            // A connection that has ended meanwhile gets it by resuming.
            let _ = connection.orders.send(order);
        }
    }

    fn connected(&self) -> impl Iterator<Item = &Session> {
        self.sessions
            .iter()
            .filter(|session| session.connection.is_some())
    }

    /// Whether all shards have a session that is connected.
    pub fn is_online(&self) -> bool {
        let n_shards = self.connected().map(|session| session.n_shards).max();
        n_shards.is_some_and(|n| {
            (0..n).all(|shard| self.connected().any(|session| session.shard == shard))
        })
    }

    /// Whether no session is connected.
    pub fn is_offline(&self) -> bool {
        self.connected().next().is_none()
    }

    /// How many sessions are connected.
    pub fn n_connected(&self) -> usize {
        self.connected().count()
    }

    /// The intents of the sessions that are connected.
    pub fn intents(&self) -> u64 {
        self.connected()
            .fold(0, |all, session| all | session.intents)
    }

    pub fn report(&self) -> String {
        let sessions: Vec<String> = self
            .sessions
            .iter()
            .map(|session| {
                let state = match session.connection {
                    Some(_) => "connected",
                    None if session.is_valid => "disconnected",
                    None => "over",
                };
                format!("shard {} {state} at event {}", session.shard, session.seq)
            })
            .collect();
        format!(
            "{} identified, {} resumed; {}",
            self.identifies,
            self.resumes,
            sessions.join(", ")
        )
    }

    /// Asks every connection for a heartbeat; returns how many each session had until now.
    pub fn ask_for_heartbeats(&self) -> Vec<(String, u64)> {
        self.connected()
            .map(|session| {
                let ask = json!({ "op": 1, "d": null }).to_string();
                self.order(session.connection.unwrap_or_default(), Order::Send(ask));
                (session.id.clone(), session.heartbeats)
            })
            .collect()
    }

    /// Whether a session has sent more heartbeats than that.
    pub fn has_beaten(&self, session: &str, since: u64) -> bool {
        self.sessions
            .iter()
            .any(|found| found.id == session && found.heartbeats > since)
    }

    /// Tells every connection to reconnect and resume (op 7).
    pub fn ask_to_reconnect(&self) {
        self.to_all(&json!({ "op": 7, "d": null }));
    }

    /// Tells every connection that its session is over (op 9).
    pub fn invalidate(&mut self, is_resumable: bool) {
        self.to_all(&json!({ "op": 9, "d": is_resumable }));
        for session in &mut self.sessions {
            session.is_valid &= is_resumable;
        }
    }

    fn to_all(&self, payload: &Value) {
        for session in self.connected() {
            self.order(
                session.connection.unwrap_or_default(),
                Order::Send(payload.to_string()),
            );
        }
    }

    /// Breaks every connection without a word. The sessions can be resumed.
    pub fn drop_all(&mut self) {
        for session in &mut self.sessions {
            session.connection = None;
        }
        for connection in self.connections.values() {
            let _ = connection.orders.send(Order::Drop);
        }
    }

    /// Closes every connection with a code.
    pub fn close_all(&mut self, code: u16) {
        for connection in self.connections.values() {
            let _ = connection.orders.send(Order::Close(code));
        }
        for session in &mut self.sessions {
            session.connection = None;
        }
    }

    /// Leaves every connection open, but sends nothing and answers no heartbeat any more.
    pub fn fall_silent(&mut self) {
        for connection in self.connections.values_mut() {
            connection.is_silent = true;
        }
    }

    /// Sends an event to the sessions of a shard; returns whether one is connected to get it.
    fn dispatch(
        &mut self,
        guild: Option<Id>,
        needed: u64,
        name: &str,
        data: &dyn Fn(u64) -> Value,
    ) -> bool {
        let mut is_delivered = false;
        let mut orders = Vec::new();
        for session in self.sessions.iter_mut().filter(|session| session.is_valid) {
            let shard = guild.map_or(0, |guild| (guild >> 22) % session.n_shards);
            if session.shard != shard || needed != 0 && session.intents & needed == 0 {
                continue;
            }
            let payload = session.log(name, data(session.intents));
            if let Some(connection) = session.connection {
                is_delivered = true;
                orders.push((connection, payload));
            }
        }
        let n_sent = u32::try_from(orders.len()).unwrap();
        for (connection, payload) in orders {
            self.order(connection, Order::Send(payload));
        }
        self.follow_drop_plan(n_sent);
        is_delivered
    }

    fn follow_drop_plan(&mut self, n_sent: u32) {
        self.events_since_drop += n_sent;
        if let Some((every, times)) = self.drop_plan
            && times > 0
            && self.events_since_drop >= every
        {
            self.events_since_drop = 0;
            self.drop_plan = Some((every, times - 1));
            self.drop_all();
        }
    }
}

impl Session {
    /// Numbers an event and keeps it; returns it as sent.
    fn log(&mut self, name: &str, data: Value) -> String {
        self.seq += 1;
        let event = json!({ "op": 0, "s": self.seq, "t": name, "d": data });
        let payload = event.to_string();
        self.log.push((self.seq, event));
        payload
    }
}

impl World {
    /// Sends an event to the shard of a guild, or to that of direct conversations.
    pub fn dispatch(&mut self, guild: Option<Id>, needed: u64, name: &str, data: Value) -> bool {
        self.sessions
            .dispatch(guild, needed, name, &|_| data.clone())
    }

    /// Sends a message's event, if the bot is there to see it. Private answers have no event.
    pub fn dispatch_message(&mut self, name: &str, message: &Message) {
        let channel = &self.channels[&message.channel];
        let guild = channel.guild;
        if message.only_for.is_some() || self.permissions(channel.id, self.bot).is_empty() {
            return;
        }
        let needed = if guild.is_some() {
            intent::GUILD_MESSAGES
        } else {
            intent::DIRECT_MESSAGES
        };
        let with_intents = self.message_event_json(message, u64::MAX);
        let without = self.message_event_json(message, 0);
        self.sessions.dispatch(guild, needed, name, &|intents| {
            if intents & (1 << 15) != 0 {
                with_intents.clone()
            } else {
                without.clone()
            }
        });
    }
}
