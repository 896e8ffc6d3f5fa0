//! Laws: whatever pages come, and wherever the process ends between them, the
//! store holds the same and answers the same.

use std::collections::BTreeMap;

use ctx_model::Content;
use ctx_store::Store;
use proptest::prelude::*;

use crate::workspace::{Workspace, found, put, query, remove, search};

#[derive(Debug, Clone)]
enum Step {
    Put(Vec<(u8, u8)>),
    Remove(Vec<u8>),
    Refresh,
    Search,
    Restart,
    DropIndex,
}

const WORDS: [&str; 5] = ["alpha", "beta", "gamma", "delta", "epsilon"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec((0..12_u8, 0..32_u8), 1..6).prop_map(Step::Put),
        2 => prop::collection::vec(0..12_u8, 1..4).prop_map(Step::Remove),
        1 => Just(Step::Refresh),
        1 => Just(Step::Search),
        2 => Just(Step::Restart),
        1 => Just(Step::DropIndex),
    ]
}

/// The words whose bits are set, each a chunk of its own.
fn text(bits: u8) -> String {
    let words = WORDS.iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0);
    words.map(|(_, word)| *word).collect::<Vec<_>>().join("\n\n")
}

fn run(steps: &[Step], undisturbed: bool) -> (Workspace, Store, BTreeMap<String, String>) {
    let workspace = Workspace::new();
    let mut store = workspace.open();
    let mut expected = BTreeMap::new();
    for step in steps {
        match step {
            Step::Put(documents) => {
                let documents: Vec<_> =
                    documents.iter().map(|(id, bits)| (format!("d{id}"), text(*bits))).collect();
                let page: Vec<_> =
                    documents.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
                put(&store, "s", &page);
                expected.extend(documents);
            }
            Step::Remove(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| format!("d{id}")).collect();
                remove(&store, "s", &ids.iter().map(String::as_str).collect::<Vec<_>>());
                for id in &ids {
                    expected.remove(id);
                }
            }
            _ if undisturbed => {}
            Step::Refresh => drop(store.refresh_index().unwrap()),
            Step::Search => drop(found(&store, "alpha")),
            Step::Restart => {
                // A killed process tidies nothing up.
                std::mem::forget(store);
                store = workspace.open();
            }
            Step::DropIndex => {
                let _gone = std::fs::remove_dir_all(workspace.path("index"));
            }
        }
    }
    (workspace, store, expected)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_pages_and_restarts_give_the_same_store_and_answers(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let (_disturbed_folder, disturbed, expected) = run(&steps, false);
        let (_calm_folder, calm, _) = run(&steps, true);
        let stats = disturbed.stats().unwrap();
        prop_assert_eq!(stats.documents, expected.len() as u64);
        prop_assert_eq!(stats.chunks, calm.stats().unwrap().chunks);
        for (id, text) in &expected {
            let stored = disturbed.find("s", id).unwrap().unwrap();
            prop_assert_eq!(&stored.document.content, &Content::Text(text.clone()));
        }
        for (n, word) in WORDS.iter().enumerate() {
            let mut ids: Vec<_> = disturbed
                .search(&ctx_model::Query { limit: 100, ..query(word) })
                .unwrap()
                .hits
                .into_iter()
                .map(|hit| hit.document_id)
                .collect();
            ids.sort();
            let with_word: Vec<_> = expected
                .iter()
                .filter(|(_, text)| text.contains(word))
                .map(|(id, _)| id.clone())
                .collect();
            prop_assert_eq!(ids, with_word, "{} {}", n, word);
        }
        // Once nothing deleted counts any more, order and scores agree too.
        disturbed.rebuild_index().unwrap();
        calm.rebuild_index().unwrap();
        for text in ["alpha", "beta gamma", "alpha AND NOT delta"] {
            prop_assert_eq!(search(&disturbed, text), search(&calm, text));
        }
    }

    #[test]
    fn no_text_is_an_error(text in any::<String>(), signs in "[a-z\"+\\-*:()\\[\\] ANDORT]{0,40}") {
        let workspace = Workspace::new();
        let store = workspace.open();
        put(&store, "s", &[("a", "some text and or not a b c")]);
        search(&store, &text);
        search(&store, &signs);
    }
}
