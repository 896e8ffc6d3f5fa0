//! What a search finds, shows and refuses.

use ctx_model::{Mode, Notice, Query, Span};
use ctx_store::{PageWrite, SearchError, Store};

use crate::workspace::{Workspace, document, found, ids, put, query, search};

fn library(workspace: &Workspace) -> Store {
    let store = workspace.open();
    put(
        &store,
        "s",
        &[
            ("fox", "the quick brown fox\n\njumps over the lazy dog"),
            ("dog", "a dog sleeps"),
            ("code", "fn getUserName() { snake_case }"),
            ("kanji", "日本語の文章です"),
        ],
    );
    store
}

#[test]
fn every_text_is_a_query() {
    let workspace = Workspace::new();
    let store = library(&workspace);
    let table: &[(&str, &[&str])] = &[
        ("fox", &["fox"]),
        ("FOX", &["fox"]),
        ("fox dog", &["fox", "dog"]),
        ("brown AND dog", &[]),
        ("lazy AND dog", &["fox"]),
        ("quick AND fox", &["fox"]),
        ("dog AND NOT sleeps", &["fox"]),
        ("dog NOT sleeps", &["fox"]),
        ("dog -sleeps", &["fox"]),
        ("+dog +sleeps", &["dog"]),
        ("\"quick brown\"", &["fox"]),
        ("\"brown quick\"", &[]),
        ("brown AND", &["fox"]),
        ("\"brown", &["fox"]),
        ("getUserName", &["code"]),
        ("get_user_name", &["code"]),
        ("username", &[]),
        ("user", &["code"]),
        ("snakeCase", &["code"]),
        ("case", &["code"]),
        ("文章", &["kanji"]),
        ("章文", &[]),
        ("body:fox", &[]),
        ("brown:fox", &["fox"]),
        ("-dog", &["dog", "fox"]),
        ("NOT dog", &["dog", "fox"]),
        ("dog AND", &["dog", "fox"]),
        ("", &[]),
        ("[", &[]),
        ("*", &[]),
        ("()", &[]),
        ("\"\"", &[]),
        ("nothing", &[]),
    ];
    for (text, expected) in table {
        let mut found = found(&store, text);
        let mut expected: Vec<String> = expected.iter().map(|id| (*id).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_hit_is_a_document_with_its_best_chunk() {
    let workspace = Workspace::new();
    let store = library(&workspace);
    let hits = search(&store, "lazy the").hits;
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].span, Span { start: 21, end: 44 });
    assert_eq!(hits[0].snippet, "jumps over the lazy dog");
    assert_eq!(hits[0].title, "fox");
    assert_eq!(hits[0].source, "s");
    assert!(hits[0].score > 0.0);
}

#[test]
fn a_title_counts_for_more_and_headings_are_found() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let mut titled = document("s", "titled", "some text of the same length");
    titled.document.title = Some("Weather".to_owned());
    titled.chunks[0].breadcrumbs = vec!["Outlook".to_owned()];
    let plain = document("s", "plain", "weather text of the same length");
    let empty = {
        let mut empty = document("s", "empty", "");
        empty.document.title = Some("Nothing inside".to_owned());
        empty
    };
    let page = PageWrite { upserts: vec![plain, titled, empty], ..PageWrite::default() };
    store.apply("s", &page).unwrap();
    assert_eq!(found(&store, "weather"), ["titled", "plain"]);
    assert_eq!(found(&store, "outlook"), ["titled"]);
    assert_eq!(found(&store, "inside"), ["empty"]);
}

#[test]
fn filters_say_which_documents_may_match() {
    let workspace = Workspace::new();
    let store = workspace.open();
    for (source, id, at, media_type) in [
        ("a", "1", Some(10), "text/plain"),
        ("a", "2", Some(20), "text/markdown"),
        ("b", "3", Some(30), "text/plain"),
        ("b", "4", None, "text/plain"),
    ] {
        let mut write = document(source, id, "word");
        write.document.modified = at;
        write.document.media_type = media_type.to_owned();
        store.apply(source, &PageWrite { upserts: vec![write], ..PageWrite::default() }).unwrap();
    }
    let check = |change: &dyn Fn(&mut Query), expected: &[&str]| {
        let mut query = query("word");
        change(&mut query);
        let mut found = ids(store.search(&query).unwrap());
        found.sort();
        assert_eq!(found, expected);
    };
    check(&|_| {}, &["1", "2", "3", "4"]);
    check(&|query| query.sources = vec!["a".to_owned()], &["1", "2"]);
    check(&|query| query.sources = vec!["a".to_owned(), "b".to_owned()], &["1", "2", "3", "4"]);
    check(&|query| query.sources = vec!["c".to_owned()], &[]);
    check(&|query| query.since = Some(20), &["2", "3"]);
    check(&|query| query.until = Some(20), &["1"]);
    check(&|query| (query.since, query.until) = (Some(10), Some(30)), &["1", "2"]);
    check(&|query| (query.since, query.until) = (Some(30), Some(10)), &[]);
    check(&|query| query.media_types = vec!["text/markdown".to_owned()], &["2"]);
}

#[test]
fn c4_a_filter_finds_what_a_thousand_better_hits_would_hide() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let many: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    let many: Vec<_> = many.iter().map(|id| (id.as_str(), "alpha alpha alpha")).collect();
    put(&store, "many", &many);
    put(&store, "other", &[("one", "a long text in which alpha stands once")]);
    let query = Query { sources: vec!["other".to_owned()], limit: 3, ..query("alpha") };
    assert_eq!(ids(store.search(&query).unwrap()), ["one"]);
}

#[test]
fn c5_operators_in_a_query_are_a_search_and_it_says_what_became_of_them() {
    let workspace = Workspace::new();
    let store = library(&workspace);
    for (text, is_plain) in [("fox AND", true), ("NOT fox", true), ("fox", false)] {
        let hits = search(&store, text);
        assert_eq!(hits.hits.len(), 1, "{text}");
        assert_eq!(hits.notices.contains(&Notice::PlainWords), is_plain, "{text}");
    }
}

#[test]
fn equal_scores_are_ordered_by_date_and_then_by_id() {
    let workspace = Workspace::new();
    let store = workspace.open();
    for (id, at) in [("old", Some(10)), ("none", None), ("new", Some(30)), ("middle", Some(20))] {
        let mut write = document("s", id, "same");
        write.document.modified = at;
        write.document.title = Some("title".to_owned());
        store.apply("s", &PageWrite { upserts: vec![write], ..PageWrite::default() }).unwrap();
    }
    assert_eq!(found(&store, "same"), ["new", "middle", "old", "none"]);
}

#[test]
fn pages_of_an_answer_neither_overlap_nor_gape() {
    let workspace = Workspace::new();
    let store = workspace.open();
    for batch in 0..5 {
        for n in 0..13 {
            put(&store, "s", &[(&format!("d{batch}-{n}"), "the same words\n\nthe same words")]);
        }
        store.refresh_index().unwrap();
    }
    let mut query = Query { limit: 7, ..query("same") };
    let mut all = Vec::new();
    loop {
        let hits = store.search(&query).unwrap();
        let cursor = hits.cursor.clone();
        all.extend(hits.hits.iter().map(|hit| hit.id));
        match cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    // Equal scores are ordered by id.
    let mut sorted = all.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 65);
    assert_eq!(all, sorted);
}

#[test]
fn a_cursor_belongs_to_its_query() {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "one"), ("b", "one")]);
    let first = store.search(&Query { limit: 1, ..query("one") }).unwrap();
    let cursor = first.cursor.unwrap();
    for text in [cursor.as_str(), "nonsense", "", "0-0"] {
        let other = Query { cursor: Some(text.to_owned()), ..query("two") };
        let error = store.search(&other).unwrap_err();
        assert!(matches!(error, SearchError::Cursor { .. }), "{error}");
    }
    let next = Query { limit: 5, cursor: Some(cursor), ..query("one") };
    assert_eq!(store.search(&next).unwrap().hits.len(), 1);
}

#[test]
fn other_modes_are_answered_by_keywords_and_say_so() {
    let workspace = Workspace::new();
    let store = library(&workspace);
    for mode in [Mode::Semantic, Mode::Hybrid] {
        let hits = store.search(&Query { mode, ..query("fox") }).unwrap();
        assert_eq!((hits.mode, hits.hits.len()), (Mode::Keyword, 1));
    }
}

#[test]
fn a_snippet_of_a_long_document_is_near_the_match() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let padding = "паддинг 🦊 ".repeat(20_000);
    let text = format!("{padding}\n\n{padding}needle in a haystack {padding}");
    put(&store, "s", &[("long", &text)]);
    let hits = search(&store, "nothing needle").hits;
    assert_eq!(hits.len(), 1);
    assert!(hits[0].snippet.chars().count() <= 200);
    assert!(hits[0].snippet.starts_with("паддинг"));
    let small = format!("{}needle in a haystack", "паддинг 🦊\n".repeat(300));
    put(&store, "s", &[("small", &small)]);
    let hits = search(&store, "needle").hits;
    let hit = hits.iter().find(|hit| hit.document_id == "small").unwrap();
    assert!(hit.snippet.contains("needle in a haystack"), "{}", hit.snippet);
}

#[test]
fn no_limit_is_no_hits_and_many_words_are_fine() {
    let workspace = Workspace::new();
    let store = library(&workspace);
    assert!(store.search(&Query { limit: 0, ..query("fox") }).unwrap().hits.is_empty());
    let words: Vec<_> = (0..30).map(|n| n.to_string()).collect();
    let page = format!("{} fox", words.join(" "));
    assert_eq!(found(&store, &page), ["fox"]);
    assert_eq!(ids(store.search(&Query { limit: u32::MAX, ..query("fox") }).unwrap()), ["fox"]);
}
