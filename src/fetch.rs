//! The only client for addresses of others: fetches a page, and nothing but public pages.
//!
//! Owns the guard against requests to the inside, redirects, size and time limits, robots.txt and the
//! pause between two pages of a host. It keeps nothing but what sites asked for, never runs what it
//! fetched and does not know articles. Everything it is given is untrusted: the address, what its name
//! resolves to, where it redirects, its headers and its body.
//!
//! Invariants:
//! - Only public addresses are connected to: an address in any spelling is checked when it is parsed,
//!   every address a name resolves to between resolver and connection ([`Resolve`]), and both again
//!   on every redirect. No proxy of the environment is used.
//! - At most [`MAX_REDIRECTS`] redirects, [`MAX_PAGE_BYTES`] of body after decompression,
//!   [`MAX_HEADERS`] headers of [`MAX_HEADER_BYTES`] together, [`MAX_AT_ONCE`] pages at once, and a
//!   deadline over all of it.
//! - Nothing is sent that identifies anyone but the program: no cookies, no credentials, no referrer.
//!
//! Asynchronous; [`Blocking`] is the same for callers that are not. Read [`Client::fetch`] first.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{self, HeaderValue};
use tokio::sync::Semaphore;
use url::Url;

mod address;
mod blocking;
mod error;
mod files;
mod pace;
mod page;
mod policy;
mod resolve;
mod response;
mod robots;
mod sniff;

pub use blocking::Blocking;
pub use error::FetchError;
pub use files::Files;
pub use page::{Fetched, Page, Validators, resolve_link};
pub use policy::{MAX_PAGE_BYTES, MAX_URL_BYTES, Policy};
pub use resolve::{Lookup, Resolve, SystemResolver};
pub use sniff::{Kind, Want};

use error::{cut, shown};
use pace::Pacer;
use resolve::{Guard, Refusal};
use response::{check_headers, check_status, text};
use robots::{Answer, Memory, Verdict};

/// Redirects followed from one address.
pub const MAX_REDIRECTS: usize = 5;
/// Header lines of one response. Twice as many end the connection before they are counted here.
pub const MAX_HEADERS: usize = 100;
/// Bytes of all header names and values of one response.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Pages fetched at the same time by one client; further ones wait.
pub const MAX_AT_ONCE: usize = 8;
/// Longest validator that is kept, in bytes; a longer one is dropped.
const MAX_VALIDATOR_BYTES: usize = 512;
/// Longest `Content-Type` handed on, in bytes; a longer one counts as none.
const MAX_TYPE_BYTES: usize = 256;
/// How long a connection is kept for the next page of its host.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// What a client of one known service sends its requests with.
pub type ApiClient = reqwest::Client;

/// A client for one known service, such as a proxy on this machine: no redirects, no proxy of the
/// environment, and none of the guards that strangers' addresses need.
///
/// # Errors
/// [`FetchError::Setup`] if the system's TLS cannot be used.
pub fn api_client(timeout: Duration) -> Result<ApiClient, FetchError> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .timeout(timeout)
        .build()
        .map_err(|error| FetchError::Setup {
            reason: deepest(&error),
        })
}

/// Fetches pages. Clones share connections, limits and what sites asked for.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    policy: Arc<Policy>,
    http: reqwest::Client,
    permits: Semaphore,
    pacer: Mutex<Pacer>,
    robots: Mutex<Memory>,
}

/// What is left of the time for one page.
struct Deadline {
    at: tokio::time::Instant,
    limit: Duration,
}

impl Deadline {
    /// Lets a wait of our own not count.
    fn extend(&mut self, by: Duration) {
        self.at += by;
    }

    /// Awaits a step of fetching `url`.
    async fn within<T>(
        &self,
        url: &Url,
        step: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        tokio::time::timeout_at(self.at, step)
            .await
            .unwrap_or_else(|_| {
                Err(FetchError::Timeout {
                    url: shown(url),
                    limit: self.limit,
                })
            })
    }
}

impl Client {
    /// A client that resolves names as the system does.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if the system's TLS cannot be used.
    pub fn new(policy: Policy) -> Result<Client, FetchError> {
        Client::with_resolver(policy, Arc::new(SystemResolver))
    }

    /// A client with a resolver of the caller's.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_resolver(policy: Policy, resolver: Arc<dyn Resolve>) -> Result<Client, FetchError> {
        let setup = |reason: String| FetchError::Setup { reason };
        let policy = Arc::new(policy);
        let agent = HeaderValue::from_str(&policy.user_agent())
            .map_err(|_| setup("the contact holds characters no header may".to_owned()))?;
        let http = reqwest::Client::builder()
            .user_agent(agent)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .http1_max_headers(2 * MAX_HEADERS)
            .connect_timeout(policy.connect_timeout)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(POOL_IDLE)
            .dns_resolver(Guard {
                policy: Arc::clone(&policy),
                resolver,
            })
            .build()
            .map_err(|error| setup(deepest(&error)))?;
        Ok(Client {
            inner: Arc::new(Inner {
                policy,
                http,
                permits: Semaphore::new(MAX_AT_ONCE),
                pacer: Mutex::new(Pacer::new()),
                robots: Mutex::new(Memory::new()),
            }),
        })
    }

    /// Fetches an article's page.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn get(&self, url: &str) -> Result<Page, FetchError> {
        let nothing_known = Validators::default();
        match self.fetch(url, Want::Article, &nothing_known).await? {
            Fetched::Page(page) => Ok(page),
            // Nobody asked whether it had changed.
            Fetched::Unchanged => Err(FetchError::Broken {
                url: cut(url),
                reason: "status 304 without being asked for it".to_owned(),
            }),
        }
    }

    /// Fetches what `want` takes, or hears from the server that it is still what `known` stands for.
    ///
    /// Waits for its turn: behind [`MAX_AT_ONCE`] other pages, and after the pause its host is due.
    /// That wait, at most a minute a host, does not count towards the deadline.
    ///
    /// # Errors
    /// [`FetchError`]; [`FetchError::is_temporary`] tells whether to try again.
    pub async fn fetch(
        &self,
        url: &str,
        want: Want,
        known: &Validators,
    ) -> Result<Fetched, FetchError> {
        let inner = &self.inner;
        let start = inner.policy.parse(url)?;
        let _permit = inner.permits.acquire().await;
        let limit = inner.policy.deadline;
        let mut deadline = Deadline {
            at: tokio::time::Instant::now() + limit,
            limit,
        };
        let mut url = start.clone();
        let mut visited: Vec<String> = Vec::new();
        let mut moved = true;
        for n_redirects in 0..=MAX_REDIRECTS {
            let pause = inner.permitted_pause(&url, &deadline).await?;
            inner
                .wait_for_turn(&url, pause, &mut visited, &mut deadline)
                .await?;
            let send = inner.send(&url, want.accept(), known);
            let response = deadline.within(&url, send).await?;
            let status = response.status().as_u16();
            if let Some(next) = inner.redirect(&url, &response)? {
                moved &= matches!(status, 301 | 308);
                url = next;
                continue;
            }
            if status == 304 {
                return Ok(Fetched::Unchanged);
            }
            check_status(&url, &response)?;
            let read = inner.read(&url, want, response);
            let mut page = deadline.within(&url, read).await?;
            page.moved = moved && n_redirects > 0;
            return Ok(Fetched::Page(page));
        }
        Err(FetchError::Redirects {
            url: shown(&start),
            limit: MAX_REDIRECTS,
        })
    }
}

impl Inner {
    /// The pause the site is due between two pages, if it lets this one be read.
    async fn permitted_pause(
        &self,
        url: &Url,
        deadline: &Deadline,
    ) -> Result<Duration, FetchError> {
        let site = robots::site(url);
        let known = lock(&self.robots).get(&site, Instant::now());
        let answer = match known {
            Some(answer) => answer,
            None => {
                let answer = deadline.within(url, self.ask_robots(url)).await?;
                lock(&self.robots).put(site, answer.clone(), Instant::now());
                answer
            }
        };
        match answer.verdict(url) {
            Verdict::Allowed(delay) => Ok(delay.unwrap_or_default().max(self.policy.pace)),
            Verdict::Forbidden => Err(FetchError::Robots { url: shown(url) }),
            Verdict::Unknown(status) => Err(FetchError::RobotsUnreadable {
                url: shown(url),
                host: url.host_str().unwrap_or_default().to_owned(),
                status,
            }),
        }
    }

    /// Fetches the robots.txt that speaks for `url`. Its redirects count for the site asked (RFC 9309
    /// §2.3.1.2). What is too long, or hides behind an encoding, counts as far as it could be read.
    async fn ask_robots(&self, url: &Url) -> Result<Answer, FetchError> {
        let mut at = robots::address(url);
        for _ in 0..=MAX_REDIRECTS {
            let response = self
                .send(&at, "text/plain, */*;q=0.1", &Validators::default())
                .await?;
            match self.redirect(&at, &response) {
                Ok(Some(next)) => {
                    at = next;
                    continue;
                }
                Ok(None) => {}
                // It points where nothing may be fetched: the site has no robots.txt to be had.
                Err(_) => return Ok(Answer::Missing),
            }
            let status = response.status();
            if !status.is_success() {
                return Ok(Answer::of_status(status.as_u16()));
            }
            let bytes = self.read_robots(&at, response).await?;
            return Ok(Answer::File(bytes.into()));
        }
        Ok(Answer::Missing)
    }

    async fn read_robots(&self, url: &Url, mut response: Response) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        while bytes.len() <= robots::MAX_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err(self.failure(url, &error)),
            }
        }
        // One byte more than counts tells that the last line is cut.
        bytes.truncate(robots::MAX_BYTES + 1);
        Ok(bytes)
    }

    /// Waits until the host may be asked for a page. A host that this fetch has already waited for is
    /// not waited for again: a redirect is part of one visit.
    async fn wait_for_turn(
        &self,
        url: &Url,
        pause: Duration,
        visited: &mut Vec<String>,
        deadline: &mut Deadline,
    ) -> Result<(), FetchError> {
        let host = url.host_str().unwrap_or_default();
        if visited.iter().any(|known| known == host) {
            return Ok(());
        }
        let booked = lock(&self.pacer).book(host, Instant::now(), pause);
        let wait = booked.ok_or_else(|| FetchError::Crowded {
            host: host.to_owned(),
            seconds: pace::MAX_WAIT.as_secs(),
        })?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
            deadline.extend(wait);
        }
        visited.push(host.to_owned());
        Ok(())
    }

    /// Sends one request and takes in the headers of its response.
    async fn send(
        &self,
        url: &Url,
        accept: &'static str,
        known: &Validators,
    ) -> Result<Response, FetchError> {
        let mut request = self
            .http
            .get(url.clone())
            .header(header::ACCEPT, HeaderValue::from_static(accept));
        for (name, value) in [
            (header::IF_NONE_MATCH, &known.etag),
            (header::IF_MODIFIED_SINCE, &known.last_modified),
        ] {
            if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
                request = request.header(name, value);
            }
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.failure(url, &error))?;
        check_headers(url, response.headers())?;
        Ok(response)
    }

    /// Where a response leads on to, if it is a redirect.
    fn redirect(&self, url: &Url, response: &Response) -> Result<Option<Url>, FetchError> {
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let location = response.headers().get(header::LOCATION);
        let location = location
            // Sites send raw UTF-8 here, which is what the address parser takes.
            .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
            .ok_or_else(|| FetchError::Redirect {
                url: shown(url),
                reason: "without saying where to".to_owned(),
            })?;
        self.policy.follow(url, location).map(Some)
    }

    /// Reads the body as long as it may be an article and is not too long.
    async fn read(
        &self,
        url: &Url,
        want: Want,
        mut response: Response,
    ) -> Result<Page, FetchError> {
        let limit_bytes = self.policy.max_bytes;
        let too_large = || FetchError::TooLarge {
            url: shown(url),
            limit_bytes,
        };
        let of_type = |found: String| FetchError::Type {
            url: shown(url),
            found,
            wanted: want.names(),
        };
        let content_type = text(response.headers(), &header::CONTENT_TYPE, MAX_TYPE_BYTES);
        let content_type = content_type.unwrap_or_default();
        let media = sniff::media_type(&content_type);
        if let Some(found) = sniff::refuses_header(want, &media) {
            return Err(of_type(found));
        }
        // Whatever the client can undo it has undone, header included.
        let encoding = text(
            response.headers(),
            &header::CONTENT_ENCODING,
            MAX_TYPE_BYTES,
        );
        if let Some(encoding) = encoding.filter(|e| !e.eq_ignore_ascii_case("identity")) {
            return Err(FetchError::Broken {
                url: shown(url),
                reason: format!("the encoding `{}` was not asked for", cut(&encoding)),
            });
        }
        let stated_bytes = response.content_length().unwrap_or(0);
        if usize::try_from(stated_bytes).is_ok_and(|stated| stated > limit_bytes) {
            return Err(too_large());
        }
        let validators = Validators {
            etag: text(response.headers(), &header::ETAG, MAX_VALIDATOR_BYTES),
            last_modified: text(
                response.headers(),
                &header::LAST_MODIFIED,
                MAX_VALIDATOR_BYTES,
            ),
        };
        let mut bytes: Vec<u8> = Vec::new();
        let mut is_sniffed = false;
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failure(url, &error))?
        {
            if bytes.len() + chunk.len() > limit_bytes {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
            if !is_sniffed && bytes.len() >= sniff::SNIFFED_BYTES {
                is_sniffed = true;
                sniff::kind_of(want, &media, &bytes, url).map_err(of_type)?;
            }
        }
        let kind = sniff::kind_of(want, &media, &bytes, url).map_err(of_type)?;
        Ok(Page {
            url: url.to_string(),
            moved: false,
            bytes,
            kind,
            content_type,
            validators,
        })
    }

    /// An error of the HTTP client, sorted by what a caller can do about it.
    fn failure(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        if let Some(refusal) = causes(error).find_map(|cause| cause.downcast_ref::<Refusal>()) {
            return refusal.0.clone();
        }
        let (url, reason) = (shown(url), cut(&deepest(error)));
        if error.is_connect() {
            FetchError::Unreachable { url, reason }
        } else {
            FetchError::Broken { url, reason }
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What is said by the cause of all causes, which is the one that tells something.
fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these values whole: entries are put and taken, never half-written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
