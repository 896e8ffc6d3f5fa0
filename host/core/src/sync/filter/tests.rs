//! Which documents a run takes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use ctx_model::{Content, Document, Timestamp};

use super::Filter;
use crate::sync::SyncOptions;

fn modified(at: Option<Timestamp>) -> Document {
    Document {
        id: "a".to_owned(),
        version: String::new(),
        title: None,
        author: None,
        uri: None,
        media_type: "text/plain".to_owned(),
        language: None,
        created: None,
        modified: at,
        data_classes: None,
        metadata: "{}".to_owned(),
        content: Content::Text("a".to_owned()),
    }
}

#[track_caller]
fn check(options: &SyncOptions, at: Option<Timestamp>, takes: bool) {
    let mut filter = Filter::of(options);
    assert_eq!(filter.takes(&modified(at)), takes);
    assert_eq!(filter.has_left_out(), !takes);
}

#[test]
fn a_range_of_time_is_half_open() {
    let options = SyncOptions { since: Some(10), until: Some(20), ..SyncOptions::default() };
    for (at, takes) in [(9, false), (10, true), (19, true), (20, false)] {
        check(&options, Some(at), takes);
    }
}

#[test]
fn a_document_without_a_time_counts_as_modified_now() {
    check(&SyncOptions { since: Some(10), ..SyncOptions::default() }, None, true);
    check(&SyncOptions { until: Some(20), ..SyncOptions::default() }, None, false);
}

#[test]
fn only_what_is_stored_takes_room() {
    let mut filter = Filter::of(&SyncOptions { limit: Some(1), ..SyncOptions::default() });
    assert!(filter.takes(&modified(None)), "it is unchanged, say");
    assert!(filter.takes(&modified(None)));
    filter.stored();
    assert!(!filter.is_full(), "nothing was left out yet");
    assert!(!filter.takes(&modified(None)));
    assert!(filter.is_full() && filter.has_left_out());
}
