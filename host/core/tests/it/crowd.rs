//! What strangers' extensions cannot take from others.

use crate::workspace::{Workspace, call, says, script};

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_there_are_slots_wait_their_turn() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open_pooled();
    let calls: Vec<_> = (0..600)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { call(&host, "good").await })
        })
        .collect();
    for called in calls {
        assert_eq!(called.await.unwrap(), Ok("one".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_on_every_thread_leave_others_alone_and_end_when_they_are_disabled() {
    let workspace = Workspace::new();
    workspace.drop_in("loops.lua", script("loops", "while true do end"));
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open_pooled();
    assert_eq!(call(&host, "good").await.unwrap(), "one");
    let loops: Vec<_> = (0..16)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { call(&host, "loops").await })
        })
        .collect();
    while host.occupancy().instances < 16 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        assert_eq!(call(&host, "good").await.unwrap(), "one");
    }
    let catalog = host.catalog().await.unwrap();
    host.disable(&catalog.extension("loops").unwrap().name).unwrap();
    for ended in loops {
        assert_eq!(ended.await.unwrap().unwrap_err(), "`loops` was stopped: it was disabled");
    }
    // Whoever waited is told at once; the run itself ends where it next gives way.
    let ended = async {
        while host.occupancy().instances > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_looks_back_is_refused_before_anything_is_matched() {
    let workspace = Workspace::new();
    let schema = r#"parameters = { type = "object", properties = { text = {
        type = "string", pattern = "^(a|aa)+\\1$" } } }"#;
    let tool = script("slow", "return 'one'").replace("tool = {", &format!("tool = {{ {schema}, "));
    workspace.drop_in("slow.lua", tool);
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert!(catalog.tool("slow").is_none());
    let problem = &catalog.problems[0];
    assert!(problem.why.contains("schema"), "{problem:?}");
}
