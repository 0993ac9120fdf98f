//! What a test does to Discord itself: faults of REST and of the gateway.

use std::time::Duration;

use tokio::sync::watch;

use super::FakeDiscord;
use super::faults::{self, Endpoint, Scope};
use super::shared::Shared;
use super::world::World;

/// Something that goes wrong with requests.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// 429 with this `Retry-After`.
    RateLimited(Duration, Scope),
    /// An error status, such as 500.
    Status(u16),
    /// The connection breaks before the request is looked at.
    LostRequest,
    /// The request is carried out, but the connection breaks within the answer.
    LostAnswer,
}

impl From<Fault> for faults::Fault {
    fn from(fault: Fault) -> faults::Fault {
        match fault {
            Fault::RateLimited(retry_after, scope) => {
                faults::Fault::RateLimited { retry_after, scope }
            }
            Fault::Status(status) => faults::Fault::Status(status),
            Fault::LostRequest => faults::Fault::LostRequest,
            Fault::LostAnswer => faults::Fault::LostAnswer,
        }
    }
}

/// Requests that wait on their way until this is released or dropped.
#[derive(Debug)]
pub struct Held {
    shared: Shared,
    plan: u64,
    release: watch::Sender<bool>,
}

impl Held {
    /// Waits until that many requests have arrived and wait.
    pub async fn arrived(&self, n: u32) {
        let arrived = |world: &World| (world.faults.hits(self.plan) >= n).then_some(());
        self.shared
            .until(&format!("{n} held requests"), arrived)
            .await;
    }

    /// Lets them go, and those that come later.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.with(|world| world.faults.cancel(self.plan));
        self.release.send_replace(true);
    }
}

/// REST.
impl FakeDiscord {
    /// Lets a fault happen to the next `times` requests there. Those that never come fail the test.
    pub fn fail(&self, endpoint: Endpoint, fault: Fault, times: u32) {
        self.shared
            .with(|world| world.faults.plan(endpoint, fault.into(), Some(times)));
    }

    /// Lets a fault happen to all requests there, until [`FakeDiscord::recover`].
    pub fn fail_always(&self, endpoint: Endpoint, fault: Fault) {
        self.shared
            .with(|world| world.faults.plan(endpoint, fault.into(), None));
    }

    /// Ends all faults.
    pub fn recover(&self) {
        self.shared
            .with(|world| world.faults = faults::Faults::default());
    }

    /// Holds all requests there back.
    pub fn hold(&self, endpoint: Endpoint) -> Held {
        let (release, is_released) = watch::channel(false);
        let fault = faults::Fault::Held(is_released);
        let plan = self
            .shared
            .with(|world| world.faults.plan(endpoint, fault, None));
        Held {
            shared: self.shared.clone(),
            plan,
            release,
        }
    }

    /// Lets the links of all files end now.
    pub fn expire_files(&self) {
        self.shared.with(|world| {
            let now = world.clock.now();
            world
                .files
                .values_mut()
                .for_each(|file| file.expires_at = now);
        });
    }
}

/// The gateway. All that comes before the bot is started sets it up.
impl FakeDiscord {
    /// Sets how many shards Discord recommends.
    pub fn recommend_shards(&self, n: u64) {
        self.shared.with(|world| world.sessions.shards = n);
    }

    /// Sets how often the bot has to send a heartbeat.
    pub fn set_heartbeat_interval(&self, interval: Duration) {
        self.shared
            .with(|world| world.sessions.heartbeat_interval = interval);
    }

    /// Grants privileged intents, as the operator does in the developer portal.
    pub fn grant_intents(&self, intents: u64) {
        self.shared
            .with(|world| world.sessions.allowed_privileged |= intents);
    }

    /// Tells the bot to reconnect and resume (op 7).
    pub fn ask_to_reconnect(&self) {
        self.shared.with(|world| world.sessions.ask_to_reconnect());
    }

    /// Tells the bot that its sessions are over (op 9), or that it may resume them.
    pub fn invalidate_sessions(&self, is_resumable: bool) {
        self.shared
            .with(|world| world.sessions.invalidate(is_resumable));
    }

    /// Breaks every connection without a word; sessions can be resumed.
    pub fn drop_gateway(&self) {
        self.shared.with(|world| world.sessions.drop_all());
    }

    /// Breaks the connections after every so many events, so many times.
    pub fn drop_gateway_every(&self, n_events: u32, times: u32) {
        self.shared
            .with(|world| world.sessions.drop_plan = Some((n_events, times)));
    }

    /// Closes every connection with one of Discord's codes.
    pub fn close_gateway(&self, code: u16) {
        self.shared.with(|world| world.sessions.close_all(code));
    }

    /// Stays connected but sends nothing any more and answers no heartbeat.
    pub fn silence_gateway(&self) {
        self.shared.with(|world| world.sessions.fall_silent());
    }

    /// Refuses the next attempts to resume.
    pub fn refuse_resumes(&self, times: u32) {
        self.shared
            .with(|world| world.sessions.refused_resumes = times);
    }

    /// How often the bot identified itself: 1,000 a day are allowed.
    pub fn identifies(&self) -> u32 {
        self.shared.read(|world| world.sessions.identifies)
    }

    /// How often it resumed a session.
    pub fn resumes(&self) -> u32 {
        self.shared.read(|world| world.sessions.resumes)
    }

    /// Waits until it has resumed that often in all.
    pub async fn resumed(&self, times: u32) {
        let resumed = |world: &World| (world.sessions.resumes >= times).then_some(());
        self.shared
            .until(&format!("{times} resumed sessions"), resumed)
            .await;
    }

    /// Waits until it has identified itself that often in all, and is connected.
    pub async fn identified(&self, times: u32) {
        let identified = |world: &World| {
            (world.sessions.identifies >= times && world.sessions.is_online()).then_some(())
        };
        self.shared
            .until(&format!("{times} identifications"), identified)
            .await;
    }

    /// Waits until the bot has read all events sent until now: it is asked for a heartbeat after them.
    /// What the bot does about them may still be going on.
    pub async fn events_read(&self) {
        let before = self
            .shared
            .with(|world| world.sessions.ask_for_heartbeats());
        let beaten = |world: &World| {
            let all = before
                .iter()
                .all(|(session, n)| world.sessions.has_beaten(session, *n));
            all.then_some(())
        };
        self.shared
            .until("a heartbeat that was asked for", beaten)
            .await;
    }
}
