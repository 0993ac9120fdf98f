//! Where a quote comes from, on one line.

use url::Url;

use super::escape::{escape, label};
use super::quote::Citation;
use crate::document::{Collection, Document};

/// Characters of a title that are shown.
pub const TITLE_CHARS: usize = 140;
/// Characters of an outlet that are shown.
const OUTLET_CHARS: usize = 60;
/// Bytes an address may have; a longer one is not shown.
const MAX_URL_BYTES: usize = 300;
/// Bytes of the part of an address that points at the quoted words; with more it goes without.
const MAX_FRAGMENT_BYTES: usize = 200;
/// Words at each end of a quote that a browser looks for.
const FRAGMENT_WORDS: usize = 4;

/// Title, outlet, date, link and short name. Ends without a line break.
pub fn line(citation: &Citation<'_>, n_copies: usize) -> String {
    let mut line = format!("— {}", description(citation.document));
    if let Some(link) = link(citation) {
        line.push_str(&format!(" · [read there](<{link}>)"));
    }
    match n_copies {
        0 => {}
        1 => line.push_str(" · also in 1 other"),
        n => line.push_str(&format!(" · also in {n} others")),
    }
    line
}

/// Title, outlet, date and short name.
pub fn description(document: &Document) -> String {
    let metadata = &document.metadata;
    let mut parts = vec![format!("*{}*", label(&metadata.title, TITLE_CHARS))];
    parts.extend(
        metadata
            .outlet
            .iter()
            .map(|outlet| label(outlet, OUTLET_CHARS)),
    );
    parts.extend(metadata.published.map(|date| date.long()));
    format!("{} · `{}`", parts.join(", "), document.reference)
}

/// The name of a collection for its users.
pub fn shelf(collection: Collection) -> &'static str {
    match collection {
        Collection::Library => "library",
        Collection::Local | Collection::Guild(_) => "this server",
    }
}

/// Whether an address asks the reader into a server, of which Discord may make a card by itself.
fn is_invite(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_end_matches('.');
    let is_of = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    is_of("discord.gg")
        || (is_of("discord.com") || is_of("discordapp.com")) && url.path().starts_with("/invite")
}

/// The article's address with the quoted words marked, if it has one that can be shown.
pub fn link(citation: &Citation<'_>) -> Option<String> {
    let url = Url::parse(citation.document.metadata.url.as_deref()?).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && !is_invite(&url)
        && url.username().is_empty()
        && url.password().is_none();
    if !is_plain {
        return None;
    }
    // Brackets would end the link; a URL's serialisation escapes all else that could.
    let mut link = url.as_str().replace('(', "%28").replace(')', "%29");
    if link.len() > MAX_URL_BYTES {
        return None;
    }
    let quote = citation.span.slice(&citation.document.text)?;
    if let Some(fragment) = fragment(quote) {
        link.push_str(if url.fragment().is_some() { "" } else { "#" });
        link.push_str(&fragment);
    }
    Some(link)
}

/// A text fragment (WICG draft, 2023): the first and the last words of what a browser shall mark.
fn fragment(quote: &str) -> Option<String> {
    let words: Vec<&str> = quote.split_whitespace().collect();
    let encoded = |words: &[&str]| encode(&words.join(" "));
    let range = if words.len() <= 2 * FRAGMENT_WORDS {
        encoded(&words)
    } else {
        let (first, _) = words.split_at(FRAGMENT_WORDS);
        let (_, last) = words.split_at(words.len() - FRAGMENT_WORDS);
        format!("{},{}", encoded(first), encoded(last))
    };
    Some(format!(":~:text={range}")).filter(|fragment| fragment.len() <= MAX_FRAGMENT_BYTES)
}

fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// A question as it is repeated to people: on one line, in italics.
pub fn question(question: &str) -> String {
    format!("*{}*", escape(question, false))
}

#[cfg(test)]
mod tests {
    use super::super::quote::tests::document;
    use super::*;
    use crate::document::{Date, Span};
    use proptest::prelude::*;

    fn shown(title: &str, url: Option<&str>) -> String {
        let mut document = document("It was the eleventh time, on 3 May, that he spoke.");
        document.metadata.title = title.to_owned();
        document.metadata.outlet = Some("The_Outlet".to_owned());
        document.metadata.published = Date::from_ymd(2025, 3, 18);
        document.metadata.url = url.map(str::to_owned);
        let citation = Citation {
            span: Span::new(0, document.text.len()),
            bold: Span::default(),
            document: &document,
        };
        line(&citation, 2)
    }

    #[test]
    fn the_source_is_one_line() {
        insta::assert_snapshot!(shown("Talks end", None), @r"— *Talks end*, The\_Outlet, 18 March 2025 · `L46` · also in 2 others");
        insta::assert_snapshot!(
            shown("Talks [end](x)\n# @everyone", Some("https://example.org/a_(b)?q=1")),
            @r"— *Talks \[end\](x) \# \@everyone*, The\_Outlet, 18 March 2025 · `L46` · [read there](<https://example.org/a_%28b%29?q=1#:~:text=It%20was%20the%20eleventh,May%2C%20that%20he%20spoke%2E>) · also in 2 others"
        );
    }

    #[test]
    fn addresses_that_could_deceive_are_not_linked() {
        for url in [
            "javascript:alert(1)",
            "https://user:pw@example.org/",
            "not an address",
            "ftp://example.org/",
            "https://discord.gg/abc",
            "https://discord.com/invite/abc",
            &format!("https://example.org/{}", "x".repeat(MAX_URL_BYTES)),
        ] {
            assert!(!shown("T", Some(url)).contains("read there"), "{url}");
        }
    }

    proptest! {
        #[test]
        fn a_source_is_short_and_one_line(title in any::<String>(), url in any::<String>()) {
            let line = shown(&title, Some(&format!("https://e.org/{url}")));
            prop_assert!(!line.contains('\n'));
            prop_assert!(super::super::escape::length(&line) <= 1_000);
        }
    }
}
