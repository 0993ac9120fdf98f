//! The gateway: one WebSocket a shard, sessions that outlive their connection, and its faults.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::shared::Shared;
use super::wire::id;
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
/// Discord closes a connection that sends a longer payload.
const MAX_PAYLOAD_BYTES: usize = 4_096;
/// Discord closes a connection that sends more within a minute.
const MAX_SENDS_A_MINUTE: usize = 120;

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

    /// Sends an event to the sessions of a shard; returns whether one was there to get it.
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
            is_delivered = true;
            if let Some(connection) = session.connection {
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

    /// Reads what the bot sent; may give orders to the connection.
    fn receive(&mut self, connection: u64, text: &str) {
        let close = |world: &World, code| world.sessions.order(connection, Order::Close(code));
        if text.len() > MAX_PAYLOAD_BYTES {
            let what = format!("{} bytes, above {MAX_PAYLOAD_BYTES}", text.len());
            self.violate("gateway-payload", what);
            return close(self, 4002);
        }
        let Some(open) = self.sessions.connections.get_mut(&connection) else {
            return;
        };
        if open.is_silent {
            return;
        }
        let now = Instant::now();
        open.sends.push_back(now);
        while open
            .sends
            .front()
            .is_some_and(|sent| now - *sent > Duration::from_secs(60))
        {
            open.sends.pop_front();
        }
        if open.sends.len() > MAX_SENDS_A_MINUTE {
            self.violate(
                "gateway-rate",
                format!("more than {MAX_SENDS_A_MINUTE} sends in 60 s"),
            );
            return close(self, 4008);
        }
        let is_identified = open.session.is_some();
        let Ok(payload) = serde_json::from_str::<Value>(text) else {
            self.violate("gateway-payload", "no JSON");
            return close(self, 4002);
        };
        match payload["op"].as_u64() {
            Some(1) => {
                let session = open.session.clone();
                if let Some(session) = session {
                    let beat = self
                        .sessions
                        .sessions
                        .iter_mut()
                        .find(|found| found.id == session);
                    beat.unwrap().heartbeats += 1;
                }
                let ack = json!({ "op": 11, "d": null }).to_string();
                self.sessions.order(connection, Order::Send(ack));
            }
            Some(2) if is_identified => close(self, 4005),
            Some(2) => self.identify(connection, &payload["d"]),
            Some(6) => self.resume(connection, &payload["d"]),
            // Presence, members, voice, sounds: taken, and without effect here.
            Some(3 | 4 | 8 | 31) if is_identified => {}
            Some(3 | 4 | 8 | 31) => close(self, 4003),
            _ => {
                self.violate("gateway-payload", format!("unknown op in `{text}`"));
                close(self, 4001);
            }
        }
    }

    fn identify(&mut self, connection: u64, data: &Value) {
        self.sessions.identifies += 1;
        let intents = data["intents"].as_u64().unwrap_or_default();
        let token = data["token"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("Bot ");
        if token != self.token {
            self.violate("gateway-token", "identified with another token");
            return self.sessions.order(connection, Order::Close(4004));
        }
        let refused = intents & PRIVILEGED & !self.sessions.allowed_privileged;
        if refused != 0 {
            self.violate(
                "privileged-intents",
                format!("asked for intents {refused:#b}"),
            );
            return self.sessions.order(connection, Order::Close(4014));
        }
        let shard = data["shard"][0].as_u64().unwrap_or(0);
        let n_shards = data["shard"][1].as_u64().unwrap_or(1);
        if n_shards == 0 || shard >= n_shards {
            self.violate("gateway-shard", format!("shard {shard} of {n_shards}"));
            return self.sessions.order(connection, Order::Close(4010));
        }
        let session_id = format!("session-{}", self.sessions.sessions.len() + 1);
        let of_shard = |guild: Id| (guild >> 22) % n_shards == shard;
        let guilds: Vec<Id> = self
            .guilds
            .values()
            .filter(|guild| !guild.is_left && of_shard(guild.id))
            .map(|guild| guild.id)
            .collect();
        let mut session = Session {
            id: session_id.clone(),
            shard,
            n_shards,
            intents,
            seq: 0,
            log: Vec::new(),
            connection: Some(connection),
            is_valid: true,
            heartbeats: 0,
        };
        let listed = |guild: &Id| json!({ "id": id(*guild), "unavailable": true });
        let ready = json!({
            "v": 10, "user": self.current_user_json(), "session_id": session_id,
            "resume_gateway_url": self.gateway_url(), "shard": [shard, n_shards],
            "application": { "id": id(self.bot), "flags": 0 },
            "guilds": guilds.iter().map(listed).collect::<Vec<_>>(), "private_channels": [],
        });
        let mut payloads = vec![session.log("READY", ready)];
        if intents & intent::GUILDS != 0 {
            payloads.extend(
                guilds
                    .iter()
                    .map(|guild| session.log("GUILD_CREATE", self.guild_json(*guild))),
            );
        }
        // One bot, one session a shard: the one before cannot be resumed.
        for before in &mut self.sessions.sessions {
            before.is_valid &= before.shard != shard;
        }
        self.sessions.sessions.push(session);
        self.sessions
            .connections
            .get_mut(&connection)
            .unwrap()
            .session = Some(session_id);
        for payload in payloads {
            self.sessions.order(connection, Order::Send(payload));
        }
    }

    fn resume(&mut self, connection: u64, data: &Value) {
        let refuse = |world: &World| {
            let payload = json!({ "op": 9, "d": false }).to_string();
            world.sessions.order(connection, Order::Send(payload));
        };
        if self.sessions.refused_resumes > 0 {
            self.sessions.refused_resumes -= 1;
            for session in &mut self.sessions.sessions {
                session.is_valid &= Some(session.id.as_str()) != data["session_id"].as_str();
            }
            return refuse(self);
        }
        let token = data["token"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("Bot ");
        let seen = data["seq"].as_u64().unwrap_or_default();
        let mut wanted = self.sessions.sessions.iter_mut();
        let Some(session) = wanted.find(|session| {
            session.is_valid && Some(session.id.as_str()) == data["session_id"].as_str()
        }) else {
            return refuse(self);
        };
        if token != self.token || seen > session.seq {
            let code = if token == self.token { 4007 } else { 4004 };
            self.violate(
                "gateway-resume",
                format!("resumed with event {seen} or another token"),
            );
            return self.sessions.order(connection, Order::Close(code));
        }
        let missed: Vec<Value> = session
            .log
            .iter()
            .filter(|(seq, _)| *seq > seen)
            .map(|(_, event)| event.clone())
            .collect();
        let resumed = session.log("RESUMED", json!({}));
        let before = session.connection.replace(connection);
        let session_id = session.id.clone();
        self.sessions.resumes += 1;
        if let Some(before) = before {
            self.sessions.order(before, Order::Drop);
        }
        self.sessions
            .connections
            .get_mut(&connection)
            .unwrap()
            .session = Some(session_id);
        for event in missed {
            self.sessions
                .order(connection, Order::Send(event.to_string()));
        }
        self.sessions.order(connection, Order::Send(resumed));
    }

    pub fn gateway_url(&self) -> String {
        format!("{}/gateway", self.base_url.replacen("http", "ws", 1))
    }
}

/// `GET /gateway`: a new connection.
pub async fn connect(State(shared): State<Shared>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| serve(shared, socket))
}

async fn serve(shared: Shared, mut socket: WebSocket) {
    let (orders, mut inbox) = mpsc::unbounded_channel();
    let (connection, interval) = shared.with(|world| {
        (
            world.sessions.open(orders),
            world.sessions.heartbeat_interval,
        )
    });
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": interval.as_millis() as u64 } });
    let mut is_open = socket
        .send(Frame::Text(hello.to_string().into()))
        .await
        .is_ok();
    while is_open {
        tokio::select! {
            // What the fake has to send goes first, so that a drop comes after the events before it.
            biased;
            order = inbox.recv() => is_open = match order {
                Some(Order::Send(payload)) => socket.send(Frame::Text(payload.into())).await.is_ok(),
                Some(Order::Close(code)) => {
                    let frame = CloseFrame { code, reason: "".into() };
                    let _ = socket.send(Frame::Close(Some(frame))).await;
                    false
                }
                Some(Order::Drop) | None => false,
            },
            frame = socket.recv() => is_open = match frame {
                Some(Ok(Frame::Text(text))) => {
                    shared.with(|world| world.receive(connection, &text));
                    true
                }
                Some(Ok(Frame::Close(frame))) => {
                    // 1000 and 1001 say good-bye: the session is over.
                    let is_over = frame.is_none_or(|frame| matches!(frame.code, 1000 | 1001));
                    shared.with(|world| world.sessions.said_goodbye(connection, is_over));
                    // Reading on sends the close frame back.
                    let _ = socket.recv().await;
                    false
                }
                Some(Ok(_)) => true,
                Some(Err(_)) | None => false,
            },
        }
    }
    shared.with(|world| world.sessions.closed(connection));
}

impl Sessions {
    fn said_goodbye(&mut self, connection: u64, is_over: bool) {
        for session in &mut self.sessions {
            if session.connection == Some(connection) {
                session.is_valid &= !is_over;
            }
        }
    }
}
