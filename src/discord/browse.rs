//! Pages of what the bot knows, for commands and for the buttons that turn them.

use super::Data;
use super::asking::{article, timely};
use super::caller::Caller;
use super::components::MAX_WORDS_CHARS;
use super::error::{Failure, UserError};
use super::render::articles::{self as view, PAGE_ARTICLES, Stats};
use super::render::{File, Message, chart};
use super::reply::{Deferral, Reply};
use crate::document::{Collection, DocumentRef};
use crate::store::GuildSettings;

/// Days that the chart of questions reaches back.
const CHART_DAYS: u32 = 90;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Titles looked through for a page of a search at most.
const MAX_FOUND: usize = 500;

/// A page of the guild's own articles, or of the library's.
pub(super) async fn list(
    data: &Data,
    caller: &Caller,
    library: bool,
    page: u32,
) -> Result<Message, Failure> {
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let collection = shelf(caller, &settings, library)?;
    let asks_library = settings.library;
    data.door
        .quick(move |engine| {
            let n_articles = engine.count(collection)?;
            let page = page.min(view::pages(n_articles) - 1);
            let offset = u64::from(page) * u64::from(PAGE_ARTICLES);
            let found = engine.summaries(collection, offset, u64::from(PAGE_ARTICLES))?;
            Ok(view::list(library, asks_library, &found, page, n_articles))
        })
        .await
}

/// A page of the articles whose titles hold these words.
pub(super) async fn search(
    data: &Data,
    caller: &Caller,
    words: String,
    page: u32,
) -> Result<Message, Failure> {
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let collections = caller.collections(&settings);
    // As titles are stored, and as a button can hold them.
    let words: String = crate::text::normalize(&words)
        .trim()
        .chars()
        .take(MAX_WORDS_CHARS)
        .collect();
    if words.is_empty() {
        return Err(UserError::NoTitle.into());
    }
    data.door
        .quick(move |engine| {
            let size = PAGE_ARTICLES as usize;
            let last = MAX_FOUND / size - 1;
            let page = (page as usize).min(last);
            let found = engine.titles(&collections, &words, (page + 1) * size + 1)?;
            let has_more = found.len() > (page + 1) * size && page < last;
            let shown: Vec<_> = found.into_iter().skip(page * size).take(size).collect();
            let page = u32::try_from(page).unwrap_or(0);
            Ok(view::search(&words, &shown, page, has_more))
        })
        .await
}

/// A page of an article, by its name or title.
pub(super) async fn show_named(
    data: &Data,
    caller: &Caller,
    name: String,
) -> Result<Message, Failure> {
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let (collections, own) = (caller.collections(&settings), caller.own());
    data.door
        .quick(move |engine| {
            let reference = article(engine, &name, &collections, own)?;
            let document = engine.document(reference)?;
            let document = document.ok_or(UserError::Article(name))?;
            Ok(view::show(&document, 0))
        })
        .await
}

/// A page of an article.
pub(super) async fn show(
    data: &Data,
    caller: &Caller,
    library: bool,
    number: u32,
    page: u32,
) -> Result<Message, Failure> {
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let collection = shelf(caller, &settings, library)?;
    let reference = DocumentRef { collection, number };
    data.door
        .quick(move |engine| match engine.document(reference)? {
            Some(document) => Ok(view::show(&document, page)),
            None => Err(UserError::Article(reference.to_string()).into()),
        })
        .await
}

/// The collection that is meant, if the caller may see it.
pub(super) fn shelf(
    caller: &Caller,
    settings: &GuildSettings,
    library: bool,
) -> Result<Collection, UserError> {
    let wanted = match (library, caller.guild) {
        (true, _) => Collection::Library,
        (false, Some(guild)) => Collection::Guild(guild),
        (false, None) => return Err(UserError::GuildOnly),
    };
    match caller.collections(settings).contains(&wanted) {
        true => Ok(wanted),
        false => Err(UserError::Other(
            "the library is switched off in this server".to_owned(),
        )),
    }
}

/// Answers with numbers and a chart about the guild's articles and questions. It may have to open an
/// index first, so it stands in the queue of questions.
pub(super) async fn stats(data: &Data, caller: &Caller, reply: &mut Reply) -> Result<(), Failure> {
    let guild = caller.guild.ok_or(UserError::GuildOnly)?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let with_library = settings.library;
    let today = i32::try_from(data.now_unix_ms() / DAY_MS).unwrap_or(0);
    let since = today - CHART_DAYS as i32 + 1;
    let work = data.door.ask(move |engine| {
        let own = Collection::Guild(guild);
        let growth = engine.growth(guild, since)?;
        let mut n_passages = engine.n_passages(own)? as u64;
        let n_library = match with_library {
            true => {
                n_passages += engine.n_passages(Collection::Library)? as u64;
                Some(engine.count(Collection::Library)?)
            }
            false => None,
        };
        let stats = Stats {
            n_own: engine.count(own)?,
            n_library,
            n_passages,
            n_questions: growth.questions.iter().map(|(_, n)| n).sum(),
            n_days: CHART_DAYS,
        };
        let file = File {
            name: "growth.png".to_owned(),
            bytes: chart::growth(&growth, since, today),
            description: format!(
                "Two rows of bars, one bar a day of the last {CHART_DAYS}: articles above, questions below."
            ),
        };
        Ok(view::stats(&stats, Some(file)))
    });
    let message = timely(data, work, reply, Deferral::of(true)).await?;
    reply.send(&message, true).await?;
    Ok(())
}
