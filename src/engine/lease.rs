//! Who may write: one thread of one process at a time changes the indexes of a data directory.
//!
//! Readers take no lease: an index commit is atomic, so they see the one before or the one after.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::EngineError;

/// How long to wait for another process to finish its change before giving up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often to look whether it has.
const POLL: Duration = Duration::from_millis(20);

/// Hands out the right to write: to one thread of this process at a time, and with a data directory
/// to one process at a time.
#[derive(Debug)]
pub(super) struct Gate {
    taken: Mutex<bool>,
    freed: Condvar,
    /// The file whose lock keeps other processes out; `None` in memory.
    path: Option<PathBuf>,
}

/// The right to write, until dropped. The system takes it back if the process dies.
#[derive(Debug)]
pub(super) struct Lease {
    gate: Arc<Gate>,
    file: Option<File>,
}

impl Gate {
    pub(super) fn new(data_dir: Option<&Path>) -> Arc<Gate> {
        Arc::new(Gate {
            taken: Mutex::new(false),
            freed: Condvar::new(),
            path: data_dir.map(|dir| dir.join("lock")),
        })
    }

    /// The lease if nobody has it.
    pub(super) fn try_acquire(self: &Arc<Gate>) -> Result<Option<Lease>, EngineError> {
        {
            let mut taken = self.taken();
            if *taken {
                return Ok(None);
            }
            *taken = true;
        }
        let mut lease = Lease {
            gate: Arc::clone(self),
            file: None,
        };
        let Some(path) = &self.path else {
            return Ok(Some(lease));
        };
        lease.file = lock_file(path)?;
        Ok(lease.file.is_some().then_some(lease))
    }

    /// The lease, waiting for the threads of this process as long as they take and for another
    /// process up to [`PATIENCE`].
    pub(super) fn acquire(self: &Arc<Gate>) -> Result<Lease, EngineError> {
        {
            let taken = self.taken();
            let mut taken = self
                .freed
                .wait_while(taken, |taken| *taken)
                .unwrap_or_else(PoisonError::into_inner);
            *taken = true;
        }
        let mut lease = Lease {
            gate: Arc::clone(self),
            file: None,
        };
        let Some(path) = &self.path else {
            return Ok(lease);
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            lease.file = lock_file(path)?;
            if lease.file.is_some() {
                return Ok(lease);
            }
            if Instant::now() >= deadline {
                return Err(busy(path));
            }
            std::thread::sleep(POLL);
        }
    }

    fn taken(&self) -> MutexGuard<'_, bool> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.file = None;
        *self.gate.taken() = false;
        self.gate.freed.notify_one();
    }
}

/// The locked file, or `None` while another process has the lock.
fn lock_file(path: &Path) -> Result<Option<File>, EngineError> {
    let unusable = |source| EngineError::DataDir {
        path: path.parent().unwrap_or(path).to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {
            // The number only serves the message another process prints.
            let _ = file
                .set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| write!(file, "{}", std::process::id()));
            Ok(Some(file))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn busy(path: &Path) -> EngineError {
    let mut holder = String::new();
    if let Ok(file) = File::open(path) {
        // A bounded read: the file is ours, but anyone may have written to it.
        let _ = file.take(20).read_to_string(&mut holder);
    }
    let holder = match holder.trim().parse::<u32>() {
        Ok(pid) => format!("process {pid}"),
        Err(_) => "another process".to_owned(),
    };
    EngineError::Busy {
        path: path.parent().unwrap_or(path).to_owned(),
        holder,
        seconds: PATIENCE.as_secs(),
    }
}
