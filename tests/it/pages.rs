//! Addresses on the command line: `quoth add https://…` and `quoth feed`, with pages served on this
//! machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use quoth::cli::{Style, run_adjusted};
use quoth::config::Environment;
use serde_json::Value;

use crate::site::{HERE, Site, html, page, redirect};
use crate::support::{Home, Run};

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en"><head>
  <title>Marlow bridge closes | Thames Courier</title>
  <meta property="og:site_name" content="Thames Courier">
  <meta property="article:published_time" content="2024-05-02T08:30:00Z">
  <link rel="canonical" href="https://elsewhere.example/bridge">
</head><body>
  <nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
  <article>
    <h1>Marlow bridge closes after cracks are found</h1>
    <p>The suspension bridge at Marlow was closed to all traffic on Thursday after inspectors found
       cracks in two hangers. Engineer Priya Nair said the repair would cost 3.2 million pounds and
       take eleven weeks.</p>
    <p>The council turned down calls for a replacement ferry. Buses will go by way of Cookham until
       August, and the cycle path along the river stays open at all hours.</p>
  </article>
  <footer>Imprint and privacy</footer>
</body></html>"#;

/// Runs the program inside of the test, which alone can allow it to reach this machine.
fn quoth(home: &Home, sites: &[&Site], arguments: &[&str]) -> Run {
    let path = |name: &str| home.path(name).to_str().unwrap().to_owned();
    let (data, library) = (path("data"), path("library"));
    let environment = Environment::of(&[
        ("QUOTH_DATA_DIR", &data),
        ("QUOTH_LIBRARY", &library),
        ("QUOTH_THREADS", "1"),
    ]);
    let ports: Vec<u16> = sites.iter().map(|site| site.port()).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run_adjusted(
        std::iter::once("quoth")
            .chain(arguments.iter().copied())
            .map(Into::into),
        &environment,
        |config| {
            config.fetch.allow_http = true;
            config.fetch.allow = vec![HERE];
            config.fetch.ports = ports;
            config.fetch.pace = Duration::ZERO;
        },
        Style::PIPE,
        &mut out,
        &mut err,
    );
    Run {
        code: Some(code.into()),
        stdout: String::from_utf8(out).unwrap(),
        stderr: String::from_utf8(err).unwrap(),
    }
}

#[test]
fn an_address_is_added_with_what_its_page_says_of_itself() {
    let home = Home::new();
    let body = Arc::new(Mutex::new(PAGE.to_owned()));
    let served = Arc::clone(&body);
    let site = Site::new(move |request| match request.path.as_str() {
        "/short" => redirect(302, "/news/bridge?id=1#top"),
        _ => html(&served.lock().unwrap()),
    });
    let short = site.url("/short");

    let dry = quoth(&home, &[&site], &["add", "--dry-run", &short]).ended_with(0);
    assert!(dry.stdout.contains("→ new"), "{dry:#?}");
    assert!(
        dry.stdout.contains("Thames Courier · 2024-05-02"),
        "{dry:#?}"
    );

    let added = quoth(&home, &[&site], &["add", &short]).ended_with(0);
    assert_eq!(added.stdout, "1 added [1]\n");
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    let expected = site.url("/news/bridge?id=1");
    assert_eq!(article["url"], Value::from(expected), "{article:#}");
    assert_eq!(article["outlet"], "Thames Courier");
    assert_eq!(article["published"], "2024-05-02");
    let title = article["title"].as_str().unwrap();
    assert!(title.starts_with("Marlow bridge closes"), "{title}");
    assert!(!article["text"].as_str().unwrap().contains("Imprint"));
    let answer = home
        .quoth(&[
            "ask",
            "--no-library",
            "who said the repair would take eleven weeks?",
        ])
        .ended_with(0);
    assert!(answer.plain().contains("Priya Nair"), "{answer:#?}");

    // The same page again is no change; another text of it is a new version.
    let again = quoth(&home, &[&site], &["add", &short]).ended_with(0);
    assert_eq!(again.stdout, "0 added, 1 unchanged\n");
    *body.lock().unwrap() = PAGE.replace("eleven", "twelve");
    let changed = quoth(&home, &[&site], &["add", &short]).ended_with(0);
    assert_eq!(changed.stdout, "0 added, 1 replaced\n");
    let answer = home.quoth(&[
        "ask",
        "--no-library",
        "how many weeks would the repair take?",
    ]);
    assert!(answer.plain().contains("twelve weeks"), "{answer:#?}");
}

#[test]
fn an_address_that_cannot_be_read_is_skipped_and_the_rest_is_added() {
    let home = Home::new();
    let site = Site::new(|request| match request.path.as_str() {
        "/bridge" => html(PAGE),
        "/picture" => page(200, &[("content-type", "image/png")], "png"),
        "/feed" => page(200, &[("content-type", "application/rss+xml")], "<rss/>"),
        _ => page(404, &[], ""),
    });
    let note = home.write(
        "note.md",
        "# A note\n\nThe mill at Cookham grinds on Fridays.\n",
    );
    let urls = ["/missing", "/picture", "/feed", "/bridge"].map(|path| site.url(path));
    let mut arguments = vec!["add", note.as_str()];
    arguments.extend(urls.iter().map(String::as_str));
    let run = quoth(&home, &[&site], &arguments).ended_with(1);
    assert_eq!(run.stdout, "2 added, 3 skipped [1 to 2]\n");
    for expected in [
        "answers with status 404",
        "is of type `image/png`",
        "`quoth feed add`",
    ] {
        assert!(run.stderr.contains(expected), "{expected}: {run:#?}");
    }
    let two = ["add", "--title", "T", urls[3].as_str(), urls[2].as_str()];
    quoth(&home, &[&site], &two).refused("`--title` is for one article, and 2 were found");
    let replaced = quoth(
        &home,
        &[&site],
        &["replace", "1", &urls[3], "--title", "Other"],
    );
    assert_eq!(replaced.ended_with(0).stdout, "replaced 1: Other\n");
}

#[test]
fn addresses_that_must_not_be_fetched_are_refused_without_a_network() {
    let home = Home::new();
    for (address, expected) in [
        (
            "https://169.254.169.254/latest/",
            "`169.254.169.254` is a link-local address; only public",
        ),
        (
            "https://0x7f000001/",
            "`127.0.0.1` is an address of this machine; only public",
        ),
        (
            "https://[::ffff:10.0.0.1]/",
            "` is a private address; only public",
        ),
        ("http://example.org/", "only https addresses are fetched"),
        ("file:///etc/passwd", "begins with `file:`"),
        (
            "https://user:secret@example.org/",
            "a user name or password",
        ),
        ("https://example.org:22/", "names the port 22"),
    ] {
        let run = home.quoth(&["add", address]).ended_with(1);
        assert!(run.stderr.contains(expected), "{address}: {run:#?}");
        assert!(!run.stderr.contains("secret"));
        let run = home.quoth(&["feed", "add", address]).ended_with(2);
        assert!(run.stderr.contains(expected), "{address}: {run:#?}");
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let home = Home::new();
    let proxy = Site::with_robots(|_| html(PAGE));
    let mut command = home.command(&["add", "http://localhost:80/", "http://0.0.0.0/"]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env(name, proxy.url(""));
    }
    command.env("QUOTH_FETCH_HTTP", "1");
    let run = crate::support::run(command).ended_with(1);
    assert_eq!(proxy.all_paths(), [""; 0], "{run:#?}");
}

#[test]
fn a_feed_is_followed_listed_looked_at_and_left() {
    let home = Home::new();
    let site = Site::new(|request| match request.path.as_str() {
        "/" => html("<link rel=alternate type=application/rss+xml href=/feed>"),
        "/feed" => page(
            200,
            &[("content-type", "application/rss+xml")],
            "<rss version='2.0'><channel><title>Thames Courier</title>\
             <item><title>Bridge closes</title><link>/bridge</link></item>\
             <item><title>Lost</title><link>/lost</link></item></channel></rss>",
        ),
        "/bridge" => html(PAGE),
        _ => page(404, &[], ""),
    });
    let run = |arguments: &[&str]| quoth(&home, &[&site], arguments);
    assert!(
        run(&["feed", "list"])
            .ended_with(1)
            .stderr
            .contains("no feeds")
    );
    let added = run(&["feed", "add", &site.url("/")]).ended_with(0);
    let named = format!("Thames Courier <{}>", site.url("/feed"));
    assert_eq!(added.stdout, format!("following 1: {named}\n"));
    assert!(added.stderr.contains("it shows 2 items now"), "{added:#?}");
    let again = run(&["feed", "add", &site.url("/feed")]).ended_with(1);
    assert_eq!(again.stdout, format!("already following 1: {named}\n"));

    let looked = run(&["feed", "run", "--once"]).ended_with(1);
    assert_eq!(
        looked.stdout,
        format!("1: {named}: 1 new, 1 skipped\n  [1] Bridge closes\n")
    );
    assert!(
        looked.stderr.contains("quoth: skipped: Lost: "),
        "{looked:#?}"
    );
    let idle = run(&["feed", "run", "--once"]).ended_with(0);
    assert!(idle.stderr.contains("no feed was due"), "{idle:#?}");
    let forced = run(&["--json", "feed", "run", "1"]).ended_with(0).json();
    assert_eq!(forced["items"], serde_json::json!([]));

    let listed = run(&["--json", "feed", "list"]).ended_with(0).json();
    assert_eq!(listed[0]["id"], 1);
    assert_eq!(listed[0]["n_loaded"], 1);
    assert_eq!(listed[0]["fault"], Value::Null);
    let text = run(&["feed", "list"]).ended_with(0).stdout;
    assert!(text.contains("1 of 1000 articles, next look 20"), "{text}");
    // Of the article it is known who brought it.
    let history = home.quoth(&["history", "1"]).ended_with(0).stdout;
    assert!(
        history.contains(&format!("feed {}", site.url("/feed"))),
        "{history}"
    );

    // The limit is reached, and raised by following it once more.
    let limited = |n: &str| run(&["feed", "add", &site.url("/feed"), "--limit", n]);
    let lower = limited("1").ended_with(0).stdout;
    assert_eq!(lower, format!("now up to 1 article of 1: {named}\n"));
    assert_eq!(limited("1").ended_with(1).stdout, again.stdout);
    let higher = limited("5000").ended_with(0).stdout;
    assert_eq!(higher, format!("now up to 5000 articles of 1: {named}\n"));
    // At its limit until then, it is due at once.
    let due = run(&["feed", "run", "--once"]).ended_with(0);
    assert_eq!(due.stdout, format!("1: {named}: 0 new\n"));
    let elsewhere = ["feed", "run", "--once", "--collection", "guild-9"];
    let elsewhere = run(&elsewhere).ended_with(1);
    let hint = "no feeds; `quoth feed add URL --collection guild-9` follows one";
    assert!(elsewhere.stderr.contains(hint), "{elsewhere:#?}");

    run(&["feed", "remove", "2"]).refused("there is no feed `2` in `local`");
    let removed = run(&["feed", "remove", "1"]).ended_with(0);
    assert_eq!(removed.stdout, format!("no longer following 1: {named}\n"));
    home.quoth(&["show", "1"]).ended_with(0);
    let none = run(&["feed", "run", "--once"]).ended_with(1);
    assert!(none.stderr.contains("no feeds; `quoth feed add URL`"));
    run(&["feed", "add", &site.url("/lost")]).refused("answers with status 404");
    run(&["feed", "add", &site.url("/bridge")]).refused("a page that names no feed");
    let library = ["feed", "add", &site.url("/feed"), "--collection", "library"];
    run(&library).refused("the library follows its folder");
}
