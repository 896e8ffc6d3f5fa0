//! Watching: what is dropped in, replaced and removed while the host runs.

use std::fs;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use ctx_model::{Log, LogLine, Role};

use crate::workspace::{Workspace, call, says, script, told, until, write};

#[tokio::test(flavor = "multi_thread")]
async fn files_that_come_change_and_go_are_taken_up() {
    let workspace = Workspace::new();
    let host = workspace.open();
    host.catalog().await.unwrap();
    let _watch = host.watch().unwrap();
    workspace.drop_in("good.lua", says("good", "one"));
    let one = until(&host, |catalog| catalog.extension("good").is_some()).await;
    assert_eq!(call(&host, "good").await.unwrap(), "one");

    workspace.drop_in("good.lua", says("good", "two"));
    let digest = one.extension("good").unwrap().digest;
    let two =
        until(&host, |catalog| catalog.extension("good").is_some_and(|good| good.digest != digest))
            .await;
    assert_eq!(call(&host, "good").await.unwrap(), "two");

    workspace.drop_in("good.lua", "tool = {");
    let name = two.extension("good").unwrap().name.clone();
    until(&host, |catalog| catalog.replacement(&name).is_some()).await;
    assert_eq!(call(&host, "good").await.unwrap(), "two");

    // As editors save: beside it, and then in its place.
    let beside = workspace.extensions().join(".good.lua.swp");
    fs::write(&beside, says("good", "three")).unwrap();
    fs::rename(&beside, workspace.extensions().join("good.lua")).unwrap();
    until(&host, |catalog| catalog.problems.is_empty()).await;
    assert_eq!(call(&host, "good").await.unwrap(), "three");

    fs::remove_file(workspace.extensions().join("good.lua")).unwrap();
    until(&host, |catalog| catalog.installed.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_before_the_watch_is_taken_up_too() {
    let workspace = Workspace::new();
    let host = workspace.open();
    host.catalog().await.unwrap();
    workspace.drop_in("good.lua", says("good", "one"));
    let _watch = host.watch().unwrap();
    until(&host, |catalog| catalog.extension("good").is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folders_of_lean_ctx_are_watched_like_all_others() {
    let workspace = Workspace::new();
    let (modules, plugins) = (workspace.path("modules"), workspace.path("plugins"));
    fs::create_dir_all(&modules).unwrap();
    let host = workspace.open_by(|mut options| {
        options.places.foreign = vec![modules.clone()];
        // It is made later.
        options.places.plugins = Some(plugins.clone());
        options
    });
    host.catalog().await.unwrap();
    let _watch = host.watch().unwrap();
    write(&modules.join("squeeze.wasm"), ctx_bundle::ABI_V1_MODULE);
    until(&host, |catalog| catalog.transform_names(Role::Compressor) == ["squeeze"]).await;
    let manifest = "[plugin]\nname = \"words\"\nversion = \"1\"\n\
        [[tools]]\nname = \"words\"\ncommand = \"sh run.sh\"\n";
    write(&plugins.join("words/plugin.toml"), manifest);
    until(&host, |catalog| catalog.tool("words").is_some()).await;
    fs::remove_file(modules.join("squeeze.wasm")).unwrap();
    until(&host, |catalog| catalog.transform_names(Role::Compressor).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_are_made_later_are_watched() {
    let workspace = Workspace::new();
    fs::remove_dir(workspace.extensions()).unwrap();
    let host = workspace.open();
    host.catalog().await.unwrap();
    let _watch = host.watch().unwrap();
    write(&workspace.path("data/extensions/mine.lua"), says("mine", "one"));
    until(&host, |catalog| catalog.extension("mine").is_some()).await;
    workspace.drop_in("good.lua", says("good", "one"));
    until(&host, |catalog| catalog.extension("good").is_some()).await;
    // And again, once they are gone.
    fs::remove_dir_all(workspace.extensions()).unwrap();
    until(&host, |catalog| catalog.extension("good").is_none()).await;
    workspace.drop_in("good.lua", says("good", "two"));
    until(&host, |catalog| catalog.extension("good").is_some()).await;
    workspace.drop_in("deep/main.lua", says("deep", "one"));
    until(&host, |catalog| catalog.extension("deep").is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_moved_in_whole_and_edited_inside() {
    let workspace = Workspace::new();
    let host = workspace.open();
    host.catalog().await.unwrap();
    let _watch = host.watch().unwrap();
    let main = |word: &str| script("good", &format!("return require(\"lib.part\") .. \" {word}\""));
    write(&workspace.path("made/good/main.lua"), main("one"));
    write(&workspace.path("made/good/lib/part.lua"), "return \"part\"");
    fs::rename(workspace.path("made/good"), workspace.extensions().join("good")).unwrap();
    let one = until(&host, |catalog| catalog.extension("good").is_some()).await;
    assert_eq!(call(&host, "good").await.unwrap(), "part one");
    workspace.drop_in("good/lib/part.lua", "return \"other\"");
    let digest = one.extension("good").unwrap().digest;
    until(&host, |catalog| catalog.extension("good").is_some_and(|good| good.digest != digest))
        .await;
    assert_eq!(call(&host, "good").await.unwrap(), "other one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_copied_slowly_leaves_the_old_one_until_it_is_whole() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open();
    let name = host.catalog().await.unwrap().extension("good").unwrap().name.clone();
    let _watch = host.watch().unwrap();
    let long = "x".repeat(1 << 20);
    let whole = format!("--[[{long}]]\n{}", says("good", "two"));
    let mut file = fs::File::create(workspace.extensions().join("good.lua")).unwrap();
    for half in whole.as_bytes().chunks(whole.len() / 2 + 1) {
        assert_eq!(call(&host, "good").await.unwrap(), "one");
        file.write_all(half).unwrap();
        file.sync_all().unwrap();
        if half.starts_with(b"--") {
            until(&host, |catalog| catalog.replacement(&name).is_some()).await;
        }
    }
    until(&host, |catalog| catalog.problems.is_empty()).await;
    assert_eq!(call(&host, "good").await.unwrap(), "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_at_once_are_few_changes() {
    let workspace = Workspace::new();
    let host = workspace.open();
    host.catalog().await.unwrap();
    let mut changes = host.changes();
    changes.mark_unchanged();
    let before = *changes.borrow();
    let _watch = host.watch().unwrap();
    for n in 0..200 {
        workspace.drop_in(&format!("e{n}.lua"), says(&format!("t{n}"), "one"));
    }
    until(&host, |catalog| catalog.installed.len() == 200).await;
    let times = *host.changes().borrow() - before;
    assert!(times < 20, "{times} changes for 200 files");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_config_and_the_trust_of_another_process_count_at_once() {
    let workspace = Workspace::new();
    workspace.drop_in("good.lua", says("good", "one"));
    let host = workspace.open();
    host.catalog().await.unwrap();
    let _watch = host.watch().unwrap();
    workspace.config("[extensions]\ndirs = [\".ctx/extensions\", \"more\"]\n");
    write(&workspace.path("workspace/more/other.lua"), says("other", "one"));
    until(&host, |catalog| catalog.extension("other").is_some()).await;
    // The folder that the config names now is watched as well.
    write(&workspace.path("workspace/more/third.lua"), says("third", "one"));
    until(&host, |catalog| catalog.extension("third").is_some()).await;

    workspace.config("[extension.good]\nlimits = { time = \"77s\" }\n");
    until(&host, |catalog| catalog.extension("other").is_none()).await;
    let has_time = |seconds: u64| {
        move |catalog: &ctx_core::Catalog| {
            catalog.extension("good").is_some_and(|good| good.limits.time.as_secs() == seconds)
        }
    };
    let other = workspace.open();
    other.trust().unwrap();
    until(&host, has_time(77)).await;
    other.untrust().unwrap();
    until(&host, |catalog| !has_time(77)(catalog)).await;

    workspace.config("[extensions\n");
    let warned = until(&host, |catalog| !catalog.warnings.is_empty()).await;
    assert!(warned.extension("good").is_some(), "{:?}", told(&warned));
    workspace.config("[extensions]\ndeny = [\"good\"]\n");
    until(&host, |catalog| catalog.extension("good").is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_dropped_sees_nothing() {
    let workspace = Workspace::new();
    let host = workspace.open();
    host.catalog().await.unwrap();
    let watch = host.watch().unwrap();
    drop(watch);
    workspace.drop_in("good.lua", says("good", "one"));
    // Another one does, so there was something to see.
    let second = workspace.open();
    second.catalog().await.unwrap();
    assert!(second.catalog().await.unwrap().extension("good").is_some());
    assert!(host.catalog().await.unwrap().extension("good").is_none());
}

/// Holds a guest up in the middle of its call, where it writes a line.
struct Gate {
    reached: Mutex<Sender<()>>,
    opened: Mutex<Receiver<()>>,
}

impl Log for Gate {
    fn write(&self, line: &LogLine<'_>) {
        if line.message == "held up" {
            self.reached.lock().unwrap().send(()).unwrap();
            self.opened.lock().unwrap().recv().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_in_flight_ends_well_on_the_version_it_began_with() {
    let workspace = Workspace::new();
    let body = |word: &str| {
        script("good", &format!("log.info(\"held up\") return require(\"part\") .. \" {word}\""))
    };
    workspace.drop_in("good/main.lua", body("one"));
    workspace.drop_in("good/part.lua", "return \"part one\"");
    let (reached, is_reached) = channel();
    let (open, opened) = channel();
    let gate = Gate { reached: Mutex::new(reached), opened: Mutex::new(opened) };
    let host = workspace.open_with(Arc::new(gate));
    host.catalog().await.unwrap();
    let caller = host.clone();
    let in_flight = tokio::spawn(async move { call(&caller, "good").await });
    tokio::task::spawn_blocking(move || is_reached.recv().unwrap()).await.unwrap();

    workspace.drop_in("good/part.lua", "return \"part two\"");
    workspace.drop_in("good/main.lua", says("good", "two"));
    host.reload().await.unwrap();
    assert_eq!(call(&host, "good").await.unwrap(), "two");
    open.send(()).unwrap();
    assert_eq!(in_flight.await.unwrap().unwrap(), "part one one");
    // What the late one was lent is not lent to the new one.
    assert_eq!(call(&host, "good").await.unwrap(), "two");
}
