//! Keys, values and their quota; the journal and its writer.

use std::sync::Arc;

use ctx_model::{ExtensionName, KeyValue, KeyValueError};
use ctx_store::{JournalEntry, JournalFilter, JournalWriter, MAX_KEY, MAX_VALUE, QUOTA};

use crate::workspace::Workspace;

fn name(text: &str) -> ExtensionName {
    ExtensionName::new(text).unwrap()
}

#[test]
fn a_value_is_private_to_its_extension_and_bucket() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let (a, b) = (name("a"), name("b"));
    store.set(&a, "x", "k", b"1").unwrap();
    store.set(&a, "y", "k", b"2").unwrap();
    assert_eq!(store.get(&a, "x", "k").unwrap().unwrap(), b"1");
    assert_eq!(store.get(&b, "x", "k").unwrap(), None);
    store.set(&a, "x", "k", b"").unwrap();
    assert_eq!(workspace.open().get(&a, "x", "k").unwrap().unwrap(), b"");
    store.delete(&a, "x", "k").unwrap();
    store.delete(&a, "x", "k").unwrap();
    assert_eq!(store.get(&a, "x", "k").unwrap(), None);
    assert_eq!(store.get(&a, "y", "k").unwrap().unwrap(), b"2");
}

#[test]
fn an_extension_keeps_no_more_than_its_quota() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let (a, b) = (name("a"), name("b"));
    let value = vec![0; MAX_VALUE];
    let fit = QUOTA / (MAX_VALUE as u64 + 3);
    for n in 0..fit {
        store.set(&a, "b", &format!("{n:02}"), &value).unwrap();
    }
    assert_eq!(store.set(&a, "b", "zz", &value), Err(KeyValueError::QuotaExceeded));
    assert_eq!(store.get(&a, "b", "zz").unwrap(), None);
    // Replacing costs the difference, deleting gives back, others have their own.
    store.set(&a, "b", "00", &value).unwrap();
    store.set(&b, "b", "zz", &value).unwrap();
    store.delete(&a, "b", "01").unwrap();
    store.set(&a, "b", "zz", &value).unwrap();
    assert_eq!(store.set(&a, "b", "01", &value), Err(KeyValueError::QuotaExceeded));
}

#[test]
fn keys_and_values_have_a_greatest_size() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let a = name("a");
    let long = "k".repeat(MAX_KEY);
    store.set(&a, "b", &long, b"").unwrap();
    for (bucket, key, value) in [
        ("b", format!("{long}k"), 0),
        ("b", "k".to_owned(), MAX_VALUE + 1),
        (&*"x".repeat(MAX_KEY + 1), String::new(), 0),
    ] {
        let refused = store.set(&a, bucket, &key, &vec![0; value]);
        assert!(matches!(refused, Err(KeyValueError::Other(_))), "{refused:?}");
    }
}

#[test]
fn keys_are_listed_in_byte_order_a_page_at_a_time() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let a = name("a");
    for key in ["b", "a", "ä", "ab", "a\u{0}", "Z", "ac"] {
        store.set(&a, "x", key, b"").unwrap();
    }
    let list = |prefix, cursor| store.list_keys(&a, "x", prefix, cursor).unwrap();
    assert_eq!(list("", None).keys, ["Z", "a", "a\u{0}", "ab", "ac", "b", "ä"]);
    assert_eq!(list("a", None).keys, ["a", "a\u{0}", "ab", "ac"]);
    assert_eq!(list("a", Some("ab")).keys, ["ac"]);
    assert_eq!(list("a", Some("Z")).keys.len(), 4);
    assert_eq!(list("b", Some("z")).keys, Vec::<String>::new());
    for n in 0..1500 {
        store.set(&a, "many", &format!("{n:04}"), b"").unwrap();
    }
    let first = store.list_keys(&a, "many", "", None).unwrap();
    assert_eq!((first.keys.len(), first.cursor.as_deref()), (1000, Some("0999")));
    let rest = store.list_keys(&a, "many", "", first.cursor.as_deref()).unwrap();
    assert_eq!((rest.keys.len(), rest.cursor), (500, None));
}

fn entry(n: i64) -> JournalEntry {
    JournalEntry {
        time: n,
        extension: format!("e{}", n % 2),
        role: "tool".to_owned(),
        name: "t".to_owned(),
        outcome: if n % 3 == 0 { "ctx::grant::http" } else { "ok" }.to_owned(),
        message: (n % 3 == 0).then(|| "no".to_owned()),
        fuel: u64::MAX,
        peak_memory: 2,
        wall_us: 3,
        host_calls: 4,
        request: None,
        caller: None,
    }
}

#[test]
fn the_journal_lists_the_newest_first_and_filters() {
    let workspace = Workspace::new();
    let store = workspace.open();
    store.journal_append(&[]).unwrap();
    store.journal_append(&(0..10).map(entry).collect::<Vec<_>>()).unwrap();
    let times = |filter: &JournalFilter, limit| -> Vec<i64> {
        store.journal(filter, limit).unwrap().iter().map(|entry| entry.time).collect()
    };
    assert_eq!(times(&JournalFilter::default(), 3), [9, 8, 7]);
    let filter = JournalFilter {
        extension: Some("e0".to_owned()),
        outcome: Some("ctx::grant::http".to_owned()),
        since: Some(1),
        ..JournalFilter::default()
    };
    assert_eq!(times(&filter, 9), [6]);
    let newest = &store.journal(&JournalFilter::default(), 1).unwrap()[0];
    let as_written = JournalEntry { fuel: i64::MAX.unsigned_abs(), ..entry(9) };
    assert_eq!(*newest, as_written);
}

#[test]
fn the_writer_has_written_all_once_it_is_flushed_or_dropped() {
    let workspace = Workspace::new();
    let store = Arc::new(workspace.open());
    let writer = JournalWriter::start(Arc::clone(&store)).unwrap();
    (0..300).map(entry).for_each(|entry| writer.record(entry));
    writer.flush().unwrap();
    assert_eq!(store.journal(&JournalFilter::default(), 999).unwrap().len(), 300);
    writer.record(entry(300));
    assert_eq!(writer.lost(), 0);
    drop(writer);
    assert_eq!(store.journal(&JournalFilter::default(), 999).unwrap().len(), 301);
}
