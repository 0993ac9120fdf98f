//! The terminal of the playground, with the toy at the other end.

use super::toy;
use crate::fake_discord::FakeDiscord;
use crate::terminal::{HELP, Terminal};

/// Types lines one after the other; returns what is shown after each.
async fn typed(terminal: &mut Terminal, lines: &[&str]) -> Vec<String> {
    let mut shown = Vec::new();
    for line in lines {
        shown.push(terminal.line(line).await.unwrap());
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_asks_presses_moves_and_becomes_another() {
    let discord = FakeDiscord::start().await;
    let toy = toy::start(&discord).await;
    let mut terminal = Terminal::new(discord).await;
    assert_eq!(terminal.prompt(), "ana in Newsroom #general »");
    let shown = typed(
        &mut terminal,
        &[
            "/echo text: hello there",
            "1",
            "/echo hello",
            "/echo text: x slowly: yes",
            "/nothing",
            "9",
        ],
    )
    .await;
    assert_eq!(
        shown,
        [
            "quoth:\n> hello there\n[1 Again|primary] [Open|https://example.org]",
            "quoth:\n> hello there again\n[1 Again|primary] [Open|https://example.org]",
            "quoth:\n> hello\n[1 Again|primary] [Open|https://example.org]",
            "quoth:\n(only you can see this)\n> x\n[1 Again|primary] [Open|https://example.org]",
            "there is no command `/nothing`; see :commands",
            "there is no 9 on the screen",
        ]
    );
    let shown = typed(
        &mut terminal,
        &[
            "@quoth hello",
            "> and now?",
            "nobody hears this",
            ":dm",
            "hello",
            ":commands",
            ":drop",
            "again",
            ":help",
        ],
    )
    .await;
    assert_eq!(shown[0], "quoth:\nheard");
    assert_eq!(shown[1], "quoth:\nheard");
    assert!(shown[2].starts_with("(said"), "{}", shown[2]);
    assert_eq!(shown[4], "quoth:\nheard");
    assert!(shown[5].starts_with("/echo text: … [slowly: …] — Says something back."));
    assert!(shown[5].ends_with(":menu Repeat this"), "{}", shown[5]);
    assert_eq!(shown[7], "quoth:\nheard");
    assert_eq!(shown[8], HELP);

    typed(
        &mut terminal,
        &[":as ben", ":guild Club", ":in archive", "hello"],
    )
    .await;
    assert_eq!(terminal.prompt(), "ben in Club #archive »");
    assert_eq!(terminal.line(":screen").await.unwrap(), "ben:\nhello");
    assert_eq!(terminal.line(":quit").await, None);
    toy.stop().await;
    terminal.end();
}
