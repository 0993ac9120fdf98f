//! Why a page could not be had.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

/// Longest address repeated in a message, in characters.
const SHOWN_CHARS: usize = 160;

/// Why an address was not fetched. Addresses in it are cut to 160 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It cannot be read as a web address.
    #[error("`{url}` is not a web address: {reason}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another scheme than `https`, or `http` where the operator did not allow it.
    #[error(
        "`{url}` begins with `{scheme}:`, and only {allowed} addresses are fetched{}",
        if scheme == "http" { "; most sites have the same page under https" } else { "" }
    )]
    Scheme {
        /// The address.
        url: String,
        /// Its scheme.
        scheme: String,
        /// `https`, or `https and http`.
        allowed: &'static str,
    },
    /// It contains a user name or password.
    #[error("`{url}` contains a user name or password, which is never sent")]
    Credentials {
        /// The address without them.
        url: String,
    },
    /// Another port than that of its scheme.
    #[error("`{url}` names the port {port}, which is not allowed")]
    Port {
        /// The address.
        url: String,
        /// The port.
        port: u16,
    },
    /// It leads to this machine or its network.
    #[error("{}; only public addresses are fetched", leads(host, *address, what))]
    NotPublic {
        /// The host of the address.
        host: String,
        /// Where it leads.
        address: IpAddr,
        /// What kind of address that is.
        what: &'static str,
    },
    /// There is no such host, or no answer about it.
    #[error("the host `{host}` cannot be found: {reason}")]
    UnknownHost {
        /// The host of the address.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// The redirects do not end.
    #[error("`{url}` redirects more than {limit} times")]
    Redirects {
        /// Where it began.
        url: String,
        /// [`MAX_REDIRECTS`](super::MAX_REDIRECTS).
        limit: usize,
    },
    /// A redirect that says not where to, or from `https` to `http`.
    #[error("`{url}` redirects wrongly: {reason}")]
    Redirect {
        /// The page that redirects.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The site asks programs not to read this page.
    #[error("the site asks programs not to read `{url}` (robots.txt)")]
    Robots {
        /// The page.
        url: String,
    },
    /// The site's robots.txt cannot be read just now, which has to be taken as a no.
    #[error(
        "whether `{url}` may be read cannot be found out: robots.txt of `{host}` answers {status}"
    )]
    RobotsUnreadable {
        /// The page.
        url: String,
        /// Whose robots.txt.
        host: String,
        /// The status it was answered with.
        status: u16,
    },
    /// Gone for good (410).
    #[error("`{url}` is gone for good (status 410)")]
    Gone {
        /// The page.
        url: String,
    },
    /// The server asks to come back later (429, 503).
    #[error("`{url}` asks to come back later (status {status})")]
    Later {
        /// The page.
        url: String,
        /// 429 or 503.
        status: u16,
        /// When, if it says.
        after: Option<Duration>,
    },
    /// Any other status than success.
    #[error("`{url}` answers with status {status}")]
    Status {
        /// The page.
        url: String,
        /// The status.
        status: u16,
    },
    /// The body is too long.
    #[error("`{url}` is larger than {limit_bytes} bytes, the limit")]
    TooLarge {
        /// The page.
        url: String,
        /// The policy's limit.
        limit_bytes: usize,
    },
    /// The headers are too many or too long.
    #[error("`{url}` sends more than {limit} of headers, the limit")]
    Headers {
        /// The page.
        url: String,
        /// The limit that was passed, with its unit.
        limit: String,
    },
    /// Nothing that can be read.
    #[error("`{url}` is {found}; what can be read is {wanted}")]
    Type {
        /// The page.
        url: String,
        /// What it is, as far as can be told.
        found: String,
        /// What would have been taken.
        wanted: &'static str,
    },
    /// Too many requests to one host are waiting.
    #[error("too many requests to `{host}` are waiting; the limit is {seconds} s of them")]
    Crowded {
        /// The host.
        host: String,
        /// Longest queue.
        seconds: u64,
    },
    /// It took too long.
    #[error("`{url}` did not answer within {} s", seconds(*.limit))]
    Timeout {
        /// The page.
        url: String,
        /// The policy's deadline.
        limit: Duration,
    },
    /// No connection, or none that is secure.
    #[error("`{url}` cannot be reached: {reason}")]
    Unreachable {
        /// The page.
        url: String,
        /// What the system said.
        reason: String,
    },
    /// The answer ends early or is not HTTP.
    #[error("`{url}` answers wrongly: {reason}")]
    Broken {
        /// The page.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The client cannot be set up on this machine.
    #[error("the client for web addresses cannot be set up: {reason}")]
    Setup {
        /// What is missing.
        reason: String,
    },
}

impl FetchError {
    /// Whether the same request may succeed later without anyone changing something here: worth trying
    /// again, with patience.
    pub fn is_temporary(&self) -> bool {
        match self {
            FetchError::UnknownHost { .. }
            | FetchError::RobotsUnreadable { .. }
            | FetchError::Later { .. }
            | FetchError::Crowded { .. }
            | FetchError::Timeout { .. }
            | FetchError::Unreachable { .. }
            | FetchError::Broken { .. } => true,
            FetchError::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

/// Where a host leads, which may be an address itself. Which address a name has is not said: whoever may add a page would
/// learn what this machine's resolver knows.
fn leads(host: &str, address: IpAddr, what: &str) -> String {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse() == Ok(address) {
        true => format!("`{address}` is {what}"),
        false => format!("`{host}` leads to {what}"),
    }
}

/// An address as messages show it: without fragment, user name and password, and not too long.
pub(super) fn shown(url: &Url) -> String {
    let mut plain = url.clone();
    plain.set_fragment(None);
    // Fails only for addresses that cannot have either.
    let _ = plain.set_username("");
    let _ = plain.set_password(None);
    cut(plain.as_str())
}

/// Text from outside, at most [`SHOWN_CHARS`] of it, without control characters.
pub(super) fn cut(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut cut: String = text.chars().take(SHOWN_CHARS).map(printable).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        cut.push('…');
    }
    cut
}

/// A duration for people: whole seconds where it has some.
fn seconds(duration: Duration) -> f64 {
    if duration >= Duration::from_secs(1) {
        duration.as_secs_f64().round()
    } else {
        duration.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_secrets_and_cut_at_the_limit() {
        let url = Url::parse("https://user:pw@example.org/a#b").unwrap();
        assert_eq!(shown(&url), "https://example.org/a");
        let exact = "x".repeat(SHOWN_CHARS);
        assert_eq!(cut(&exact), exact);
        assert_eq!(cut(&format!("{exact}y")), format!("{exact}…"));
        assert_eq!(cut("a\u{1b}[31m"), "a\u{fffd}[31m");
    }

    #[test]
    fn seconds_are_whole_where_there_are_some() {
        let timeout = |millis| {
            FetchError::Timeout {
                url: "u".to_owned(),
                limit: Duration::from_millis(millis),
            }
            .to_string()
        };
        assert_eq!(timeout(30_000), "`u` did not answer within 30 s");
        assert_eq!(timeout(250), "`u` did not answer within 0.25 s");
    }
}
