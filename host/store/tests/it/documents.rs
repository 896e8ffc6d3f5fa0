//! Pages in, documents out, and the ends of scans.

use std::collections::HashSet;

use ctx_model::{Chunk, Content, Span};
use ctx_store::{
    Applied, CheckpointWrite, Finished, PageWrite, Store, StoreError, document_id, format_id,
};

use crate::workspace::{Workspace, document, found, put, set_checkpoint};

fn finish(store: &Store, seen: Option<&[&str]>) -> u64 {
    let seen: Option<HashSet<_>> =
        seen.map(|ids| ids.iter().map(|id| document_id("s", id)).collect());
    let finished = Finished {
        extension: "files",
        at: 77,
        seen: seen.as_ref(),
        checkpoint: CheckpointWrite::Keep,
    };
    store.finish("s", &finished).unwrap()
}

#[test]
fn a_document_comes_back_as_it_went_in() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let mut write = document("s", "a", "one 🦊\n\ntwo");
    write.document.title = Some("T".to_owned());
    write.document.author = Some("A".to_owned());
    write.document.uri = Some("https://example.com".to_owned());
    write.document.language = Some("en".to_owned());
    write.document.created = Some(-5);
    write.document.modified = Some(5);
    write.document.data_classes = Some(vec!["x".to_owned(), "\"".to_owned()]);
    write.document.metadata = r#"{"k":[1]}"#.to_owned();
    write.chunks[0].breadcrumbs = vec!["H".to_owned(), "h".to_owned()];
    let page = PageWrite { upserts: vec![write.clone()], ..PageWrite::default() };
    store.apply("s", &page).unwrap();
    let stored = workspace.open().find("s", "a").unwrap().unwrap();
    assert_eq!(stored.document, write.document);
    assert_eq!(stored.chunks, write.chunks);
    assert_eq!((stored.id, stored.source.as_str()), (write.id, "s"));
    assert_eq!(store.document(document_id("t", "a")).unwrap(), None);
}

#[test]
fn a_page_says_what_it_changed_and_counts_are_kept() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one\n\ntwo"), ("b", "one")]);
    let page = PageWrite {
        upserts: vec![document("s", "a", "one"), document("s", "c", "")],
        removals: vec!["b".to_owned(), "never".to_owned()],
        checkpoint: CheckpointWrite::Set("3".to_owned()),
    };
    let applied = store.apply("s", &page).unwrap();
    assert_eq!(applied, Applied { added: 1, changed: 1, removed: 1 });
    let stats = store.stats().unwrap();
    assert_eq!((stats.documents, stats.chunks), (2, 1));
    assert!(stats.database > 0);
    assert_eq!(store.checkpoint("s").unwrap().as_deref(), Some("3"));
}

#[test]
fn a_page_is_applied_as_a_whole_or_not_at_all() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let mut binary = document("s", "b", "x");
    binary.document.content = Content::Deferred;
    let mut astray = document("s", "c", "ä");
    astray.chunks = vec![Chunk { span: Span { start: 0, end: 1 }, breadcrumbs: Vec::new() }];
    for bad in [binary, astray] {
        let page = PageWrite {
            upserts: vec![document("s", "a", "x"), bad],
            removals: Vec::new(),
            checkpoint: CheckpointWrite::Set("1".to_owned()),
        };
        let error = store.apply("s", &page).unwrap_err();
        assert!(matches!(error, StoreError::Rejected { .. }), "{error}");
        assert_eq!(store.find("s", "a").unwrap(), None);
        assert_eq!(store.checkpoint("s").unwrap(), None);
    }
}

#[test]
fn what_is_known_decides_what_is_new() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "text")]);
    let known = store.known("s", &["a", "b"]).unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known["a"].version, "v4");
    assert_eq!(known["a"].content_hash, [4; 32]);
    assert_eq!(known["a"].id, document_id("s", "a"));
    assert!(store.known("t", &["a"]).unwrap().is_empty());
}

#[test]
fn an_empty_page_waits_for_nobody() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let log = workspace.path("ctx.sqlite-wal");
    put(&store, "s", &[("a", "text")]);
    let before = std::fs::metadata(&log).unwrap().len();
    assert_eq!(store.apply("s", &PageWrite::default()).unwrap(), Applied::default());
    assert_eq!(std::fs::metadata(&log).unwrap().len(), before);
}

#[test]
fn a_finished_scan_removes_the_unseen_of_its_source_only() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one"), ("b", "one"), ("c", "one")]);
    put(&store, "t", &[("b", "one")]);
    assert_eq!(finish(&store, Some(&["a", "new"])), 2);
    assert_eq!(found(&store, "one"), ["b", "a"]);
    let sources = store.sources().unwrap();
    assert_eq!((sources[0].documents, sources[0].chunks), (1, 1));
    assert_eq!((sources[0].extension.as_str(), sources[0].synced), ("files", Some(77)));
    assert_eq!(sources[1].documents, 1);
}

#[test]
fn a_scan_that_was_not_complete_removes_nothing_and_an_empty_one_all() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one"), ("b", "one")]);
    assert_eq!(finish(&store, None), 0);
    assert_eq!(store.stats().unwrap().documents, 2);
    assert_eq!(finish(&store, Some(&[])), 2);
    assert_eq!(found(&store, "one"), Vec::<String>::new());
}

#[test]
fn a_checkpoint_is_kept_set_and_cleared() {
    let workspace = Workspace::new();
    let store = workspace.open();
    assert_eq!(store.checkpoint("s").unwrap(), None);
    set_checkpoint(&store, "s", "1");
    put(&store, "s", &[("a", "one")]);
    finish(&store, None);
    assert_eq!(store.checkpoint("s").unwrap().as_deref(), Some("1"));
    let page = PageWrite { checkpoint: CheckpointWrite::Clear, ..PageWrite::default() };
    store.apply("s", &page).unwrap();
    assert_eq!(store.checkpoint("s").unwrap(), None);
}

#[test]
fn a_failure_is_remembered_until_a_sync_ends_well() {
    let workspace = Workspace::new();
    let store = workspace.open();
    store.failed("s", "files", "no such folder").unwrap();
    assert_eq!(store.sources().unwrap()[0].failure.as_deref(), Some("no such folder"));
    finish(&store, None);
    assert_eq!(store.sources().unwrap()[0].failure, None);
}

#[test]
fn a_forgotten_source_leaves_nothing() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one"), ("b", "one\n\ntwo")]);
    put(&store, "t", &[("a", "one")]);
    set_checkpoint(&store, "s", "1");
    assert_eq!(found(&store, "one").len(), 3);
    assert_eq!(store.forget("s").unwrap(), 2);
    assert_eq!(store.forget("s").unwrap(), 0);
    assert_eq!(store.checkpoint("s").unwrap(), None);
    assert_eq!(found(&store, "one"), ["a"]);
    assert_eq!(store.sources().unwrap().len(), 1);
}

#[test]
fn an_id_is_found_by_its_first_digits() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one"), ("b", "two")]);
    let id = document_id("s", "a");
    let text = format_id(&id);
    for length in [8, 9, 13, 36] {
        assert_eq!(store.documents_by_prefix(&text[..length], 9).unwrap(), [id]);
    }
    assert_eq!(store.documents_by_prefix("", 9).unwrap().len(), 2);
    assert_eq!(store.documents_by_prefix("", 1).unwrap().len(), 1);
    for nothing in ["x", "0123456789abcdef0123456789abcdef0", "+1"] {
        assert!(store.documents_by_prefix(nothing, 9).unwrap().is_empty());
    }
}

#[test]
fn a_source_is_synced_by_one_at_a_time() {
    let workspace = Workspace::new();
    let (one, other) = (workspace.open(), workspace.open());
    let lock = one.lock_source("a/b: ü").unwrap();
    assert!(lock.is_some());
    assert!(other.lock_source("a/b: ü").unwrap().is_none());
    assert!(one.lock_source("a/b: ü").unwrap().is_none());
    assert!(other.lock_source("c").unwrap().is_some());
    drop(lock);
    assert!(other.lock_source("a/b: ü").unwrap().is_some());
}

#[test]
fn stores_may_be_opened_and_written_at_once() {
    let workspace = Workspace::new();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let workspace = &workspace;
            scope.spawn(move || {
                let store = workspace.open();
                let source = format!("s{n}");
                for m in 0..20 {
                    put(&store, &source, &[(&format!("d{m}"), "shared words")]);
                    store.search(&crate::workspace::query("shared")).unwrap();
                }
                store.refresh_index().unwrap();
            });
        }
    });
    let store = workspace.open();
    assert_eq!(store.stats().unwrap().documents, 80);
    let query = ctx_model::Query { limit: 100, ..crate::workspace::query("shared") };
    assert_eq!(store.search(&query).unwrap().hits.len(), 80);
}
