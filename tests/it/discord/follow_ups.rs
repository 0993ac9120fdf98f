//! Questions that only make sense after another one.

use insta::assert_snapshot;

use super::harness::{COST, Desk};
use crate::support::BRIDGE;

/// First question, follow-up, and what the answer to the follow-up has to hold.
const CASES: [(&str, &str, &str); 24] = [
    ("what did Putin refuse?", "and when?", "18 March 2025"),
    ("what did Putin refuse?", "what about Zelensky?", "Zelensky"),
    (
        "what did Putin refuse?",
        "how long was the call?",
        "two hours",
    ),
    (
        "what did Putin agree to?",
        "who supported it?",
        "pause on energy strikes",
    ),
    (
        "what did Putin agree to?",
        "what else did they discuss?",
        "hockey",
    ),
    ("who won the 2022 World Cup?", "where?", "Qatar"),
    (
        "who won the 2022 World Cup?",
        "and when?",
        "18 December 2022",
    ),
    (
        "who won the 2022 World Cup?",
        "how many spectators were there?",
        "88,966",
    ),
    (
        "who won the 2022 World Cup?",
        "who was the referee?",
        "Szymon Marciniak",
    ),
    (
        "who won the 2022 World Cup?",
        "who was named best goalkeeper?",
        "Emiliano Martínez",
    ),
    (
        "who won the 2022 World Cup?",
        "who coached them?",
        "Scaloni",
    ),
    ("why did the Key Bridge collapse?", "when?", "26 March 2024"),
    (
        "why did the Key Bridge collapse?",
        "how many people died?",
        "died",
    ),
    (
        "why did the Key Bridge collapse?",
        "who owned the ship?",
        "Grace Ocean",
    ),
    (
        "why did the Key Bridge collapse?",
        "when was it opened?",
        "1977",
    ),
    (
        "why did the Key Bridge collapse?",
        "how long was it?",
        "2.6 kilometres",
    ),
    (
        "when did Finland join NATO?",
        "what about Sweden?",
        "Sweden",
    ),
    ("when did Finland join NATO?", "and Sweden?", "Sweden"),
    ("when did the UK vote in 2024?", "who won?", "Labour"),
    ("who is the new pope?", "when was he elected?", "8 May 2025"),
    ("who is the new pope?", "where was he born?", "Chicago"),
    (
        "what caused the CrowdStrike outage?",
        "how many computers were affected?",
        "8.5 million",
    ),
    (
        "what caused the CrowdStrike outage?",
        "and when exactly?",
        "July 2024",
    ),
    ("when did Notre-Dame reopen?", "when was the fire?", "2019"),
];

/// Right answers at least: a floor that only rises.
const FLOOR: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn follow_ups_are_understood_with_the_question_before() {
    let desk = Desk::bundled().await;
    let guild = desk.discord.guild("Newsroom");
    let mut missed = Vec::new();
    for (case, (first, further, expected)) in CASES.into_iter().enumerate() {
        // Somebody else each time: nobody asks that fast.
        let ana = guild.member(&format!("ana{case}"));
        let answer = ana.mention(first).await;
        let follow_up = ana.reply(&answer, further).await;
        if !follow_up.content().contains(expected) {
            missed.push(format!("{first} / {further}: {}", follow_up.text()));
        }
    }
    crate::support::report(&format!("{missed:#?}\n"));
    assert!(
        CASES.len() - missed.len() >= FLOOR,
        "{} of {}: {missed:#?}",
        CASES.len() - missed.len(),
        CASES.len()
    );
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelled_follow_up_is_put_right_before_it_is_completed() {
    let desk = Desk::bundled().await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let answer = ana.mention("what did Putin refuse?").await;
    for (further, expected) in [
        ("adn wehn?", "*when did Putin refuse*"),
        ("waht abuot Zelensky?", "*what did Zelensky refuse*"),
    ] {
        let follow_up = ana.reply(&answer, further).await;
        assert!(
            follow_up.content().contains(expected),
            "{}",
            follow_up.text()
        );
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_question_still_knows_what_the_first_was_about() {
    let desk = Desk::bundled().await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let mut answer = ana.mention("why did the Key Bridge collapse?").await;
    for further in ["when was it opened?", "where?"] {
        answer = ana.reply(&answer, further).await;
        assert!(
            answer.content().contains("Baltimore's Key Bridge"),
            "{further}: {}",
            answer.text()
        );
    }
    let other = ana.reply(&answer, "Who leads Mexico?").await;
    assert!(other.content().contains("Sheinbaum"), "{}", other.text());
    assert!(!other.text().contains("Understood as"), "{}", other.text());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ask_more_opens_a_dialogue_and_carries_the_question_on() {
    let desk = Desk::bundled().await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    let reply = ana
        .slash("ask", [("question", "what did Putin refuse?")])
        .await;
    let opened = bo.press(&reply.message(), "Ask more").await;
    assert_snapshot!(opened.text(), @"
    # Ask more
    What else do you want to know?:
    ");
    let further = opened.modal().fill("question", "and when?").submit().await;
    assert!(
        further.text().contains("18 March 2025"),
        "{}",
        further.text()
    );
    assert!(
        further.text().contains("Understood as"),
        "{}",
        further.text()
    );
    // A private answer is asked on in private.
    let private = ana
        .slash("ask", [("question", "what did Putin refuse?")])
        .with("private", true)
        .await;
    let further = private
        .press("Ask more")
        .await
        .modal()
        .fill("question", "why?")
        .submit()
        .await;
    assert!(further.is_private());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_and_replies_outlive_a_restart() {
    let mut desk = Desk::bundled().await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    let by_command = ana
        .slash("ask", [("question", "what did Putin refuse?")])
        .await;
    let by_mention = ana.mention("what did Putin refuse?").await;
    desk.restart().await;
    let why = by_command.press("Why this?").await;
    assert!(why.text().contains("Confidence"), "{}", why.text());
    // Of a reply to a command's answer Discord hands out the text only with a mention.
    for (earlier, further) in [
        (by_command.message(), "@quoth and when?"),
        (by_mention, "and when?"),
    ] {
        let further = ana.reply(&earlier, further).await;
        assert!(
            further.content().contains("18 March 2025"),
            "{}",
            further.text()
        );
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_whose_text_discord_hides_is_told_so() {
    let desk = Desk::with(&[BRIDGE]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let answer = ana.mention(COST).await;
    // Without the ping Discord hands out no text, and the bot hears of nothing to answer to.
    let silent = ana.reply(&answer, "and when?").without_ping().post();
    desk.discord.events_read().await;
    let told = silent.answer().await;
    assert_snapshot!(told.text(), @"
    I cannot see what you wrote. Mention me in the message, or press *Ask more*.
    (no previews)
    ");
    desk.finish().await;
}
