//! From an item of a feed to an article.

use crate::corpus::{self, Loaded};
use crate::extract::feed::{Content, Item};
use crate::extract::{GivenDay, Overrides};
use crate::fetch::{FetchError, Page};

/// Words a feed's own text has to have to stand for its article; less is a teaser.
const MIN_WORDS: usize = 60;
/// A page with less than this share of the words that the feed holds is a wall before the article
/// (consent, login, payment), and the feed's text is taken instead.
const MIN_SHARE_OF_FEED: f64 = 0.5;

/// Where an article comes from.
pub(super) struct Origin {
    pub(super) feed_url: String,
    pub(super) feed_title: String,
    pub(super) item: Item,
    /// Where its page is.
    pub(super) url: Option<String>,
}

/// The article of an item: its page or, failing that, what the feed holds of it. Or why there is none.
pub(super) fn load(
    origin: &Origin,
    fetched: Result<Option<Page>, FetchError>,
) -> Result<Loaded, String> {
    let from_page = match fetched {
        Ok(Some(page)) => corpus::load_page(&page.url, Some(&page.told_type()), &page.bytes)
            .map_err(|skipped| skipped.reason),
        Ok(None) => Err("it has no address".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    match from_page {
        Ok(loaded) => {
            let n_words = n_words(&loaded);
            match from_feed(origin) {
                Ok(own) if (n_words as f64) < MIN_SHARE_OF_FEED * self::n_words(&own) as f64 => {
                    Ok(own)
                }
                _ => Ok(with_hints(loaded, origin)),
            }
        }
        // The page's reason tells more than that the feed has no text either.
        Err(reason) => from_feed(origin).map_err(|_| reason),
    }
}

/// The article made of the feed's own text.
fn from_feed(origin: &Origin) -> Result<Loaded, String> {
    let too_short = || "the feed holds no text of it".to_owned();
    let content = origin.item.content.as_ref().ok_or_else(too_short)?;
    let (content_type, bytes) = match content {
        Content::Html(html) => ("text/html; charset=utf-8", page_of(&origin.item, html)),
        Content::Plain(text) => ("text/plain; charset=utf-8", text.clone()),
    };
    let location = match &origin.url {
        Some(url) => url.clone(),
        // Names the item at every load, as an address would.
        None => format!("{}#{}", origin.feed_url, origin.item.identity),
    };
    let loaded = corpus::load_named(&location, "item", Some(content_type), bytes.as_bytes())
        .map_err(|skipped| skipped.reason)?;
    if n_words(&loaded) < MIN_WORDS {
        return Err(too_short());
    }
    let cited = Overrides {
        url: origin.url.clone(),
        ..Overrides::default()
    };
    Ok(with_hints(loaded.amended(cited), origin))
}

/// A page around a fragment, so that it is read as the article and not as what surrounds one.
fn page_of(item: &Item, fragment: &str) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body><article>{fragment}</article></body></html>",
        escape(&item.title)
    )
}

/// What the feed says of the article: its headline, which feeds give without the name of the site, and
/// day and outlet where the page has none.
fn with_hints(loaded: Loaded, origin: &Origin) -> Loaded {
    let metadata = &loaded.draft.metadata;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut hints = loaded.overrides.clone();
    hints.title = given(&origin.item.title);
    if metadata.published.is_none() {
        hints.date = origin.item.published.map(|day| GivenDay(Some(day)));
    }
    if metadata.outlet.is_none() {
        hints.outlet = given(&origin.feed_title);
    }
    loaded.amended(hints)
}

fn n_words(loaded: &Loaded) -> usize {
    loaded.draft.text.split_whitespace().count()
}
