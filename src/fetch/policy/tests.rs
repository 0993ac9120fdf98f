use proptest::prelude::*;

use super::*;

fn parse(raw: &str) -> Result<Url, FetchError> {
    Policy::default().parse(raw)
}

#[test]
fn a_plain_address_is_taken_without_its_fragment() {
    for (raw, expected) in [
        ("https://example.org", "https://example.org/"),
        (" https://example.org/a?b=c#d ", "https://example.org/a?b=c"),
        ("HTTPS://EXAMPLE.org:443/", "https://example.org/"),
        (
            "https://bücher.example/é",
            "https://xn--bcher-kva.example/%C3%A9",
        ),
        ("https://1.1.1.1/", "https://1.1.1.1/"),
        (
            "https://[2606:4700:4700::1111]/",
            "https://[2606:4700:4700::1111]/",
        ),
    ] {
        assert_eq!(parse(raw).unwrap().as_str(), expected);
    }
}

#[test]
fn every_spelling_of_an_inner_address_is_refused() {
    for raw in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0X7F.0.0.0x1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://0.0.0.0/",
        "https://127.0.0.1./",
        "https://127.0.0.1:443/",
        "https://%31%32%37.0.0.1/",
        "https://127。0。0。1/",
        "https://127．0．0．1/",
        "https://127｡0｡0｡1/",
        "https://１２７.0.0.1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/",
        "https://127.0.0.1\\@example.org/",
        "https:\\\\127.0.0.1\\",
        "https:///127.0.0.1/",
        "https:127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0251.0376.0251.0376/",
        "https://[::1]/",
        "https://[::]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[0:0:0:0:0:ffff:169.254.169.254]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
    ] {
        let error = parse(raw).unwrap_err();
        assert!(
            matches!(error, FetchError::NotPublic { .. }),
            "{raw}: {error:?}"
        );
    }
}

#[test]
fn what_is_no_web_address_is_refused() {
    let long = format!("https://example.org/{}", "a".repeat(MAX_URL_BYTES));
    for raw in [
        "",
        "example.org",
        "https://",
        "https://a b/",
        "https://exa\nmple.org/",
        "https://example.org/\u{0}",
        "https://999.1.1.1/",
        "https://1.2.3.4.5/",
        "https://256/../x:y@",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://exam%00ple.org/",
        "https://a\u{ff0f}b/",
        &long,
    ] {
        let outcome = parse(raw);
        // `256` is a number, hence the address 0.0.1.0.
        assert!(
            matches!(
                outcome,
                Err(FetchError::Address { .. } | FetchError::NotPublic { .. })
            ),
            "{raw:?}: {outcome:?}"
        );
    }
}

#[test]
fn an_address_of_the_limit_is_taken_and_one_byte_more_is_not() {
    let at = |n: usize| {
        let path = "a".repeat(n - "https://example.org/".len());
        parse(&format!("https://example.org/{path}"))
    };
    assert!(at(MAX_URL_BYTES).is_ok());
    assert!(matches!(
        at(MAX_URL_BYTES + 1),
        Err(FetchError::Address { .. })
    ));
    // Longer only once it is encoded.
    let encoded = format!("https://example.org/{}", "é".repeat(600));
    assert!(matches!(parse(&encoded), Err(FetchError::Address { .. })));
}

#[test]
fn other_schemes_are_refused() {
    for raw in [
        "http://example.org/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "data:text/html,hello",
        "gopher://127.0.0.1:25/",
        "javascript:alert(1)",
        "ws://example.org/",
        "about:blank",
        "unix:/run/docker.sock",
    ] {
        let error = parse(raw).unwrap_err();
        assert!(
            matches!(error, FetchError::Scheme { .. }),
            "{raw}: {error:?}"
        );
    }
    let lenient = Policy {
        allow_http: true,
        ..Policy::default()
    };
    assert!(lenient.parse("http://example.org/").is_ok());
    assert!(lenient.parse("file:///etc/passwd").is_err());
}

#[test]
fn credentials_are_refused_and_not_repeated() {
    for raw in [
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://:secret@example.org/",
        "https://example.org@127.0.0.1/",
    ] {
        let error = parse(raw).unwrap_err();
        assert!(
            matches!(error, FetchError::Credentials { .. }),
            "{raw}: {error:?}"
        );
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn other_ports_are_refused_unless_allowed() {
    let policy = Policy {
        ports: vec![8443],
        ..Policy::default()
    };
    assert!(policy.parse("https://example.org:8443/").is_ok());
    for port in [80, 22, 6379, 8444] {
        let outcome = policy.parse(&format!("https://example.org:{port}/"));
        assert!(matches!(outcome, Err(FetchError::Port { .. })), "{port}");
    }
    assert!(policy.parse("https://example.org:0/").is_err());
}

#[test]
fn a_redirect_is_checked_like_any_address() {
    let policy = Policy {
        allow_http: true,
        ..Policy::default()
    };
    let from = policy.parse("https://example.org/a/b").unwrap();
    let follow = |location: &str| policy.follow(&from, location);
    assert_eq!(follow("../c#d").unwrap().as_str(), "https://example.org/c");
    assert_eq!(
        follow("//other.org/").unwrap().as_str(),
        "https://other.org/"
    );
    for (location, is_expected) in [
        (
            "https://169.254.169.254/",
            (|e| matches!(e, FetchError::NotPublic { .. })) as fn(&FetchError) -> bool,
        ),
        ("//0x7f.1/", |e| matches!(e, FetchError::NotPublic { .. })),
        ("file:///etc/passwd", |e| {
            matches!(e, FetchError::Scheme { .. })
        }),
        ("https://u:p@example.org/", |e| {
            matches!(e, FetchError::Credentials { .. })
        }),
        ("https://example.org:22/", |e| {
            matches!(e, FetchError::Port { .. })
        }),
        ("http://example.org/", |e| {
            matches!(e, FetchError::Redirect { .. })
        }),
        ("https://[/", |e| matches!(e, FetchError::Redirect { .. })),
    ] {
        let error = follow(location).unwrap_err();
        assert!(is_expected(&error), "{location}: {error:?}");
    }
}

#[test]
fn the_user_agent_names_program_version_and_contact() {
    let mut policy = Policy::default();
    let plain = format!("Quoth/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(policy.user_agent(), plain);
    policy.contact = Some("https://example.org/bot".to_owned());
    assert_eq!(
        policy.user_agent(),
        format!("{plain} (+https://example.org/bot)")
    );
}

/// Pieces that make trouble in addresses, strung together at random.
fn troublesome() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "https",
        "http",
        ":",
        "//",
        "/",
        "\\",
        "@",
        "#",
        "?",
        "[",
        "]",
        ".",
        "%",
        "%00",
        "%2e",
        "127",
        "0x7f",
        "0177",
        "1",
        "::1",
        "::ffff:",
        "。",
        "１",
        "ⓐ",
        "é",
        "\u{202e}",
        "xn--",
        "localhost",
        "example.org",
        " ",
        "\t",
        "\u{0}",
        "65536",
        "a",
        "\u{1f600}",
        "..",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// An IPv4 address in one of the spellings that address parsers accept.
fn spelled(bits: u32, bases: [u8; 4], n_parts: usize) -> String {
    let octets = bits.to_be_bytes();
    let mut parts: Vec<u64> = octets[..n_parts - 1]
        .iter()
        .map(|o| u64::from(*o))
        .collect();
    let rest = octets[n_parts - 1..]
        .iter()
        .fold(0u64, |value, octet| value << 8 | u64::from(*octet));
    parts.push(rest);
    let part = |(value, base): (&u64, &u8)| match base % 3 {
        0 => value.to_string(),
        1 => format!("0x{value:x}"),
        _ => format!("0{value:o}"),
    };
    let parts: Vec<String> = parts.iter().zip(&bases).map(part).collect();
    parts.join(".")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_text_is_an_address_or_an_error(
        raw in prop_oneof![troublesome(), any::<String>(), "https://\\PC{0,40}"],
    ) {
        let policy = Policy { allow_http: true, ..Policy::default() };
        if let Ok(url) = policy.parse(&raw) {
            prop_assert!(matches!(url.scheme(), "https" | "http"));
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(url.port().is_none());
            prop_assert!(url.as_str().len() <= MAX_URL_BYTES);
            let host = url.host_str().unwrap();
            if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
                prop_assert!(not_public(address).is_none());
            }
        }
        let from = policy.parse("https://example.org/a").unwrap();
        if let Ok(to) = policy.follow(&from, &raw) {
            prop_assert_eq!(to.scheme(), "https");
        }
    }

    #[test]
    fn a_spelling_is_judged_by_the_address_it_means(
        bits in any::<u32>(),
        bases in any::<[u8; 4]>(),
        n_parts in 1usize..=4,
    ) {
        let spelling = spelled(bits, bases, n_parts);
        let meant = not_public(std::net::Ipv4Addr::from_bits(bits).into());
        let outcome = parse(&format!("https://{spelling}/"));
        prop_assert_eq!(outcome.is_err(), meant.is_some(), "{}", spelling);
    }
}
