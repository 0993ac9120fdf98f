//! The client for callers that are not asynchronous.

use tokio::runtime::{Builder, Runtime};

use super::{Client, FetchError, Page, Policy};

/// A [`Client`] with a runtime of its own, for the command line. Not to be used inside of another
/// runtime, where it would block.
pub struct Blocking {
    client: Client,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl Blocking {
    /// A client that resolves names as the system does.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub fn new(policy: Policy) -> Result<Blocking, FetchError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| FetchError::Setup {
                reason: error.to_string(),
            })?;
        Ok(Blocking {
            client: Client::new(policy)?,
            runtime: Some(runtime),
        })
    }

    /// [`Client::get`].
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn get(&self, url: &str) -> Result<Page, FetchError> {
        self.run(self.client.get(url))
    }

    /// The client, to be used in [`Blocking::run`].
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs any work with the client to its end.
    ///
    /// # Panics
    /// Inside of another runtime.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let runtime = self.runtime.as_ref();
        runtime
            .expect("the runtime is there until it is dropped")
            .block_on(work)
    }
}

impl Drop for Blocking {
    /// Does not wait for a name that is still being looked up.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
