//! Loading, replacing and removing articles, as those who do it see it.

use super::escape::{label, length, shortened};
use super::source::TITLE_CHARS;
use super::{Button, Look, MAX_CONTENT, Message};
use crate::corpus::{Facts, Preview, Published, Verdict};
use crate::discord::components::Press;
use crate::document::{DocumentRef, Language};
use crate::store::{Actor, PreviewId, Status, Version};

/// Characters of a file's name or of a reason that are shown.
const REASON_CHARS: usize = 200;
/// Warnings and near copies shown of each article.
const MAX_NOTES: usize = 3;
/// Versions of an article that are listed.
pub const MAX_VERSIONS: usize = 12;
/// Articles of one publication named in the log channel.
const MAX_LOGGED: usize = 5;
/// How the locations of what people bring begin: files, texts typed, messages. They are stored with
/// the articles, so they stay as they are.
pub const ATTACHED: &str = "discord file ";
/// See [`ATTACHED`].
pub const TYPED: &str = "discord text ";
/// See [`ATTACHED`].
pub const SAID: &str = "discord message ";
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
        None => format!("- {}", named(&preview.location)),
    };
    let verdict = verdict(&preview.verdict, &preview.location);
    block.push_str(&format!(" — {verdict}\n"));
    // What was typed and is left out comes first, before copies: there is room for few notes.
    let (first, rest) = preview.warnings.split_at(preview.warnings.len().min(1));
    block.push_str(&notes(
        first
            .iter()
            .cloned()
            .chain(preview.duplicates.iter().map(ToString::to_string))
            .chain(rest.iter().cloned()),
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
    parts.push(match facts.language {
        Language::Other => "unknown language".to_owned(),
        // The variants are named as the languages are.
        language => format!("{language:?}"),
    });
    parts.push(facts.extent());
    parts.join(", ")
}

/// What was brought, by the name it has for whoever brought it.
fn named(location: &str) -> String {
    match location.strip_prefix(ATTACHED) {
        Some(name) => format!("`{}`", shortened(name, REASON_CHARS).replace('`', "'")),
        None if location.starts_with(TYPED) => "the text".to_owned(),
        None if location.starts_with(SAID) => "the message".to_owned(),
        None => label(location, REASON_CHARS),
    }
}

/// Why something is no article. A reason names it, as it should in a list of paths; here its name
/// stands before it.
fn reason(reason: &str, location: &str) -> String {
    let name = location.strip_prefix(ATTACHED).unwrap_or(location);
    let own = reason.strip_prefix(&format!("article `{name}` "));
    match own {
        Some("has no text") => "no text in it".to_owned(),
        Some(own) => format!("it {}", label(own, REASON_CHARS)),
        None => label(reason, REASON_CHARS),
    }
}

fn verdict(verdict: &Verdict, location: &str) -> String {
    match verdict {
        Verdict::New => "new".to_owned(),
        Verdict::NewVersion(of) => format!("a new version of `{of}`"),
        Verdict::AlreadyLoaded(as_what) => format!("already here as `{as_what}`"),
        Verdict::Skipped(why) => format!("not loaded: {}", reason(why, location)),
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
        "**Published {}.** {} can be quoted from now on.\n",
        articles(n_stored),
        if n_stored == 1 { "It" } else { "They" }
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
                "{name}*{}* — {}\n{}",
                label(&done.title, 100),
                verdict(&done.verdict, &done.location),
                notes(done.warnings.iter().cloned())
            )
        }),
    );
    Message::text(content)
}

/// What was published, for the log channel; `None` if nothing was.
pub fn publishing(published: &[Published]) -> Option<String> {
    let stored: Vec<String> = published
        .iter()
        .filter(|done| done.verdict.stores())
        .filter_map(|done| {
            let title = label(&done.title, 80);
            Some(format!("`{}` *{title}*", done.reference?))
        })
        .collect();
    let more = match stored.len().saturating_sub(MAX_LOGGED) {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    let shown = stored.get(..MAX_LOGGED).unwrap_or(&stored).join(", ");
    (!stored.is_empty()).then(|| format!("published {shown}{more}."))
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
    use super::super::help::log;
    use super::super::hostile;
    use super::*;
    use crate::corpus::Duplicate;
    use crate::document::{Collection, Date, DocumentId, Metadata};
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

    const THIRD: DocumentRef = DocumentRef {
        collection: Collection::Guild(1),
        number: 3,
    };

    fn version(number: u32, title: &str) -> Version {
        Version {
            reference: THIRD,
            id: DocumentId(u64::from(number)),
            version: number,
            status: Status::Replaced,
            title: title.to_owned(),
            size_bytes: 9,
            added_unix_ms: i64::from(number) * 1_000_000,
            added_by: Actor::Discord(12),
            ended_unix_ms: Some(i64::from(number + 1) * 1_000_000),
            ended_by: Some(Actor::Discord(13)),
            restores: None,
            source_location: None,
        }
    }

    #[test]
    fn previews_tell_languages_copies_and_reasons() {
        let mut copy = preview("Talks [end]", Verdict::NewVersion(THIRD));
        copy.warnings = vec!["the date was read from the page".to_owned()];
        copy.duplicates = vec![Duplicate {
            reference: THIRD,
            metadata: Metadata {
                title: "Talks end".to_owned(),
                outlet: Some("Riga Gazette".to_owned()),
                published: Date::from_ymd(2024, 6, 10),
                ..Metadata::default()
            },
            shared: 0.9,
            is_of_other_outlet: true,
        }];
        let skipped = |location: &str, reason: &str| Preview {
            location: location.to_owned(),
            verdict: Verdict::Skipped(reason.to_owned()),
            facts: None,
            duplicates: Vec::new(),
            warnings: Vec::new(),
        };
        let all = [
            copy,
            skipped("discord file a.md", "article `a.md` has no text"),
            skipped(
                "discord file b.pdf",
                "article `b.pdf` is 70 bytes, above the limit of 60",
            ),
            skipped("discord text 17", "something else"),
        ];
        insta::assert_snapshot!(previews(PreviewId(5), &all).content, @r"
        **Publish 1 of 4 files?**
        - *Talks \[end\]*, Talks \[end\], no date, German, 412 words, 9 passages — a new version of `3`
        -# the date was read from the page
        -# also published by Riga Gazette (\#3)
        - `a.md` — not loaded: no text in it
        - `b.pdf` — not loaded: it is 70 bytes, above the limit of 60
        - the text — not loaded: something else
        ");
    }

    #[test]
    fn what_was_published_is_told_by_title() {
        let done = |number: u32| Published {
            location: "discord text 1795649498618".to_owned(),
            title: format!("Lighthouse *{number}* sold"),
            verdict: Verdict::New,
            reference: Some(DocumentRef { number, ..THIRD }),
            duplicates: Vec::new(),
            warnings: vec!["it has no date".to_owned()],
        };
        insta::assert_snapshot!(published(&[done(4)]).content, @r"
        **Published one article.** It can be quoted from now on.
        - `4` *Lighthouse \*4\* sold* — new
        -# it has no date
        ");
        let all: Vec<Published> = (1..=7).map(done).collect();
        insta::assert_snapshot!(log(12, &publishing(&all).unwrap()).content, @r"<@12> published `1` *Lighthouse \*1\* sold*, `2` *Lighthouse \*2\* sold*, `3` *Lighthouse \*3\* sold*, `4` *Lighthouse \*4\* sold*, `5` *Lighthouse \*5\* sold*, and 2 more.");
        assert_eq!(publishing(&[]), None);
        insta::assert_snapshot!(published(&[]).content, @"**Nothing was published.**");
    }

    #[test]
    fn history_restoring_exporting_and_progress() {
        let mut last = version(3, "Talks *end*");
        (last.status, last.restores, last.ended_unix_ms) = (Status::Current, Some(1), None);
        last.added_by = Actor::CommandLine;
        let mut withdrawn = version(2, "Talks end");
        withdrawn.status = Status::Removed;
        let all = [version(1, "Talks"), withdrawn, last.clone()];
        insta::assert_snapshot!(history(THIRD, &all).content, @r"
        **Versions of** `3`
        - version 3 *Talks \*end\**: stored <t:3000:f> by the operator, brings back version 1
        - version 2 *Talks end*: stored <t:2000:f> by <@12>; removed <t:3000:f> by <@13>
        - version 1 *Talks*: stored <t:1000:f> by <@12>; replaced <t:2000:f> by <@13>
        ");
        insta::assert_snapshot!(history(THIRD, &[]).content, @"There is no history of `3`.");
        insta::assert_snapshot!(restored(&last).content, @r"Restored `3` *Talks \*end\** as it was in version 1.");
        last.restores = None;
        insta::assert_snapshot!(restored(&last).content, @r"Restored `3` *Talks \*end\**.");
        let file = || super::super::File {
            name: "articles.jsonl".to_owned(),
            bytes: Vec::new(),
            description: String::new(),
        };
        insta::assert_snapshot!(exported(1, 0, file()).content, @"One article of this server.");
        insta::assert_snapshot!(exported(3, 2, file()).content, @"3 articles of this server. 2 articles did not fit into a file that Discord takes; the operator can export all of them.");
        insta::assert_snapshot!(progress("Downloaded", 3, 10).content, @"Downloaded: 3 of 10 …");
        insta::assert_snapshot!(removed(THIRD, "Talks *end*", 2).content, @r"Removed `3` *Talks \*end\**. No answer quotes it any more.");
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
                    title: title.clone(),
                    verdict,
                    reference: Some(reference),
                    duplicates: Vec::new(),
                    warnings: vec![title.clone(); 5],
                };
                let all = vec![done; n];
                prop_assert_eq!(published(&all).check(), Ok(()));
                let told = publishing(&all).unwrap_or_else(|| "nothing".to_owned());
                prop_assert_eq!(log(u64::MAX, &told).check(), Ok(()));
            }
            prop_assert_eq!(removed(reference, &title, 7).check(), Ok(()));
        }
    }
}
