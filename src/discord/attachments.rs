//! Files that people attach, downloaded at once: Discord's addresses expire.
//!
//! Only from the hosts that Discord keeps attachments on; without redirects, within a size and a
//! time. What Discord says of a file beforehand is checked first, what arrives is checked again.

use std::time::Duration;

use anyhow::Context as _;
use serenity::all::Attachment;

use super::error::{Failure, UserError};
use super::render::escape::shortened;
use crate::extract::MAX_FILE_BYTES;

/// Where Discord keeps attachments.
pub const DISCORD: [&str; 2] = [
    "https://cdn.discordapp.com/",
    "https://media.discordapp.net/",
];
/// Attachments of one command, by Discord's rule.
pub(super) const MAX_FILES: usize = 10;
/// How long one file may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Downloads attachments.
pub(super) struct Attachments {
    client: reqwest::Client,
    /// What an address has to begin with.
    origins: Vec<String>,
}

impl Attachments {
    /// Downloads from these origins alone, each ending in a slash.
    ///
    /// # Errors
    /// The system's TLS cannot be used.
    pub(super) fn new(origins: Vec<String>) -> anyhow::Result<Attachments> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .context("attachments cannot be downloaded")?;
        Ok(Attachments { client, origins })
    }

    /// The bytes of an attachment.
    ///
    /// # Errors
    /// [`UserError::Other`] naming the file and what is wrong with it.
    pub(super) async fn get(&self, attachment: &Attachment) -> Result<Vec<u8>, Failure> {
        let name = shortened(&attachment.filename, 80);
        check(&name, u64::from(attachment.size))?;
        if !self.is_ours(&attachment.url) {
            return Err(other(format!("`{name}` is not an attachment of Discord's")));
        }
        let download = async {
            let response = self.client.get(&attachment.url).send().await?;
            let mut response = response.error_for_status()?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() as u64 > MAX_FILE_BYTES {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(bytes)
        };
        let bytes = download.await.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "an attachment was not downloaded");
            other(format!(
                "`{name}` could not be downloaded from Discord; attach it again"
            ))
        })?;
        check(&name, bytes.len() as u64)?;
        Ok(bytes)
    }

    fn is_ours(&self, address: &str) -> bool {
        self.origins
            .iter()
            .any(|origin| address.starts_with(origin))
            && !address.contains(['\\', '@', '\n'])
    }
}

fn check(name: &str, size_bytes: u64) -> Result<(), Failure> {
    match size_bytes {
        0 => Err(other(format!("`{name}` is empty"))),
        size if size > MAX_FILE_BYTES => Err(other(format!(
            "`{name}` has {size} bytes, above the limit of {MAX_FILE_BYTES}"
        ))),
        _ => Ok(()),
    }
}

fn other(text: String) -> Failure {
    UserError::Other(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discords_hosts_are_asked() {
        let attachments = Attachments::new(DISCORD.map(str::to_owned).to_vec()).unwrap();
        for (address, expected) in [
            ("https://cdn.discordapp.com/attachments/1/2/a.md?ex=1", true),
            ("https://media.discordapp.net/attachments/1/2/a.md", true),
            ("http://cdn.discordapp.com/attachments/1/2/a.md", false),
            ("https://cdn.discordapp.com.evil.example/a.md", false),
            ("https://cdn.discordapp.com@evil.example/a.md", false),
            ("https://evil.example/https://cdn.discordapp.com/", false),
            ("http://127.0.0.1/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(attachments.is_ours(address), expected, "{address}");
        }
    }

    #[test]
    fn the_size_limit_is_exact() {
        assert!(check("a", MAX_FILE_BYTES).is_ok());
        assert!(check("a", MAX_FILE_BYTES + 1).is_err());
        assert!(check("a", 0).is_err());
    }
}
