//! Repositories on the same machine.

use std::fs;

use ctx_model::CheckoutError;

use crate::repository::Scratch;

fn told(path: &str, author: &str, date: i64) -> (String, String, i64) {
    (path.to_owned(), author.to_owned(), date)
}

#[test]
fn each_file_is_told_with_the_commit_that_last_changed_it() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one").write("docs/b.md", "two").commit("Ann", 100);
    let second = scratch.write("a.md", "changed").commit("Bob", 200);
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    assert_eq!(mirror.0.commit, second);
    assert_eq!(mirror.head()["branch"], "trunk");
    assert_eq!(mirror.text("a.md").as_deref(), Some("changed"));
    assert_eq!(mirror.told(), [told("a.md", "Bob", 200), told("docs/b.md", "Ann", 100)]);
}

#[test]
fn a_mirror_follows_changes_deletions_and_a_rewritten_history() {
    let mut scratch = Scratch::new();
    scratch.write("a.md", "one").write("gone/b.md", "two").write("c.md", "3").commit("Ann", 100);
    scratch.mirror(&scratch.path()).unwrap();
    scratch.delete("gone/b.md").write("c.md", "4").commit("Bob", 200);
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    assert!(!mirror.tree().join("gone").exists());
    assert_eq!(mirror.told(), [told("a.md", "Ann", 100), told("c.md", "Bob", 200)]);
    // Nothing new is nothing to do.
    assert_eq!(scratch.mirror(&scratch.path()).unwrap().0, mirror.0);
    // A history that was written anew is followed.
    scratch.start_over();
    let again = scratch.commit("Eve", 300);
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    assert_eq!(mirror.0.commit, again);
    assert_eq!(mirror.told(), [told("a.md", "Eve", 300), told("c.md", "Eve", 300)]);
}

#[test]
fn a_file_url_a_branch_and_its_absence() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one").commit("Ann", 100);
    let url = format!("file://{}", scratch.path());
    assert!(scratch.mirror_branch(&url, Some("trunk"), true).is_ok());
    let Err(error) = scratch.mirror_branch(&url, Some("main"), false) else {
        panic!("there is no such branch")
    };
    assert_eq!(error, CheckoutError::NoBranch { url, branch: "main".to_owned() });
}

#[test]
fn a_broken_mirror_is_made_anew() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one").commit("Ann", 100);
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    let top = mirror.0.folder.parent().unwrap();
    fs::remove_file(top.join("repository/HEAD")).unwrap();
    scratch.write("a.md", "two").commit("Ann", 200);
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    assert_eq!(mirror.text("a.md").as_deref(), Some("two"));
    // And so is a tree that somebody was killed in the middle of.
    fs::remove_file(mirror.0.folder.join("head.json")).unwrap();
    fs::remove_file(mirror.tree().join("a.md")).unwrap();
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    assert_eq!(mirror.text("a.md").as_deref(), Some("two"));
}

#[test]
fn links_are_told_and_never_made() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one");
    std::os::unix::fs::symlink("/etc/passwd", scratch.origin().join("link.md")).unwrap();
    scratch.commit("Ann", 100);
    let mirror = scratch.mirror(&scratch.path()).unwrap();
    assert!(!mirror.tree().join("link.md").exists());
    assert_eq!(mirror.lines()[1]["skipped"], "it is a link");
}

#[test]
fn what_is_not_there_says_so() {
    let scratch = Scratch::new();
    let missing = scratch.origin().join("nothing").display().to_string();
    assert!(matches!(scratch.mirror(&missing), Err(CheckoutError::Unreachable { .. })));
    let Err(CheckoutError::Unsupported { instead, .. }) = scratch.mirror("git@github.com:o/n.git")
    else {
        panic!("ssh was spoken")
    };
    assert_eq!(instead.as_deref(), Some("https://github.com/o/n.git"));
}
