//! How soon a host may be asked again.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;

/// Hosts remembered; the one asked longest ago is forgotten first.
pub(super) const MAX_HOSTS: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");
/// Longest wait for a host's turn. More requests than that are refused instead of queued.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);

/// When each host may be asked next.
#[derive(Debug)]
pub(super) struct Pacer {
    next: LruCache<String, Instant>,
}

impl Pacer {
    pub(super) fn new() -> Pacer {
        Pacer {
            next: LruCache::new(MAX_HOSTS),
        }
    }

    /// Books the next turn of `host` and returns how long to wait for it, at most [`MAX_WAIT`];
    /// turns of one host are `interval` apart. `None`, and nothing booked, if its queue is longer.
    pub(super) fn book(
        &mut self,
        host: &str,
        now: Instant,
        interval: Duration,
    ) -> Option<Duration> {
        let turn = self.next.get(host).copied().unwrap_or(now).max(now);
        let wait = turn - now;
        if wait > MAX_WAIT {
            return None;
        }
        self.next.put(host.to_owned(), turn + interval);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn turns_of_one_host_are_apart_and_hosts_do_not_wait_for_each_other() {
        let mut pacer = Pacer::new();
        let now = Instant::now();
        let waits: Vec<_> = (0..3).map(|_| pacer.book("a", now, SECOND)).collect();
        assert_eq!(waits, [0, 1, 2].map(|n| Some(SECOND * n)));
        assert_eq!(pacer.book("b", now, SECOND), Some(Duration::ZERO));
        let later = now + SECOND * 2;
        assert_eq!(pacer.book("a", later, SECOND), Some(SECOND));
        assert_eq!(
            pacer.book("a", later + SECOND * 9, SECOND),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn a_queue_longer_than_the_limit_is_refused_and_books_nothing() {
        let mut pacer = Pacer::new();
        let now = Instant::now();
        let n_turns = u32::try_from(MAX_WAIT.as_secs()).unwrap() + 1;
        for turn in 0..n_turns {
            assert_eq!(pacer.book("a", now, SECOND), Some(SECOND * turn));
        }
        assert_eq!(pacer.book("a", now, SECOND), None);
        assert_eq!(pacer.book("a", now, SECOND), None);
        assert_eq!(pacer.book("a", now + SECOND, SECOND), Some(MAX_WAIT));
    }

    #[test]
    fn only_so_many_hosts_are_remembered() {
        let mut pacer = Pacer::new();
        let now = Instant::now();
        for host in 0..=MAX_HOSTS.get() {
            pacer.book(&host.to_string(), now, SECOND);
        }
        assert_eq!(pacer.next.len(), MAX_HOSTS.get());
        assert_eq!(pacer.book("1", now, SECOND), Some(SECOND));
        assert_eq!(pacer.book("0", now, SECOND), Some(Duration::ZERO));
    }
}
