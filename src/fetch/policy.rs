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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(raw: &str) -> Result<Url, FetchError> {
        Policy::default().parse(raw)
    }

    #[test]
    fn a_plain_address_is_taken_without_its_fragment() {
        for (raw, expected) in [
            ("https://example.org", "https://example.org/"),
            (" https://example.org/a?b=c#d ", "https://example.org/a?b=c"),
            ("HTTPS://EXAMPLE.org:443/", "https://example.org/"),
            (
                "https://bücher.example/é",
                "https://xn--bcher-kva.example/%C3%A9",
            ),
            ("https://1.1.1.1/", "https://1.1.1.1/"),
            (
                "https://[2606:4700:4700::1111]/",
                "https://[2606:4700:4700::1111]/",
            ),
        ] {
            assert_eq!(parse(raw).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn every_spelling_of_an_inner_address_is_refused() {
        for raw in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://127.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0X7F.0.0.0x1/",
            "https://017700000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://0.0.0.0/",
            "https://127.0.0.1./",
            "https://127.0.0.1:443/",
            "https://%31%32%37.0.0.1/",
            "https://127。0。0。1/",
            "https://127．0．0．1/",
            "https://127｡0｡0｡1/",
            "https://１２７.0.0.1/",
            "https://①②⑦.⓪.⓪.①/",
            "https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/",
            "https://127.0.0.1\\@example.org/",
            "https:\\\\127.0.0.1\\",
            "https:///127.0.0.1/",
            "https:127.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://0251.0376.0251.0376/",
            "https://[::1]/",
            "https://[::]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[0:0:0:0:0:ffff:169.254.169.254]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
        ] {
            let error = parse(raw).unwrap_err();
            assert!(
                matches!(error, FetchError::NotPublic { .. }),
                "{raw}: {error:?}"
            );
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        let long = format!("https://example.org/{}", "a".repeat(MAX_URL_BYTES));
        for raw in [
            "",
            "example.org",
            "https://",
            "https://a b/",
            "https://exa\nmple.org/",
            "https://example.org/\u{0}",
            "https://999.1.1.1/",
            "https://1.2.3.4.5/",
            "https://256/../x:y@",
            "https://[::1/",
            "https://[fe80::1%25eth0]/",
            "https://exam%00ple.org/",
            "https://a\u{ff0f}b/",
            &long,
        ] {
            let outcome = parse(raw);
            // `256` is a number, hence the address 0.0.1.0.
            assert!(
                matches!(
                    outcome,
                    Err(FetchError::Address { .. } | FetchError::NotPublic { .. })
                ),
                "{raw:?}: {outcome:?}"
            );
        }
    }

    #[test]
    fn an_address_of_the_limit_is_taken_and_one_byte_more_is_not() {
        let at = |n: usize| {
            let path = "a".repeat(n - "https://example.org/".len());
            parse(&format!("https://example.org/{path}"))
        };
        assert!(at(MAX_URL_BYTES).is_ok());
        assert!(matches!(
            at(MAX_URL_BYTES + 1),
            Err(FetchError::Address { .. })
        ));
        // Longer only once it is encoded.
        let encoded = format!("https://example.org/{}", "é".repeat(600));
        assert!(matches!(parse(&encoded), Err(FetchError::Address { .. })));
    }

    #[test]
    fn other_schemes_are_refused() {
        for raw in [
            "http://example.org/",
            "file:///etc/passwd",
            "ftp://example.org/",
            "data:text/html,hello",
            "gopher://127.0.0.1:25/",
            "javascript:alert(1)",
            "ws://example.org/",
            "about:blank",
            "unix:/run/docker.sock",
        ] {
            let error = parse(raw).unwrap_err();
            assert!(
                matches!(error, FetchError::Scheme { .. }),
                "{raw}: {error:?}"
            );
        }
        let lenient = Policy {
            allow_http: true,
            ..Policy::default()
        };
        assert!(lenient.parse("http://example.org/").is_ok());
        assert!(lenient.parse("file:///etc/passwd").is_err());
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        for raw in [
            "https://user@example.org/",
            "https://user:secret@example.org/",
            "https://:secret@example.org/",
            "https://example.org@127.0.0.1/",
        ] {
            let error = parse(raw).unwrap_err();
            assert!(
                matches!(error, FetchError::Credentials { .. }),
                "{raw}: {error:?}"
            );
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn other_ports_are_refused_unless_allowed() {
        let policy = Policy {
            ports: vec![8443],
            ..Policy::default()
        };
        assert!(policy.parse("https://example.org:8443/").is_ok());
        for port in [80, 22, 6379, 8444] {
            let outcome = policy.parse(&format!("https://example.org:{port}/"));
            assert!(matches!(outcome, Err(FetchError::Port { .. })), "{port}");
        }
        assert!(policy.parse("https://example.org:0/").is_err());
    }

    #[test]
    fn a_redirect_is_checked_like_any_address() {
        let policy = Policy {
            allow_http: true,
            ..Policy::default()
        };
        let from = policy.parse("https://example.org/a/b").unwrap();
        let follow = |location: &str| policy.follow(&from, location);
        assert_eq!(follow("../c#d").unwrap().as_str(), "https://example.org/c");
        assert_eq!(
            follow("//other.org/").unwrap().as_str(),
            "https://other.org/"
        );
        for (location, is_expected) in [
            (
                "https://169.254.169.254/",
                (|e| matches!(e, FetchError::NotPublic { .. })) as fn(&FetchError) -> bool,
            ),
            ("//0x7f.1/", |e| matches!(e, FetchError::NotPublic { .. })),
            ("file:///etc/passwd", |e| {
                matches!(e, FetchError::Scheme { .. })
            }),
            ("https://u:p@example.org/", |e| {
                matches!(e, FetchError::Credentials { .. })
            }),
            ("https://example.org:22/", |e| {
                matches!(e, FetchError::Port { .. })
            }),
            ("http://example.org/", |e| {
                matches!(e, FetchError::Redirect { .. })
            }),
            ("https://[/", |e| matches!(e, FetchError::Redirect { .. })),
        ] {
            let error = follow(location).unwrap_err();
            assert!(is_expected(&error), "{location}: {error:?}");
        }
    }

    #[test]
    fn the_user_agent_names_program_version_and_contact() {
        let mut policy = Policy::default();
        let plain = format!("Quoth/{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(policy.user_agent(), plain);
        policy.contact = Some("https://example.org/bot".to_owned());
        assert_eq!(
            policy.user_agent(),
            format!("{plain} (+https://example.org/bot)")
        );
    }

    /// Pieces that make trouble in addresses, strung together at random.
    fn troublesome() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "https",
            "http",
            ":",
            "//",
            "/",
            "\\",
            "@",
            "#",
            "?",
            "[",
            "]",
            ".",
            "%",
            "%00",
            "%2e",
            "127",
            "0x7f",
            "0177",
            "1",
            "::1",
            "::ffff:",
            "。",
            "１",
            "ⓐ",
            "é",
            "\u{202e}",
            "xn--",
            "localhost",
            "example.org",
            " ",
            "\t",
            "\u{0}",
            "65536",
            "a",
            "\u{1f600}",
            "..",
        ]);
        prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    /// An IPv4 address in one of the spellings that address parsers accept.
    fn spelled(bits: u32, bases: [u8; 4], n_parts: usize) -> String {
        let octets = bits.to_be_bytes();
        let mut parts: Vec<u64> = octets[..n_parts - 1]
            .iter()
            .map(|o| u64::from(*o))
            .collect();
        let rest = octets[n_parts - 1..]
            .iter()
            .fold(0u64, |value, octet| value << 8 | u64::from(*octet));
        parts.push(rest);
        let part = |(value, base): (&u64, &u8)| match base % 3 {
            0 => value.to_string(),
            1 => format!("0x{value:x}"),
            _ => format!("0{value:o}"),
        };
        let parts: Vec<String> = parts.iter().zip(&bases).map(part).collect();
        parts.join(".")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_is_an_address_or_an_error(
            raw in prop_oneof![troublesome(), any::<String>(), "https://\\PC{0,40}"],
        ) {
            let policy = Policy { allow_http: true, ..Policy::default() };
            if let Ok(url) = policy.parse(&raw) {
                prop_assert!(matches!(url.scheme(), "https" | "http"));
                prop_assert!(url.username().is_empty() && url.password().is_none());
                prop_assert!(url.port().is_none());
                prop_assert!(url.as_str().len() <= MAX_URL_BYTES);
                let host = url.host_str().unwrap();
                if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
                    prop_assert!(not_public(address).is_none());
                }
            }
            let from = policy.parse("https://example.org/a").unwrap();
            if let Ok(to) = policy.follow(&from, &raw) {
                prop_assert_eq!(to.scheme(), "https");
            }
        }

        #[test]
        fn a_spelling_is_judged_by_the_address_it_means(
            bits in any::<u32>(),
            bases in any::<[u8; 4]>(),
            n_parts in 1usize..=4,
        ) {
            let spelling = spelled(bits, bases, n_parts);
            let meant = not_public(std::net::Ipv4Addr::from_bits(bits).into());
            let outcome = parse(&format!("https://{spelling}/"));
            prop_assert_eq!(outcome.is_err(), meant.is_some(), "{}", spelling);
        }
    }
}
