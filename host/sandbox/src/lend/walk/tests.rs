//! What a walk gives, in which order, and what it leaves out.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs;
use std::path::Path;

use super::Walk;
use crate::bindings::ctx::extension::files::{Step, WalkOptions};
use crate::lend::files::Folder;

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn options() -> WalkOptions {
    WalkOptions { globs: Vec::new(), except: Vec::new(), ignore_files: true, follow_links: false }
}

/// Walks in pages of two, as a guest with a small appetite would.
#[track_caller]
fn check(folder: &Path, options: &WalkOptions, after: Option<&str>, expected: &[&str]) {
    let folder = Folder::open(folder).unwrap();
    let mut walk = Walk::open(&folder, options, after.map(str::to_owned)).ok().unwrap();
    let mut found = Vec::new();
    loop {
        let page = walk.steps(2);
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|step| match step {
            Step::Found(entry) => entry.path,
            Step::Unreadable((path, _)) => format!("unreadable {path}"),
        }));
    }
    assert_eq!(found, expected);
}

#[test]
fn files_come_in_byte_order_of_their_whole_paths() {
    let tree = tree(&[("b/x", ""), ("b.txt", ""), ("a", ""), ("b/a/z", ""), ("c", "")]);
    check(tree.path(), &options(), None, &["a", "b.txt", "b/a/z", "b/x", "c"]);
}

#[test]
fn a_walk_goes_on_after_a_path() {
    let tree = tree(&[("a/1", ""), ("a/2", ""), ("b/1", ""), ("c", "")]);
    check(tree.path(), &options(), Some("a/1"), &["a/2", "b/1", "c"]);
    check(tree.path(), &options(), Some("a/9"), &["b/1", "c"]);
    check(tree.path(), &options(), Some("z"), &[]);
}

#[test]
fn ignore_files_and_hidden_files_are_obeyed_unless_told_not_to() {
    let tree = tree(&[
        (".gitignore", "*.log\n/target\n"),
        (".hidden", ""),
        ("a.log", ""),
        ("a.md", ""),
        ("sub/.gitignore", "!keep.log\n"),
        ("sub/keep.log", ""),
        ("sub/target", ""),
        ("target/x", ""),
    ]);
    check(tree.path(), &options(), None, &["a.md", "sub/keep.log", "sub/target"]);
    let all = WalkOptions { ignore_files: false, globs: vec!["**/*.log".to_owned()], ..options() };
    check(tree.path(), &all, None, &["a.log", "sub/keep.log"]);
}

#[test]
fn globs_choose_and_exceptions_are_stronger() {
    let tree = tree(&[("a.md", ""), ("a.rs", ""), ("docs/b.md", ""), ("docs/old/c.md", "")]);
    let chosen = WalkOptions {
        globs: vec!["**/*.md".to_owned()],
        except: vec!["docs/old/**".to_owned()],
        ..options()
    };
    check(tree.path(), &chosen, None, &["a.md", "docs/b.md"]);
}

#[test]
fn links_are_not_followed_out_of_the_folder() {
    let outside = tree(&[("secret.md", "")]);
    let inside = tree(&[("a.md", "")]);
    std::os::unix::fs::symlink(outside.path().join("secret.md"), inside.path().join("b.md"))
        .unwrap();
    std::os::unix::fs::symlink(outside.path(), inside.path().join("c")).unwrap();
    std::os::unix::fs::symlink("a.md", inside.path().join("d.md")).unwrap();
    check(inside.path(), &options(), None, &["a.md"]);
    let follow = WalkOptions { follow_links: true, ..options() };
    check(inside.path(), &follow, None, &["a.md", "d.md"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_told_and_not_lost() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let tree = tree(&[("a.md", ""), ("z.md", "")]);
    fs::write(tree.path().join(OsStr::from_bytes(b"b\xff.md")), "").unwrap();
    fs::write(tree.path().join(OsStr::from_bytes(b"b\xff.rs")), "").unwrap();
    fs::create_dir(tree.path().join(OsStr::from_bytes(b"c\xff"))).unwrap();
    let chosen = WalkOptions { globs: vec!["**/*.md".to_owned()], ..options() };
    let expected = ["a.md", "unreadable b\u{fffd}.md", "unreadable c\u{fffd}", "z.md"];
    check(tree.path(), &chosen, None, &expected);
}
