//! The threads that run the reader.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rten::ThreadPool;

type Job = Box<dyn FnOnce(&Arc<ThreadPool>) + Send>;

/// A fixed number of threads that take jobs in the order in which they were handed in, whoever asked.
///
/// Each job runs on one thread from beginning to end: the only one of a pool of the runtime, which
/// names it `rten-0`; the thread started here waits in it. A job that is shared among threads makes them
/// wait for each other at each of the reader's 270 steps, and in a shared pool one who waits begins with
/// somebody else's job. The queue has no bound of its own: who asks waits for all the jobs handed in, so
/// there are never more than one round of passages for each.
pub(super) struct Workers {
    queue: Sender<Job>,
}

impl Workers {
    /// Starts `n` threads, at least one; they end soon after this is dropped.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn new(n: usize) -> io::Result<Workers> {
        let (queue, jobs) = mpsc::channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..n.max(1) {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name("reader".to_owned())
                .spawn(move || {
                    let pool = Arc::new(ThreadPool::with_num_threads(1));
                    pool.run(|| work(&jobs, &pool));
                })?;
        }
        Ok(Workers { queue })
    }

    /// Runs the jobs, several at a time; their results in the jobs' order, `None` for one that panicked.
    pub(super) fn run<T, F>(&self, jobs: impl IntoIterator<Item = F>) -> Vec<Option<T>>
    where
        T: Send + 'static,
        F: FnOnce(&Arc<ThreadPool>) -> T + Send + 'static,
    {
        let results: Vec<Receiver<T>> = jobs
            .into_iter()
            .map(|job| {
                let (sender, result) = mpsc::sync_channel(1);
                let job = move |pool: &Arc<ThreadPool>| {
                    // Nobody waits any more if handing in the other jobs panicked.
                    let _ = sender.send(job(pool));
                };
                // The threads live as long as the queue, so somebody takes it.
                let _ = self.queue.send(Box::new(job));
                result
            })
            .collect();
        results
            .into_iter()
            .map(|result| result.recv().ok())
            .collect()
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, pool: &Arc<ThreadPool>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // The panic is reported where it happens; who asked learns that no result came.
        let _ = catch_unwind(AssertUnwindSafe(|| job(pool)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs_and_a_panic_costs_only_its_own() {
        let workers = Workers::new(2).unwrap();
        for _ in 0..3 {
            let jobs = (0..20).map(|n| {
                move |_: &Arc<ThreadPool>| {
                    assert_ne!(n, 7, "a job that fails");
                    n
                }
            });
            let expected: Vec<Option<i32>> = (0..20).map(|n| (n != 7).then_some(n)).collect();
            assert_eq!(workers.run(jobs), expected);
        }
    }

    #[test]
    fn the_runtime_stays_on_the_thread_of_the_job() {
        let here = || thread::current().id();
        let seen = Workers::new(1)
            .unwrap()
            .run([move |pool: &Arc<ThreadPool>| (here(), pool.run(here))]);
        assert!(matches!(seen[..], [Some((job, runtime))] if job == runtime));
    }
}
