//! Ctrl-C during long work: the first one asks for an orderly end, the second one ends at once.

use tokio_util::sync::CancellationToken;

/// The exit code of a process that a second Ctrl-C ended: 128 and the number of the signal.
const KILLED: i32 = 130;

/// Whether somebody asked for the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    raised: CancellationToken,
}

impl Interrupt {
    /// Listens from now on until the process ends, on a thread of its own. Where the system allows no
    /// listening, signals keep their usual effect, which costs the batch under way and no more.
    pub(super) fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let raised = interrupt.raised.clone();
        let listening = std::thread::Builder::new().name("signals".to_owned());
        let spawned = listening.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build();
            let Ok(runtime) = runtime else {
                return;
            };
            runtime.block_on(async {
                while asked_to_end().await.is_ok() {
                    if raised.is_cancelled() {
                        std::process::exit(KILLED);
                    }
                    raised.cancel();
                }
            });
        });
        // Without the thread there is nothing to listen; see above.
        drop(spawned);
        interrupt
    }

    pub(super) fn is_raised(&self) -> bool {
        self.raised.is_cancelled()
    }

    #[cfg(test)]
    pub(super) fn raise(&self) {
        self.raised.cancel();
    }

    /// Waits until somebody asks for the end.
    pub(super) async fn raised(&self) {
        self.raised.cancelled().await;
    }
}

/// Ctrl-C, or what a service manager sends.
#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
