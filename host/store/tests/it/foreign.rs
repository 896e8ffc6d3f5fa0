//! What is read of a database that somebody else wrote, and what is not.

use std::path::{Path, PathBuf};

use ctx_store::{ForeignDatabase, ForeignDocument, ForeignSkip, Store, StoreError};
use rusqlite::Connection;

use crate::workspace::Workspace;

const DOCUMENTS: &str =
    "CREATE TABLE documents (id TEXT PRIMARY KEY, source, source_id, source_url,
    title, author, created_at, updated_at, content_type, body, metadata_json, raw_json, dedup_hash);
    CREATE TABLE chunks (id TEXT PRIMARY KEY, document_id, chunk_index, text, hash)";

fn database(workspace: &Workspace, sql: &str) -> PathBuf {
    let path = workspace.path("theirs.sqlite");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(sql).unwrap();
    path
}

fn read(path: &Path) -> Result<Vec<Result<ForeignDocument, ForeignSkip>>, StoreError> {
    let mut all = Vec::new();
    ForeignDatabase::open(path)?.for_each(|document| {
        all.push(document);
        Ok(())
    })?;
    Ok(all)
}

#[test]
fn a_document_comes_with_all_that_is_known_of_it() {
    let workspace = Workspace::new();
    let path = database(
        &workspace,
        &format!(
            "{DOCUMENTS}; INSERT INTO documents VALUES ('x', 'script:a', 'one', 'https://a.example',
                'One', 'Ada', 10, 20, 'text/markdown', '# One', '{{\"k\":1}}', NULL, 'h')"
        ),
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        read(&path).unwrap(),
        [Ok(ForeignDocument {
            source: "script:a".to_owned(),
            source_id: "one".to_owned(),
            body: "# One".to_owned(),
            title: text("One"),
            author: text("Ada"),
            url: text("https://a.example"),
            content_type: text("text/markdown"),
            created: Some(10),
            updated: Some(20),
            metadata: text("{\"k\":1}"),
        })]
    );
}

#[test]
fn rows_of_the_wrong_types_are_skipped_or_read_as_far_as_they_go() {
    let workspace = Workspace::new();
    let path = database(
        &workspace,
        &format!(
            "{DOCUMENTS};
             INSERT INTO documents (source, source_id, body) VALUES
                 (NULL, 'a', 'x'), ('s', NULL, 'x'), ('s', 'c', NULL), ('s', 'd', x'ff'),
                 ('s', 'e', 1.5), ('', 'f', 'x'), ('s', 7, 8), ('s', 'h', zeroblob(70000000));
             INSERT INTO documents (source, source_id, body, title, created_at, updated_at)
                 VALUES ('s', 'i', 'fine', x'ff', 'soon', '30')"
        ),
    );
    let all = read(&path).unwrap();
    let skips: Vec<_> = all.iter().filter_map(|one| one.as_ref().err()).collect();
    assert_eq!(skips.len(), 7, "{skips:?}");
    assert!(skips.iter().any(|skip| skip.why == "it is larger than 64 MiB"));
    let kept: Vec<_> = all.iter().filter_map(|one| one.as_ref().ok()).collect();
    assert_eq!((kept[0].source_id.as_str(), kept[0].body.as_str()), ("7", "8"));
    assert_eq!(
        (kept[1].title.as_deref(), kept[1].created, kept[1].updated),
        (None, None, Some(30))
    );
}

#[test]
fn what_is_no_such_database_is_refused() {
    let workspace = Workspace::new();
    assert!(read(&workspace.path("absent")).is_err());
    std::fs::write(workspace.path("text"), "this is no database at all, and long enough for one")
        .unwrap();
    assert!(read(&workspace.path("text")).is_err());
    std::fs::write(workspace.path("empty"), "").unwrap();
    assert!(read(&workspace.path("empty")).is_err());
    drop(workspace.open());
    assert!(read(&workspace.path("ctx.sqlite")).is_err());
    let view = "CREATE VIEW documents AS WITH RECURSIVE n(i) AS
        (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS body FROM n";
    assert!(read(&database(&workspace, view)).is_err());
}

#[test]
fn tables_of_those_names_without_the_columns_are_no_such_database() {
    let workspace = Workspace::new();
    let path = database(&workspace, "CREATE TABLE documents (other); CREATE TABLE chunks (other)");
    assert!(matches!(read(&path), Err(StoreError::NotForeign { .. })));
}

#[test]
fn a_damaged_database_is_an_error_and_no_crash() {
    let workspace = Workspace::new();
    let rows =
        "INSERT INTO documents (source, source_id, body) VALUES ('s', 'a', hex(zeroblob(20000)));";
    let path = database(&workspace, &format!("{DOCUMENTS};{}", rows.repeat(20)));
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    assert!(read(&path).is_err() || read(&path).unwrap().len() <= 20);
}

#[test]
fn reading_changes_nothing() {
    let workspace = Workspace::new();
    let path = database(&workspace, DOCUMENTS);
    let before = std::fs::read(&path).unwrap();
    read(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_store_never_opens_such_a_database_as_its_own() {
    let workspace = Workspace::new();
    let path = workspace.path("ctx.sqlite");
    Connection::open(&path).unwrap().execute_batch(DOCUMENTS).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(path.parent().unwrap()).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_another_program_is_refused_and_not_touched() {
    for sql in [
        "CREATE TABLE documents (id, body)",
        "CREATE TABLE facts (a); PRAGMA user_version = 1",
        "CREATE TABLE other (a); PRAGMA user_version = 99",
        "PRAGMA user_version = -1",
    ] {
        let workspace = Workspace::new();
        let path = database(&workspace, sql);
        let before = std::fs::read(&path).unwrap();
        let error = Store::open_file(&path).unwrap_err();
        assert!(matches!(error, StoreError::Stranger { .. }), "{sql}: {error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{sql}");
        for beside in ["-wal", "-shm", ".locks", ".index"] {
            assert!(!workspace.path(&format!("theirs.sqlite{beside}")).exists(), "{sql}: {beside}");
        }
    }
}
