//! What is said on a connection: hello, identify, resume, heartbeats.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Order, PRIVILEGED, Session, Sessions, intent};
use crate::fake_discord::shared::Shared;
use crate::fake_discord::wire::id;
use crate::fake_discord::world::{Id, World};

/// Discord closes a connection that sends a longer payload.
const MAX_PAYLOAD_BYTES: usize = 4_096;
/// Discord closes a connection that sends more within a minute.
const MAX_SENDS_A_MINUTE: usize = 120;

impl World {
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
            if event["t"] == "INTERACTION_CREATE"
                && let Some(key) = event["d"]["id"].as_str().and_then(|key| key.parse().ok())
                && let Some(interaction) = self.interactions.get_mut(&key)
            {
                interaction.was_delivered = true;
            }
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
