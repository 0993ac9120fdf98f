//! Finding the feed at an address that somebody gave: it is one, or it is a page that names one.

use super::parse;
use crate::extract::feed::{self, Feed};
use crate::fetch::{Client, FetchError, Fetched, Kind, Page, Validators, Want, resolve_link};

/// Feeds named by a page that are tried.
const MAX_CANDIDATES: usize = 3;

/// A feed found at an address that somebody gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// Where it is.
    pub url: String,
    /// What it calls itself; may be empty.
    pub title: String,
    /// Items it shows now.
    pub n_items: usize,
    /// The other feeds that the same page names.
    pub others: Vec<String>,
}

/// Why there is no feed to follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoverError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It was fetched, and is no feed and names none.
    #[error("`{url}` is no feed: {reason}")]
    NoFeed {
        /// Where was looked.
        url: String,
        /// What it is instead.
        reason: String,
    },
}

/// Looks at what an address holds: a feed, or a page that names one.
///
/// # Errors
/// [`DiscoverError`].
pub async fn discover(client: &Client, url: &str) -> Result<Discovered, DiscoverError> {
    let page = fetch_feed(client, url).await?;
    if page.kind != Kind::Html {
        let feed = parse(&page).await.map_err(|reason| no_feed(url, reason))?;
        return Ok(discovered(url, &page, &feed, Vec::new()));
    }
    let named: Vec<String> = feed::discover(&page.bytes)
        .into_iter()
        .filter_map(|(link, _)| resolve_link(&page.url, &link))
        .collect();
    let mut last = no_feed(url, "it is a page that names no feed".to_owned());
    for candidate in named.iter().take(MAX_CANDIDATES) {
        let page = match fetch_feed(client, candidate).await {
            Ok(page) => page,
            Err(error) => {
                last = error.into();
                continue;
            }
        };
        match parse(&page).await {
            Ok(feed) => {
                let mut others = named.clone();
                others.retain(|other| other != candidate);
                return Ok(discovered(candidate, &page, &feed, others));
            }
            Err(reason) => last = no_feed(candidate, reason),
        }
    }
    Err(last)
}

fn discovered(url: &str, page: &Page, feed: &Feed, others: Vec<String>) -> Discovered {
    Discovered {
        // A redirect for now may lead elsewhere tomorrow.
        url: if page.moved { &page.url } else { url }.trim().to_owned(),
        title: feed.title.clone(),
        n_items: feed.items.len(),
        others,
    }
}

fn no_feed(url: &str, reason: String) -> DiscoverError {
    DiscoverError::NoFeed {
        url: url.to_owned(),
        reason,
    }
}

async fn fetch_feed(client: &Client, url: &str) -> Result<Page, FetchError> {
    match client
        .fetch(url, Want::Feed, &Validators::default())
        .await?
    {
        Fetched::Page(page) => Ok(page),
        Fetched::Unchanged => Err(FetchError::Broken {
            url: url.to_owned(),
            reason: "status 304 without being asked for it".to_owned(),
        }),
    }
}
