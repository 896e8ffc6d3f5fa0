//! Reloading: what is taken over, what is swapped, and what stays although its
//! file is broken.

use std::fs;
use std::sync::Arc;

use ctx_core::Host;

use crate::workspace::{Workspace, call, says, told};

const CUT: &str = "tool = {\n  name = \n";

async fn reload(host: &Host) -> Vec<String> {
    told(&host.reload().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn if_nothing_has_changed_the_catalog_is_the_same() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one")).drop_in("bad.lua", CUT);
    let host = workspace.open();
    let before = host.catalog().await.unwrap();
    let changes = host.changes();
    let after = host.reload().await.unwrap();
    assert!(Arc::ptr_eq(&before, &after));
    assert!(!changes.has_changed().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_taken_over_whole() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    workspace.drop_in("folder/main.lua", says("folded", "one"));
    let host = workspace.open();
    let before = host.catalog().await.unwrap();
    let mut changes = host.changes();
    workspace.drop_in("other.lua", says("other", "two"));
    let after = host.reload().await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    for name in ["good", "folder"] {
        let (before, after) = (before.extension(name), after.extension(name));
        assert!(Arc::ptr_eq(before.unwrap(), after.unwrap()), "{name}");
    }
    assert_eq!(call(&host, "other").await.unwrap(), "two");
    assert!(!changes.has_changed().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_called_after_the_reload() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open();
    assert_eq!(call(&host, "good").await.unwrap(), "one");
    workspace.drop_in("good.lua", says("good", "two"));
    assert_eq!(call(&host, "good").await.unwrap(), "one");
    assert_eq!(reload(&host).await, ["good"]);
    assert_eq!(call(&host, "good").await.unwrap(), "two");
    fs::remove_file(workspace.extensions().join("good.lua")).unwrap();
    assert_eq!(reload(&host).await, Vec::<String>::new());
    assert!(call(&host, "good").await.is_err());
}

/// Replaces an extension by what is broken, and mends it again.
async fn check(file: &str, broken: impl AsRef<[u8]>, why: &str) {
    let workspace = Workspace::new();
    workspace.drop_in(file, says("good", "one"));
    let host = workspace.open();
    let before = host.catalog().await.unwrap().extension("good").unwrap().clone();
    assert_eq!(call(&host, "good").await.unwrap(), "one");
    workspace.drop_in(file, &broken);
    // However often it is looked at.
    for _ in 0..2 {
        let catalog = host.reload().await.unwrap();
        let problem = catalog.replacement(&before.name).unwrap_or_else(|| panic!("{file}"));
        assert!(problem.why.contains(why), "{}", problem.why);
        assert_eq!(catalog.problems.len(), 1, "{:?}", told(&catalog));
        assert!(Arc::ptr_eq(catalog.extension("good").unwrap(), &before));
        assert_eq!(call(&host, "good").await.unwrap(), "one");
    }
    // After a restart there is nothing that could still run.
    let restarted = workspace.open().catalog().await.unwrap();
    assert!(restarted.extension("good").is_none());
    assert!(restarted.problems.iter().all(|problem| problem.still_running.is_none()));
    workspace.drop_in(file, says("good", "two"));
    assert_eq!(reload(&host).await, ["good"]);
    assert_eq!(call(&host, "good").await.unwrap(), "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_does_not_parse_leaves_the_old_one() {
    check("good.lua", CUT, "unexpected symbol").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_no_text_leaves_the_old_one() {
    check("good.lua", b"return \"caf\xe9\"\n", "not UTF-8").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_never_ends_leaves_the_old_one() {
    check("good.lua", "-- /// ctx\n-- name = \"x\"\n", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_read_leaves_all_that_was_in_it() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one")).drop_in("fine.lua", says("fine", "one"));
    let host = workspace.open();
    let before = host.catalog().await.unwrap();
    fs::remove_dir_all(workspace.extensions()).unwrap();
    fs::write(workspace.extensions(), "no folder").unwrap();
    let after = host.reload().await.unwrap();
    for extension in before.installed.values() {
        assert!(after.replacement(&extension.name).is_some(), "{:?}", told(&after));
    }
    assert_eq!(call(&host, "good").await.unwrap(), "one");
    fs::remove_file(workspace.extensions()).unwrap();
    assert_eq!(reload(&host).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_is_wrong_leaves_the_old_one() {
    let wrong = format!("-- /// ctx\n-- nam = \"x\"\n-- ///\n{}", says("good", "two"));
    check("good.lua", &wrong, "nam").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_no_role_leaves_the_old_one() {
    check("good.lua", "return 1\n", "defines no role").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_a_broken_script_leaves_the_old_one() {
    check("good/main.lua", CUT, "unexpected symbol").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_of_the_same_name_leaves_the_old_one() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    workspace.drop_in("good.wasm", "no component");
    let host = workspace.open();
    // Both go by one name from the start, so neither was ever there.
    assert_eq!(reload(&host).await.len(), 2);
    fs::remove_file(workspace.extensions().join("good.wasm")).unwrap();
    assert_eq!(reload(&host).await, ["good"]);
    let before = host.catalog().await.unwrap();
    workspace.drop_in("good.wasm", "no component");
    let clash = host.reload().await.unwrap();
    let name = &before.extension("good").unwrap().name;
    assert_eq!(clash.problems.len(), 2);
    assert!(clash.replacement(name).unwrap().place.ends_with("good.lua"));
    assert_eq!(call(&host, "good").await.unwrap(), "one");
    fs::remove_file(workspace.extensions().join("good.wasm")).unwrap();
    let after = host.reload().await.unwrap();
    assert!(Arc::ptr_eq(before.extension("good").unwrap(), after.extension("good").unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nearer_one_that_breaks_does_not_uncover_the_farther() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "near"));
    crate::workspace::write(&workspace.path("data/extensions/good.lua"), says("good", "far"));
    let host = workspace.open();
    assert_eq!(call(&host, "good").await.unwrap(), "near");
    workspace.drop_in("good.lua", "-- /// ctx\n-- nam = 1\n-- ///\n");
    let catalog = host.reload().await.unwrap();
    assert_eq!(catalog.shadowed.len(), 1);
    assert_eq!(call(&host, "good").await.unwrap(), "near");
    fs::remove_file(workspace.extensions().join("good.lua")).unwrap();
    host.reload().await.unwrap();
    assert_eq!(call(&host, "good").await.unwrap(), "far");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_config_denies_is_gone_though_its_file_is_broken() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open();
    host.catalog().await.unwrap();
    workspace.drop_in("good.lua", CUT);
    workspace.config("[extensions]\ndeny = [\"good\"]\n");
    let told = reload(&host).await;
    assert_eq!(told, [".ctx/extensions/good.lua: the config denies it"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_a_config_that_is_trusted_count_after_a_reload() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open();
    let seconds = async || {
        let catalog = host.reload().await.unwrap();
        catalog.extension("good").unwrap().limits.time.as_secs()
    };
    let usual = seconds().await;
    workspace.config("[extension.good]\nlimits = { time = \"77s\" }\n");
    assert_eq!(seconds().await, usual);
    // Another process, as far as this one knows.
    workspace.open().trust().unwrap();
    assert_eq!(seconds().await, 77);
    // Also for the old version of one that is broken.
    workspace.drop_in("good.lua", CUT);
    assert_eq!(seconds().await, 77);
    workspace.open().untrust().unwrap();
    assert_eq!(seconds().await, usual);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_cannot_be_read_leaves_the_old_one_in_force() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one")).drop_in("bad.lua", says("bad", "two"));
    workspace.config("[extensions]\ndeny = [\"bad\"]\n");
    let host = workspace.open();
    host.catalog().await.unwrap();
    let mut changes = host.changes();
    workspace.config("[extensions\n");
    let told = reload(&host).await;
    assert_eq!(told[..2], ["good", ".ctx/extensions/bad.lua: the config denies it"]);
    assert!(told[2].contains("is wrong in line 1"), "{told:?}");
    assert!(told[2].ends_with("what it said before still holds"), "{told:?}");
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    assert!(host.warnings().iter().any(|warning| warning.contains("line 1")));
    workspace.config("");
    assert_eq!(reload(&host).await, ["bad", "good"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_that_is_taken_back_is_gone_though_the_config_is_broken() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    workspace.config("[extension.good]\nlimits = { time = \"77s\" }\n");
    let other = workspace.open();
    other.trust().unwrap();
    let host = workspace.open();
    let time =
        |catalog: &ctx_core::Catalog| catalog.extension("good").unwrap().limits.time.as_secs();
    assert_eq!(time(&host.catalog().await.unwrap()), 77);
    workspace.config("[extensions\n");
    assert_eq!(time(&host.reload().await.unwrap()), 77);
    other.untrust().unwrap();
    assert_ne!(time(&host.reload().await.unwrap()), 77);
}
