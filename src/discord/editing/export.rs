//! A guild's articles as files to take away.

use super::{allowed, own_article};
use crate::discord::Data;
use crate::discord::caller::Caller;
use crate::discord::error::{Failure, UserError};
use crate::discord::render::{File, Message, editing as view};
use crate::discord::reply::Reply;
use crate::document::{Collection, Document};
use crate::engine::Engine;

/// Bytes of an export; Discord takes 10 MiB of a bot.
const MAX_EXPORT_BYTES: usize = 8 << 20;
/// Articles read at a time for an export.
const EXPORT_BATCH: u64 = 200;

/// An article as Markdown, or all of them as lines of JSON.
///
/// # Errors
/// [`Failure`].
pub(in crate::discord) async fn export(
    data: &Data,
    caller: &Caller,
    name: Option<String>,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let (guild, settings) = allowed(data, caller).await?;
    reply.defer(true).await?;
    let message = data
        .door
        .load(guild, move |engine| match name {
            Some(name) => {
                let reference = own_article(engine, guild, &name)?;
                let document = engine.document(reference)?;
                let document = document.ok_or(UserError::Article(name))?;
                let bytes = markdown(&document).into_bytes();
                if bytes.len() > MAX_EXPORT_BYTES {
                    return Err(too_large().into());
                }
                let file = File {
                    name: format!("article-{}.md", reference.number),
                    bytes,
                    description: String::new(),
                };
                Ok(view::exported(1, 0, file))
            }
            None => export_all(engine, Collection::Guild(guild)),
        })
        .await?;
    data.tell(guild, &settings, caller.user, "exported articles.");
    reply.send(&message, true).await?;
    Ok(())
}

fn export_all(engine: &Engine, collection: Collection) -> Result<Message, Failure> {
    let mut bytes = Vec::new();
    let (mut n_articles, mut n_left_out, mut offset) = (0, 0, 0);
    loop {
        let found = engine.summaries(collection, offset, EXPORT_BATCH)?;
        if found.is_empty() {
            break;
        }
        offset += found.len() as u64;
        for summary in found {
            let Some(document) = engine.document(summary.reference)? else {
                continue;
            };
            let line = json_line(&document);
            if bytes.len() + line.len() > MAX_EXPORT_BYTES {
                n_left_out += 1;
            } else {
                bytes.extend(line.into_bytes());
                n_articles += 1;
            }
        }
    }
    if n_articles == 0 && n_left_out > 0 {
        return Err(too_large().into());
    }
    if n_articles == 0 {
        return Err(
            UserError::Other("this server has no articles of its own yet".to_owned()).into(),
        );
    }
    let file = File {
        name: "articles.jsonl".to_owned(),
        bytes,
        description: String::new(),
    };
    Ok(view::exported(n_articles, n_left_out, file))
}

fn too_large() -> UserError {
    UserError::Other(format!(
        "the file would be larger than the {} MiB that I send; the operator can export it",
        MAX_EXPORT_BYTES >> 20
    ))
}

fn json_line(document: &Document) -> String {
    let metadata = &document.metadata;
    let mut line = serde_json::json!({
        "id": document.reference.to_string(),
        "title": metadata.title,
        "outlet": metadata.outlet,
        "date": metadata.published.map(|date| date.to_string()),
        "url": metadata.url,
        "tags": metadata.tags,
        "language": document.language.code(),
        "text": document.text,
    })
    .to_string();
    line.push('\n');
    line
}

/// An article as a file that `/article add` takes back: JSON strings are YAML too.
fn markdown(document: &Document) -> String {
    let metadata = &document.metadata;
    let quoted = |text: &str| serde_json::json!(text).to_string();
    let mut front = format!("---\ntitle: {}\n", quoted(&metadata.title));
    if let Some(date) = metadata.published {
        front.push_str(&format!("date: {date}\n"));
    }
    if let Some(outlet) = &metadata.outlet {
        front.push_str(&format!("outlet: {}\n", quoted(outlet)));
    }
    if let Some(url) = &metadata.url {
        front.push_str(&format!("url: {}\n", quoted(url)));
    }
    if !metadata.tags.is_empty() {
        front.push_str(&format!("tags: {}\n", serde_json::json!(metadata.tags)));
    }
    format!("{front}---\n\n{}\n", document.text)
}
