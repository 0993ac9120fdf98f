//! What may be asked for at all: the checks that need no network.

use std::net::IpAddr;
use std::time::Duration;

use url::{Host, ParseError, Url};

use super::FetchError;
use super::address::not_public;
use super::error::{cut, shown};

/// Longest address, in bytes.
pub const MAX_URL_BYTES: usize = 2_000;
/// Longest page, in bytes after decompression.
pub const MAX_PAGE_BYTES: usize = 10 * 1024 * 1024;
/// Time for a page with all its redirects, without the wait for its host's turn.
const DEADLINE: Duration = Duration::from_secs(30);
/// Time for one connection with its handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause between two pages of one host.
const PACE: Duration = Duration::from_secs(1);

/// What may be fetched and at what cost. [`Policy::default`] is what a stranger's address deserves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether `http://` is taken besides `https://`. Even then `https` never redirects to `http`.
    pub allow_http: bool,
    /// Ports besides 443 (and 80 for `http`).
    pub ports: Vec<u16>,
    /// Addresses that are reached although they are not public. For tests: no setting fills it.
    pub allow: Vec<IpAddr>,
    /// Where a site's owner finds who runs this program; part of the User-Agent.
    pub contact: Option<String>,
    /// Time for a page with all its redirects, without the wait for its host's turn.
    pub deadline: Duration,
    /// Time for one connection with its handshake.
    pub connect_timeout: Duration,
    /// Pause between two pages of one host, unless its robots.txt asks for a longer one.
    pub pace: Duration,
    /// Longest body, in bytes after decompression.
    pub max_bytes: usize,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            allow_http: false,
            ports: Vec::new(),
            allow: Vec::new(),
            contact: None,
            deadline: DEADLINE,
            connect_timeout: CONNECT_TIMEOUT,
            pace: PACE,
            max_bytes: MAX_PAGE_BYTES,
        }
    }
}

impl Policy {
    /// Checks an address as it was typed: its form, then all that [`Policy::check`] does. White space
    /// around it is ignored, its fragment dropped.
    pub(super) fn parse(&self, raw: &str) -> Result<Url, FetchError> {
        let raw = raw.trim();
        let wrong = |reason: &str| FetchError::Address {
            url: cut(raw),
            reason: reason.to_owned(),
        };
        if raw.len() > MAX_URL_BYTES {
            return Err(wrong(&format!(
                "it is longer than {MAX_URL_BYTES} bytes, the limit"
            )));
        }
        // The parser would drop these without a word.
        if raw.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong("it contains white space"));
        }
        let mut url = Url::parse(raw).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => wrong("it has to begin with https://"),
            error => wrong(&error.to_string()),
        })?;
        url.set_fragment(None);
        self.check(&url)?;
        Ok(url)
    }

    /// Where a redirect leads, checked like any address.
    pub(super) fn follow(&self, from: &Url, location: &str) -> Result<Url, FetchError> {
        let wrong = |reason: String| FetchError::Redirect {
            url: shown(from),
            reason,
        };
        if location.len() > MAX_URL_BYTES {
            return Err(wrong(format!(
                "its target is longer than {MAX_URL_BYTES} bytes, the limit"
            )));
        }
        let mut to = from
            .join(location)
            .map_err(|error| wrong(error.to_string()))?;
        to.set_fragment(None);
        self.check(&to)?;
        if from.scheme() == "https" && to.scheme() == "http" {
            return Err(wrong(format!("from https to `{}`", shown(&to))));
        }
        Ok(to)
    }

    /// Scheme, credentials, port, length and, where the host is an address, the address. The names of
    /// hosts are checked when they are resolved.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(FetchError::Address {
                url: shown(url),
                reason: format!("it is longer than {MAX_URL_BYTES} bytes, the limit"),
            });
        }
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => self.allow_http,
            _ => false,
        };
        if !is_allowed {
            return Err(FetchError::Scheme {
                url: shown(url),
                scheme: cut(url.scheme()),
                allowed: if self.allow_http {
                    "https and http"
                } else {
                    "https"
                },
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials { url: shown(url) });
        }
        // `None` is the port of the scheme.
        if let Some(port) = url.port().filter(|port| !self.ports.contains(port)) {
            return Err(FetchError::Port {
                url: shown(url),
                port,
            });
        }
        match url.host() {
            None => Err(FetchError::Address {
                url: shown(url),
                reason: "it names no host".to_owned(),
            }),
            Some(Host::Ipv4(address)) => self.admit(url, address.into()),
            Some(Host::Ipv6(address)) => self.admit(url, address.into()),
            Some(Host::Domain(_)) => Ok(()),
        }
    }

    fn admit(&self, url: &Url, address: IpAddr) -> Result<(), FetchError> {
        match self.refuses(address) {
            None => Ok(()),
            Some(what) => Err(FetchError::NotPublic {
                host: url.host_str().unwrap_or_default().to_owned(),
                address,
                what,
            }),
        }
    }

    /// Why an address must not be connected to; `None` if it may.
    pub(super) fn refuses(&self, address: IpAddr) -> Option<&'static str> {
        if self.allow.contains(&address) {
            return None;
        }
        not_public(address)
    }

    /// How the program names itself to sites.
    pub(super) fn user_agent(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match &self.contact {
            Some(contact) => format!("Quoth/{version} (+{contact})"),
            None => format!("Quoth/{version}"),
        }
    }
}

#[cfg(test)]
mod tests;
