//! `quoth bot` as a process: signals, exit codes, the token, health and metrics.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;
use std::sync::mpsc;
use std::time::Instant;

use super::harness::{COST, PATIENCE};
use crate::fake_discord::FakeDiscord;
use crate::support::Home;

/// A running program whose stderr is read as it comes.
struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    fn start(home: &Home, discord: &FakeDiscord, log: &str) -> Running {
        let mut child = home
            .command(&["bot"])
            .env("DISCORD_TOKEN", discord.token())
            .env("DISCORD_PROXY_URL", discord.url())
            .env("QUOTH_HTTP_ADDRESS", "127.0.0.1:0")
            .env("QUOTH_LOG", log)
            .spawn()
            .unwrap();
        let (send, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines() {
                let _ = send.send(line.unwrap());
            }
        });
        Running {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// The first line that holds this.
    fn line(&mut self, with: &str) -> String {
        loop {
            let line = self.lines.recv().expect("the program ended");
            self.seen.push(line.clone());
            if line.contains(with) {
                return line;
            }
        }
    }

    /// Ends it as a service manager does; returns its code and all it logged.
    fn terminate(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap();
        let status = self.child.wait().unwrap();
        self.seen.extend(self.lines.iter());
        (status.code(), self.seen.join("\n"))
    }
}

impl Drop for Running {
    /// A test that fails leaves no program behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status line and body of a page.
fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// Waits until the metrics hold this line: a message is counted when Discord has taken it, so a moment after the
/// test sees it.
async fn counted(address: &str, line: &str) {
    let began = Instant::now();
    loop {
        let (_, metrics) = get(address, "/metrics");
        if metrics.contains(line) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "no {line}: {metrics}");
        tokio::task::yield_now().await;
    }
}

/// Once it was healthy with the first of them, since only those already started were counted.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_health_page_counts_the_shards_that_have_to_run() {
    let home = Home::new();
    let discord = FakeDiscord::start().await;
    discord.recommend_shards(2);
    let mut running = Running::start(&home, &discord, "info");
    let line = running.line("health and metrics are served");
    let address = line.split("address=").nth(1).unwrap().trim().to_owned();
    let began = Instant::now();
    loop {
        let (status, body) = get(&address, "/healthz");
        if body.contains("gateway: 2 of 2 shards connected") {
            assert!(status.contains("200"), "{status}: {body}");
            break;
        }
        assert!(status.contains("503"), "{status}: {body}");
        assert!(!body.contains("of 1 shards"), "{body}");
        assert!(began.elapsed() < PATIENCE, "{body}");
        tokio::task::yield_now().await;
    }
    let (code, log) = running.terminate();
    assert_eq!(code, Some(0), "{log}");
    discord.finish();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_program_answers_tells_its_health_and_ends_on_a_signal() {
    let home = Home::new();
    let discord = FakeDiscord::start().await;
    let ana = discord.guild("Newsroom").member("ana");
    let mut running = Running::start(&home, &discord, "trace,serenity=trace,tungstenite=info");
    let line = running.line("health and metrics are served");
    let address = line.split("address=").nth(1).unwrap().trim().to_owned();
    discord.ready().await;
    let reply = ana.slash("ask", [("question", COST)]).await;
    assert!(reply.text().contains("3.2 million"), "{}", reply.text());
    let (status, body) = get(&address, "/healthz");
    assert!(status.contains("200"), "{status}");
    assert!(body.contains("gateway: 1 of 1 shards connected"), "{body}");
    assert!(body.contains("store: 2 articles in the library"), "{body}");
    assert!(
        body.contains("indexes: 1 of 1 level with the store"),
        "{body}"
    );
    counted(&address, "quoth_answers_total 1").await;
    counted(&address, "quoth_discord_requests_total{outcome=\"sent\"}").await;
    discord.silence_gateway();
    let (code, log) = running.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("commands are registered"), "{log}");
    // Not even on the lowest level, where the client library logs what it sends.
    let secret = discord.token();
    let secret = secret.rsplit('.').next().unwrap();
    assert!(!log.contains(secret));
    assert!(!log.contains(COST), "a question is in the log");
    discord.finish();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_the_program_says_how_to_get_one() {
    let home = Home::new();
    home.quoth(&["bot"]).refused("`DISCORD_TOKEN` is not set");
    let mut command = home.command(&["bot"]);
    command.env("DISCORD_TOKEN", "Gs3cr3-not-a-token");
    let run = crate::support::run(command).refused("is not a bot token");
    assert!(!run.stderr.contains("Gs3cr3"));
    let mut command = home.command(&["bot", "--help"]);
    command.env("DISCORD_TOKEN", "Gs3cr3.a.b");
    let run = crate::support::run(command).ended_with(0);
    assert!(!run.stdout.contains("Gs3cr3"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_discord_refuses_ends_the_program() {
    let home = Home::new();
    let discord = FakeDiscord::start().await;
    let mut command = home.command(&["bot"]);
    command
        .env("DISCORD_TOKEN", "MTIz.abc.of-another-bot")
        .env("DISCORD_PROXY_URL", discord.url());
    let run = tokio::task::spawn_blocking(move || crate::support::run(command))
        .await
        .unwrap();
    let run = run.ended_with(2);
    assert!(
        run.stderr.contains("Discord refuses `DISCORD_TOKEN`"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("of-another-bot"));
    discord.take_violations();
    discord.finish();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_under_load_ends_the_program_with_every_question_answered() {
    let home = Home::new();
    let discord = FakeDiscord::start().await;
    let guild = discord.guild("Newsroom");
    let mut running = Running::start(&home, &discord, "info");
    running.line("health and metrics are served");
    discord.ready().await;
    let asked: Vec<_> = (0..30)
        .map(|idx| guild.member(&format!("ana{idx}")))
        .map(|ana| ana.slash("ask", [("question", COST)]).send())
        .collect();
    // All of them have arrived, and at least one is under way.
    discord.events_read().await;
    asked[0].clone().first_response().await;
    let ended = tokio::task::spawn_blocking(move || running.terminate());
    let (code, log) = ended.await.unwrap();
    assert_eq!(code, Some(0), "{log}");
    for reply in asked {
        let text = reply.text();
        assert!(
            text.contains("3.2 million") || text.contains("restarted"),
            "{text}\n{log}"
        );
    }
    discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_in_use_may_be_free_the_next_time() {
    let home = Home::new();
    let discord = FakeDiscord::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = home.command(&["bot"]);
    command
        .env("DISCORD_TOKEN", discord.token())
        .env("DISCORD_PROXY_URL", discord.url())
        .env(
            "QUOTH_HTTP_ADDRESS",
            taken.local_addr().unwrap().to_string(),
        );
    let run = tokio::task::spawn_blocking(move || crate::support::run(command))
        .await
        .unwrap();
    let run = run.ended_with(1);
    assert!(run.stderr.contains("quoth: "), "{}", run.stderr);
    discord.finish();
}
