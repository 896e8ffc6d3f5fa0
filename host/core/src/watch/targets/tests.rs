//! Which events concern us, and what is watched where.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use notify::event::{
    AccessKind, AccessMode, CreateKind, DataChange, MetadataKind, ModifyKind, RemoveKind,
    RenameMode,
};
use notify::{Event, EventKind, RecursiveMode};

use super::{Targets, Wanted};

const WRITTEN: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
const TOUCHED: EventKind = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
const CREATED: EventKind = EventKind::Create(CreateKind::Any);
const READ: EventKind = EventKind::Access(AccessKind::Open(AccessMode::Any));
const CLOSED: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));

fn wanted(folder: &Path) -> Wanted {
    Wanted {
        folders: vec![folder.join("w/extensions")],
        configs: vec![folder.join("w/config.toml")],
        state: vec![folder.join("state/state.sqlite")],
    }
}

#[track_caller]
fn check(kind: EventKind, path: &str, concerns: bool) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    fs::create_dir_all(folder.join("w/extensions")).unwrap();
    fs::create_dir_all(folder.join("state")).unwrap();
    let targets = Targets::find(&wanted(&folder));
    let event = Event::new(kind).add_path(folder.join(path));
    assert_eq!(targets.concerns(&event), concerns, "{kind:?} {path}");
}

#[test]
fn what_is_written_below_a_folder_of_extensions_concerns_us() {
    check(WRITTEN, "w/extensions/a.lua", true);
    check(CLOSED, "w/extensions/a.lua", true);
    check(TOUCHED, "w/extensions/a.lua", true);
    check(CREATED, "w/extensions/folder/deep/module.lua", true);
    check(CREATED, "w/extensions", true);
}

#[test]
fn reading_does_not() {
    check(READ, "w/extensions/a.lua", false);
    check(READ, "w/config.toml", false);
}

#[test]
fn what_does_not_last_does_not() {
    for name in [".hidden", ".git/index", "a.lua~", "a.lua.tmp", ".a.lua.swp", "x.lock"] {
        check(WRITTEN, &format!("w/extensions/{name}"), false);
    }
}

#[test]
fn neighbours_of_a_config_do_not() {
    check(WRITTEN, "w/config.toml", true);
    check(WRITTEN, "w/data/ctx.sqlite", false);
    check(WRITTEN, "w/README.md", false);
}

#[test]
fn the_state_concerns_us_when_it_is_written_and_not_when_it_is_opened() {
    check(WRITTEN, "state/state.sqlite", true);
    check(CLOSED, "state/state.sqlite", false);
    check(TOUCHED, "state/state.sqlite", false);
    check(WRITTEN, "state/state.sqlite-shm", false);
}

#[test]
fn a_lost_event_may_have_been_any() {
    let event = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
    assert!(Targets::default().concerns(&event));
}

#[test]
fn a_watched_folder_that_is_removed_or_moved_loses_its_watch() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    fs::create_dir_all(folder.join("w/extensions")).unwrap();
    let targets = Targets::find(&wanted(&folder));
    let loses = |kind, path: &str| targets.loses_by(&Event::new(kind).add_path(folder.join(path)));
    let removed = EventKind::Remove(RemoveKind::Folder);
    let moved = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    assert!(loses(removed, "w/extensions"));
    assert!(loses(moved, "w"));
    assert!(!loses(removed, "w/extensions/a.lua"));
    assert!(!loses(CREATED, "w/extensions"));
}

fn watched(targets: &Targets, path: &Path) -> Option<RecursiveMode> {
    targets.watched().find(|(watched, _)| *watched == path).map(|(_, mode)| mode)
}

#[test]
fn a_folder_that_is_not_there_is_watched_for_in_the_nearest_one_that_is() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let wanted = wanted(&folder);
    let before = Targets::find(&wanted);
    assert_eq!(watched(&before, &folder), Some(RecursiveMode::NonRecursive));
    let made = |path: &str| Event::new(CREATED).add_path(folder.join(path));
    assert!(before.concerns(&made("w")));
    assert!(!before.concerns(&made("x")));
    fs::create_dir_all(folder.join("w/extensions")).unwrap();
    let after = Targets::find(&wanted);
    assert_ne!(before, after);
    let extensions = folder.join("w/extensions");
    assert_eq!(watched(&after, &extensions), Some(RecursiveMode::Recursive));
}

#[cfg(unix)]
#[test]
fn a_folder_that_was_made_anew_is_another() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    fs::create_dir_all(folder.join("w/extensions")).unwrap();
    let before = Targets::find(&wanted(&folder));
    assert_eq!(before, Targets::find(&wanted(&folder)));
    // Made before the other is gone, or it might get the same number.
    fs::create_dir(folder.join("w/new")).unwrap();
    fs::remove_dir(folder.join("w/extensions")).unwrap();
    fs::rename(folder.join("w/new"), folder.join("w/extensions")).unwrap();
    assert_ne!(before, Targets::find(&wanted(&folder)));
}

#[cfg(unix)]
#[test]
fn a_link_is_watched_where_it_is_and_where_it_leads() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    fs::create_dir_all(folder.join("w")).unwrap();
    let elsewhere: PathBuf = folder.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.join("w/extensions")).unwrap();
    let targets = Targets::find(&wanted(&folder));
    assert_eq!(watched(&targets, &elsewhere), Some(RecursiveMode::Recursive));
    let written = |path: &str| Event::new(WRITTEN).add_path(folder.join(path));
    assert!(targets.concerns(&written("elsewhere/a.lua")));
    assert!(targets.concerns(&written("w/extensions")));
}
