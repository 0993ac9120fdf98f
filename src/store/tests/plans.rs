//! What SQLite plans for each query: indexes are used.

use super::*;

/// The steps of a query's plan.
fn plan(sql: &str) -> Vec<String> {
    let store = Store::in_memory().unwrap();
    let mut statement = store
        .connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let n_parameters = statement.parameter_count();
    let parameters = rusqlite::params_from_iter(vec![0; n_parameters]);
    statement
        .query_map(parameters, |row| row.get("detail"))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn ids_are_found_by_index_without_reading_the_documents() {
    for (sql, bounds) in [
        (rows::COUNT, "(collection=?)"),
        (rows::LIVE, "(collection=?)"),
        (rows::RESOLVE, "(collection=? AND number=?)"),
        (rows::ADDED_SINCE, "(collection=? AND added_revision>?)"),
        (rows::ENDED_SINCE, "(collection=? AND ended_revision>?)"),
    ] {
        let steps = plan(sql);
        let first = steps.first().unwrap();
        assert!(first.starts_with("SEARCH"), "{first}");
        assert!(first.contains("COVERING INDEX"), "{first}");
        assert!(first.ends_with(bounds), "{first}");
    }
}

#[test]
fn history_and_log_are_found_by_index() {
    for sql in [
        rows::HISTORY,
        rows::RESTORABLE,
        rows::AUDIT,
        rows::KEYED,
        rows::WITH_CONTENT,
        rows::HAS_ENDED,
        rows::REMOVED,
    ] {
        let plan = plan(sql);
        let scans: Vec<&String> = plan
            .iter()
            .filter(|line| line.starts_with("SCAN") && !line.contains("CONSTANT ROW"))
            .collect();
        // The one scan goes over an index of nothing but versions that ended.
        let allowed = usize::from(sql == rows::HAS_ENDED);
        assert_eq!(scans.len(), allowed, "{sql}: {plan:?}");
    }
}
