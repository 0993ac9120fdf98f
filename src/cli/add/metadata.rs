//! What the command line says of an article.

use anyhow::bail;
use clap::Args;

use crate::corpus::Found;
use crate::extract::{self, GivenDay, MAX_YEAR, MIN_YEAR, Overrides};

/// Metadata given beside an article.
#[derive(Debug, Args)]
pub(in crate::cli) struct MetadataArguments {
    /// Title, instead of what the article says
    #[arg(long)]
    title: Option<String>,
    /// Day of publication (YYYY-MM-DD)
    #[arg(long, value_parser = day)]
    date: Option<GivenDay>,
    /// Who published it
    #[arg(long)]
    outlet: Option<String>,
    /// Where the original is
    #[arg(long, value_parser = address)]
    url: Option<String>,
    /// Keywords, with commas between them
    #[arg(long, value_delimiter = ',')]
    tags: Option<Vec<String>>,
}

impl MetadataArguments {
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        Overrides {
            title: self.title.clone(),
            outlet: self.outlet.clone(),
            date: self.date,
            url: self.url.clone(),
            tags: self.tags.clone(),
        }
    }

    /// Refuses for several articles what can be right for one alone.
    pub(super) fn check(&self, found: &[Found], n_addresses: usize) -> anyhow::Result<()> {
        let n_articles = found.len() + n_addresses;
        let archive = found.iter().find(|file| extract::is_archive(&file.path));
        for (name, is_given) in [
            ("--title", self.title.is_some()),
            ("--url", self.url.is_some()),
        ] {
            if !is_given {
                continue;
            }
            if n_articles > 1 {
                bail!("`{name}` is for one article, and {n_articles} were found");
            }
            if let Some(archive) = archive {
                bail!(
                    "`{name}` is for one article, and `{}` is an archive of several",
                    archive.location
                );
            }
        }
        Ok(())
    }
}

/// An address that an article can have, or nothing, which takes the one it has away.
fn address(text: &str) -> Result<String, String> {
    match extract::fault_of_url(text.trim()) {
        Some(fault) if !text.trim().is_empty() => Err(fault),
        _ => Ok(text.to_owned()),
    }
}

/// A day that an article can be of, or nothing, which takes the one it has away.
fn day(text: &str) -> Result<GivenDay, String> {
    let day: GivenDay = text.parse()?;
    let is_plausible = |year| (MIN_YEAR..=MAX_YEAR).contains(&year);
    match day.0.is_none_or(|date| is_plausible(date.ymd().0)) {
        true => Ok(day),
        false => Err(format!(
            "it is not between the years {MIN_YEAR} and {MAX_YEAR}"
        )),
    }
}
