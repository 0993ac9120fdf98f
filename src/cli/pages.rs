//! Articles from addresses: fetched before anything else, so that no lock waits for the network.

use std::path::PathBuf;

use super::Session;
use super::interrupt::Interrupt;
use crate::corpus::{self, Loaded, Skipped};
use crate::fetch::{Blocking, Page};

/// The addresses and the paths among the things to add, each in their order.
pub(super) fn divide(sources: &[PathBuf]) -> (Vec<String>, Vec<PathBuf>) {
    let mut addresses: Vec<String> = Vec::new();
    let mut paths = Vec::new();
    for source in sources {
        match source.to_str() {
            Some(text) if is_address(text) => {
                if !addresses.iter().any(|known| known == text) {
                    addresses.push(text.to_owned());
                }
            }
            _ => paths.push(source.clone()),
        }
    }
    (addresses, paths)
}

/// Whether a text is meant as an address, if not as one that is fetched: `https://…`, `ftp://…`.
pub(super) fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Fetches the pages, one after the other, and reads the article in each; fewer than there are
/// addresses if that is interrupted.
pub(super) fn fetch(
    addresses: &[String],
    interrupt: &Interrupt,
    session: &mut Session<'_>,
) -> anyhow::Result<Vec<Result<Loaded, Skipped>>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let client = Blocking::new(session.config.fetch.clone())?;
    let mut pages = Vec::with_capacity(addresses.len());
    for address in addresses {
        if session.shows_progress() {
            session.say(format_args!("fetching `{address}`"))?;
        }
        let got = client.run(async {
            tokio::select! {
                biased;
                () = interrupt.raised() => None,
                got = client.client().get(address) => Some(got),
            }
        });
        let Some(got) = got else {
            break;
        };
        pages.push(match got {
            Ok(page) => article(&page),
            Err(error) => Err(Skipped {
                location: address.clone(),
                reason: error.to_string(),
            }),
        });
    }
    Ok(pages)
}

fn article(page: &Page) -> Result<Loaded, Skipped> {
    corpus::load_page(&page.url, Some(&page.told_type()), &page.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Style;
    use crate::config::{Config, Environment};

    #[test]
    fn nothing_is_fetched_after_an_interruption() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut session = Session {
            config: Config::resolve(&Environment::of(&[("HOME", "/nowhere")]), None).unwrap(),
            json: false,
            quiet: true,
            out: &mut out,
            err: &mut err,
            style: Style::PIPE,
        };
        let interrupt = Interrupt::default();
        interrupt.raise();
        let addresses = ["https://a.invalid/".to_owned()];
        let pages = fetch(&addresses, &interrupt, &mut session).unwrap();
        assert!(pages.is_empty());
    }

    #[test]
    fn addresses_and_paths_are_told_apart() {
        for (text, expected) in [
            ("https://example.org/", true),
            ("HTTP://example.org/", true),
            ("ftp://example.org/a", true),
            ("file:///etc/passwd", true),
            ("notes.md", false),
            ("a/b://c", false),
            ("C://notes", false),
            ("://", false),
        ] {
            assert_eq!(is_address(text), expected, "{text}");
        }
        let given = ["https://a.example/", "b.md", "https://a.example/"].map(PathBuf::from);
        let (addresses, paths) = divide(&given);
        assert_eq!(addresses, ["https://a.example/"]);
        assert_eq!(paths, [PathBuf::from("b.md")]);
    }
}
