//! Load, lost connections, refusals, stopping.

use std::collections::BTreeMap;
use std::time::Duration;

use super::harness::{COST, Desk};
use crate::fake_discord::{Endpoint, Fault, Permissions, Scope};
use crate::support::{BRIDGE, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn dropped_gateways_lose_no_question_and_double_no_answer() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let guild = desk.discord.guild("Newsroom");
    let mut asked = Vec::new();
    for round in 0..20 {
        let ana = guild.member(&format!("ana{round}"));
        let by_message = ana.mention(COST).post();
        let by_command = ana.slash("ask", [("question", COST)]).send();
        desk.discord.drop_gateway();
        asked.push((by_message, by_command));
        desk.discord.resumed(round + 1).await;
    }
    for (by_message, by_command) in asked {
        by_message.answer().await;
        by_command.answered().await;
        assert_eq!(by_message.answers().len(), 1);
    }
    assert_eq!(desk.discord.identifies(), 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_cannot_be_resumed_are_begun_anew() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    desk.discord.refuse_resumes(1);
    desk.discord.drop_gateway();
    desk.discord.identified(2).await;
    assert!(ana.mention(COST).await.content().contains("3.2 million"));
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_are_waited_out_and_no_message_is_lost() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let storm = Fault::RateLimited(Duration::from_millis(300), Scope::User);
    desk.discord.fail(Endpoint::SendMessage, storm, 12);
    let asked: Vec<_> = (0..15)
        .map(|idx| guild.member(&format!("ana{idx}")).mention(COST).post())
        .collect();
    for message in asked {
        message.answer().await;
        assert_eq!(message.answers().len(), 1);
    }
    // Each refusal is waited out: no request is made that Discord said to wait with.
    let refused = desk.discord.invalid_requests();
    assert_eq!((refused.too_many, refused.total()), (12, 12));
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_discord_doubles_no_message() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let ana = guild.member("ana");
    for fault in [Fault::LostAnswer, Fault::LostRequest, Fault::Status(502)] {
        desk.discord.fail(Endpoint::SendMessage, fault, 1);
        let message = ana.mention(COST).post();
        message.answer().await;
        desk.discord.events_read().await;
        assert_eq!(message.answers().len(), 1, "{fault:?}");
        desk.discord.fail(Endpoint::Callback, fault, 1);
        let reply = ana.slash("ask", [("question", COST)]).await;
        assert!(reply.text().contains("3.2 million"), "{fault:?}");
        desk.discord.advance(Duration::from_secs(60));
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_questions_at_once_are_all_answered() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let guilds: Vec<_> = (0..50)
        .map(|idx| desk.discord.guild(&format!("Guild {idx}")))
        .collect();
    let people: Vec<_> = (0..200)
        .map(|idx| guilds[idx % guilds.len()].member(&format!("ana{idx}")))
        .collect();
    let asked: Vec<_> = people
        .iter()
        .map(|ana| ana.slash("ask", [("question", COST)]).send())
        .collect();
    let mut latencies = Vec::new();
    let mut outcomes: BTreeMap<bool, usize> = BTreeMap::new();
    for reply in asked {
        let reply = reply.answered().await;
        latencies.push(reply.latency());
        let is_answered = reply.text().contains("3.2 million");
        assert!(
            is_answered || reply.text().contains("more questions than I can answer"),
            "{}",
            reply.text()
        );
        *outcomes.entry(is_answered).or_default() += 1;
    }
    latencies.sort();
    crate::support::report(&format!(
        "200 questions: first response p50 {:?}, p95 {:?}, last {:?}; answered {outcomes:?}\n",
        latencies[100], latencies[190], latencies[199],
    ));
    // The fake and the bot are one process here.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    crate::support::report(&format!(
        "200 questions: most memory, the fake included: {}\n",
        peak.unwrap_or("unknown")
            .trim_start_matches("VmHWM:")
            .trim()
    ));
    // Reported and not asserted: how fast a machine is proves nothing. That no first response comes after
    // Discord's 3 s is what the fake watches.
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_what_is_under_way_and_tells_who_waits() {
    let mut desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let guild = desk.discord.guild("Newsroom");
    let asked: Vec<_> = (0..40)
        .map(|idx| {
            guild
                .member(&format!("ana{idx}"))
                .slash("ask", [("question", COST)])
                .send()
        })
        .collect();
    asked[0].clone().first_response().await;
    let started = std::time::Instant::now();
    desk.stop().await;
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
    for reply in asked.iter().filter(|reply| reply.has_response()) {
        let text = reply.text();
        assert!(
            text.contains("3.2 million") || text.contains("restarted"),
            "{text}"
        );
    }
    desk.discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_closed_to_the_bot_costs_one_refused_request() {
    let mut desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let closed = guild.channel("closed");
    closed.deny_bot(Permissions::SEND_MESSAGES);
    for idx in 0..5 {
        let ana = guild.member(&format!("ana{idx}")).in_channel(&closed);
        ana.mention(COST).post();
    }
    desk.discord
        .until("a refused request", || {
            (desk.discord.invalid_requests().total() > 0).then_some(())
        })
        .await;
    let bo = guild.member("bo");
    assert!(bo.mention(COST).await.content().contains("3.2 million"));
    desk.stop().await;
    assert_eq!(desk.discord.invalid_requests().total(), 1);
    desk.discord.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_of_interactions_are_waited_out_too() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let storm = Fault::RateLimited(Duration::from_millis(20), Scope::User);
    desk.discord.fail(Endpoint::Callback, storm, 12);
    // Some answers are first responses, some take the place of a deferral.
    desk.discord.fail(Endpoint::Original, storm, 4);
    let asked: Vec<_> = (0..30)
        .map(|idx| guild.member(&format!("ana{idx}")))
        .map(|ana| ana.slash("ask", [("question", COST)]).send())
        .collect();
    for reply in asked {
        let reply = reply.answered().await;
        assert!(reply.text().contains("3.2 million"), "{}", reply.text());
        assert!(reply.follow_ups().is_empty());
    }
    let refused = desk.discord.invalid_requests();
    assert_eq!((refused.too_many, refused.total()), (16, 16));
    desk.finish().await;
}
