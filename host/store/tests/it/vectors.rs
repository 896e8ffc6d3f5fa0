//! What vectors are kept, and what they find.

use ctx_model::{Mode, Notice, Query};
use ctx_store::{Fusion, Meaning, PageWrite, PendingChunk, Store};
use rusqlite::Connection;

use crate::workspace::{Workspace, document, ids, put, query, remove};

const EMBEDDER: &str = "fake";

/// A vector that says how often each of three words is in a text.
fn meaning(text: &str) -> Vec<f32> {
    ["sun", "rain", "snow"]
        .map(|word| 0.1 + f32::from(u8::try_from(text.matches(word).count()).unwrap()))
        .to_vec()
}

fn pending(store: &Store) -> Vec<PendingChunk> {
    store.pending_chunks(EMBEDDER, None, None, 100).unwrap()
}

fn embed(store: &Store, model: &str) -> u64 {
    let pending = pending(store);
    let vectors: Vec<_> = pending.iter().map(|chunk| meaning(&chunk.text)).collect();
    let rows: Vec<_> = pending.iter().zip(&vectors).map(|(c, v)| (c, v.as_slice())).collect();
    store.put_vectors(EMBEDDER, model, &rows).unwrap()
}

fn ask(store: &Store, mode: Mode, text: &str, change: impl FnOnce(&mut Query)) -> Vec<String> {
    let mut query = Query { mode, ..query(text) };
    change(&mut query);
    let meaning = Meaning { model: "m".to_owned(), vector: meaning(text) };
    let hits = store.search_with(&query, Some(&meaning), Fusion::default()).unwrap();
    assert_eq!(hits.mode, mode);
    ids(hits)
}

fn weather(workspace: &Workspace) -> Store {
    let store = workspace.open();
    put(&store, "a", &[("dry", "sun sun sun"), ("wet", "rain\n\nrain and sun")]);
    put(&store, "b", &[("cold", "snow snow")]);
    store
}

#[test]
fn meaning_finds_what_words_do_not() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    assert_eq!(embed(&store, "m"), 4);
    assert!(pending(&store).is_empty());
    assert_eq!(ask(&store, Mode::Semantic, "rainy", |_| {}), ["wet", "cold", "dry"]);
    assert_eq!(ask(&store, Mode::Hybrid, "snow rainy", |_| {})[0], "cold");
    assert_eq!(ask(&store, Mode::Semantic, "?", |query| query.limit = 1).len(), 1);
}

#[test]
fn c4_filters_apply_inside_a_search_by_meaning() {
    let workspace = Workspace::new();
    let store = workspace.open();
    for n in 0..200 {
        put(&store, "many", &[(&format!("{n}"), "sun sun")]);
    }
    let mut one = document("few", "one", "rain and a little sun");
    one.document.modified = Some(50);
    one.document.media_type = "text/markdown".to_owned();
    store.apply("few", &PageWrite { upserts: vec![one], ..PageWrite::default() }).unwrap();
    while embed(&store, "m") > 0 {}
    let found = |change: &dyn Fn(&mut Query)| ask(&store, Mode::Hybrid, "sun", change);
    assert_eq!(found(&|query| query.sources = vec!["few".to_owned()]), ["one"]);
    assert_eq!(found(&|query| query.since = Some(50)), ["one"]);
    assert_eq!(found(&|query| query.until = Some(51)), ["one"]);
    assert!(found(&|query| query.until = Some(50)).is_empty());
    assert_eq!(found(&|query| query.media_types = vec!["text/markdown".to_owned()]), ["one"]);
    assert!(found(&|query| query.sources = vec!["none".to_owned()]).is_empty());
}

#[test]
fn a_chunk_that_did_not_change_keeps_its_vector() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    embed(&store, "m");
    put(&store, "a", &[("wet", "a new beginning\n\nrain\n\nrain and sun")]);
    let texts: Vec<_> = pending(&store).into_iter().map(|chunk| chunk.text).collect();
    // The last chunk is the same, and the one before it has a blank line more.
    assert_eq!(texts, ["a new beginning\n\n"]);
    assert_eq!(ask(&store, Mode::Semantic, "rain", |_| {})[0], "wet");
    put(&store, "a", &[("wet", "snow snow snow snow")]);
    embed(&store, "m");
    assert_eq!(ask(&store, Mode::Semantic, "snow", |query| query.limit = 2).len(), 2);
    assert_eq!(ask(&store, Mode::Semantic, "rain", |_| {}).len(), 3);
}

#[test]
fn what_is_gone_is_found_no_more_by_any_process() {
    let workspace = Workspace::new();
    let (store, other) = (weather(&workspace), workspace.open());
    embed(&store, "m");
    assert_eq!(ask(&other, Mode::Semantic, "sun", |_| {}).len(), 3);
    remove(&store, "a", &["dry"]);
    assert_eq!(ask(&other, Mode::Semantic, "sun", |_| {}), ["wet", "cold"]);
    put(&store, "b", &[("new", "sun")]);
    embed(&store, "m");
    assert_eq!(ask(&other, Mode::Semantic, "sun", |_| {})[0], "new");
    assert_eq!(store.clear_vectors().unwrap(), 4);
    assert!(ask(&other, Mode::Semantic, "sun", |_| {}).is_empty());
}

#[test]
fn another_model_makes_every_chunk_pending() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    embed(&store, "m");
    // The embedder turns out to be another model now.
    let first = store.pending_chunks("other", None, None, 1).unwrap();
    store.put_vectors(EMBEDDER, "n", &[(&first[0], &[1.0, 2.0])]).unwrap();
    assert_eq!(store.count_pending(EMBEDDER, None).unwrap(), 3);
    assert_eq!(store.count_pending(EMBEDDER, Some("b")).unwrap(), 1);
    let stats = store.vector_stats(Some(EMBEDDER)).unwrap();
    assert_eq!((stats.vectors, stats.outdated, stats.chunks), (1, 3, 4));
    // Vectors of another length are never compared.
    assert_eq!(ask(&store, Mode::Semantic, "rain", |_| {}).len(), 2);
}

#[test]
fn a_chunk_that_changed_while_it_was_embedded_stays_without() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    let pending = pending(&store);
    put(&store, "b", &[("cold", "snow snow snow")]);
    let cold = pending.iter().find(|chunk| chunk.text.starts_with("snow")).unwrap();
    assert_eq!(store.put_vectors(EMBEDDER, "m", &[(cold, &[1.0])]).unwrap(), 0);
}

#[test]
fn vectors_without_a_direction_are_refused() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    let pending = pending(&store);
    for bad in [vec![], vec![0.0, 0.0], vec![f32::NAN], vec![f32::INFINITY], vec![0.0; 100_000]] {
        assert!(store.put_vectors(EMBEDDER, "m", &[(&pending[0], &bad)]).is_err());
    }
    let uneven: [(&PendingChunk, &[f32]); 2] = [(&pending[0], &[1.0]), (&pending[1], &[1.0, 2.0])];
    assert!(store.put_vectors(EMBEDDER, "m", &uneven).is_err());
}

#[test]
fn damaged_vectors_are_passed_over() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    embed(&store, "m");
    let damage = Connection::open(workspace.path("ctx.sqlite")).unwrap();
    damage.execute("UPDATE vectors SET vector = x'0102' WHERE number = 1", []).unwrap();
    assert_eq!(ask(&store, Mode::Semantic, "rain", |_| {}).len(), 2);
}

#[test]
fn an_answer_says_how_many_chunks_have_no_vector() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    let meaning = Meaning { model: "m".to_owned(), vector: vec![1.0, 1.0, 1.0] };
    let semantic = Query { mode: Mode::Semantic, ..query("sun") };
    let notices =
        || store.search_with(&semantic, Some(&meaning), Fusion::default()).unwrap().notices;
    assert_eq!(notices(), [Notice::Unembedded { chunks: 4 }]);
    embed(&store, "m");
    assert!(notices().is_empty());
}

#[test]
fn an_explanation_tells_both_ranks() {
    let workspace = Workspace::new();
    let store = weather(&workspace);
    embed(&store, "m");
    let hybrid = Query { mode: Mode::Hybrid, explain: true, ..query("snow") };
    let meaning = Meaning { model: "m".to_owned(), vector: meaning("snow") };
    let hits = store.search_with(&hybrid, Some(&meaning), Fusion::default()).unwrap();
    let explained = hits.explained.unwrap();
    assert_eq!((explained.keyword_candidates, explained.semantic_candidates), (1, 3));
    assert_eq!(explained.scores.len(), hits.hits.len());
    let first = explained.scores[0];
    assert_eq!(first.keyword.map(|ranked| ranked.rank), Some(1));
    assert_eq!(first.semantic.map(|ranked| ranked.rank), Some(1));
    assert!((hits.hits[0].score - 1.0).abs() < 1e-6);
    assert_eq!(explained.scores[1].keyword, None);
}
