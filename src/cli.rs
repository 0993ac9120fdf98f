//! The command line: one file a subcommand, each writing to the writer it is given.
//!
//! Owns arguments, terminal output and exit codes: 0 done, 1 ran but found nothing or skipped
//! something, 2 error. Results go to stdout, everything else to stderr; a reader that closes the
//! pipe early is no error. Read [`run`] first.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::config::{BotConfig, Config, Environment};
use crate::document::{Collection, DocumentRef};
use crate::engine::{Engine, LibrarySource};
use crate::extract::worker;
use crate::neural::Models;
use crate::store::Actor;

mod add;
mod archive;
mod ask;
mod bot;
mod digest;
mod doctor;
mod eval;
mod feed;
mod history;
mod interrupt;
mod json;
mod list;
mod pages;
mod preview;
mod progress;
mod reindex;
mod remove;
mod replace;
mod restore;
mod show;
mod style;
mod summarize;
mod terminal;
mod time;

pub use style::Style;

/// Answers questions from a corpus of articles, in the articles' own words.
#[derive(Debug, Parser)]
#[command(name = "quoth", version, about, max_term_width = 100)]
struct Arguments {
    /// Where articles and indexes are kept [env: QUOTH_DATA_DIR] [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Print results and errors only: no progress, no notes
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask a question; without one, ask one after another at a prompt
    Ask(ask::Arguments),
    /// Add articles: files, folders or archives (Markdown, text, HTML, PDF, DOCX), or addresses
    Add(add::Arguments),
    /// List the articles
    List(list::Arguments),
    /// Show an article
    Show(show::Arguments),
    /// Remove articles
    Remove(remove::Arguments),
    /// Bring back a removed article or an earlier version
    Restore(restore::Arguments),
    /// Put another text in an article's place
    Replace(replace::Arguments),
    /// Show the versions of an article, or the last changes
    History(history::Arguments),
    /// Follow feeds (RSS, Atom, JSON Feed), whose articles are loaded as they appear
    #[command(subcommand)]
    Feed(feed::Command),
    /// Check that everything is in order, and say how to mend what is not
    Doctor,
    /// Build the indexes anew
    Reindex(reindex::Arguments),
    /// Write everything to an archive
    Export(archive::ExportArguments),
    /// Read an archive into an empty data directory
    Import(archive::ImportArguments),
    /// Summarize an article or a topic in the articles' own sentences
    Summarize(summarize::Arguments),
    /// The most important recent articles, one sentence each
    Digest(digest::Arguments),
    /// Measure answers against judged questions, summaries against references
    Eval(eval::Arguments),
    /// Answer in Discord until told to stop; DISCORD_TOKEN has to be set
    Bot,
}

/// How a command ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// All done.
    Done,
    /// It ran, but found nothing or skipped something.
    Nothing,
    /// It ended by an error that was told and that may be gone the next time.
    ForNow,
}

/// What every command needs: settings and where to write.
struct Session<'a> {
    config: Config,
    json: bool,
    quiet: bool,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// How stdout may be dressed.
    style: Style,
}

/// Runs the program on the process's arguments, environment and streams.
pub fn main() -> ExitCode {
    if let Some(code) = extract_worker() {
        return code;
    }
    if let Ok(program) = std::env::current_exe() {
        worker::isolate(program);
    }
    let environment = Environment::load();
    let style = Style::of_terminal(&io::stdout());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let code = run(
        std::env::args_os(),
        &environment,
        style,
        &mut out,
        &mut io::stderr(),
    );
    match out.flush() {
        // What failed to be written stays in the buffer: the command has told of it already.
        Err(error) if code != 2 && error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(
                io::stderr(),
                "quoth: the results cannot be written: {error}"
            );
            ExitCode::from(2)
        }
        _ => ExitCode::from(code),
    }
}

/// Reads one file and ends, if this process was started for that. It comes before everything else:
/// such a process reads no setting and no `.env`.
fn extract_worker() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != worker::COMMAND || arguments.next().is_some() {
        return None;
    }
    let done = worker::run(&mut io::stdin().lock(), &mut io::stdout().lock());
    Some(ExitCode::from(if done.is_ok() { 0 } else { 2 }))
}

/// Runs one command and returns its exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    style: Style,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    run_adjusted(arguments, environment, |_| {}, style, out, err)
}

/// [`run`] with settings that no variable has, for tests that serve pages on their own machine.
pub fn run_adjusted(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    adjust: impl FnOnce(&mut Config),
    style: Style,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = error.render();
            let _ = match error.use_stderr() {
                true => write!(err, "{text}"),
                false => write!(out, "{text}"),
            };
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    if let Command::Doctor = arguments.command {
        let outcome = doctor::run(environment, arguments.data_dir, arguments.json, out);
        return ended(outcome, err);
    }
    let result = Config::resolve(environment, arguments.data_dir.clone())
        .map_err(anyhow::Error::from)
        .and_then(|mut config| {
            adjust(&mut config);
            let style = if config.no_color {
                style.plain()
            } else {
                style
            };
            let mut session = Session {
                config,
                json: arguments.json,
                quiet: arguments.quiet,
                out,
                err,
                style,
            };
            dispatch(arguments.command, environment, &mut session)
        });
    ended(result, err)
}

/// The exit code of an outcome, whose error is told.
fn ended(outcome: anyhow::Result<Ending>, err: &mut dyn Write) -> u8 {
    match outcome {
        Ok(Ending::Done) => 0,
        Ok(Ending::Nothing | Ending::ForNow) => 1,
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            let _ = writeln!(err, "quoth: {}", style::visible(&chain(&error)));
            2
        }
    }
}

fn dispatch(
    command: Command,
    environment: &Environment,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Command::Ask(arguments) => ask::run(&arguments, session),
        Command::Add(arguments) => add::run(&arguments, session),
        Command::List(arguments) => list::run(&arguments, session),
        Command::Show(arguments) => show::run(&arguments, session),
        Command::Remove(arguments) => remove::run(&arguments, session),
        Command::Restore(arguments) => restore::run(&arguments, session),
        Command::Replace(arguments) => replace::run(&arguments, session),
        Command::History(arguments) => history::run(&arguments, session),
        Command::Feed(command) => feed::run(&command, session),
        // Needs no settings that are in order, so it was run before.
        Command::Doctor => Ok(Ending::Done),
        Command::Reindex(arguments) => reindex::run(&arguments, session),
        Command::Export(arguments) => archive::export(&arguments, session),
        Command::Import(arguments) => archive::import(&arguments, session),
        Command::Summarize(arguments) => summarize::run(&arguments, session),
        Command::Digest(arguments) => digest::run(&arguments, session),
        Command::Eval(arguments) => eval::run(&arguments, session),
        Command::Bot => bot::run(BotConfig::resolve(environment)?, session),
    }
}

impl Session<'_> {
    fn models(&self) -> anyhow::Result<Models> {
        let threads = self.config.threads;
        Ok(match &self.config.model_dir {
            Some(dir) => Models::from_dir(dir, threads)?,
            None => Models::bundled(threads)?,
        })
    }

    /// Opens the engine with its library in step.
    fn engine(&mut self) -> anyhow::Result<Engine> {
        let progress = progress::Reporter::new(!self.quiet, self.shows_progress());
        let engine = Engine::open(
            &self.config.data_dir,
            self.models()?,
            Arc::new(move |step| progress.on(&step)),
        )?;
        let report = engine
            .sync_library(&self.config.library, now_unix_ms())
            .context("the library cannot be brought up to date")?;
        for skipped in report.skipped {
            self.say(format_args!("quoth: skipped: {}", skipped.reason))?;
        }
        self.retain(&engine)?;
        Ok(engine)
    }

    /// Deletes for good what ended longer ago than articles are kept. Commands that end something call it once they are done: no
    /// days means at once.
    fn retain(&self, engine: &Engine) -> anyhow::Result<()> {
        if let Some(days) = self.config.retention_days {
            engine
                .retain(days, &Actor::CommandLine, now_unix_ms())
                .context("articles past their retention cannot be deleted")?;
        }
        Ok(())
    }

    fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A line for people on stderr, unless they asked for quiet.
    fn note(&mut self, line: std::fmt::Arguments<'_>) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.say(line)
    }

    /// A value as one line of JSON on stdout.
    fn print_json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut *self.out, value)?;
        writeln!(self.out)?;
        Ok(())
    }

    /// A line on stderr, whatever the names in it.
    fn say(&mut self, line: std::fmt::Arguments<'_>) -> io::Result<()> {
        writeln!(self.err, "{}", style::visible(&line.to_string()))
    }
}

/// The collection that the command line adds to.
const OWN: Collection = Collection::Local;

/// Which collection a command is about.
#[derive(Debug, Args)]
struct CollectionChoice {
    /// The collection: `local`, or `guild-<id>` for one of a Discord server
    #[arg(long, value_name = "C", default_value_t = OWN)]
    collection: Collection,
}

impl CollectionChoice {
    /// The collection that a bare number belongs to.
    fn own(&self) -> Collection {
        self.collection
    }

    /// The collection, to be changed.
    fn to_change(&self, library: &LibrarySource) -> anyhow::Result<Collection> {
        match (self.collection, library) {
            (Collection::Library, LibrarySource::Folder(_)) => bail!(
                "the library follows its folder; change the files there, or use another collection"
            ),
            (Collection::Library, LibrarySource::Bundled) => bail!(
                "the built-in library cannot be changed; set QUOTH_LIBRARY to a folder of your own, or use another \
                 collection"
            ),
            (collection, _) => Ok(collection),
        }
    }

    /// Refuses to change an article that is not of a collection that can be changed.
    fn check(&self, reference: DocumentRef, library: &LibrarySource) -> anyhow::Result<()> {
        self.to_change(library)?;
        match (reference.collection, library) {
            (Collection::Library, LibrarySource::Folder(_)) => bail!(
                "`{reference}` belongs to the library, which follows its folder; change the file \
                 there, or ask with `--no-library`"
            ),
            (Collection::Library, LibrarySource::Bundled) => bail!(
                "`{reference}` belongs to the built-in library; ask with `--no-library`, or set QUOTH_LIBRARY to a \
                 folder of your own"
            ),
            _ => Ok(()),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge: here the clock is read"
)]
fn now_unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(0))
}

/// `1 article`, `2 articles`.
fn counted(n: u64, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// An error with its causes on one line, leaving out a cause that the text before already says.
fn chain(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if line.is_empty() {
            line = text;
        } else if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
    }
    line
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .map(io::Error::kind)
            .or_else(|| cause.downcast_ref::<serde_json::Error>()?.io_error_kind())
            == Some(io::ErrorKind::BrokenPipe)
    })
}
