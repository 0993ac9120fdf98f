//! What the head of a response says.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::error::{FetchError, shown};
use super::{MAX_HEADER_BYTES, MAX_HEADERS, MAX_TYPE_BYTES};

/// That the headers are within the bounds.
pub(super) fn check_headers(url: &Url, headers: &HeaderMap) -> Result<(), FetchError> {
    let too_many = |limit: String| FetchError::Headers {
        url: shown(url),
        limit,
    };
    if headers.len() > MAX_HEADERS {
        return Err(too_many(format!("{MAX_HEADERS} lines")));
    }
    let n_bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if n_bytes > MAX_HEADER_BYTES {
        return Err(too_many(format!("{MAX_HEADER_BYTES} bytes")));
    }
    Ok(())
}

/// That the page was sent, or why it was not.
pub(super) fn check_status(url: &Url, response: &Response) -> Result<(), FetchError> {
    let url = shown(url);
    match response.status().as_u16() {
        200..=299 => Ok(()),
        410 => Err(FetchError::Gone { url }),
        status @ (429 | 503) => Err(FetchError::Later {
            url,
            status,
            after: text(response.headers(), &header::RETRY_AFTER, MAX_TYPE_BYTES)
                // A date instead of seconds would need the clock; the caller's own back-off serves.
                .and_then(|after| after.parse().ok())
                .map(Duration::from_secs),
        }),
        status => Err(FetchError::Status { url, status }),
    }
}

/// A header as text; `None` if it is missing, empty, too long or not visible ASCII.
pub(super) fn text(
    headers: &HeaderMap,
    name: &header::HeaderName,
    limit_bytes: usize,
) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= limit_bytes).then(|| value.to_owned())
}
