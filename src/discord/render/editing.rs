//! Loading, replacing and removing articles, as those who do it see it.

use super::escape::{label, length};
use super::source::TITLE_CHARS;
use super::{Button, Look, MAX_CONTENT, Message};
use crate::corpus::{Facts, Preview, Published, Verdict};
use crate::discord::components::Press;
use crate::document::DocumentRef;
use crate::store::{Actor, PreviewId, Status, Version};

/// Characters of a file's name or of a reason that are shown.
const REASON_CHARS: usize = 200;
/// Warnings and near copies shown of each article.
const MAX_NOTES: usize = 3;
/// Versions of an article that are listed.
pub const MAX_VERSIONS: usize = 12;
/// Room kept for a line that says what was left out.
const REST_ROOM: usize = 60;

/// What publishing some files would come to, with the buttons that decide.
pub fn previews(id: PreviewId, previews: &[Preview]) -> Message {
    let n_stored = previews.iter().filter(|p| p.verdict.stores()).count();
    let mut content = match (n_stored, previews.len()) {
        (0, _) => "**Nothing to publish**\n".to_owned(),
        (n, total) if n == total => format!("**Publish {}?**\n", articles(n)),
        (n, total) => format!("**Publish {n} of {total} files?**\n"),
    };
    push_all(&mut content, previews.iter().map(previewed));
    let row = match n_stored {
        0 => Vec::new(),
        _ => vec![
            Button::new("Publish", Press::Publish { preview: id }).looking(Look::Primary),
            Button::new("Discard", Press::Discard { preview: id }),
        ],
    };
    Message::text(content).with_row(row)
}

fn previewed(preview: &Preview) -> String {
    let mut block = match &preview.facts {
        Some(facts) => described(facts),
        None => format!("- {}", label(&preview.location, REASON_CHARS)),
    };
    block.push_str(&format!(" — {}\n", verdict(&preview.verdict)));
    block.push_str(&notes(
        preview
            .duplicates
            .iter()
            .map(ToString::to_string)
            .chain(preview.warnings.iter().cloned()),
    ));
    block
}

fn described(facts: &Facts) -> String {
    let metadata = &facts.metadata;
    let mut parts = vec![format!("- *{}*", label(&metadata.title, TITLE_CHARS))];
    parts.extend(metadata.outlet.iter().map(|outlet| label(outlet, 60)));
    parts.push(
        metadata
            .published
            .map_or_else(|| "no date".to_owned(), |date| date.long()),
    );
    parts.push(format!("language `{}`", facts.language));
    parts.push(facts.extent());
    parts.join(", ")
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::New => "new".to_owned(),
        Verdict::NewVersion(of) => format!("a new version of `{of}`"),
        Verdict::AlreadyLoaded(as_what) => format!("already here as `{as_what}`"),
        Verdict::Skipped(reason) => format!("not possible: {}", label(reason, REASON_CHARS)),
    }
}

fn notes(notes: impl Iterator<Item = String>) -> String {
    notes
        .take(MAX_NOTES)
        .map(|note| format!("-# {}\n", label(&note, REASON_CHARS)))
        .collect()
}

/// What was published.
pub fn published(published: &[Published]) -> Message {
    let n_stored = published.iter().filter(|p| p.verdict.stores()).count();
    let mut content = format!(
        "**Published {}.** The next question is asked of {} too.\n",
        articles(n_stored),
        if n_stored == 1 { "it" } else { "them" }
    );
    if n_stored == 0 {
        content = "**Nothing was published.**\n".to_owned();
    }
    push_all(
        &mut content,
        published.iter().map(|done| {
            let name = match done.reference {
                Some(reference) => format!("- `{reference}` "),
                None => "- ".to_owned(),
            };
            format!(
                "{name}{} — {}\n{}",
                label(&done.location, 100),
                verdict(&done.verdict),
                notes(done.warnings.iter().cloned())
            )
        }),
    );
    Message::text(content)
}

/// A preview that was put aside.
pub fn discarded() -> Message {
    Message::text("Discarded; nothing was published.")
}

/// How far a long load is.
pub fn progress(what: &str, n_done: usize, n_total: usize) -> Message {
    Message::text(format!("{what}: {n_done} of {n_total} …"))
}

/// An article that was removed, with the button that brings it back.
pub fn removed(reference: DocumentRef, title: &str, version: u32) -> Message {
    Message::text(format!(
        "Removed `{reference}` *{}*. No answer quotes it any more.",
        label(title, TITLE_CHARS)
    ))
    .with_row(vec![Button::new(
        "Undo",
        Press::Undo {
            number: reference.number,
            version,
        },
    )])
}

/// An article that was brought back.
pub fn restored(version: &Version) -> Message {
    let which = match version.restores {
        Some(earlier) => format!(" as it was in version {earlier}"),
        None => String::new(),
    };
    Message::text(format!(
        "Restored `{}` *{}*{which}.",
        version.reference,
        label(&version.title, TITLE_CHARS)
    ))
}

/// The versions of an article, the last first.
pub fn history(reference: DocumentRef, versions: &[Version]) -> Message {
    if versions.is_empty() {
        return Message::text(format!("There is no history of `{reference}`."));
    }
    let mut content = format!("**Versions of** `{reference}`\n");
    let shown = versions.iter().rev().take(MAX_VERSIONS);
    push_all(
        &mut content,
        shown.map(|version| {
            let end = match (version.status, version.ended_unix_ms) {
                (Status::Current, _) | (_, None) => String::new(),
                (status, Some(ended)) => format!(
                    "; {} {}{}",
                    status.name(),
                    time(ended),
                    version.ended_by.as_ref().map(by).unwrap_or_default()
                ),
            };
            let restores = match version.restores {
                Some(earlier) => format!(", brings back version {earlier}"),
                None => String::new(),
            };
            format!(
                "- version {} *{}*: stored {}{}{restores}{end}\n",
                version.version,
                label(&version.title, 60),
                time(version.added_unix_ms),
                by(&version.added_by),
            )
        }),
    );
    Message::text(content)
}

fn by(actor: &Actor) -> String {
    match actor {
        Actor::Discord(user) => format!(" by <@{user}>"),
        Actor::CommandLine => " by the operator".to_owned(),
        Actor::Library => " from the library's folder".to_owned(),
        Actor::Feed(address) => format!(" from the feed {}", label(address, 60)),
        Actor::Unknown => String::new(),
    }
}

/// A time as Discord shows it to each reader.
fn time(unix_ms: i64) -> String {
    format!("<t:{}:f>", unix_ms.div_euclid(1_000))
}

/// An export, ready to be saved.
pub fn exported(n_articles: usize, n_left_out: usize, file: super::File) -> Message {
    let mut content = format!("{} of this server.", sentence(&articles(n_articles)));
    if n_left_out > 0 {
        content.push_str(&format!(
            " {} did not fit into a file that Discord takes; the operator can export all of them.",
            articles(n_left_out)
        ));
    }
    Message {
        file: Some(file),
        ..Message::text(content)
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

fn articles(n: usize) -> String {
    match n {
        1 => "one article".to_owned(),
        n => format!("{n} articles"),
    }
}

/// Appends blocks while there is room, and says how many are left out.
fn push_all(content: &mut String, blocks: impl Iterator<Item = String>) {
    let mut n_left_out = 0;
    for block in blocks {
        if n_left_out == 0 && length(content) + length(&block) <= MAX_CONTENT - REST_ROOM {
            content.push_str(&block);
        } else {
            n_left_out += 1;
        }
    }
    if n_left_out > 0 {
        content.push_str(&format!("- and {n_left_out} more\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::hostile;
    use super::*;
    use crate::document::{Collection, Language, Metadata};
    use proptest::prelude::*;

    fn preview(title: &str, verdict: Verdict) -> Preview {
        Preview {
            location: title.to_owned(),
            verdict,
            facts: Some(Facts {
                metadata: Metadata {
                    title: title.to_owned(),
                    outlet: Some(title.to_owned()),
                    ..Metadata::default()
                },
                language: Language::German,
                n_words: 412,
                n_passages: 9,
                size_bytes: 2_400,
            }),
            duplicates: Vec::new(),
            warnings: vec![title.to_owned(); 5],
        }
    }

    proptest! {
        #[test]
        fn ten_hostile_files_fit_into_a_message(title in hostile::title(), n in 1_usize..=10) {
            let reference = DocumentRef { collection: Collection::Guild(1), number: 3 };
            for verdict in [
                Verdict::New,
                Verdict::NewVersion(reference),
                Verdict::AlreadyLoaded(reference),
                Verdict::Skipped(title.clone()),
            ] {
                let all = vec![preview(&title, verdict.clone()); n];
                prop_assert_eq!(previews(PreviewId(u64::MAX), &all).check(), Ok(()));
                let done = Published {
                    location: title.clone(),
                    verdict,
                    reference: Some(reference),
                    duplicates: Vec::new(),
                    warnings: vec![title.clone(); 5],
                };
                prop_assert_eq!(published(&vec![done; n]).check(), Ok(()));
            }
            prop_assert_eq!(removed(reference, &title, 7).check(), Ok(()));
        }
    }
}
