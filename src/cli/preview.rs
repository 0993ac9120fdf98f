//! How a preview looks in a terminal.

use std::io::{self, Write};

use super::style::visible;
use crate::corpus::Preview;

/// Two or more lines for one article: what it is, and what storing it would come to.
pub(super) fn write(preview: &Preview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", visible(&preview.location))?;
    if let Some(facts) = &preview.facts {
        let metadata = &facts.metadata;
        let mut parts = vec![metadata.title.clone()];
        parts.extend(metadata.outlet.clone());
        parts.extend(metadata.published.map(|date| date.to_string()));
        parts.extend(metadata.url.clone());
        writeln!(out, "  {}", parts.join(" · "))?;
        if !metadata.tags.is_empty() {
            writeln!(out, "  tags: {}", metadata.tags.join(", "))?;
        }
        writeln!(out, "  language {}, {}", facts.language, facts.extent())?;
    }
    writeln!(out, "  → {}", visible(&preview.verdict.to_string()))?;
    for duplicate in &preview.duplicates {
        writeln!(out, "  {duplicate}")?;
    }
    for warning in &preview.warnings {
        writeln!(out, "  warning: {}", visible(warning))?;
    }
    Ok(())
}
