//! Files that people attach, downloaded at once: Discord's addresses expire.
//!
//! Only from the hosts that Discord keeps attachments on. What Discord says of a file beforehand is
//! checked first, what arrives is checked again.

use serenity::all::Attachment;

use super::error::{Failure, UserError};
use super::render::escape::shortened;
use crate::extract::MAX_FILE_BYTES;
use crate::fetch::{FetchError, Files};

/// Where Discord keeps attachments.
pub const DISCORD: [&str; 2] = [
    "https://cdn.discordapp.com/",
    "https://media.discordapp.net/",
];
/// Attachments of one command, by Discord's rule.
pub(super) const MAX_FILES: usize = 10;

/// Downloads attachments.
pub(super) struct Attachments {
    files: Files,
}

impl Attachments {
    /// Downloads from these places alone, each ending in a slash.
    ///
    /// # Errors
    /// The system's TLS cannot be used.
    pub(super) fn new(origins: Vec<String>) -> Result<Attachments, FetchError> {
        Ok(Attachments {
            files: Files::new(origins)?,
        })
    }

    /// The bytes of an attachment.
    ///
    /// # Errors
    /// [`UserError::Other`] naming the file and what is wrong with it.
    pub(super) async fn get(&self, attachment: &Attachment) -> Result<Vec<u8>, Failure> {
        let name = shortened(&attachment.filename, 80);
        check(&name, u64::from(attachment.size))?;
        let max_bytes = usize::try_from(MAX_FILE_BYTES).unwrap_or(usize::MAX);
        let bytes = self.files.get(&attachment.url, max_bytes).await;
        let bytes = bytes.map_err(|error| match error {
            FetchError::TooLarge { limit_bytes, .. } => other(format!(
                "`{name}` is more than {}, the limit",
                mebibytes(limit_bytes as u64)
            )),
            error => {
                tracing::warn!(%error, "an attachment was not downloaded");
                other(format!(
                    "`{name}` could not be downloaded from Discord; attach it again"
                ))
            }
        })?;
        check(&name, bytes.len() as u64)?;
        Ok(bytes)
    }
}

fn check(name: &str, size_bytes: u64) -> Result<(), Failure> {
    match size_bytes {
        0 => Err(other(format!("`{name}` is empty"))),
        size if size > MAX_FILE_BYTES => Err(other(format!(
            "`{name}` is {}; the limit is {}",
            mebibytes(size),
            mebibytes(MAX_FILE_BYTES)
        ))),
        _ => Ok(()),
    }
}

/// A size for people, rounded up, so that what is above a limit never looks like it.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    match bytes % (1 << 20) {
        0 => format!("{} MiB", bytes >> 20),
        _ => format!("{}.{} MiB", tenths / 10, tenths % 10),
    }
}

fn other(text: String) -> Failure {
    UserError::Other(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_limit_is_exact() {
        assert!(check("a", MAX_FILE_BYTES).is_ok());
        assert!(check("a", MAX_FILE_BYTES + 1).is_err());
        assert!(check("a", 0).is_err());
        for (bytes, shown) in [
            (20 << 20, "20 MiB"),
            (MAX_FILE_BYTES + 1, "10.1 MiB"),
            (3 << 19, "1.5 MiB"),
            (1, "0.1 MiB"),
        ] {
            assert_eq!(mebibytes(bytes), shown);
        }
    }
}
