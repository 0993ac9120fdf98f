use proptest::prelude::*;

use super::*;

fn vector(seed: u64) -> Vector {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let values = std::array::from_fn(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % 255) as i8
    });
    let norm = values.iter().map(|v| f32::from(*v).powi(2)).sum::<f32>();
    Vector {
        values,
        scale: 1.0 / norm.sqrt(),
    }
}

fn row(document: u64, ordinal: u32) -> Row {
    Row {
        passage: PassageId {
            document: DocumentId(document),
            ordinal,
        },
        day: (!document.is_multiple_of(3)).then_some(document as i32),
        vector: vector(document * 31 + u64::from(ordinal)),
    }
}

fn nearest_by_hand(rows: &[Row], query: &Vector, filter: &Filter, depth: usize) -> Vec<Ranked> {
    let mut all: Vec<Ranked> = rows
        .iter()
        .filter(|row| filter.admits(row.passage.document, row.day))
        .map(|row| Ranked {
            passage: row.passage,
            score: row.vector.cosine(query),
        })
        .collect();
    all.sort_unstable_by(Ranked::best_first);
    all.truncate(depth);
    all
}

fn ids(ranked: &[Ranked]) -> Vec<PassageId> {
    ranked.iter().map(|r| r.passage).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_table_finds_what_a_plain_list_would(
        commits in prop::collection::vec((0u32..5, 1u64..40), 1..40),
        depth in 1usize..30,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vectors");
        let (mut file, mut table) = VectorFile::open(&path, 0, true).unwrap();
        let mut expected: Vec<Row> = Vec::new();
        for (commit, (n_passages, ends)) in commits.iter().enumerate() {
            let commit = commit as u64 + 1;
            let ended = [DocumentId(*ends)];
            let rows: Vec<Row> = (0..*n_passages).map(|ordinal| row(commit, ordinal)).collect();
            let ended = if *ends < commit { &ended[..] } else { &[] };
            file.append(commit, ended, &rows).unwrap();
            table = table.with(ended, &rows);
            expected.retain(|row| !ended.contains(&row.passage.document));
            expected.extend(rows);
        }
        let filter = Filter { since: Some(3), until: None, only: None, except: Some(DocumentId(7)) };
        let (_, reopened) = VectorFile::open(&path, commits.len() as u64, true).unwrap();
        for table in [&table, &reopened] {
            prop_assert_eq!(table.len(), expected.len());
            for filter in [&filter, &Filter::default()] {
                let query = vector(99);
                prop_assert_eq!(
                    ids(&table.nearest(&query, filter, depth)),
                    ids(&nearest_by_hand(&expected, &query, filter, depth))
                );
            }
        }
    }
}

#[test]
fn frames_past_the_last_commit_are_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    let (mut file, _) = VectorFile::open(&path, 0, true).unwrap();
    file.append(1, &[], &[row(1, 0)]).unwrap();
    file.append(2, &[DocumentId(1)], &[row(2, 0), row(2, 1)])
        .unwrap();
    drop(file);
    let (_, table) = VectorFile::open(&path, 1, true).unwrap();
    assert_eq!(table.len(), 1);
    let (_, table) = VectorFile::open(&path, 2, true).unwrap();
    assert_eq!(table.len(), 1, "the later frame is gone for good");
}

#[test]
fn every_damaged_byte_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    let (mut file, _) = VectorFile::open(&path, 0, true).unwrap();
    file.append(1, &[], &[row(1, 0)]).unwrap();
    drop(file);
    let sound = std::fs::read(&path).unwrap();
    for position in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[position] ^= 0x40;
        std::fs::write(&path, &bytes).unwrap();
        let seen = VectorFile::open(&path, 1, false);
        let unnoticed = seen.is_ok_and(|(_, table)| table.len() == 1);
        assert!(!unnoticed, "byte {position}");
    }
}

#[test]
fn removed_rows_leave_the_file_in_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    let (mut file, table) = VectorFile::open(&path, 0, true).unwrap();
    let n_documents = 12_000;
    let rows: Vec<Row> = (1..=n_documents).map(|id| row(id, 0)).collect();
    let all: Vec<DocumentId> = (1..=n_documents).map(DocumentId).collect();
    let last = [row(n_documents + 1, 0)];
    file.append(1, &[], &rows).unwrap();
    let table = table.with(&[], &rows);
    file.compact(1, &table).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > 1 << 20);
    file.append(2, &all, &last).unwrap();
    let table = table.with(&all, &last);
    file.compact(2, &table).unwrap();
    file.append(3, &[], &[row(n_documents + 2, 0)]).unwrap();
    drop(file);
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 1_000, "{size} bytes");
    let (_, table) = VectorFile::open(&path, 3, true).unwrap();
    assert_eq!(table.len(), 2);
}
