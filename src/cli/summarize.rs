//! `quoth summarize`: an article, a file or a topic in the articles' own sentences.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{anyhow, bail};
use clap::Args;

use super::{Ending, OWN, Session, json, terminal};
use crate::corpus;
use crate::document::{Collection, Date, DocumentRef};
use crate::engine::TopicOptions;
use crate::retrieve::{Article, Query};
use crate::summary::{
    self, Length, MAX_SUMMARY_SENTENCES, MAX_SUMMARY_WORDS, NoSummary, SummarySentence,
};

/// Sentences unless told otherwise, of an article and of a topic.
const ARTICLE_SENTENCES: usize = 5;
const TOPIC_SENTENCES: usize = 8;

#[derive(Debug, Args)]
#[command(
    override_usage = "quoth summarize [OPTIONS] <ID|PATH>\n       quoth summarize [OPTIONS] --topic <TEXT>"
)]
pub(super) struct Arguments {
    /// An article's id, as `quoth list` shows it, or the path of a file
    #[arg(
        value_name = "ID|PATH",
        required_unless_present = "topic",
        conflicts_with = "topic"
    )]
    article: Option<String>,
    /// Summarize what all articles say about this
    #[arg(long, value_name = "TEXT")]
    topic: Option<String>,
    /// At most this many sentences, 1 to 100 [default: 5, of a topic 8]
    #[arg(long, value_name = "N", conflicts_with = "words",
          value_parser = clap::value_parser!(u32).range(1..=MAX_SUMMARY_SENTENCES as i64))]
    sentences: Option<u32>,
    /// About this many words, 1 to 5,000, in whole sentences
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=MAX_SUMMARY_WORDS as i64))]
    words: Option<u32>,
    /// Of a topic, only articles published on this day or later (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Of a topic, only articles published on this day or earlier (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Only what older articles than `--since` do not say
    #[arg(long)]
    new: bool,
    /// Leave the library out: only articles you added
    #[arg(long)]
    no_library: bool,
}

impl Arguments {
    fn length(&self, default_sentences: usize) -> Length {
        match (self.sentences, self.words) {
            (_, Some(words)) => Length::Words(words as usize),
            (Some(sentences), None) => Length::Sentences(sentences as usize),
            (None, None) => Length::Sentences(default_sentences),
        }
    }
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let has_time = arguments.since.is_some() || arguments.until.is_some() || arguments.new;
    if has_time && arguments.topic.is_none() {
        bail!("`--since`, `--until` and `--new` are for a `--topic`");
    }
    if arguments.new && arguments.since.is_none() {
        bail!("`--new` needs `--since DATE`: it leaves out what was said before that day");
    }
    match (&arguments.topic, &arguments.article) {
        (Some(topic), _) => of_topic(topic, arguments, session),
        (None, Some(name)) => match DocumentRef::parse(name, OWN) {
            Ok(reference) => of_stored(reference, arguments, session),
            Err(error) => {
                let path = Path::new(name);
                if !path.exists() {
                    bail!("{error}; nor is there a file of that name");
                }
                of_file(path, arguments, session)
            }
        },
        (None, None) => bail!("name an article or a `--topic`"),
    }
}

fn of_stored(
    reference: DocumentRef,
    arguments: &Arguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    let engine = session.engine()?;
    let started = Instant::now();
    let found = match engine.resolve(reference)? {
        Some(id) => engine.summarize(id, arguments.length(ARTICLE_SENTENCES))?,
        None => None,
    };
    let Some(found) = found else {
        bail!("there is no article `{reference}`; `quoth list` shows the ids");
    };
    print_article(&found, started, session)
}

fn of_file(
    path: &Path,
    arguments: &Arguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    let (found, skipped) = corpus::find(&[PathBuf::from(path)]);
    if let Some(skipped) = skipped.first() {
        bail!("{}", skipped.reason);
    }
    let [found] = found.as_slice() else {
        bail!(
            "`{}` holds {} articles; name one, or add them and ask for a `--topic`",
            path.display(),
            found.len()
        );
    };
    let loaded = match corpus::load(found) {
        Ok(loaded) => loaded,
        Err(skipped) => bail!("{}", skipped.reason),
    };
    let models = session.models()?;
    let started = Instant::now();
    let article = Arc::new(Article::unstored(loaded.draft, &models));
    let found = summary::article(&article, arguments.length(ARTICLE_SENTENCES), &models);
    print_article(&found, started, session)
}

fn print_article(
    found: &Result<Vec<SummarySentence>, NoSummary>,
    started: Instant,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    if session.json {
        let view = json::SummarizeView::article(found, took_ms(started));
        serde_json::to_writer(&mut *session.out, &view)?;
        writeln!(session.out)?;
    } else {
        let text = match found {
            Ok(sentences) => terminal::summary(sentences, session.style),
            Err(reason) => terminal::no_summary(*reason),
        };
        session.out.write_all(text.as_bytes())?;
    }
    Ok(ending(found))
}

fn of_topic(
    topic: &str,
    arguments: &Arguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    // Checked before anything is opened, as a question is.
    let query = Query::parse(topic).map_err(|error| anyhow!(error.of_topic()))?;
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since > until
    {
        bail!("`--since {since}` is after `--until {until}`: no article can match");
    }
    let mut collections = vec![OWN];
    if !arguments.no_library {
        collections.insert(0, Collection::Library);
    }
    let engine = session.engine()?;
    let options = TopicOptions {
        collections,
        since: arguments.since,
        until: arguments.until,
        only_new: arguments.new,
        length: arguments.length(TOPIC_SENTENCES),
    };
    let started = Instant::now();
    let topic = engine.understood(&query, &options.collections)?;
    let found = engine.summarize_topic(&topic, &options)?;
    let understood = topic.unless_typed(query.text());
    if session.json {
        let view = json::SummarizeView::topic(query.text(), understood, &found, took_ms(started));
        serde_json::to_writer(&mut *session.out, &view)?;
        writeln!(session.out)?;
    } else {
        if let Some(understood) = understood {
            writeln!(session.out, "Understood as: {understood}")?;
        }
        let text = match &found {
            Ok(summary) => terminal::topic_summary(summary, session.style),
            Err(reason) => terminal::no_summary(*reason),
        };
        session.out.write_all(text.as_bytes())?;
    }
    Ok(ending(&found))
}

pub(super) fn took_ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

pub(super) fn ending<T>(found: &Result<T, NoSummary>) -> Ending {
    match found {
        Ok(_) => Ending::Done,
        Err(_) => Ending::Nothing,
    }
}
