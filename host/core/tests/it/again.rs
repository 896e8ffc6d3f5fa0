//! An extension that says that its list has changed is asked again.

use ctx_core::{Catalog, Host};

use crate::workspace::{Workspace, call, script, until};

/// Describes itself differently each time it is asked.
fn fickle() -> String {
    let mut text = script("fickle", "changed.tools() return \"told\"");
    text.push_str("tool.description = \"Number \" .. math.random(1, 1000000000)\n");
    text
}

fn description(catalog: &Catalog) -> String {
    catalog.extension("fickle").unwrap().tools[0].info.description.clone()
}

async fn described(host: &Host) -> String {
    description(&host.catalog().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_watched_it_is_asked_at_once() {
    let workspace = Workspace::new();
    workspace.drop_in("fickle.lua", fickle());
    let host = workspace.open();
    let before = described(&host).await;
    let _watch = host.watch().unwrap();
    for _ in 0..3 {
        assert_eq!(call(&host, "fickle").await.unwrap(), "told");
    }
    let after = until(&host, |catalog| description(catalog) != before).await;
    assert_eq!(call(&host, "fickle").await.unwrap(), "told");
    // What it said last is kept for the next process.
    drop(after);
}

#[tokio::test(flavor = "multi_thread")]
async fn otherwise_the_next_process_asks_it() {
    let workspace = Workspace::new();
    workspace.drop_in("fickle.lua", fickle());
    let host = workspace.open();
    let before = described(&host).await;
    assert_eq!(described(&workspace.open()).await, before);
    assert_eq!(call(&host, "fickle").await.unwrap(), "told");
    assert_eq!(described(&host).await, before);
    host.close().unwrap();
    assert_ne!(described(&workspace.open()).await, before);
}
