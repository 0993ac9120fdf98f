//! Following feeds, against sites on this machine: what becomes an article, what happens to feeds that
//! fail, and what they never get to see of each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quoth::document::{Collection, DocumentRef};
use quoth::engine::Engine;
use quoth::feeds::schedule::{GIVE_UP_AFTER, GIVE_UP_LOOKS, MAX_INTERVAL, MIN_INTERVAL};
use quoth::feeds::{
    DEFAULT_ARTICLE_LIMIT, ItemOutcome, Look, MAX_ITEMS_A_LOOK, MAX_TRIES, OnLook, Poller, discover,
};
use quoth::fetch::{Client, Policy};
use quoth::store::{Actor, FeedId, Followed, FollowedFeed, MAX_FEEDS};
use tokio_util::sync::CancellationToken;

use crate::site::{HERE, Reply, Request, Site, page, redirect};
use crate::support::{NOW, ask, engine_with};

const DAY_MS: i64 = 86_400_000;
const GUILD: Collection = Collection::Guild(7);

/// Pages of a site, to be changed while it runs.
type Pages = Arc<Mutex<BTreeMap<String, (u16, String, String)>>>;

/// A site with a feed, an engine that follows it, and a clock that stands still until it is moved.
struct World {
    site: Site,
    pages: Pages,
    engine: Engine,
    poller: Poller,
    clock: Arc<AtomicI64>,
}

impl World {
    fn new() -> World {
        let pages = Pages::default();
        let served = Arc::clone(&pages);
        let site = Site::new(move |request| reply(&served.lock().unwrap(), request));
        let engine = engine_with(&[]);
        let clock = Arc::new(AtomicI64::new(NOW));
        let read = Arc::clone(&clock);
        let poller = Poller::new(
            engine.clone(),
            client(&site),
            Arc::new(move || read.load(Ordering::SeqCst)),
        );
        World {
            site,
            pages,
            engine,
            poller,
            clock,
        }
    }

    fn put(&self, path: &str, media: &str, body: impl Into<String>) {
        self.put_status(path, 200, media, body);
    }

    fn put_status(&self, path: &str, status: u16, media: &str, body: impl Into<String>) {
        let value = (status, media.to_owned(), body.into());
        self.pages.lock().unwrap().insert(path.to_owned(), value);
    }

    /// A feed at `/feed` with items of the form `path, title`, the article of each at its path.
    fn put_feed(&self, items: &[(&str, &str)]) {
        let items: String = items
            .iter()
            .map(|(path, title)| item(path, title, ""))
            .collect();
        self.put("/feed", "application/rss+xml", rss(&items));
    }

    fn put_article(&self, path: &str, title: &str, text: &str) {
        self.put(path, "text/markdown", format!("# {title}\n\n{text}\n"));
    }

    fn follow(&self, collection: Collection, limit: u32) -> FollowedFeed {
        let url = self.site.url("/feed");
        let followed =
            self.engine
                .follow_feed(collection, &url, "", limit, &Actor::CommandLine, NOW);
        match followed.unwrap() {
            Followed::New(feed) => feed,
            other => panic!("{other:?}"),
        }
    }

    fn feed(&self, collection: Collection) -> FollowedFeed {
        self.engine.feeds(collection).unwrap().remove(0)
    }

    async fn look(&self) -> Look {
        let collections = [Collection::Local, GUILD];
        let feed = collections
            .iter()
            .find_map(|c| self.engine.feeds(*c).unwrap().pop());
        self.poller.look_at(feed.unwrap()).await.unwrap().unwrap()
    }

    fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }
}

fn client(site: &Site) -> Client {
    Client::new(Policy {
        allow_http: true,
        ports: vec![site.port()],
        allow: vec![HERE],
        pace: Duration::ZERO,
        ..Policy::default()
    })
    .unwrap()
}

/// The page with a validator that is its content, so that asking again tells whether it changed.
fn reply(pages: &BTreeMap<String, (u16, String, String)>, request: &Request) -> Reply {
    let Some((status, media, body)) = pages.get(&request.path) else {
        return page(404, &[], "");
    };
    if matches!(status, 301 | 302) {
        return redirect(*status, body);
    }
    let etag = format!(
        "\"{:x}\"",
        body.bytes()
            .fold(7u64, |h, b| h.wrapping_mul(31) ^ u64::from(b))
    );
    if request.header("if-none-match") == Some(etag.as_str()) {
        return page(304, &[], "");
    }
    page(*status, &[("content-type", media), ("etag", &etag)], body)
}

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>Thames Courier</title>{items}</channel></rss>")
}

fn item(path: &str, title: &str, more: &str) -> String {
    format!("<item><title>{title}</title><link>{path}</link><guid>{path}</guid>{more}</item>")
}

fn outcomes(look: &Look) -> Vec<&ItemOutcome> {
    look.items.iter().map(|item| &item.outcome).collect()
}

fn local(number: u32) -> DocumentRef {
    DocumentRef {
        collection: Collection::Local,
        number,
    }
}

const BRIDGE: &str = "The suspension bridge at Marlow was closed on Thursday after inspectors found \
                      cracks in two hangers. Engineer Priya Nair said the repair would take eleven weeks.";
const FERRY: &str = "The ferry at Cookham carried nine hundred passengers on its first day, the \
                     operator Jonas Weir said. It runs every twenty minutes until the autumn.";

#[tokio::test]
async fn new_items_become_articles_that_answer() {
    let world = World::new();
    let dated = item(
        "/bridge",
        "Bridge &amp; cracks",
        "<pubDate>Thu, 2 May 2024 08:00:00 GMT</pubDate>",
    );
    world.put("/feed", "application/rss+xml", rss(&dated));
    world.put_article("/bridge", "Home | Courier", BRIDGE);
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);

    let look = world.look().await;
    assert_eq!(outcomes(&look), [&ItemOutcome::Added(local(1), vec![])]);
    assert_eq!(look.feed.title, "Thames Courier");
    let article = world.engine.document(local(1)).unwrap().unwrap();
    assert_eq!(article.metadata.title, "Bridge & cracks");
    assert_eq!(article.metadata.outlet.as_deref(), Some("Thames Courier"));
    assert_eq!(
        article.metadata.published.unwrap().to_string(),
        "2024-05-02"
    );
    assert_eq!(article.metadata.url, Some(world.site.url("/bridge")));
    let answer = ask(
        &world.engine,
        "who said the repair would take eleven weeks?",
    );
    assert!(answer.quotes[0].text().contains("Priya Nair"));

    // Nothing changed: the server says so, and no page is fetched again.
    let look = world.look().await;
    assert_eq!((look.items.len(), look.feed.n_quiet), (0, 1));
    assert_eq!(world.site.paths(), ["/feed", "/bridge", "/feed"]);

    // One more item: only its page is fetched.
    world.put_feed(&[("/ferry", "Ferry"), ("/bridge", "Bridge")]);
    world.put_article("/ferry", "Ferry", FERRY);
    let look = world.look().await;
    assert_eq!(outcomes(&look), [&ItemOutcome::Added(local(2), vec![])]);
    assert_eq!((look.feed.n_loaded, look.feed.n_quiet), (2, 0));
    assert_eq!(world.site.paths().last().unwrap(), "/ferry");
}

#[tokio::test]
async fn one_broken_item_never_stops_the_rest() {
    let world = World::new();
    world.put_feed(&[
        ("/missing", "Missing"),
        ("/picture", "Picture"),
        ("/empty", "Empty"),
        ("http://127.0.0.1:1/", "Port"),
        ("https://169.254.169.254/", "Metadata"),
        ("file:///etc/passwd", "File"),
        ("http://[", "No address"),
        ("/bridge", "Bridge"),
    ]);
    world.put("/picture", "image/png", "png");
    world.put("/empty", "text/plain", " ");
    world.put_article("/bridge", "Bridge", BRIDGE);
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let look = world.look().await;
    let (last, rest) = look.items.split_last().unwrap();
    assert_eq!(last.outcome, ItemOutcome::Added(local(1), vec![]));
    for item in rest {
        assert!(matches!(item.outcome, ItemOutcome::Skipped(_)), "{item:?}");
    }
    // They are done with: what can never be read is not asked for again.
    world.put_feed(&[("/missing", "Missing")]);
    let look = world.look().await;
    assert_eq!(look.items, []);
    assert_eq!(world.engine.count(Collection::Local).unwrap(), 1);
}

#[tokio::test]
async fn the_feeds_own_text_stands_in_for_a_page_that_cannot_be_read() {
    let world = World::new();
    let words =
        "The council of Marlow met on Monday and spoke of the bridge for three hours. ".repeat(8);
    let content = format!("<description>&lt;p&gt;{words}&lt;/p&gt;</description>");
    let teaser = "<description>Read more on our site.</description>";
    let items = [
        item("/gone", "Long text", &content),
        item("/wall", "Wall", &content),
        item("/gone-too", "Teaser", teaser),
        item("", "No address", &content.replace("Monday", "Friday")),
    ]
    .concat();
    world.put("/feed", "application/rss+xml", rss(&items));
    world.put(
        "/wall",
        "text/plain",
        "Please accept our cookies to go on reading.",
    );
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let look = world.look().await;
    let titles: Vec<String> = world
        .engine
        .summaries(Collection::Local, 0, 9)
        .unwrap()
        .into_iter()
        .map(|summary| summary.metadata.title)
        .collect();
    assert!(titles.contains(&"Long text".to_owned()), "{titles:?}");
    assert!(
        matches!(&look.items[2].outcome, ItemOutcome::Skipped(reason) if reason.contains("404"))
    );
    let article = world.engine.document(local(1)).unwrap().unwrap();
    assert!(article.text.contains("spoke of the bridge for three hours"));
    assert!(!article.text.contains("<p>"));
    let texts: Vec<String> = (1..=4)
        .filter_map(|n| world.engine.document(local(n)).unwrap())
        .map(|article| article.text)
        .collect();
    assert!(
        texts.iter().all(|text| !text.contains("cookies")),
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_page_that_fails_for_now_is_tried_again_and_then_given_up() {
    let world = World::new();
    world.put_feed(&[("/bridge", "Bridge"), ("/ferry", "Ferry")]);
    world.put_status("/bridge", 503, "text/plain", "");
    world.put_article("/ferry", "Ferry", FERRY);
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    for n_try in 1..=MAX_TRIES {
        let look = world.look().await;
        let bridge = &look
            .items
            .iter()
            .find(|i| i.title == "Bridge")
            .unwrap()
            .outcome;
        if n_try < MAX_TRIES {
            assert!(matches!(bridge, ItemOutcome::Postponed(_)), "{bridge:?}");
        } else {
            assert!(matches!(bridge, ItemOutcome::Skipped(_)), "{bridge:?}");
        }
    }
    assert_eq!(world.look().await.items, []);
    assert_eq!(
        world
            .site
            .paths()
            .iter()
            .filter(|p| *p == "/bridge")
            .count(),
        3
    );

    // One that comes back in time is loaded.
    world.put_feed(&[("/late", "Late")]);
    world.put_status("/late", 500, "text/plain", "");
    assert!(matches!(
        world.look().await.items[0].outcome,
        ItemOutcome::Postponed(_)
    ));
    world.put_article("/late", "Late", BRIDGE);
    assert!(matches!(
        world.look().await.items[0].outcome,
        ItemOutcome::Added(..)
    ));
}

#[tokio::test]
async fn a_long_feed_is_loaded_in_portions_the_newest_first() {
    let world = World::new();
    let n_items = MAX_ITEMS_A_LOOK + 5;
    let items: String = (0..n_items)
        .map(|n| {
            let path = format!("/{n}");
            let text = format!(
                "Report number {n} of the harbour master names {} ships. {BRIDGE}",
                n * 7
            );
            world.put_article(&path, &format!("Report {n}"), &text);
            let date = format!("<pubDate>{} May 2024</pubDate>", n + 1);
            item(&path, &format!("Report {n}"), &date)
        })
        .collect();
    world.put("/feed", "application/rss+xml", rss(&items));
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let look = world.look().await;
    assert_eq!((look.items.len(), look.n_waiting), (MAX_ITEMS_A_LOOK, 5));
    assert_eq!(look.items[0].title, format!("Report {}", n_items - 1));
    // The rest follows soon, though the feed itself did not change.
    let soon = NOW + i64::try_from(MIN_INTERVAL.as_millis()).unwrap() * 13 / 10;
    assert!(look.feed.next_unix_ms.unwrap() < soon);
    let look = world.look().await;
    assert_eq!((look.items.len(), look.n_waiting), (5, 0));
    assert_eq!(world.look().await.items, []);
}

#[tokio::test]
async fn a_feed_loads_no_more_than_its_limit() {
    let world = World::new();
    world.put_feed(&[
        ("/bridge", "Bridge"),
        ("/ferry", "Ferry"),
        ("/third", "Third"),
    ]);
    world.put_article("/bridge", "Bridge", BRIDGE);
    world.put_article("/ferry", "Ferry", FERRY);
    world.follow(Collection::Local, 2);
    let look = world.look().await;
    assert_eq!((look.items.len(), look.n_waiting), (2, 1));
    let fault = look.feed.fault.unwrap();
    assert_eq!(fault, "it has loaded 2 articles, its limit");
    assert_eq!(world.look().await.items, []);
    assert_eq!(world.engine.count(Collection::Local).unwrap(), 2);
    // With a higher limit it is due at once, and brings what had waited.
    let id = look.feed.id;
    let limited = |engine: &Engine, limit| {
        let feed = engine.limit_feed(Collection::Local, id, limit, &Actor::CommandLine, NOW);
        feed.unwrap().unwrap()
    };
    let feed = limited(&world.engine, 3);
    assert_eq!((feed.article_limit, feed.fault), (3, None));
    assert_eq!(feed.next_unix_ms, Some(NOW));
    let look = world.look().await;
    assert_eq!((look.items.len(), look.n_waiting), (1, 0));
}

#[tokio::test]
async fn articles_that_are_known_take_no_room_of_the_limit() {
    let world = World::new();
    for (path, title, text) in [
        ("/bridge", "Bridge", BRIDGE),
        ("/ferry", "Ferry", FERRY),
        (
            "/third",
            "Third",
            "Beans came back on the allotment in spring.",
        ),
    ] {
        world.put_article(path, title, text);
    }
    world.put_feed(&[("/third", "Third")]);
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    world.look().await;
    // Under another identity it is known, and of the two that wait one has room.
    let again = item("/third", "Third", "").replace("<guid>/third", "<guid>again");
    let others = [item("/bridge", "Bridge", ""), item("/ferry", "Ferry", "")].concat();
    world.put(
        "/feed",
        "application/rss+xml",
        rss(&format!("{again}{others}")),
    );
    let id = world.feed(Collection::Local).id;
    let limited = world
        .engine
        .limit_feed(Collection::Local, id, 2, &Actor::CommandLine, NOW);
    limited.unwrap().unwrap();
    let look = world.look().await;
    let expected = [
        &ItemOutcome::Known(local(1)),
        &ItemOutcome::Added(local(2), vec![]),
    ];
    assert_eq!(outcomes(&look), expected);
    assert_eq!(look.n_waiting, 1);
    assert_eq!(
        look.feed.fault.as_deref(),
        Some("it has loaded 2 articles, its limit")
    );
}

#[tokio::test]
async fn near_copies_of_other_outlets_are_linked() {
    let world = World::new();
    let wire = "Nordwind Air will buy its smaller rival Polarjet for 410 million euros, the two airlines \
                said on Monday. The deal gives Nordwind 62 aircraft and the largest share of slots at Riga \
                airport. Chief executive Marta Ozola said no pilot would lose a job because of the purchase.";
    world.put_feed(&[
        ("/a", "Nordwind buys Polarjet"),
        ("/b", "Airline takeover in the Baltics"),
    ]);
    let with_outlet = |outlet: &str, text: &str| format!("---\noutlet: {outlet}\n---\n\n{text}\n");
    world.put("/a", "text/markdown", with_outlet("Riga Gazette", wire));
    world.put(
        "/b",
        "text/markdown",
        with_outlet("Northern Post", &format!("RIGA. {wire}")),
    );
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let look = world.look().await;
    let expected = [
        &ItemOutcome::Added(local(1), vec![]),
        &ItemOutcome::Added(local(2), vec![local(1)]),
    ];
    assert_eq!(outcomes(&look), expected);
    // The very same article under another identity is known already.
    let items = item("/a", "Nordwind buys Polarjet", "").replace("<guid>/a", "<guid>again");
    world.put("/feed", "application/rss+xml", rss(&items));
    assert_eq!(
        outcomes(&world.look().await),
        [&ItemOutcome::Known(local(1))]
    );
}

#[tokio::test]
async fn a_feed_that_is_gone_is_not_looked_at_again() {
    let world = World::new();
    world.put_status("/feed", 410, "text/plain", "");
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let look = world.look().await;
    assert_eq!(look.feed.next_unix_ms, None);
    assert!(look.feed.fault.unwrap().contains("gone for good"));
    assert_eq!(world.engine.due_feeds(None, i64::MAX / 2, 9).unwrap(), []);
    assert_eq!(world.engine.next_feed_unix_ms(None).unwrap(), None);
}

#[tokio::test]
async fn a_failing_feed_is_left_alone_longer_and_longer_and_after_two_weeks_for_good() {
    let world = World::new();
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let mut pauses = Vec::new();
    let last = loop {
        let now = world.clock.load(Ordering::SeqCst);
        let look = world.look().await;
        assert!(look.feed.fault.is_some());
        let Some(next) = look.feed.next_unix_ms else {
            break now;
        };
        pauses.push(next - now);
        world.pass(Duration::from_millis((next - now).unsigned_abs()));
    };
    let longest = i64::try_from(MAX_INTERVAL.as_millis()).unwrap() * 12 / 10;
    assert!(
        pauses.windows(2).all(|p| p[0] < p[1] || p[1] > DAY_MS - 1),
        "{pauses:?}"
    );
    assert!(pauses.iter().all(|pause| *pause <= longest));
    let patience = i64::try_from(GIVE_UP_AFTER.as_millis()).unwrap();
    assert!((patience..patience + 2 * DAY_MS).contains(&(last - NOW)));
    // Looked at by hand, it is taken up again.
    world.put_feed(&[]);
    let look = world.look().await;
    assert_eq!((look.feed.fault, look.feed.n_failed), (None, 0));
    assert!(look.feed.next_unix_ms.is_some());
}

#[tokio::test]
async fn one_failed_look_after_weeks_without_any_gives_no_feed_up() {
    let world = World::new();
    world.put_feed(&[]);
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    world.look().await;
    world.put_status("/feed", 503, "text/plain", "");
    world.pass(3 * GIVE_UP_AFTER);
    for n_failed in 1..GIVE_UP_LOOKS {
        let look = world.look().await;
        assert_eq!(look.feed.n_failed, n_failed);
        assert!(look.feed.next_unix_ms.is_some(), "{n_failed}");
    }
    assert_eq!(world.look().await.feed.next_unix_ms, None);
}

#[tokio::test]
async fn what_is_no_feed_any_more_is_a_fault() {
    let world = World::new();
    for (media, body) in [
        ("text/html", "<html><p>parked</html>"),
        ("application/rss+xml", "<rss><channel><item><title>half"),
        ("application/rss+xml", "not xml at all"),
        ("image/png", "png"),
        ("application/feed+json", "{\"version\": 1"),
    ] {
        world.put("/feed", media, body);
        if world.engine.feeds(Collection::Local).unwrap().is_empty() {
            world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
        }
        let look = world.look().await;
        let is_half = body.ends_with("half");
        assert_eq!(look.feed.fault.is_none(), is_half, "{media} {body}");
        assert_eq!(look.items, []);
    }
}

#[tokio::test]
async fn a_feed_that_moved_for_good_is_followed_there() {
    let world = World::new();
    world.put("/new", "application/rss+xml", rss(""));
    world.put_status("/feed", 302, "", "/new");
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    world.look().await;
    assert_eq!(world.feed(Collection::Local).url, world.site.url("/feed"));
    world.put_status("/feed", 301, "", "/new");
    // Asked without validators, as if for the first time.
    world.put("/new", "application/rss+xml", rss("<ttl>60</ttl>"));
    world.look().await;
    assert_eq!(world.feed(Collection::Local).url, world.site.url("/new"));
}

#[tokio::test]
async fn each_collection_follows_its_own_feeds() {
    let world = World::new();
    world.put_feed(&[("/bridge", "Bridge")]);
    world.put_article("/bridge", "Bridge", BRIDGE);
    let feed = world.follow(GUILD, DEFAULT_ARTICLE_LIMIT);
    let engine = &world.engine;
    let other = Collection::Guild(8);
    for stranger in [Collection::Local, other] {
        assert_eq!(engine.feeds(stranger).unwrap(), []);
        assert_eq!(engine.feed(stranger, feed.id).unwrap(), None);
        let removed = engine.unfollow_feed(stranger, feed.id, &Actor::CommandLine, NOW);
        assert_eq!(removed.unwrap(), None);
    }
    world.look().await;
    assert_eq!(engine.count(GUILD).unwrap(), 1);
    assert_eq!(engine.count(other).unwrap(), 0);
    // The same address may be followed by several, and only once by each.
    let again = engine.follow_feed(GUILD, &feed.url, "", 1, &Actor::Discord(5), NOW);
    assert!(matches!(again.unwrap(), Followed::Known(known) if known.id == feed.id));
    let theirs = engine.follow_feed(other, &feed.url, "", 1, &Actor::Discord(5), NOW);
    assert!(matches!(theirs.unwrap(), Followed::New(_)));
    // Followed no longer: the articles stay, and the name is not given to another.
    let removed = engine.unfollow_feed(GUILD, feed.id, &Actor::Discord(5), NOW);
    assert_eq!(removed.unwrap().unwrap().id, feed.id);
    assert_eq!(engine.count(GUILD).unwrap(), 1);
    let anew = engine.follow_feed(GUILD, &feed.url, "", 1, &Actor::Discord(5), NOW);
    assert!(matches!(anew.unwrap(), Followed::New(new) if new.id > FeedId(feed.id.0 + 1)));
}

#[tokio::test]
async fn a_collection_follows_only_so_many_feeds() {
    let world = World::new();
    for n in 0..=MAX_FEEDS {
        let url = format!("https://example.org/{n}");
        let outcome = world
            .engine
            .follow_feed(GUILD, &url, "", 1, &Actor::CommandLine, NOW)
            .unwrap();
        assert_eq!(matches!(outcome, Followed::Full), n == MAX_FEEDS, "{n}");
    }
    assert_eq!(world.engine.feeds(GUILD).unwrap().len(), MAX_FEEDS);
}

#[tokio::test]
async fn one_look_at_a_time_is_taken_and_a_lost_one_is_made_good() {
    let world = World::new();
    world.put_feed(&[]);
    let feed = world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    assert!(world.engine.claim_feed(&feed, NOW + 60_000).unwrap());
    // Another process that read the same record comes too late.
    assert_eq!(world.poller.look_at(feed).await.unwrap(), None);
    assert_eq!(
        world.engine.due_feeds(None, NOW + 59_999, 9).unwrap().len(),
        0
    );
    // The first one died: after its time the feed is due again.
    assert_eq!(
        world.engine.due_feeds(None, NOW + 60_000, 9).unwrap().len(),
        1
    );
    // So it is after a clock that was years ahead.
    assert_eq!(
        world
            .engine
            .due_feeds(None, NOW - 9 * DAY_MS, 9)
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_poller_looks_when_feeds_are_due_until_it_is_told_to_stop() {
    let world = World::new();
    world.put_feed(&[("/bridge", "Bridge")]);
    world.put_article("/bridge", "Bridge", BRIDGE);
    world.follow(Collection::Local, DEFAULT_ARTICLE_LIMIT);
    let shutdown = CancellationToken::new();
    let (sender, mut looks) = tokio::sync::mpsc::channel(8);
    let on_look: OnLook = Arc::new(move |look: &Look| sender.try_send(look.clone()).unwrap());
    let (poller, token) = (world.poller.clone(), shutdown.clone());
    let running = tokio::spawn(async move { poller.run(&token, on_look).await });
    let look = looks.recv().await.unwrap();
    assert!(matches!(look.items[0].outcome, ItemOutcome::Added(..)));
    shutdown.cancel();
    running.await.unwrap();
    assert!(looks.recv().await.is_none());
    // Not due any more, so another round finds nothing.
    let silent: OnLook = Arc::new(|look: &Look| panic!("{look:?}"));
    assert_eq!(world.poller.look_at_due(&silent).await.unwrap(), 0);
    world.pass(MAX_INTERVAL);
    let heard: OnLook = Arc::new(|_: &Look| {});
    assert_eq!(world.poller.look_at_due(&heard).await.unwrap(), 1);
}

#[tokio::test]
async fn a_poller_of_one_collection_leaves_the_feeds_of_others_alone() {
    let world = World::new();
    world.put_feed(&[("/bridge", "Bridge")]);
    world.put_article("/bridge", "Bridge", BRIDGE);
    world.follow(Collection::Local, 5);
    world.follow(GUILD, 5);
    let silent: OnLook = Arc::new(|_| {});
    let of_guild = world.poller.clone().only(GUILD);
    assert_eq!(of_guild.look_at_due(&silent).await.unwrap(), 1);
    assert_eq!(world.engine.count(GUILD).unwrap(), 1);
    assert_eq!(world.engine.count(Collection::Local).unwrap(), 0);
    assert_eq!(world.engine.next_feed_unix_ms(None).unwrap(), Some(NOW));
    assert!(world.engine.next_feed_unix_ms(Some(GUILD)).unwrap() > Some(NOW));
}

#[tokio::test]
async fn a_feed_is_found_by_its_address_or_by_that_of_a_page_that_names_it() {
    let world = World::new();
    world.put_feed(&[("/bridge", "Bridge")]);
    let link = |href: &str| {
        format!("<link rel=\"alternate\" type=\"application/rss+xml\" href=\"{href}\">")
    };
    let head = [link("/broken"), link("feed"), link("/other")].concat();
    world.put(
        "/",
        "text/html",
        format!("<html><head>{head}</head></html>"),
    );
    world.put("/broken", "application/rss+xml", "<nothing/>");
    world.put("/none", "text/html", "<html><p>words</html>");
    world.put_status("/moved", 301, "", "/feed");
    let client = client(&world.site);
    for path in ["/feed", "/moved", "/"] {
        let found = discover(&client, &world.site.url(path)).await.unwrap();
        assert_eq!(found.url, world.site.url("/feed"), "{path}");
        assert_eq!((found.title.as_str(), found.n_items), ("Thames Courier", 1));
        let n_others = if path == "/" { 2 } else { 0 };
        assert_eq!(found.others.len(), n_others);
    }
    for (path, expected) in [
        ("/none", "is no feed: it is a page that names no feed"),
        ("/broken", "is no feed"),
        ("/missing", "answers with status 404"),
    ] {
        let error = discover(&client, &world.site.url(path)).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{path}: {error}");
    }
    world.put(
        "/hostile",
        "text/html",
        "<link rel=alternate type=application/rss+xml href=http://169.254.169.254/>",
    );
    let error = discover(&client, &world.site.url("/hostile"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("only public addresses are fetched"),
        "{error}"
    );
}
