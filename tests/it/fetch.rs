//! The client for foreign addresses, against sites on this machine: what it refuses, and what it makes
//! of sites that lie, stall or never end.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use quoth::fetch::{
    Blocking, Client, FetchError, Fetched, Kind, Lookup, MAX_AT_ONCE, MAX_HEADER_BYTES,
    MAX_HEADERS, MAX_REDIRECTS, Page, Policy, Resolve, Validators, Want,
};

use crate::site::{HERE, NEXT_DOOR, Reply, Site, head, html, page, redirect};

/// A policy under which these sites, and nothing else on this machine, may be asked, at once.
fn policy(sites: &[&Site]) -> Policy {
    Policy {
        allow_http: true,
        ports: sites.iter().map(|site| site.port()).collect(),
        allow: vec![HERE],
        pace: Duration::ZERO,
        ..Policy::default()
    }
}

async fn get(site: &Site, path: &str) -> Result<Page, FetchError> {
    let client = Client::new(policy(&[site])).unwrap();
    client.get(&site.url(path)).await
}

/// One page under a short deadline.
async fn get_soon(site: &Site, path: &str) -> Result<Page, FetchError> {
    let client = Client::new(Policy {
        deadline: Duration::from_millis(150),
        ..policy(&[site])
    });
    client.unwrap().get(&site.url(path)).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_page_comes_with_where_it_was_and_what_it_is() {
    let site = Site::new(|request| match request.path.as_str() {
        "/old?a=b" => redirect(301, "/new#part"),
        _ => page(
            200,
            &[
                ("content-type", "Text/HTML; charset=ISO-8859-1"),
                ("etag", "\"v1\""),
                ("last-modified", "Tue, 18 Mar 2025 10:00:00 GMT"),
                ("set-cookie", "a=b"),
            ],
            "<p>caf\u{e9}",
        ),
    });
    let page = get(&site, "/old?a=b#top").await.unwrap();
    assert_eq!(page.url, site.url("/new"));
    assert!(page.moved);
    assert_eq!(page.kind, Kind::Html);
    assert_eq!(page.content_type, "Text/HTML; charset=ISO-8859-1");
    assert_eq!(page.bytes, "<p>café".as_bytes());
    assert_eq!(page.validators.etag.as_deref(), Some("\"v1\""));
    let modified = page.validators.last_modified.as_deref();
    assert_eq!(modified, Some("Tue, 18 Mar 2025 10:00:00 GMT"));
    assert_eq!(site.paths(), ["/old?a=b", "/new"]);
}

#[tokio::test]
async fn a_request_tells_of_the_program_and_of_nothing_else() {
    let site = Site::new(|request| match request.path.as_str() {
        "/first" => page(302, &[("location", "/second"), ("set-cookie", "a=b")], ""),
        _ => html("x"),
    });
    let client = Client::new(Policy {
        contact: Some("https://example.org/about-us".to_owned()),
        ..policy(&[&site])
    });
    client.unwrap().get(&site.url("/first")).await.unwrap();
    let request = site.last_request();
    let expected = format!(
        "Quoth/{} (+https://example.org/about-us)",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(request.header("user-agent"), Some(expected.as_str()));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    for absent in [
        "cookie",
        "referer",
        "authorization",
        "from",
        "if-none-match",
    ] {
        assert_eq!(request.header(absent), None);
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let site = Site::new(|request| match request.header("if-none-match") {
        Some("\"v1\"") => page(304, &[], ""),
        _ => page(
            200,
            &[("content-type", "application/rss+xml"), ("etag", "\"v1\"")],
            "<rss/>",
        ),
    });
    let client = Client::new(policy(&[&site])).unwrap();
    let url = site.url("/feed");
    let fetched = client.fetch(&url, Want::Feed, &Validators::default()).await;
    let Fetched::Page(page) = fetched.unwrap() else {
        panic!("no page");
    };
    let known = Validators {
        last_modified: Some("yesterday".to_owned()),
        ..page.validators
    };
    let again = client.fetch(&url, Want::Feed, &known).await.unwrap();
    assert_eq!(again, Fetched::Unchanged);
    let request = site.last_request();
    assert_eq!(request.header("if-modified-since"), Some("yesterday"));
}

#[tokio::test]
async fn redirects_are_followed_up_to_the_limit() {
    let site = Site::new(
        |request| match request.path.trim_start_matches('/').parse::<usize>() {
            Ok(0) => html("there"),
            Ok(n) => redirect(if n == 1 { 302 } else { 308 }, &(n - 1).to_string()),
            Err(_) => redirect(302, "/loop"),
        },
    );
    let page = get(&site, &format!("/{MAX_REDIRECTS}")).await.unwrap();
    assert_eq!(page.url, site.url("/0"));
    assert!(!page.moved, "one of the redirects is for now only");
    for path in [format!("/{}", MAX_REDIRECTS + 1), "/loop".to_owned()] {
        let error = get(&site, &path).await.unwrap_err();
        let expected = FetchError::Redirects {
            url: site.url(&path),
            limit: MAX_REDIRECTS,
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_redirect_to_the_inside_is_refused() {
    let inside = Site::at(SocketAddr::new(NEXT_DOOR, 0), |_| html("secret"));
    let (port, by_name) = (
        inside.port(),
        format!("http://127.0.0.2:{}/", inside.port()),
    );
    for (target, expected) in [
        (
            "https://169.254.169.254/latest/meta-data/",
            "169.254.169.254",
        ),
        ("http://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254"),
        ("http://2852039166/", "169.254.169.254"),
        ("http://[fd00:ec2::254]/", "fd00:ec2::254"),
        ("//0x7f.0.0.2/", "127.0.0.2"),
        (by_name.as_str(), "127.0.0.2"),
    ] {
        let to = target.to_owned();
        let site = Site::new(move |_| redirect(302, &to));
        let client = Client::new(Policy {
            ports: vec![site.port(), port],
            ..policy(&[])
        });
        let error = client.unwrap().get(&site.url("/")).await.unwrap_err();
        let FetchError::NotPublic { address, .. } = error else {
            panic!("{target}: {error:?}");
        };
        assert_eq!(address, expected.parse::<IpAddr>().unwrap(), "{target}");
        assert_eq!(site.paths(), ["/"]);
    }
    assert_eq!(inside.all_paths(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_to_what_is_no_page_is_refused() {
    for (location, is_expected) in [
        (
            "file:///etc/passwd",
            (|e| matches!(e, FetchError::Scheme { .. })) as fn(&FetchError) -> bool,
        ),
        ("http://u:p@127.0.0.1/", |e| {
            matches!(e, FetchError::Credentials { .. })
        }),
        ("http://127.0.0.1:1/", |e| {
            matches!(e, FetchError::Port { .. })
        }),
        ("http://[", |e| matches!(e, FetchError::Redirect { .. })),
    ] {
        let site = Site::new(move |_| redirect(302, location));
        let error = get(&site, "/").await.unwrap_err();
        assert!(is_expected(&error), "{location}: {error:?}");
    }
    let site = Site::new(|_| page(302, &[], ""));
    let error = get(&site, "/").await.unwrap_err();
    assert!(matches!(error, FetchError::Redirect { .. }), "{error:?}");
}

/// Answers each look-up with the next of these; the last one stays.
struct Scripted {
    answers: Vec<Vec<IpAddr>>,
    n_asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Scripted> {
        let parse = |list: &&[&str]| list.iter().map(|a| a.parse().unwrap()).collect();
        Arc::new(Scripted {
            answers: answers.iter().map(parse).collect(),
            n_asked: AtomicUsize::new(0),
        })
    }
}

impl Resolve for Scripted {
    fn lookup(&self, _host: String) -> Lookup {
        let asked = self.n_asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[asked.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_before_any_connection() {
    let site = Site::new(|_| html("secret"));
    let plain = Policy {
        allow: Vec::new(),
        ..policy(&[&site])
    };
    for addresses in [
        &["127.0.0.1"][..],
        &["93.184.215.14", "127.0.0.1"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["10.1.2.3"],
        &["0.0.0.0"],
    ] {
        let resolver = Scripted::new(&[addresses]);
        let client = Client::with_resolver(plain.clone(), resolver).unwrap();
        let url = format!("http://site.example:{}/", site.port());
        let error = client.get(&url).await.unwrap_err();
        assert!(
            matches!(&error, FetchError::NotPublic { host, .. } if host == "site.example"),
            "{addresses:?}: {error:?}"
        );
    }
    // The same through the resolver of the system, in the spellings it knows.
    for host in ["localhost", "localhost.", "LOCALHOST"] {
        let client = Client::new(plain.clone()).unwrap();
        let url = format!("http://{host}:{}/", site.port());
        let error = client.get(&url).await.unwrap_err();
        assert!(
            matches!(
                error,
                FetchError::NotPublic { .. } | FetchError::UnknownHost { .. }
            ),
            "{host}: {error:?}"
        );
    }
    assert_eq!(site.all_paths(), [""; 0]);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_checked_for_every_connection() {
    let site = Site::new(|_| html("public"));
    let inside = Site::at(SocketAddr::new(NEXT_DOOR, site.port()), |_| html("secret"));
    // Robots and the first page lead to the public site, everything later inside.
    let resolver = Scripted::new(&[&["127.0.0.1"], &["127.0.0.1"], &["127.0.0.2"]]);
    let client = Client::with_resolver(policy(&[&site]), Arc::clone(&resolver) as _).unwrap();
    let url = format!("http://rebinding.example:{}/", site.port());
    assert_eq!(client.get(&url).await.unwrap().bytes, b"public");
    for _ in 0..3 {
        let error = client.get(&url).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic { .. }), "{error:?}");
    }
    // One look-up a connection: what was checked is what was connected to.
    assert_eq!(resolver.n_asked.load(Ordering::SeqCst), 5);
    assert_eq!(site.all_paths().len(), 2);
    assert_eq!(inside.all_paths(), [""; 0]);
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_named() {
    struct Nowhere;
    impl Resolve for Nowhere {
        fn lookup(&self, _host: String) -> Lookup {
            Box::pin(async { Err(std::io::Error::other("no such host")) })
        }
    }
    let client = Client::with_resolver(Policy::default(), Arc::new(Nowhere)).unwrap();
    let error = client.get("https://nowhere.example/").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the host `nowhere.example` cannot be found: no such host"
    );
    assert!(error.is_temporary());
}

#[tokio::test]
async fn a_body_of_the_limit_is_taken_and_one_byte_more_is_not() {
    let limit = 10_000;
    let site = Site::new(move |request| {
        let n: usize = request.path.rsplit('/').next().unwrap().parse().unwrap();
        let body = vec![b'a'; n];
        let headers = [("content-type", "text/plain")];
        match request.path.split('/').nth(1).unwrap() {
            "plain" => page(200, &headers, body),
            // No length: ends with the connection.
            "open" => Reply::Bytes([head(200, &headers), body].concat()),
            _ => page(
                200,
                &[headers[0], ("content-encoding", "gzip")],
                gzip(&body),
            ),
        }
    });
    let client = Client::new(Policy {
        max_bytes: limit,
        ..policy(&[&site])
    });
    let client = client.unwrap();
    for form in ["plain", "open", "gzip"] {
        let at = |n: usize| site.url(&format!("/{form}/{n}"));
        let page = client.get(&at(limit)).await.unwrap();
        assert_eq!(page.bytes.len(), limit, "{form}");
        let error = client.get(&at(limit + 1)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::TooLarge { limit_bytes, .. } if limit_bytes == limit),
            "{form}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_bomb_is_cut_off_at_the_limit() {
    // 200 MiB of white space in 200 KB.
    let bomb = gzip(&vec![b' '; 200 << 20]);
    assert!(bomb.len() < 300_000);
    let headers = [("content-type", "text/html"), ("content-encoding", "gzip")];
    let site = Site::new(move |_| page(200, &headers, &bomb));
    let error = get(&site, "/").await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error:?}");

    // A body without end, plain and in chunks, and a length that alone is too much.
    let site = Site::new(|request| match request.path.as_str() {
        "/plain" => Reply::Endless(
            head(200, &[("content-type", "text/html")]),
            vec![b'a'; 64 << 10],
        ),
        "/chunks" => Reply::Endless(
            head(
                200,
                &[
                    ("content-type", "text/html"),
                    ("transfer-encoding", "chunked"),
                ],
            ),
            [b"10000\r\n", [b'a'; 0x10000].as_slice(), b"\r\n"].concat(),
        ),
        _ => Reply::Stall(head(
            200,
            &[
                ("content-type", "text/html"),
                ("content-length", "10485761"),
            ],
        )),
    });
    for path in ["/plain", "/chunks", "/stated"] {
        let error = get(&site, path).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_its_word_is_an_error() {
    let site = Site::new(|request| {
        let html = ("content-type", "text/html");
        match request.path.as_str() {
            "/shorter" => Reply::Bytes(
                [
                    head(200, &[html, ("content-length", "9")]),
                    b"1234".to_vec(),
                ]
                .concat(),
            ),
            "/longer" => Reply::Bytes(
                [
                    head(200, &[html, ("content-length", "4")]),
                    b"123456789".to_vec(),
                ]
                .concat(),
            ),
            "/no-gzip" => page(200, &[html, ("content-encoding", "gzip")], "plain"),
            "/half" => {
                let whole = gzip(&[b'a'; 10_000]);
                page(
                    200,
                    &[html, ("content-encoding", "gzip")],
                    &whole[..whole.len() / 2],
                )
            }
            "/brotli" => page(200, &[html, ("content-encoding", "br")], "xxxx"),
            "/twice" => page(
                200,
                &[html, ("content-encoding", "gzip, gzip")],
                gzip(&gzip(b"a")),
            ),
            "/two-lengths" => Reply::Bytes(
                [
                    head(
                        200,
                        &[html, ("content-length", "4"), ("content-length", "5")],
                    ),
                    b"12345".to_vec(),
                ]
                .concat(),
            ),
            "/chunk" => Reply::Bytes(
                [
                    head(200, &[html, ("transfer-encoding", "chunked")]),
                    b"zz\r\n".to_vec(),
                ]
                .concat(),
            ),
            "/not-http" => Reply::Bytes(b"220 smtp.example ESMTP\r\n".to_vec()),
            _ => Reply::Bytes(Vec::new()),
        }
    });
    for path in [
        "/shorter",
        "/no-gzip",
        "/half",
        "/brotli",
        "/twice",
        "/two-lengths",
        "/chunk",
        "/not-http",
        "/nothing",
    ] {
        let error = get(&site, path).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Broken { .. }),
            "{path}: {error:?}"
        );
    }
    assert_eq!(get(&site, "/longer").await.unwrap().bytes, b"1234");
}

#[tokio::test]
async fn a_site_that_never_finishes_meets_the_deadline() {
    let html = [("content-type", "text/html")];
    for make in [
        (|_| Reply::Stall(Vec::new())) as fn(&[(&str, &str)]) -> Reply,
        |_| Reply::Stall(b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec()),
        |html| Reply::Stall(head(200, html)),
        |html| Reply::Stall([head(200, html), b"<p>one".to_vec()].concat()),
        |html| Reply::Drip(head(200, html)),
        |_| Reply::Drip(b"HTTP/1.1 200 OK\r\n".to_vec()),
    ] {
        let site = Site::new(move |_| make(&html));
        let error = get_soon(&site, "/").await.unwrap_err();
        assert!(matches!(error, FetchError::Timeout { .. }), "{error:?}");
    }
    // The deadline is one for all redirects and for robots.txt.
    let site = Site::with_robots(|request| match request.path.as_str() {
        "/robots.txt" => Reply::Drip(head(200, &[])),
        _ => crate::site::html("x"),
    });
    let error = get_soon(&site, "/").await.unwrap_err();
    assert!(matches!(error, FetchError::Timeout { .. }), "{error:?}");
    assert_eq!(site.paths(), [""; 0]);
}

#[tokio::test]
async fn headers_have_limits() {
    let with = |n_lines: usize, value: String| {
        // `connection` and the two below count as well.
        let names: Vec<String> = (0..n_lines - 3).map(|n| format!("x-{n:03}")).collect();
        let mut headers = vec![("content-type", "text/html"), ("content-length", "0")];
        headers.extend(names.iter().map(|name| (name.as_str(), value.as_str())));
        Reply::Bytes(head(200, &headers))
    };
    let fixed = "connectionclosecontent-typetext/htmlcontent-length0".len();
    let site = Site::new(move |request| match request.path.as_str() {
        "/lines" => with(MAX_HEADERS, String::new()),
        "/lines+1" => with(MAX_HEADERS + 1, String::new()),
        "/bytes" => with(4, "a".repeat(MAX_HEADER_BYTES - fixed - "x-000".len())),
        "/bytes+1" => with(4, "a".repeat(MAX_HEADER_BYTES - fixed - "x-000".len() + 1)),
        "/endless-lines" => Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".to_vec()),
        _ => Reply::Endless(b"HTTP/1.1 200 OK\r\na: ".to_vec(), vec![b'b'; 64 << 10]),
    });
    for path in ["/lines", "/bytes"] {
        assert_eq!(
            get(&site, path).await.map(|page| page.bytes),
            Ok(Vec::new())
        );
    }
    for path in ["/lines+1", "/bytes+1"] {
        let error = get(&site, path).await.unwrap_err();
        assert!(matches!(error, FetchError::Headers { .. }), "{error:?}");
    }
    for path in ["/endless-lines", "/endless-line"] {
        let error = get(&site, path).await.unwrap_err();
        assert!(matches!(error, FetchError::Broken { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_no_article_is_refused_before_it_is_read() {
    for (media, chunk, expected) in [
        ("image/png", &b"\x89PNG"[..], "of type `image/png`"),
        ("video/mp4", b"film", "of type `video/mp4`"),
        (
            "application/octet-stream",
            b"\x00\x01\x02\x03",
            "binary data",
        ),
        ("text/html", b"\x00\x01\x02\x03", "binary data"),
        ("text/plain", b"\x7fELF\x00", "a program"),
    ] {
        let site = Site::new(move |_| {
            Reply::Endless(head(200, &[("content-type", media)]), chunk.repeat(200))
        });
        let error = get(&site, "/file").await.unwrap_err();
        let FetchError::Type { found, .. } = &error else {
            panic!("{media}: {error:?}");
        };
        assert_eq!(found, expected);
        let message = error.to_string();
        assert!(message.ends_with("HTML, PDF, DOCX, Markdown and plain text"));
    }
}

#[tokio::test]
async fn statuses_are_told_apart() {
    let site = Site::new(|request| {
        let status = request.path.trim_start_matches('/').parse().unwrap();
        page(status, &[("retry-after", "120")], "")
    });
    for (status, is_temporary) in [
        (401, false),
        (403, false),
        (404, false),
        (500, true),
        (502, true),
    ] {
        let error = get(&site, &format!("/{status}")).await.unwrap_err();
        assert_eq!(error.is_temporary(), is_temporary);
        assert!(matches!(error, FetchError::Status { status: found, .. } if found == status));
    }
    let gone = get(&site, "/410").await.unwrap_err();
    assert!(matches!(gone, FetchError::Gone { .. }) && !gone.is_temporary());
    for status in [429, 503] {
        let error = get(&site, &format!("/{status}")).await.unwrap_err();
        let after = Some(Duration::from_secs(120));
        assert!(
            matches!(error, FetchError::Later { after: found, .. } if found == after),
            "{error:?}"
        );
    }
    let error = get(&site, "/304").await.unwrap_err();
    assert!(matches!(error, FetchError::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn a_site_that_cannot_be_reached_is_named() {
    let site = Site::new(|_| html("x"));
    let policy = policy(&[&site]);
    let url = site.url("/");
    drop(site);
    // Whatever waits in the listener's queue is answered first.
    let client = Client::new(policy.clone()).unwrap();
    let mut outcome = client.get(&url).await;
    while outcome.is_ok() {
        outcome = client.get(&url).await;
    }
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            FetchError::Unreachable { .. } | FetchError::Broken { .. }
        ),
        "{error:?}"
    );
    // A server that does not speak TLS.
    let site = Site::new(|_| html("x"));
    let client = Client::new(Policy {
        ports: vec![site.port()],
        deadline: Duration::from_millis(300),
        ..policy
    });
    let https = site.url("/").replace("http:", "https:");
    let error = client.unwrap().get(&https).await.unwrap_err();
    assert!(
        matches!(
            error,
            FetchError::Unreachable { .. } | FetchError::Timeout { .. }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_robots_txt_forbids_is_not_asked_for() {
    let site = Site::with_robots(|request| match request.path.as_str() {
        "/robots.txt" => page(200, &[], "User-agent: *\nDisallow: /private\n"),
        "/leads-there" => redirect(302, "/private/a"),
        _ => html("x"),
    });
    let client = Client::new(policy(&[&site])).unwrap();
    assert!(client.get(&site.url("/open")).await.is_ok());
    for path in ["/private/a", "/leads-there"] {
        let error = client.get(&site.url(path)).await.unwrap_err();
        let url = site.url("/private/a");
        assert_eq!(error, FetchError::Robots { url });
    }
    // Asked once for all three.
    assert_eq!(site.all_paths(), ["/robots.txt", "/open", "/leads-there"]);
}

#[tokio::test]
async fn the_robots_txt_of_a_redirects_target_counts_too() {
    let strict = Site::with_robots(|request| match request.path.as_str() {
        "/robots.txt" => page(200, &[], "User-agent: quoth\nDisallow: /\n"),
        _ => html("x"),
    });
    let target = strict.url("/a");
    let site = Site::new(move |_| redirect(302, &target));
    let client = Client::new(policy(&[&site, &strict])).unwrap();
    let error = client.get(&site.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Robots { .. }), "{error:?}");
    assert_eq!(strict.all_paths(), ["/robots.txt"]);
}

#[tokio::test]
async fn a_robots_txt_that_cannot_be_read_counts_by_its_status() {
    for (status, expected) in [
        (404, true),
        (403, true),
        (429, false),
        (500, false),
        (503, false),
    ] {
        let site = Site::with_robots(move |request| match request.path.as_str() {
            "/robots.txt" => page(status, &[], ""),
            _ => html("x"),
        });
        let client = Client::new(policy(&[&site])).unwrap();
        for _ in 0..2 {
            let outcome = client.get(&site.url("/")).await;
            assert_eq!(outcome.is_ok(), expected, "{status}: {outcome:?}");
            if let Err(error) = outcome {
                assert!(matches!(error, FetchError::RobotsUnreadable { .. }));
                assert!(error.is_temporary());
            }
        }
        let asked = site.all_paths();
        let n_robots = asked.iter().filter(|path| *path == "/robots.txt").count();
        assert_eq!(n_robots, 1, "{status}");
    }
}

#[tokio::test]
async fn a_robots_txt_without_end_or_way_is_read_as_far_as_it_goes() {
    let rules = b"User-agent: *\nDisallow: /private\n".to_vec();
    for (robots, path) in [
        ("endless", "/robots.txt"),
        ("redirect", "/elsewhere"),
        ("loop", "/robots.txt"),
        ("inside", "/robots.txt"),
    ] {
        let rules = rules.clone();
        let site = Site::with_robots(move |request| {
            if request.path == "/elsewhere" {
                return page(200, &[], &rules);
            }
            if request.path != "/robots.txt" {
                return html("x");
            }
            match robots {
                "endless" => Reply::Endless(
                    [head(200, &[]), rules.clone()].concat(),
                    b"# a comment\n".repeat(1_000),
                ),
                "redirect" => redirect(301, "/elsewhere"),
                "loop" => redirect(301, "/robots.txt"),
                _ => redirect(301, "https://169.254.169.254/"),
            }
        });
        let client = Client::new(policy(&[&site])).unwrap();
        assert!(client.get(&site.url("/open")).await.is_ok(), "{robots}");
        let private = client.get(&site.url("/private")).await;
        let is_file = matches!(robots, "endless" | "redirect");
        assert_eq!(private.is_err(), is_file, "{robots}");
        assert!(site.all_paths().contains(&path.to_owned()));
    }
}

#[tokio::test]
async fn pages_of_one_host_are_asked_for_with_pauses() {
    let site = Site::new(|request| match request.path.as_str() {
        "/moved" => redirect(302, "/there"),
        _ => html("x"),
    });
    // A pause beyond what may be waited for shows without waiting.
    let client = Client::new(Policy {
        pace: Duration::from_secs(61),
        ..policy(&[&site])
    });
    let client = client.unwrap();
    // A redirect on the same host is part of the same visit.
    assert!(client.get(&site.url("/moved")).await.is_ok());
    let error = client.get(&site.url("/next")).await.unwrap_err();
    let host = "127.0.0.1".to_owned();
    assert_eq!(error, FetchError::Crowded { host, seconds: 60 });
    assert_eq!(site.paths(), ["/moved", "/there"]);
}

#[tokio::test]
async fn waiting_for_a_turn_does_not_count_towards_the_deadline() {
    let site = Site::new(|_| html("x"));
    let client = Client::new(Policy {
        pace: Duration::from_millis(400),
        deadline: Duration::from_millis(300),
        ..policy(&[&site])
    });
    let client = client.unwrap();
    for _ in 0..2 {
        client.get(&site.url("/")).await.unwrap();
    }
}

#[tokio::test]
async fn only_so_many_pages_are_fetched_at_once() {
    let state = Arc::new((Mutex::new((0usize, 0usize)), Condvar::new()));
    let shared = Arc::clone(&state);
    let site = Site::new(move |_| {
        let (counts, changed) = &*shared;
        let mut counts = counts.lock().unwrap();
        counts.0 += 1;
        counts.1 = counts.1.max(counts.0);
        changed.notify_all();
        // Everyone waits until as many as may be are here.
        let mut counts = changed
            .wait_while(counts, |(_, most)| *most < MAX_AT_ONCE)
            .unwrap();
        counts.0 -= 1;
        html("x")
    });
    let client = Client::new(policy(&[&site])).unwrap();
    let url = site.url("/");
    let pages = (0..3 * MAX_AT_ONCE).map(|_| client.get(&url));
    for page in futures_util::future::join_all(pages).await {
        page.unwrap();
    }
    assert_eq!(state.0.lock().unwrap().1, MAX_AT_ONCE);
}

#[test]
fn the_same_client_serves_callers_that_are_not_asynchronous() {
    let site = Site::new(|_| html("x"));
    let client = Blocking::new(policy(&[&site])).unwrap();
    assert_eq!(client.get(&site.url("/")).unwrap().bytes, b"x");
    let contact = Policy {
        contact: Some("a\nb".to_owned()),
        ..Policy::default()
    };
    assert!(matches!(
        Blocking::new(contact),
        Err(FetchError::Setup { .. })
    ));
}
