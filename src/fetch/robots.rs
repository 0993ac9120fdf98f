//! What sites ask of programs in their robots.txt (RFC 9309), remembered a host.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lru::LruCache;
use robotxt::Robots;
use url::Url;

/// The name by which a robots.txt addresses this program.
const AGENT: &str = "quoth";
/// Bytes of a robots.txt that count; RFC 9309 §2.5 asks for at least 500 KiB.
pub(super) const MAX_BYTES: usize = robotxt::BYTE_LIMIT;
/// Sites remembered: with [`MAX_BYTES`] each, 31 MiB at worst.
const MAX_SITES: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");
/// How long a robots.txt holds (RFC 9309 §2.4).
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// How long a site is left alone whose robots.txt its server failed to give.
const KEPT_FAILURE: Duration = Duration::from_secs(10 * 60);
/// The longest pause a site gets by asking for it.
pub(super) const MAX_CRAWL_DELAY: Duration = Duration::from_secs(30);

/// What was found where a robots.txt belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The file, as far as it counts.
    File(Arc<[u8]>),
    /// There is none: everything may be read.
    Missing,
    /// The server failed: nothing may be read for now.
    Failed(u16),
}

impl Answer {
    /// What a status other than success says: RFC 9309 §2.3.1.3 and §2.3.1.4. A server that asks to
    /// come back later is taken for one that fails.
    pub(super) fn of_status(status: u16) -> Answer {
        match status {
            429 => Answer::Failed(status),
            400..=499 => Answer::Missing,
            _ => Answer::Failed(status),
        }
    }

    /// How long this answer holds.
    fn kept(&self) -> Duration {
        match self {
            Answer::Failed(_) => KEPT_FAILURE,
            _ => KEPT,
        }
    }

    /// What it means for one address.
    pub(super) fn verdict(&self, url: &Url) -> Verdict {
        match self {
            Answer::Missing => Verdict::Allowed(None),
            Answer::Failed(status) => Verdict::Unknown(*status),
            Answer::File(bytes) => {
                let robots = Robots::parse(bytes, AGENT);
                if !robots.is_url_allowed(url) {
                    return Verdict::Forbidden;
                }
                let delay = robots.crawl_delay();
                Verdict::Allowed(delay.map(|delay| delay.min(MAX_CRAWL_DELAY)))
            }
        }
    }
}

/// Whether an address may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Yes, with the pause the site asks for, if any.
    Allowed(Option<Duration>),
    /// No.
    Forbidden,
    /// The site does not say; the status it answered with instead.
    Unknown(u16),
}

/// The answers of the sites asked last.
#[derive(Debug)]
pub(super) struct Memory {
    answers: LruCache<String, (Answer, Instant)>,
}

impl Memory {
    pub(super) fn new() -> Memory {
        Memory {
            answers: LruCache::new(MAX_SITES),
        }
    }

    /// What a site said, unless that is too long ago.
    pub(super) fn get(&mut self, site: &str, now: Instant) -> Option<Answer> {
        let (answer, until) = self.answers.get(site)?;
        (now < *until).then(|| answer.clone())
    }

    pub(super) fn put(&mut self, site: String, answer: Answer, now: Instant) {
        let until = now + answer.kept();
        self.answers.put(site, (answer, until));
    }
}

/// The site of an address: what one robots.txt speaks for.
pub(super) fn site(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Where its robots.txt is.
pub(super) fn address(url: &Url) -> Url {
    let mut robots = url.clone();
    robots.set_path("/robots.txt");
    robots.set_query(None);
    robots.set_fragment(None);
    robots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(file: &str, path: &str) -> Verdict {
        let url = Url::parse("https://example.org/").unwrap();
        Answer::File(file.as_bytes().into()).verdict(&url.join(path).unwrap())
    }

    fn is_allowed(file: &str, path: &str) -> bool {
        matches!(verdict(file, path), Verdict::Allowed(_))
    }

    #[test]
    fn the_longest_rule_of_our_group_decides() {
        let file = "\
            User-agent: *\nDisallow: /\n\n\
            User-agent: QUOTH\nUser-agent: other\n\
            Disallow: /private # not these\nAllow: /private/press\n\
            Disallow: /*.pdf$\nDisallow: /search?q=*&page=\n\
            Allow: /tie\nDisallow: /tie\n";
        for (path, expected) in [
            ("/", true),
            ("/private", false),
            ("/private/a", false),
            ("/privateer", false),
            ("/private/press/1", true),
            ("/a/b.pdf", false),
            ("/a/b.pdf?x", true),
            ("/search?q=a&page=2", false),
            ("/search?q=a", true),
            ("/tie", true),
            ("/%70rivate", false),
        ] {
            assert_eq!(is_allowed(file, path), expected, "{path}");
        }
    }

    #[test]
    fn without_a_group_of_ours_the_group_for_all_counts() {
        let file = "User-agent: quothbot\nDisallow: /\n\nUser-agent: *\nDisallow: /a\n";
        assert!(!is_allowed(file, "/a"));
        assert!(is_allowed(file, "/b"));
        assert!(is_allowed("User-agent: other\nDisallow: /\n", "/a"));
        assert!(is_allowed("", "/a"));
        assert!(is_allowed("<html>not found</html>", "/a"));
    }

    #[test]
    fn a_crawl_delay_is_heeded_up_to_a_limit() {
        let delay =
            |seconds: &str| verdict(&format!("User-agent: *\nCrawl-delay: {seconds}\n"), "/a");
        let allowed = |seconds| Verdict::Allowed(Some(Duration::from_secs(seconds)));
        assert_eq!(delay("7"), allowed(7));
        assert_eq!(delay("30"), allowed(30));
        assert_eq!(delay("31"), allowed(30));
        assert_eq!(delay("1e300"), Verdict::Allowed(None));
        assert_eq!(delay("-1"), Verdict::Allowed(None));
    }

    #[test]
    fn a_missing_file_allows_and_a_failing_server_does_not() {
        let url = Url::parse("https://example.org/a").unwrap();
        for (status, expected) in [
            (404, Verdict::Allowed(None)),
            (403, Verdict::Allowed(None)),
            (401, Verdict::Allowed(None)),
            (429, Verdict::Unknown(429)),
            (500, Verdict::Unknown(500)),
            (503, Verdict::Unknown(503)),
        ] {
            assert_eq!(Answer::of_status(status).verdict(&url), expected);
        }
    }

    #[test]
    fn answers_are_kept_for_a_while_and_failures_for_less() {
        let mut memory = Memory::new();
        let now = Instant::now();
        memory.put("a".to_owned(), Answer::Missing, now);
        memory.put("b".to_owned(), Answer::Failed(500), now);
        let before = now + KEPT_FAILURE - Duration::from_millis(1);
        assert_eq!(memory.get("b", before), Some(Answer::Failed(500)));
        assert_eq!(memory.get("b", now + KEPT_FAILURE), None);
        assert_eq!(memory.get("a", now + KEPT_FAILURE), Some(Answer::Missing));
        assert_eq!(memory.get("a", now + KEPT), None);
    }

    #[test]
    fn only_so_many_sites_are_remembered() {
        let mut memory = Memory::new();
        let now = Instant::now();
        for n in 0..=MAX_SITES.get() {
            memory.put(n.to_string(), Answer::Missing, now);
        }
        assert_eq!(memory.get("0", now), None);
        assert_eq!(memory.get("1", now), Some(Answer::Missing));
    }

    #[test]
    fn one_file_speaks_for_scheme_host_and_port() {
        let url = Url::parse("https://example.org:8443/a/b?c").unwrap();
        assert_eq!(site(&url), "https://example.org:8443");
        assert_eq!(
            address(&url).as_str(),
            "https://example.org:8443/robots.txt"
        );
    }

    /// Lines of robots files, sound and broken.
    fn line() -> impl Strategy<Value = String> {
        let key = prop::sample::select(vec![
            "User-agent",
            "user-agent",
            "Disallow",
            "Allow",
            "Crawl-delay",
            "Sitemap",
            "",
            "#",
            "Noindex",
            "disalow",
            "\u{feff}User-agent",
        ]);
        let value = prop::sample::select(vec![
            "*",
            "quoth",
            "/",
            "/a",
            "/*",
            "/**/*$",
            "$",
            "*$",
            "/a*b$",
            "%",
            "%4",
            "%zz",
            "é",
            "5",
            "1e99",
            "-1",
            "NaN",
            "inf",
            "",
            " ",
            "\u{0}",
            "\u{1f600}",
            "/a/%2f",
            "99999999999999",
        ]);
        let end = prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "", "\0"]);
        (
            key,
            prop::sample::select(vec![":", " : ", " ", ""]),
            value,
            end,
        )
            .prop_map(|(key, colon, value, end)| format!("{key}{colon}{value}{end}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_file_gives_a_verdict(
            file in prop_oneof![
                prop::collection::vec(line(), 0..30).prop_map(|l| l.concat().into_bytes()),
                prop::collection::vec(any::<u8>(), 0..200),
            ],
            path in "(/[a-z%*$é?]{0,6}){0,4}",
        ) {
            let url = Url::parse("https://example.org/").unwrap().join(&path);
            prop_assume!(url.is_ok());
            if let Verdict::Allowed(Some(delay)) =
                Answer::File(file.into()).verdict(&url.unwrap())
            {
                prop_assert!(delay <= MAX_CRAWL_DELAY);
            }
        }
    }
}
