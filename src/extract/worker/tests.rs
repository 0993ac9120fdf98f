use super::*;

use super::super::tests::fixture;

fn input<'a>(path: &'a str, bytes: &'a [u8]) -> Input<'a> {
    Input {
        path: Path::new(path),
        bytes,
        content_type: None,
    }
}

/// What a child would answer, without the child.
fn answered(input: &Input<'_>) -> Reply {
    let header = Header {
        path: input.path.to_owned(),
        content_type: input.content_type.map(str::to_owned),
    };
    let mut request = serde_json::to_vec(&header).unwrap();
    request.push(b'\n');
    request.extend(input.bytes);
    let mut reply = Vec::new();
    answer(&mut request.as_slice(), &mut reply).unwrap();
    serde_json::from_slice(&reply).unwrap()
}

#[test]
fn what_comes_out_of_a_child_is_what_came_out_of_the_parser() {
    for (name, bytes) in [
        ("page.html", fixture("page.html")),
        ("report.pdf", fixture("report.pdf")),
        (
            "a.md",
            b"---\ntags: [x]\nurl: https://e.org/\n---\n# T\n\n- a\n\nb".to_vec(),
        ),
    ] {
        let input = input(name, &bytes);
        let Reply::Read(article) = answered(&input) else {
            panic!("{name} is refused");
        };
        assert_eq!(article.checked(), extract_input(&input).ok(), "{name}");
    }
    let refused = input("a.md", b"a\0b");
    let Reply::Refused(error) = answered(&refused) else {
        panic!("binary data is read");
    };
    assert_eq!(Err(error), extract_input(&refused));
}

#[test]
fn a_result_that_does_not_hold_together_is_refused() {
    let sound = || Article {
        title: "T".to_owned(),
        outlet: None,
        published: None,
        url: None,
        tags: Vec::new(),
        language: "en".to_owned(),
        text: "né\n\ntwo".to_owned(),
        blocks: vec![(1, 0, 3), (0, 5, 8)],
        warnings: Vec::new(),
    };
    assert!(sound().checked().is_some());
    let broken: [fn(&mut Article); 11] = [
        |article| article.title = " ".to_owned(),
        |article| article.text = "né \n\ntwo".to_owned(),
        |article| article.blocks.clear(),
        |article| article.blocks = vec![(0, 0, 3)],
        |article| article.blocks = vec![(0, 0, 2), (0, 5, 8)],
        |article| article.blocks = vec![(0, 0, 3), (0, 2, 8)],
        |article| article.blocks = vec![(0, 5, 8), (0, 0, 3)],
        |article| article.blocks = vec![(0, 0, 3), (0, 5, 9)],
        |article| article.blocks = vec![(0, 0, 3), (0, 3, 8)],
        |article| article.blocks = vec![(8, 0, 3), (0, 5, 8)],
        |article| article.published = Some("soon".to_owned()),
    ];
    for (idx, break_it) in broken.iter().enumerate() {
        let mut article = sound();
        break_it(&mut article);
        assert_eq!(article.checked(), None, "{idx}");
    }
}

/// A program that does not do what a child should.
#[cfg(unix)]
fn misbehaving(script: &str, deadline: Duration) -> String {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let bytes = vec![b'x'; 1_000_000];
    let file = input("a.pdf", &bytes);
    extract_in(&program, &file, deadline)
        .unwrap_err()
        .to_string()
}

#[cfg(unix)]
#[test]
fn a_child_that_hangs_dies_or_floods_costs_one_article() {
    let long = Duration::from_secs(60);
    for (script, deadline, expected) in [
        (
            "while :; do :; done",
            Duration::from_secs(1),
            "article `a.pdf` was not read within 1 s, the limit",
        ),
        (
            "cat >/dev/null; kill -9 $$",
            long,
            "article `a.pdf` could not be read: its reader died of signal 9, most likely at its limit of 1024 MiB of memory",
        ),
        (
            "exit 3",
            long,
            "article `a.pdf` could not be read: its reader ended with code 3 and no result",
        ),
        (
            "echo nonsense",
            long,
            "article `a.pdf` could not be read: its reader ended with code 0 and no result",
        ),
        (
            "cat /dev/zero",
            long,
            "article `a.pdf` could not be read: what is read of it is above the limit of 67108864 bytes",
        ),
    ] {
        assert_eq!(misbehaving(script, deadline), expected, "{script}");
    }
    let file = input("a.pdf", b"%PDF-");
    let error = extract_in(Path::new("/nowhere/quoth"), &file, long).unwrap_err();
    assert!(
        error.to_string().contains("its reader does not start"),
        "{error}"
    );
}
