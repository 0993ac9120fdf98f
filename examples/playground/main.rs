//! Talks to the bot in a terminal, through the fake Discord of the tests: no token, no network.
//!
//! ```sh
//! cargo run --example playground
//! ```
//!
//! The bot is the real one, with its client library, over the articles that are shipped, kept in memory.

// The compiler takes the fake in by path, since it belongs to the tests.
#[path = "../../tests/fake_discord/mod.rs"]
mod fake_discord;
mod terminal;

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use anyhow::Context;
use quoth::config::{BotConfig, Environment};
use quoth::discord::{Bot, run};
use quoth::engine::{Engine, LibrarySource};
use quoth::fetch::{Client, Policy};
use quoth::neural::Models;
use tokio_util::sync::CancellationToken;

use fake_discord::FakeDiscord;
use terminal::Terminal;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "Starting a Discord on this machine, and the bot …")?;
    let discord = FakeDiscord::start().await;
    discord.clock().run();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let clock = discord.clock();
    let now = move || i64::try_from(clock.now().as_millis()).unwrap_or(i64::MAX);
    let engine = Engine::in_memory(Models::bundled(threads)?)?;
    engine.sync_library(&LibrarySource::Bundled, now())?;
    let variables = [
        ("DISCORD_TOKEN", discord.token()),
        ("DISCORD_PROXY_URL", discord.url()),
    ];
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let bot = Bot {
        engine,
        config: BotConfig::resolve(&Environment::of(&variables))?,
        threads,
        clock: Arc::new(now),
        pages: Client::new(Policy::default())?,
        attachment_origins: vec![format!("{}/", discord.cdn_url())],
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(run(bot, stop.clone()));
    let mut terminal = Terminal::new(discord).await;

    writeln!(out, "{}", terminal::HELP)?;
    let is_typed = std::io::stdin().is_terminal();
    loop {
        write!(out, "\n{} ", terminal.prompt())?;
        out.flush()?;
        let Some(line) = tokio::task::spawn_blocking(next_line).await?? else {
            break;
        };
        if !is_typed {
            // A script has not shown what it typed.
            writeln!(out, "{line}")?;
        }
        match terminal.line(&line).await {
            Some(shown) => writeln!(out, "{shown}")?,
            None => break,
        }
    }
    stop.cancel();
    running.await?.context("the bot stopped with an error")?;
    terminal.end();
    Ok(())
}

/// The next line of the input, or none at its end.
fn next_line() -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let n_bytes = std::io::stdin().lock().read_line(&mut line)?;
    Ok((n_bytes > 0).then(|| line.trim_end().to_owned()))
}
