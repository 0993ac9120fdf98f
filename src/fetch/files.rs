//! Files at a few known places, such as those that a chat keeps for its users.
//!
//! Not pages of strangers: the places are given by the program and not by whoever asks, so neither
//! robots.txt nor a pause applies, and a place may be on this machine (a test's). What applies are the
//! limits: no redirects, no proxy of the environment, a size and a time.

use std::time::Duration;

use super::FetchError;
use super::error::cut;

/// Time for one file.
const DEADLINE: Duration = Duration::from_secs(30);

/// Downloads files from given places alone.
#[derive(Clone, Debug)]
pub struct Files {
    http: reqwest::Client,
    /// What an address has to begin with.
    origins: Vec<String>,
}

impl Files {
    /// Downloads from these places: beginnings of addresses, each ending in a slash.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if the system's TLS cannot be used.
    pub fn new(origins: Vec<String>) -> Result<Files, FetchError> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .map_err(|error| FetchError::Setup {
                reason: error.to_string(),
            })?;
        Ok(Files { http, origins })
    }

    /// Whether an address is at one of the places.
    pub fn holds(&self, url: &str) -> bool {
        self.origins.iter().any(|origin| url.starts_with(origin))
            && !url.contains(['\\', '@', '\n'])
    }

    /// The bytes at an address, of which there are at most `max_bytes`.
    ///
    /// # Errors
    /// [`FetchError::Address`] for any other place, [`FetchError::TooLarge`] for a longer file,
    /// [`FetchError::Broken`] if it cannot be downloaded.
    pub async fn get(&self, url: &str, max_bytes: usize) -> Result<Vec<u8>, FetchError> {
        if !self.holds(url) {
            return Err(FetchError::Address {
                url: cut(url),
                reason: "it is at none of the places that files are taken from".to_owned(),
            });
        }
        let broken = |error: reqwest::Error| FetchError::Broken {
            // Without its query: that holds a signature.
            url: cut(url.split('?').next().unwrap_or_default()),
            reason: error.without_url().to_string(),
        };
        let response = self.http.get(url).send().await.map_err(broken)?;
        let mut response = response.error_for_status().map_err(broken)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > max_bytes {
                return Err(FetchError::TooLarge {
                    url: cut(url.split('?').next().unwrap_or_default()),
                    limit_bytes: max_bytes,
                });
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_given_places_are_asked() {
        let files = Files::new(vec!["https://cdn.example/".to_owned()]).unwrap();
        for (url, expected) in [
            ("https://cdn.example/a/b.md?ex=1", true),
            ("http://cdn.example/a.md", false),
            ("https://cdn.example.evil.example/a.md", false),
            ("https://cdn.example@evil.example/a.md", false),
            ("https://cdn.example/@evil", false),
            ("https://evil.example/https://cdn.example/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(files.holds(url), expected, "{url}");
        }
    }
}
