//! The index follows the database whatever happens to either.

use std::fs;

use ctx_store::IndexState;

use crate::workspace::{Workspace, found, put, remove};

/// Cuts or fills every file of the index whose name ends so.
fn damage(workspace: &Workspace, ending: &str, harm: impl Fn(&mut Vec<u8>)) {
    let mut harmed = 0;
    for file in fs::read_dir(workspace.path("index")).unwrap() {
        let path = file.unwrap().path();
        if path.to_str().unwrap().ends_with(ending) {
            let mut bytes = fs::read(&path).unwrap();
            harm(&mut bytes);
            fs::write(&path, bytes).unwrap();
            harmed += 1;
        }
    }
    assert!(harmed > 0, "{ending}");
}

fn filled() -> Workspace {
    let workspace = Workspace::new();
    let store = workspace.open();
    put(&store, "s", &[("a", "alpha beta"), ("b", "beta gamma")]);
    store.refresh_index().unwrap();
    workspace
}

#[test]
fn changes_are_found_as_soon_as_they_are_applied() {
    let workspace = Workspace::new();
    let store = workspace.open();
    assert_eq!(found(&store, "alpha"), Vec::<String>::new());
    put(&store, "s", &[("a", "alpha")]);
    assert_eq!(found(&store, "alpha"), ["a"]);
    put(&store, "s", &[("a", "beta")]);
    assert_eq!(found(&store, "alpha"), Vec::<String>::new());
    assert_eq!(found(&store, "beta"), ["a"]);
    remove(&store, "s", &["a"]);
    assert_eq!(found(&store, "beta"), Vec::<String>::new());
}

#[test]
fn a_refresh_says_what_it_did() {
    let workspace = filled();
    let store = workspace.open();
    assert_eq!(store.refresh_index(), Ok(IndexState::Current { changes: 0, rebuilt: false }));
    put(&store, "s", &[("a", "x"), ("c", "y")]);
    assert_eq!(store.refresh_index(), Ok(IndexState::Current { changes: 2, rebuilt: false }));
}

#[test]
fn another_process_sees_what_was_committed() {
    let workspace = filled();
    let (one, other) = (workspace.open(), workspace.open());
    assert_eq!(found(&other, "alpha"), ["a"]);
    put(&one, "s", &[("c", "alpha")]);
    one.refresh_index().unwrap();
    assert_eq!(found(&other, "alpha").len(), 2);
    put(&one, "s", &[("d", "alpha")]);
    // The one that searches applies what the other has left.
    assert_eq!(found(&other, "alpha").len(), 3);
    assert_eq!(found(&one, "alpha").len(), 3);
}

#[test]
fn what_a_killed_process_left_is_caught_up() {
    let workspace = filled();
    let store = workspace.open();
    put(&store, "s", &[("c", "alpha")]);
    remove(&store, "s", &["a"]);
    // Nothing runs on a kill, nor here.
    std::mem::forget(store);
    assert_eq!(found(&workspace.open(), "alpha"), ["c"]);
}

#[test]
fn a_deleted_index_is_built_anew() {
    let workspace = filled();
    fs::remove_dir_all(workspace.path("index")).unwrap();
    assert_eq!(found(&workspace.open(), "beta").len(), 2);
    let store = workspace.open();
    fs::remove_dir_all(workspace.path("index")).unwrap();
    assert_eq!(found(&store, "beta").len(), 2);
    fs::remove_dir_all(workspace.path("index")).unwrap();
    assert_eq!(store.refresh_index(), Ok(IndexState::Current { changes: 2, rebuilt: true }));
}

#[test]
fn a_damaged_index_is_built_anew() {
    for ending in ["meta.json", ".term", ".idx", ".pos", ".fast", ".fieldnorm", ".store"] {
        for (how, harm) in [
            ("cut", (|bytes| bytes.truncate(bytes.len() / 2)) as fn(&mut Vec<u8>)),
            ("emptied", Vec::clear),
            ("garbled", |bytes| bytes.fill(0xa5)),
        ] {
            let workspace = filled();
            damage(&workspace, ending, harm);
            assert_eq!(found(&workspace.open(), "beta").len(), 2, "{ending} {how}");
            let workspace = filled();
            damage(&workspace, ending, harm);
            let store = workspace.open();
            put(&store, "s", &[("c", "beta")]);
            store.refresh_index().unwrap();
            assert_eq!(found(&store, "beta").len(), 3, "{ending} {how}");
        }
    }
}

#[test]
fn a_missing_segment_is_built_anew() {
    let workspace = filled();
    for file in fs::read_dir(workspace.path("index")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "idx") {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(found(&workspace.open(), "beta").len(), 2);
}

#[test]
fn an_index_of_another_database_is_built_anew() {
    let workspace = filled();
    for name in ["ctx.sqlite", "ctx.sqlite-wal", "ctx.sqlite-shm"] {
        let _gone = fs::remove_file(workspace.path(name));
    }
    let store = workspace.open();
    assert_eq!(found(&store, "beta"), Vec::<String>::new());
    put(&store, "s", &[("z", "beta")]);
    assert_eq!(found(&store, "beta"), ["z"]);
}

#[test]
fn an_index_of_another_time_is_built_anew() {
    let workspace = filled();
    let old = workspace.path("old");
    fs::create_dir(&old).unwrap();
    for file in fs::read_dir(workspace.path("index")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), old.join(file.file_name())).unwrap();
    }
    let store = workspace.open();
    put(&store, "s", &[("c", "beta")]);
    store.refresh_index().unwrap();
    drop(store);
    fs::remove_dir_all(workspace.path("index")).unwrap();
    fs::rename(&old, workspace.path("index")).unwrap();
    assert_eq!(found(&workspace.open(), "beta").len(), 3);
}

#[test]
fn a_half_built_index_is_no_obstacle() {
    let workspace = filled();
    fs::rename(workspace.path("index"), workspace.path("index.new")).unwrap();
    assert_eq!(found(&workspace.open(), "beta").len(), 2);
    assert!(!workspace.path("index.new").exists());
}

#[test]
fn a_database_put_back_to_an_older_state_is_followed() {
    let workspace = filled();
    let copy = workspace.path("copy.sqlite");
    fs::copy(workspace.path("ctx.sqlite"), &copy).unwrap();
    let store = workspace.open();
    put(&store, "s", &[("c", "beta")]);
    assert_eq!(found(&store, "beta").len(), 3);
    drop(store);
    for name in ["ctx.sqlite-wal", "ctx.sqlite-shm"] {
        let _gone = fs::remove_file(workspace.path(name));
    }
    fs::rename(copy, workspace.path("ctx.sqlite")).unwrap();
    assert_eq!(found(&workspace.open(), "beta").len(), 2);
}

#[test]
fn a_rebuild_changes_no_answer() {
    let workspace = filled();
    let store = workspace.open();
    for n in 0..20 {
        put(&store, "s", &[(&format!("d{n}"), "beta delta")]);
        store.refresh_index().unwrap();
    }
    let before = found(&store, "delta");
    assert_eq!(before.len(), 10);
    store.rebuild_index().unwrap();
    assert_eq!(found(&store, "delta"), before);
}

#[test]
fn many_changes_of_one_document_leave_one_line() {
    let workspace = filled();
    let store = workspace.open();
    for n in 0..600 {
        put(&store, "s", &[("a", &format!("alpha number{n}"))]);
    }
    assert_eq!(found(&store, "alpha"), ["a"]);
    assert_eq!(found(&store, "number599"), ["a"]);
    assert_eq!(found(&store, "number598"), Vec::<String>::new());
}
