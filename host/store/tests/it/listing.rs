//! What is stored, page by page.

use ctx_store::{DocumentRow, PageWrite, document_id};

use crate::workspace::{Workspace, document, put, remove};

#[test]
fn pages_hold_every_document_once_and_in_order() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let names: Vec<String> = (0..25).map(|n| format!("d{n}")).collect();
    let documents: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "text")).collect();
    put(&store, "s", &documents);
    put(&store, "t", &[("d0", "text")]);
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_documents(after, 10).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        listed.extend(page.into_iter().map(|row| row.id));
    }
    assert_eq!(listed.len(), 26);
    assert!(listed.is_sorted());
    assert!(listed.contains(&document_id("t", "d0")));
}

#[test]
fn a_row_says_what_a_list_shows() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let mut write = document("s", "a", "one 🦊");
    write.document.title = Some("T".to_owned());
    write.document.uri = Some("https://example.com".to_owned());
    write.document.modified = Some(5);
    let id = write.id;
    store.apply("s", &PageWrite { upserts: vec![write], ..PageWrite::default() }).unwrap();
    let row = DocumentRow {
        id,
        source: "s".to_owned(),
        source_id: "a".to_owned(),
        title: Some("T".to_owned()),
        uri: Some("https://example.com".to_owned()),
        media_type: "text/plain".to_owned(),
        modified: Some(5),
        size: 8,
    };
    assert_eq!(store.list_documents(None, 10).unwrap(), [row]);
    assert_eq!(store.list_documents(Some(id), 10).unwrap(), []);
}

#[test]
fn a_page_goes_on_after_a_document_that_is_gone() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one"), ("b", "one"), ("c", "one")]);
    let all = store.list_documents(None, 10).unwrap();
    remove(&store, "s", &[&all[1].source_id]);
    let rest = store.list_documents(Some(all[1].id), 10).unwrap();
    assert_eq!(rest, all[2..]);
}
