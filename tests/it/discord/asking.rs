//! Questions and their answers, on every way to ask, and the buttons under them.

use insta::assert_snapshot;

use super::harness::{COST, Desk};
use crate::support::{ARTICLES, BRIDGE, FERRY, SEEDS};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_with_a_quote_its_source_and_buttons() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana.slash("ask", [("question", COST)]).await;
    assert_snapshot!(reply.text(), @"
    > “Engineer Priya Nair said the repair would cost **3.2 million pounds** and take eleven weeks.”
    — *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024 · `L1`

    (no previews)
    [More passages] [In context] [Why this?] [Ask more]
    [👍] [👎]
    ");
    assert!(!reply.is_private());
    // Preview cards are off.
    assert_eq!(reply.message().flags() & 4, 4);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_misspelled_question_was_understood_is_said() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let typed = "How much does the repair of the Marloww bridge cost?";
    let reply = ana.slash("ask", [("question", typed)]).await;
    assert_snapshot!(reply.message().content(), @"
    -# Understood as: *How much does the repair of the Marlow bridge cost?*
    > “Engineer Priya Nair said the repair would cost **3.2 million pounds** and take eleven weeks.”
    — *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024 · `L1`
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_a_direct_message_and_a_menu_are_answered_too() {
    let desk = Desk::with(&[BRIDGE, SEEDS, FERRY]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    for answer in [
        ana.mention(COST).await,
        ana.dm(COST).await,
        bo.say(&format!("{COST} @quoth")).await,
    ] {
        assert!(
            answer.content().contains("3.2 million pounds"),
            "{}",
            answer.text()
        );
        assert_eq!(answer.flags() & 4, 4);
    }
    let said = bo.say(COST).post();
    let reply = ana.use_menu("Ask about this", &said).await;
    assert!(
        reply.text().contains("3.2 million pounds"),
        "{}",
        reply.text()
    );
    assert!(said.answers().is_empty());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_article_answers_is_said_and_looks_like_no_answer() {
    let desk = Desk::bundled().await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let reply = ana
        .slash("ask", [("question", "how do I tune a guitar?")])
        .await;
    assert_snapshot!(reply.text(), @"
    I found nothing in the articles on: *how do I tune a guitar?*
    The nearest articles:
    - *James Webb telescope's first full-colour images released*, Quoth News Desk, 12 July 2022 · `L3`
    - *Hopfield and Hinton win 2024 physics Nobel for foundations of machine learning*, Quoth News Desk, 8 October 2024 · `L36`
    - *Voyager 1 is sending science data from all four instruments again*, Quoth News Desk, 13 June 2024 · `L31`

    (no previews)
    [Ask more]
    [👍] [👎]
    ");
    let reply = ana
        .slash("ask", [("question", "why did FTX go bankrupt?")])
        .await;
    assert!(!reply.text().contains("> “"), "{}", reply.text());
    assert_snapshot!(reply.text(), @"
    No article directly answers: *why did FTX go bankrupt?*
    The nearest articles:
    - *Bankman-Fried sentenced to 25 years over collapse of FTX*, Quoth News Desk, 28 March 2024 · `L28`
    - *UBS agrees to take over Credit Suisse in emergency deal*, Quoth News Desk, 19 March 2023 · `L11`
    - *Bennu sample weighs in at 121.6 grams, twice the mission's goal*, Quoth News Desk, 15 February 2024 · `L25`

    (no previews)
    [Nearest passages] [Why this?] [Ask more]
    [👍] [👎]
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_answer_is_shared_by_a_button() {
    let desk = Desk::with(&[BRIDGE, SEEDS]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    let reply = ana
        .slash("ask", [("question", COST)])
        .with("private", true)
        .await;
    assert!(reply.is_private());
    assert!(reply.text().contains("[Share|primary]"), "{}", reply.text());
    assert!(guild.general().bot_messages().is_empty());
    let shared = reply.press("Share").await;
    assert!(!shared.is_private());
    assert_snapshot!(shared.text().replace(&ana.id().to_string(), "ana"), @"
    -# <@ana> asked: *How much will the repair of the Marlow bridge cost?*
    > “Engineer Priya Nair said the repair would cost **3.2 million pounds** and take eleven weeks.”
    — *Marlow bridge closes after cracks are found*, Thames Courier, 2 May 2024 · `L1`

    (no previews)
    [More passages] [In context] [Why this?] [Ask more]
    [👍] [👎]
    ");
    // Everybody may press what everybody sees.
    let context = bo.press(&shared.message(), "In context").await;
    assert!(context.is_private() && context.text().contains("In context"));
    // Once is enough, and nothing more is kept of it.
    let forged = shared
        .message()
        .custom_id("Why this?")
        .replace("why", "share");
    for again in [
        reply.press("Share").await,
        bo.forge(&shared.message(), &forged).forced().await,
    ] {
        let text = again.text();
        assert!(text.contains("This answer is public already."), "{text}");
    }
    assert_eq!(desk.engine.kept_of_user(ana.id()).unwrap(), (1, 0));
    // What goes on from the private answer stays private.
    let dialogue = reply.press("Ask more").await;
    let further = dialogue.modal().fill("question", "how long will it take?");
    assert!(further.submit().await.is_private());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_follow_up_shows_what_was_understood_and_the_copies() {
    let desk = Desk::bundled().await;
    let guild = desk.discord.guild("Newsroom");
    let copy = "The White House confirmed the step but noted that Putin did not endorse the broader \
                30-day ceasefire that Trump had proposed.";
    desk.add(guild.id(), &[copy]);
    let ana = guild.member("ana");
    let first = ana
        .slash("ask", [("question", "what did Putin refuse?")])
        .with("private", true)
        .await;
    let shared = first.press("Share").await;
    let source = |text: String| {
        text.lines()
            .find(|line| line.starts_with('—'))
            .map(str::to_owned)
    };
    assert_eq!(source(shared.text()), source(first.text()));
    let dialogue = first.press("Ask more").await;
    let further = dialogue
        .modal()
        .fill("question", "and when?")
        .submit()
        .await;
    assert!(further.is_private(), "{}", further.text());
    let shared = further.press("Share").await;
    let shown = shared.text().replace(&ana.id().to_string(), "ana");
    assert_snapshot!(shown.lines().next().unwrap(), @"-# <@ana> asked: *when did Putin refuse*");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buttons_show_more_the_context_and_the_reasons() {
    let desk = Desk::bundled().await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    let reply = ana
        .slash("ask", [("question", "what did Putin refuse?")])
        .await;
    assert_snapshot!(reply.text(), @"
    > “The White House confirmed the step but noted that Putin did not endorse **the broader 30-day ceasefire** that Trump had proposed.”
    — *Putin agrees to halt energy strikes after call with Trump*, Quoth News Desk, 18 March 2025 · `L46`

    (no previews)
    [More passages] [In context] [Why this?] [Ask more]
    [👍] [👎]
    ");
    let answer = reply.message();
    let context = bo.press(&answer, "In context").await;
    assert!(context.is_private());
    assert_snapshot!(context.text(), @"
    (only you can see this)
    **In context** — *Putin agrees to halt energy strikes after call with Trump*, Quoth News Desk, 18 March 2025 · `L46`
    > “Russian President Vladimir Putin agreed on 18 March 2025 to halt strikes on energy and infrastructure in Ukraine after a telephone call with U.S. President Donald Trump.”

    > “The White House confirmed the step but noted that Putin did not endorse **the broader 30-day ceasefire** that Trump had proposed. The pause covers energy and infrastructure sites only.”

    > “The call lasted about two hours. It was the second call between Putin and Trump since Trump took office.”

    (no previews)
    ");
    let why = bo.press(&answer, "Why this?").await;
    assert!(why.is_private());
    // The last digit differs between processors.
    let text = why.text();
    let (before, after) = text.split_once("\nConfidence 9").expect("at least 90 %");
    let (_, after) = after.split_once(" %").unwrap();
    let text = format!("{before}\nConfidence 9… %{after}");
    assert_snapshot!(text, @"
    (only you can see this)
    **Why this?** I looked for: *what did Putin refuse?*
    Confidence 9… %; from 32 % on I call it an answer.
    1. Putin agrees to halt energy strikes after call with Trump: your words *Putin* (30 % of the question); number 1 by words and 1 by meaning; read, and an answer found in it
    2. Putin agrees to halt energy strikes after call with Trump: your words *Putin* (30 % of the question); number 3 by words and 4 by meaning; read, and no answer found in it
    3. Putin agrees to halt energy strikes after call with Trump: your words *Putin* (30 % of the question); number 2 by words and 2 by meaning; read, and no answer found in it

    (no previews)
    ");
    let more = bo.press(&answer, "More passages").await;
    assert!(
        more.is_private() && more.text().contains("**More passages**"),
        "{}",
        more.text()
    );
    if more.text().contains("[Next]") {
        let next = more.press("Next").await;
        assert!(next.was_update(), "{}", next.text());
        assert!(next.text().contains("[Back]"), "{}", next.text());
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_are_stored_one_a_person() {
    let desk = Desk::with(&[BRIDGE]).await;
    let guild = desk.discord.guild("Newsroom");
    let (ana, bo) = (guild.member("ana"), guild.member("bo"));
    let reply = ana.slash("ask", [("question", COST)]).await;
    let answer = reply.message();
    let id = quoth::store::AnswerId(1);
    let record = desk.engine.answer(id).unwrap().unwrap();
    assert_eq!(record.answer.question, COST);
    for person in [&ana, &bo, &ana] {
        let thanks = person.press(&answer, "👎").await;
        assert!(thanks.is_private());
    }
    assert_eq!(desk.engine.vote(id, ana.id(), true, 1).unwrap(), (1, 1));
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_can_be_limited_to_an_article_and_to_days() {
    let desk = Desk::with(&ARTICLES).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    let choices = ana.complete("ask", "article", "lundy").await;
    assert_eq!(choices.len(), 1);
    assert_eq!(choices[0].name, "Lundy ferry cancelled (L6)");
    let asked = |article: &str| {
        ana.slash(
            "ask",
            [("question", "why was it closed?"), ("article", article)],
        )
    };
    let reply = asked(choices[0].value.as_str().unwrap()).await;
    assert!(!reply.text().contains("Marlow"), "{}", reply.text());
    // A title counts as well as a number; anything else is refused.
    let reply = asked("lundy ferry cancelled").await;
    assert!(
        !reply.text().contains("There is no article"),
        "{}",
        reply.text()
    );
    assert_snapshot!(asked("L99").await.text(), @"
    (only you can see this)
    There is no article `L99` here. Choose one of the titles that are offered while you type.
    (no previews)
    ");
    let dated = |since: &str, until: &str| {
        ana.slash(
            "ask",
            [("question", COST), ("since", since), ("until", until)],
        )
    };
    assert!(
        dated("2024-05-02", "2024-05-02")
            .await
            .text()
            .contains("3.2 million")
    );
    assert!(
        !dated("2024-05-03", "2024-12-31")
            .await
            .text()
            .contains("3.2 million")
    );
    assert_snapshot!(dated("2024-05-03", "yesterday").await.text(), @"
    (only you can see this)
    `yesterday` is not a date I can read. Write it as `2025-03-18`.
    (no previews)
    ");
    assert_snapshot!(dated("2024-05-03", "2024-05-02").await.text(), @"
    (only you can see this)
    The first day is after the last one: no article can match.
    (no previews)
    ");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_explained() {
    let desk = Desk::with(&[BRIDGE]).await;
    let ana = desk.discord.guild("Newsroom").member("ana");
    assert_snapshot!(ana.slash("ask", [("question", "🤔🤔🤔")]).await.text(), @"
    (only you can see this)
    The question has no words to search for.
    (no previews)
    ");
    assert_snapshot!(ana.mention("").await.text(), @"
    Ask me something that an article may answer; I reply in the articles' own words. `/articles list` shows what I know, `/quoth help` says more.
    (no previews)
    ");
    assert_snapshot!(ana.mention("?!").await.text(), @"
    The question has no words to search for.
    (no previews)
    ");
    desk.finish().await;
}
