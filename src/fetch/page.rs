//! What is fetched, and what its links mean.

use url::Url;

use super::{Kind, MAX_URL_BYTES};

/// A page that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it was found in the end, after redirects, without fragment.
    pub url: String,
    /// Whether every redirect on the way was meant to last (301, 308); `false` without any.
    pub moved: bool,
    /// The body, decompressed.
    pub bytes: Vec<u8>,
    /// What it holds.
    pub kind: Kind,
    /// The `Content-Type` header as sent (it may name an encoding); empty if there was none.
    pub content_type: String,
    /// By what to ask again.
    pub validators: Validators,
}

impl Page {
    /// The content type of what was found, which is not always the one that was sent: the media type
    /// of [`Page::kind`] with the encoding that the server named.
    pub fn told_type(&self) -> String {
        let media = self.kind.media_type();
        let mut parameters = self.content_type.split(';').skip(1);
        match parameters.find(|p| p.trim().to_ascii_lowercase().starts_with("charset=")) {
            Some(charset) => format!("{media}; {}", charset.trim()),
            None => media.to_owned(),
        }
    }
}

/// What a server gave to tell one state of a page from another, verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// The outcome of asking for a page that may not have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It has changed, or was asked for without validators.
    Page(Page),
    /// It has not changed.
    Unchanged,
}

/// The address that `link` means on the page at `base`; `None` if it means none that may be fetched by
/// anybody. Whether it may be fetched here is decided when it is.
pub fn resolve_link(base: &str, link: &str) -> Option<String> {
    let url = Url::parse(base).ok()?.join(link.trim()).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http");
    (is_web && url.as_str().len() <= MAX_URL_BYTES).then(|| url.to_string())
}
