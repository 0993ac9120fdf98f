use super::*;

const GUILD: Collection = Collection::Guild(7);

fn followed(store: &mut Store) -> FollowedFeed {
    let url = "https://example.org/feed";
    let outcome = store.follow_feed(GUILD, url, "T", 9, &Actor::Discord(5), 100);
    match outcome.unwrap() {
        Followed::New(feed) => feed,
        other => panic!("{other:?}"),
    }
}

fn key(n: usize) -> ItemKey {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&(n as u64).to_be_bytes());
    ItemKey(key)
}

#[test]
fn what_is_recorded_is_read_back() {
    let mut store = Store::in_memory().unwrap();
    let mut feed = followed(&mut store);
    assert_eq!(feed.added_by, Actor::Discord(5));
    assert_eq!(feed.next_unix_ms, Some(100));
    feed.title = "Other".to_owned();
    feed.url = "https://example.org/moved".to_owned();
    feed.n_loaded = 3;
    feed.etag = Some("e".to_owned());
    feed.last_modified = Some("m".to_owned());
    feed.next_unix_ms = None;
    feed.looked_unix_ms = Some(7);
    feed.answered_unix_ms = Some(8);
    (feed.n_quiet, feed.n_failed) = (1, 2);
    feed.fault = Some("f".to_owned());
    store.record_look(&feed).unwrap();
    assert_eq!(store.feed(GUILD, feed.id).unwrap(), Some(feed.clone()));
    assert_eq!(store.all_feeds().unwrap(), [feed]);
    let log = store.audit(GUILD, 0, 9).unwrap();
    assert_eq!(log[0].action, Action::Feed);
    let detail = log[0].detail.as_deref();
    assert_eq!(detail, Some("follows feed 1: https://example.org/feed"));
}

#[test]
fn who_asked_to_be_forgotten_is_forgotten_here_too() {
    let mut store = Store::in_memory().unwrap();
    let id = followed(&mut store).id;
    store.forget_actor(5).unwrap();
    let feed = store.feed(GUILD, id).unwrap().unwrap();
    assert_eq!(feed.added_by, Actor::Unknown);
}

#[test]
fn a_move_to_an_address_that_is_followed_already_is_not_made() {
    let mut store = Store::in_memory().unwrap();
    let mut feed = followed(&mut store);
    let other = "https://example.org/other";
    store
        .follow_feed(GUILD, other, "", 9, &Actor::CommandLine, 0)
        .unwrap();
    feed.url = other.to_owned();
    feed.title = "Moved".to_owned();
    store.record_look(&feed).unwrap();
    let kept = store.feed(GUILD, feed.id).unwrap().unwrap();
    assert_eq!(kept.url, "https://example.org/feed");
    assert_eq!(kept.title, "Moved");
}

#[test]
fn items_are_remembered_up_to_the_limit_those_longest_unseen_go_first() {
    let mut store = Store::in_memory().unwrap();
    let id = followed(&mut store).id;
    for n in 0..MAX_SEEN_ITEMS {
        let seen_at = i64::try_from(n).unwrap();
        store.record_item(id, key(n), None, seen_at).unwrap();
    }
    let all: Vec<ItemKey> = (0..MAX_SEEN_ITEMS).map(key).collect();
    // At the limit nothing is forgotten; the first one is seen again, so the second is oldest.
    let seen = store.seen_items(id, &all[..1], 1_000_000).unwrap();
    assert_eq!(seen, [Seen::Done]);
    let new = key(MAX_SEEN_ITEMS);
    store.record_item(id, new, Some(2), 1_000_000).unwrap();
    store.seen_items(id, &[], 1_000_001).unwrap();
    let asked = [all[0], all[1], all[2], new];
    let seen = store.seen_items(id, &asked, 1_000_002).unwrap();
    let expected = [Seen::Done, Seen::Never, Seen::Done, Seen::Failed(2)];
    assert_eq!(seen, expected);
}

#[test]
fn items_of_a_feed_go_with_it_and_none_is_recorded_afterwards() {
    let mut store = Store::in_memory().unwrap();
    let id = followed(&mut store).id;
    store.record_item(id, key(1), None, 0).unwrap();
    let removed = store.unfollow_feed(GUILD, id, &Actor::CommandLine, 0);
    assert!(removed.unwrap().is_some());
    store.record_item(id, key(2), None, 0).unwrap();
    let n_items: i64 = store
        .connection
        .query_row("SELECT count(*) FROM feed_item", [], |row| row.get(0))
        .unwrap();
    assert_eq!(n_items, 0);
}
