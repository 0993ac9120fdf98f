use super::*;
use crate::store::GuildSettings;

fn new(guild: Option<u64>, asker: u64) -> NewAnswer {
    NewAnswer {
        asked: Asked {
            guild,
            channel: 7,
            asker,
            private: false,
        },
        question: "and when?".to_owned(),
        asked_as: "when did the bridge close".to_owned(),
        scope: Scope {
            since: Some(19_000),
            until: None,
            article: Some("L3".to_owned()),
        },
        verdict: Verdict::Closest,
        confidence: 0.25,
        quotes: vec![QuotedPlace {
            document: DocumentId(5),
            span: Span::new(3, 90),
            bold: Span::new(10, 20),
            why: Why {
                also_in: 2,
                matched: vec!["bridg".to_owned()],
                words_rank: Some(1),
                meaning_rank: None,
                coverage: 0.5,
                read: Some(2.25),
            },
        }],
    }
}

#[test]
fn answers_read_back_as_stored() {
    let mut store = Store::in_memory().unwrap();
    let id = store.record_answer(&new(Some(1), 2), 99).unwrap();
    store.set_answer_message(id, 1234).unwrap();
    let stored = store.answer(id).unwrap().unwrap();
    assert_eq!(stored.answer, new(Some(1), 2));
    assert_eq!((stored.asked_unix_ms, stored.message), (99, Some(1234)));
    assert_eq!(store.answer_in_message(1234).unwrap(), Some(stored));
    assert_eq!(store.answer(AnswerId(id.0 + 1)).unwrap(), None);
}

#[test]
fn a_user_has_one_vote_an_answer() {
    let mut store = Store::in_memory().unwrap();
    let id = store.record_answer(&new(None, 2), 1).unwrap();
    for (user, helpful) in [(1, true), (1, false), (2, true)] {
        store.vote(id, user, helpful, 1).unwrap();
    }
    assert_eq!(store.votes(id).unwrap(), (1, 1));
    store.vote(AnswerId(77), 1, true, 1).unwrap();
    assert_eq!(store.votes(AnswerId(77)).unwrap(), (0, 0));
}

#[test]
fn what_is_deleted_of_a_user_is_theirs_alone() {
    let mut store = Store::in_memory().unwrap();
    let theirs = store.record_answer(&new(Some(1), 2), 1).unwrap();
    let other = store.record_answer(&new(Some(1), 3), 1).unwrap();
    store.vote(other, 2, true, 1).unwrap();
    store.vote(theirs, 3, true, 1).unwrap();
    assert_eq!(store.kept_of_user(2).unwrap(), (1, 1));
    assert_eq!(store.forget_user(2).unwrap(), 2);
    assert_eq!(store.kept_of_user(2).unwrap(), (0, 0));
    assert!(store.answer(theirs).unwrap().is_none());
    assert!(store.answer(other).unwrap().is_some());
    assert_eq!(store.kept_of_user(3).unwrap(), (1, 0));
}

#[test]
fn answers_are_kept_as_long_as_their_guild_says() {
    let mut store = Store::in_memory().unwrap();
    let week = GuildSettings {
        retention_days: 7,
        ..GuildSettings::default()
    };
    store.set_guild_settings(1, &week, 1).unwrap();
    let now = 1_000 * DAY_MS;
    let mut kept = Vec::new();
    for (guild, age_days, is_kept) in [
        (Some(1), 7, true),
        (Some(1), 8, false),
        (Some(2), 8, true),
        (None, 90, true),
        (None, 91, false),
    ] {
        let id = store
            .record_answer(&new(guild, 2), now - age_days * DAY_MS)
            .unwrap();
        kept.push((id, is_kept));
    }
    assert_eq!(store.expire_answers(now).unwrap(), 2);
    for (id, is_kept) in kept {
        assert_eq!(store.answer(id).unwrap().is_some(), is_kept, "{id:?}");
    }
}

#[test]
fn questions_are_counted_by_day_and_guild() {
    let mut store = Store::in_memory().unwrap();
    for (guild, day) in [(1, 10), (1, 10), (1, 12), (2, 10), (1, 9)] {
        store
            .record_answer(&new(Some(guild), 2), day * DAY_MS + 5)
            .unwrap();
    }
    assert_eq!(store.questions_by_day(1, 10).unwrap(), [(10, 2), (12, 1)]);
}
