//! Being killed at any moment of a sync loses nothing and repeats at most a
//! page.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use ctx_store::Store;

use crate::workspace::{ITEMS, Workspace};

const ITEMS_COUNT: u64 = 3000;
const FILES_COUNT: u64 = 300;
/// Changes of one page at most, and a checkpoint of the connector.
const PAGE: u64 = 256 + 100;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("items.lua", ITEMS);
    for at in 0..FILES_COUNT {
        workspace.write(&format!("tree/{}/{at}.md", at % 7), format!("# File {at}\n\nText {at}\n"));
    }
    workspace.config(&format!(
        "[sources.items]\nextension = \"items\"\ncount = {ITEMS_COUNT}\n\
         [sources.tree]\nextension = \"files\"\nroot = \"tree\"\n"
    ));
    workspace
}

/// Everything that is stored, in order.
fn stored(workspace: &Workspace) -> Vec<String> {
    let store = Store::open(&workspace.path().join(".ctx/data")).unwrap();
    let items = (1..=ITEMS_COUNT).map(|at| ("items", format!("item-{at}")));
    let files = (0..FILES_COUNT).map(|at| ("tree", format!("{}/{at}.md", at % 7)));
    let mut all: Vec<String> = items
        .chain(files)
        .map(|(source, id)| {
            let mut stored = store.find(source, &id).unwrap();
            if let Some(stored) = &mut stored {
                // The trees are two, written one after the other in two places.
                stored.document.uri = None;
                stored.document.modified = None;
                stored.document.version.clear();
            }
            format!("{source} {id} {stored:?}")
        })
        .collect();
    all.push(format!("{:?}", store.stats().unwrap().documents));
    all
}

#[test]
fn a_killed_sync_loses_nothing_and_repeats_at_most_a_page() {
    let undisturbed = workspace();
    assert_eq!(undisturbed.run(&["sync"]).code, 0);
    let expected = stored(&undisturbed);
    let mut cut_short = 0;
    for moment in 0..30_u64 {
        let workspace = workspace();
        let mut child = workspace.command(&["sync"]).spawn().unwrap();
        let random = RandomState::new().hash_one(moment);
        std::thread::sleep(Duration::from_micros(10_000 + random % 150_000));
        child.kill().unwrap();
        child.wait().unwrap();

        // What the checkpoint says is stored, and little more.
        let store = Store::open(&workspace.path().join(".ctx/data")).unwrap();
        let checkpoint: u64 = store.checkpoint("items").unwrap().map_or(0, |text| {
            // It stands behind what it belongs to.
            text.split_once(':').unwrap().1.trim_matches('"').parse().unwrap()
        });
        let documents = store
            .sources()
            .unwrap()
            .into_iter()
            .find(|source| source.name == "items")
            .map_or(0, |source| source.documents);
        assert!(documents >= checkpoint, "{documents} documents, checkpoint {checkpoint}");
        assert!(documents <= checkpoint + PAGE, "{documents} documents, checkpoint {checkpoint}");
        cut_short += u32::from(documents < ITEMS_COUNT);
        drop(store);

        let again = workspace.run(&["sync"]);
        assert_eq!(again.code, 0, "{}", again.stderr);
        assert_eq!(stored(&workspace), expected);
        let hits = workspace.run(&["search", "2999", "--json"]);
        assert!(hits.stdout.contains("item-2999"), "{}", hits.stdout);
    }
    assert!(cut_short > 0, "no run was killed before its end, so nothing was tried");
}
