//! The lock around the world, and waiting for it to change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::world::World;

/// How long a test waits for the bot before it fails: long, since it only ever passes in a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// A handle of everything; cheap to clone.
#[derive(Clone, Debug)]
pub struct Shared {
    world: Arc<Mutex<World>>,
    changed: Arc<watch::Sender<u64>>,
}

impl Shared {
    pub fn new(world: World) -> Shared {
        Shared {
            world: Arc::new(Mutex::new(world)),
            changed: Arc::new(watch::Sender::new(0)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks, and changes nothing.
    pub fn read<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the world, and wakes everyone who waits for a change.
    pub fn with<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.send_modify(|n| *n += 1);
        result
    }

    /// Waits until `look` finds something in the world.
    ///
    /// # Panics
    /// As [`Shared::changed_until`].
    pub async fn until<R>(&self, what: &str, mut look: impl FnMut(&World) -> Option<R>) -> R {
        self.changed_until(what, &mut || self.read(&mut look)).await
    }

    /// Waits until `look`, asked after each change, finds something.
    ///
    /// # Panics
    /// If it never does: then with what was waited for, and what the bot did last.
    pub async fn changed_until<R>(&self, what: &str, look: &mut impl FnMut() -> Option<R>) -> R {
        let mut changes = self.changed.subscribe();
        let search = async {
            loop {
                if let Some(found) = look() {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}\n{}", self.read(World::report)),
        }
    }
}

impl World {
    /// The last things that happened, for a failing test's message.
    pub fn report(&self) -> String {
        let mut lines = vec![format!("gateway: {}", self.sessions.report())];
        lines.extend(
            self.violations
                .iter()
                .map(|violation| format!("broken rule: {violation}")),
        );
        lines.extend(
            self.interactions
                .values()
                .filter(|interaction| interaction.callback.is_none())
                .map(|interaction| format!("unanswered: {}", interaction.what)),
        );
        let last = self.seen.len().saturating_sub(12);
        lines.extend(self.seen.iter().skip(last).map(|seen| {
            let body: String = seen.body.to_string().chars().take(300).collect();
            format!("{} {} → {} {body}", seen.method, seen.path, seen.status)
        }));
        lines.join("\n")
    }
}
