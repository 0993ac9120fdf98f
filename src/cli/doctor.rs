//! `quoth doctor`: is everything in order, and if not, how is it mended?
//!
//! Looks and changes nothing but what opening a store changes (an older one is brought up to date).
//! Every check is a line; a check that another one makes pointless is left out.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

mod folders;

use super::{Ending, OWN, counted, now_unix_ms};
use crate::config::{BotConfig, Config, ConfigError, DOT_ENV, Environment};
use crate::corpus;
use crate::document::Collection;
use crate::engine::{AskOptions, Engine, EngineError, IndexHealth, examine_store, is_store_lost};
use crate::index::Reason;
use crate::neural::Models;
use crate::retrieve::Query;
use crate::store::{Actor, FollowedFeed, StoreError};

/// The article and question that the models have to cope with.
const SAMPLE: &str = "# The lighthouse at Skerry Point\n\nThe lighthouse at Skerry Point was built in \
                      1874. Its lamp was replaced by the engineer Ada Lund.\n";
const SAMPLE_QUESTION: &str = "who replaced the lamp?";
const SAMPLE_ANSWER: &str = "Ada Lund";

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// What was looked at.
    what: String,
    ok: bool,
    /// What was found.
    found: String,
    /// What to do about it, where something is wrong.
    fix: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

/// The checks made so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn ok(&mut self, what: &str, found: impl Into<String>) {
        self.0.push(Check {
            what: what.to_owned(),
            ok: true,
            found: found.into(),
            fix: None,
        });
    }

    fn problem(&mut self, what: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Check {
            what: what.to_owned(),
            ok: false,
            found: found.into(),
            fix: Some(fix.into()),
        });
    }
}

/// Checks everything and tells of it; [`Ending::Nothing`] if something is wrong.
pub(super) fn run(
    environment: &Environment,
    data_dir: Option<PathBuf>,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<Ending> {
    let mut checks = Checks::default();
    let config = check_settings(environment, data_dir, &mut checks);
    check_bot(environment, &mut checks);
    if let Some(config) = config {
        let is_usable = folders::check_data_dir(&config.data_dir, &mut checks);
        folders::check_library(&config.library, &mut checks);
        let models = check_models(&config, &mut checks);
        if is_usable
            && check_store(&config.data_dir, &mut checks)
            && let Some(models) = models
        {
            check_contents(&config.data_dir, models, &mut checks);
        }
    }
    let report = Report {
        ok: checks.0.iter().all(|check| check.ok),
        checks: checks.0,
    };
    if json {
        serde_json::to_writer(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        for check in &report.checks {
            write_line(check, out)?;
        }
    }
    Ok(match report.ok {
        true => Ending::Done,
        false => Ending::Nothing,
    })
}

fn write_line(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let state = if check.ok { "ok" } else { "problem" };
    writeln!(out, "{state:<8} {}: {}", check.what, check.found)?;
    match &check.fix {
        Some(fix) => writeln!(out, "         mend it: {fix}"),
        None => Ok(()),
    }
}

/// The settings, if they can be used.
fn check_settings(
    environment: &Environment,
    data_dir: Option<PathBuf>,
    checks: &mut Checks,
) -> Option<Config> {
    let unknown = environment.unknown();
    let are_known = unknown.is_empty();
    for (name, meant) in unknown {
        let fix = match meant {
            Some(meant) => format!("call it `{meant}`, or take it out"),
            None => "take it out; `.env.example` lists all settings".to_owned(),
        };
        checks.problem("settings", format!("`{name}` is no setting of Quoth"), fix);
    }
    match Config::resolve(environment, data_dir) {
        Ok(config) => {
            if are_known {
                checks.ok("settings", "all can be used");
            }
            Some(config)
        }
        Err(error) => {
            let fix = match environment.fault() {
                Some(ConfigError::DotEnvUnread(_)) => {
                    "let this user read it, or move it away if it is no file"
                }
                Some(_) => {
                    "write each line of `.env` as NAME=value, with quotes around values that \
                     contain spaces"
                }
                None => "correct it in `.env` or in the environment, or take it out",
            };
            let fix = format!("{fix}; what else there is to check is checked then");
            checks.problem("settings", error.to_string(), fix);
            None
        }
    }
}

/// The token and the other settings of the bot. Whether Discord takes the token is not asked: that is
/// for `quoth bot` to find out, which says so at once.
fn check_bot(environment: &Environment, checks: &mut Checks) {
    const WHAT: &str = "bot";
    match BotConfig::resolve(environment) {
        Err(ConfigError::NoToken) => checks.ok(
            WHAT,
            "`DISCORD_TOKEN` is not set, which only `quoth bot` needs",
        ),
        Ok(_) => checks.ok(
            WHAT,
            "its token has the form of one, and its settings can be used",
        ),
        Err(error) => {
            let fix = match error {
                ConfigError::Token => {
                    "copy it again from Discord's developer portal (Bot, Reset Token)"
                }
                _ => "correct it in `.env` or in the environment, or take it out",
            };
            checks.problem(WHAT, error.to_string(), fix);
        }
    }
    if environment.has_token() && is_open_to_others(Path::new(DOT_ENV)) {
        checks.problem(
            WHAT,
            format!("other users of this machine can read `{DOT_ENV}`"),
            format!("chmod 600 {DOT_ENV}"),
        );
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// The models, if they load.
fn check_models(config: &Config, checks: &mut Checks) -> Option<Models> {
    const WHAT: &str = "models";
    let load = || match &config.model_dir {
        Some(dir) => Models::from_dir(dir, config.threads),
        None => Models::bundled(config.threads),
    };
    let fix = match &config.model_dir {
        Some(_) => "take QUOTH_MODEL_DIR out to use the built-in models, or copy the folder again",
        None => "install Quoth again",
    };
    // The sample takes its models with it.
    let (models, sampled) = match load().and_then(|models| Ok((models, load()?))) {
        Ok(loaded) => loaded,
        Err(error) => {
            checks.problem(WHAT, super::chain(&error.into()), fix);
            return None;
        }
    };
    match sample_answer(sampled) {
        Ok(answer) if answer.contains(SAMPLE_ANSWER) => {
            let origin = match &config.model_dir {
                Some(dir) => format!("those of `{}`", dir.display()),
                None => "the built-in ones".to_owned(),
            };
            checks.ok(
                WHAT,
                format!("{origin} are as their checksums say and answer a sample question"),
            );
        }
        Ok(answer) => checks.problem(
            WHAT,
            format!("they answer `{answer}` where `{SAMPLE_ANSWER}` was expected"),
            fix,
        ),
        Err(error) => checks.problem(WHAT, super::chain(&error), fix),
    }
    Some(models)
}

/// The bold words of the first quote that the models find for the sample question.
fn sample_answer(models: Models) -> anyhow::Result<String> {
    let engine = Engine::in_memory(models)?;
    let loaded = corpus::load_bytes("sample.md", SAMPLE.as_bytes())
        .map_err(|skipped| anyhow::anyhow!(skipped.reason))?;
    let articles = vec![(loaded, corpus::Intent::Judge)];
    engine.publish(Collection::Local, articles, &Actor::CommandLine, 0)?;
    let options = AskOptions::new(vec![Collection::Local], 1);
    let answer = engine.ask(&Query::parse(SAMPLE_QUESTION)?, &options)?;
    let bold = |quote: &crate::answer::Quote| {
        let bold = quote.bold().slice(quote.text());
        bold.unwrap_or_default().to_owned()
    };
    Ok(answer.quotes.first().map(bold).unwrap_or_default())
}

/// Whether the store is sound.
fn check_store(data_dir: &Path, checks: &mut Checks) -> bool {
    const WHAT: &str = "store";
    if is_store_lost(data_dir) {
        checks.problem(
            WHAT,
            "empty, though there are indexes of articles that were in it",
            format!("{FROM_ARCHIVE}; to begin anew instead, delete the folder `index` beside it"),
        );
        return false;
    }
    match examine_store(data_dir) {
        Ok(None) => {
            checks.ok(WHAT, "there is none yet; the first command creates it");
            false
        }
        Ok(Some(health)) if health.faults.is_empty() => {
            let version = match health.version == health.latest {
                true => format!("schema version {}, the latest", health.version),
                false => format!(
                    "schema version {}, which the next command brings to {}",
                    health.version, health.latest
                ),
            };
            checks.ok(WHAT, format!("sound; {version}"));
            true
        }
        Ok(Some(health)) => {
            let n = health.faults.len();
            let first = health.faults.into_iter().next().unwrap_or_default();
            let more = match n {
                1 => String::new(),
                n => format!(" (and {})", counted(n as u64 - 1, "more fault")),
            };
            checks.problem(WHAT, format!("damaged: {first}{more}"), FROM_ARCHIVE);
            false
        }
        Err(error) => {
            let fix = store_fix(&error);
            checks.problem(WHAT, super::chain(&error.into()), fix);
            false
        }
    }
}

/// What mends a store whose file is beyond repair. Moving away keeps what may still be read of it.
const FROM_ARCHIVE: &str = "move the files `quoth.db*` away, keep them, and before any other command \
                            read your last archive back: quoth import FILE (`quoth export FILE` \
                            makes one)";

/// What to do about a store that cannot be opened.
fn store_fix(error: &EngineError) -> String {
    let EngineError::Store(error) = error else {
        return "look at the disk and the rights of the data directory".to_owned();
    };
    match error {
        StoreError::Newer { .. } => {
            "install a Quoth at least as new as the one that wrote it; leave the store as it is"
                .to_owned()
        }
        StoreError::Open { path, .. } if path.is_dir() => {
            format!("`{}` is a folder: move it away", path.display())
        }
        StoreError::Open { path, .. } | StoreError::ReadOnly { path } => format!(
            "run Quoth as the owner of `{0}`, or let this user read and write it: chown \"$USER\" '{0}'",
            path.display()
        ),
        StoreError::Full { .. } => "make room on its disk, or look at the disk's health".to_owned(),
        StoreError::Busy { .. } => "end the other processes of Quoth and try again".to_owned(),
        StoreError::NotQuoth { path } => format!(
            "if it is another program's, set QUOTH_DATA_DIR to another folder; if `{}` was overwritten, \
             {FROM_ARCHIVE}",
            path.display()
        ),
        StoreError::Damaged { .. } => FROM_ARCHIVE.to_owned(),
        _ => "look at the disk of the data directory and try again".to_owned(),
    }
}

/// What the store holds: its indexes and feeds.
fn check_contents(data_dir: &Path, models: Models, checks: &mut Checks) {
    let opened = Engine::open(data_dir, models, Arc::new(|_| {}));
    let listed = opened.and_then(|engine| {
        let collections = engine.collections()?;
        let feeds = engine.all_feeds()?;
        Ok((engine, collections, feeds))
    });
    let (engine, collections, feeds) = match listed {
        Ok(listed) => listed,
        Err(error) => {
            let fix = store_fix(&error);
            checks.problem("store", super::chain(&error.into()), fix);
            return;
        }
    };
    for collection in collections {
        check_index(&engine, collection, checks);
    }
    check_feeds(&feeds, checks);
}

fn check_index(engine: &Engine, collection: Collection, checks: &mut Checks) {
    let what = format!("index of {collection}");
    let fix = format!("quoth reindex --collection {collection}");
    match engine.index_health(collection) {
        Ok(IndexHealth::Current(n_passages)) => {
            checks.ok(
                &what,
                format!("up to date, {}", counted(n_passages as u64, "passage")),
            );
        }
        Ok(IndexHealth::Behind(n_changes)) => checks.problem(
            &what,
            format!(
                "{} behind the store, which the next question brings in",
                counted(n_changes, "change")
            ),
            fix,
        ),
        Ok(IndexHealth::Unusable(reason)) => {
            let reason = match reason {
                Reason::Missing => "missing".to_owned(),
                Reason::Outdated => "made by another version or with other models".to_owned(),
                Reason::Damaged(what) => format!("damaged: {what}"),
            };
            checks.problem(
                &what,
                format!("{reason}; the next question builds it anew"),
                fix,
            );
        }
        Err(error) => checks.problem(&what, super::chain(&error.into()), fix),
    }
}

fn check_feeds(feeds: &[FollowedFeed], checks: &mut Checks) {
    let now_unix_ms = now_unix_ms();
    let (mut n_sound, mut n_unseen) = (0usize, 0usize);
    for feed in feeds {
        let Some(fault) = &feed.fault else {
            match feed.looked_unix_ms {
                Some(_) => n_sound += 1,
                None => n_unseen += 1,
            }
            continue;
        };
        let what = format!("feed {} of {}", feed.id.0, feed.collection);
        let place = match feed.collection {
            OWN => String::new(),
            collection => format!(" --collection {collection}"),
        };
        let gives_up = format!("`quoth feed remove {}{place}` gives it up", feed.id.0);
        let tries = format!("`quoth feed run {}{place}`", feed.id.0);
        let fix = match feed.next_unix_ms {
            _ if feed.n_failed == 0 && feed.n_loaded >= feed.article_limit => {
                format!(
                    "`quoth feed add '{}' --limit N{place}` gives it a higher limit, {gives_up}",
                    feed.url
                )
            }
            Some(next) if next > now_unix_ms => {
                format!("it is tried again by itself; {tries} tries now, {gives_up}")
            }
            _ => format!("{tries} tries again, {gives_up}"),
        };
        checks.problem(&what, format!("`{}`: {fault}", feed.url), fix);
    }
    let mut found = Vec::new();
    if n_sound > 0 {
        let answer = if n_sound == 1 { "answers" } else { "answer" };
        found.push(format!("{n_sound} {answer}"));
    }
    if n_unseen > 0 {
        found.push(format!(
            "{n_unseen} not looked at yet, which `quoth bot` and `quoth feed run` do"
        ));
    }
    if !found.is_empty() {
        checks.ok("feeds", found.join(", "));
    }
}
