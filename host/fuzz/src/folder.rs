//! Paths that a guest names: nothing outside of its folder is ever read, by
//! words, by links, or by both.

use std::cell::OnceCell;
use std::fs;

use ctx_sandbox::Folder;
use ctx_sandbox::fuzzed::stays_inside;
use tempfile::TempDir;

/// What no path may lead to.
const OUTSIDE: &str = "nobody may read this";

struct Place {
    folder: Folder,
    #[expect(dead_code, reason = "removed with the thread")]
    kept: TempDir,
}

thread_local! {
    static PLACE: OnceCell<Place> = const { OnceCell::new() };
}

/// Reads a file by the bytes as its path.
pub fn run(bytes: &[u8]) {
    let Ok(path) = std::str::from_utf8(bytes) else { return };
    assert_eq!(stays_inside(path), second_opinion(path), "{path:?}");
    PLACE.with(|place| {
        let place = place.get_or_init(make);
        // The words are checked first, but the folder stands on its own.
        if let Ok(text) = place.folder.read_to_string(path) {
            assert_ne!(text, OUTSIDE, "{path:?}");
            assert!(text.starts_with("inside"), "{path:?} is `{text}`");
        }
    });
}

/// Whether no part of a path goes up, for readers of either slash, and it
/// begins where the folder is.
fn second_opinion(path: &str) -> bool {
    let mut part = String::new();
    for character in path.chars().chain(['/']) {
        match character {
            '\0' => return false,
            '/' | '\\' if part == ".." => return false,
            '/' | '\\' => part.clear(),
            other => part.push(other),
        }
    }
    !path.starts_with('/')
}

/// A folder with every kind of link in it, and a file beside it.
fn make() -> Place {
    let kept = tempfile::tempdir().expect("a folder can be made");
    let root = kept.path();
    let inside = root.join("in");
    fs::create_dir_all(inside.join("a/b")).expect("it is ours");
    fs::write(root.join("out"), OUTSIDE).expect("it is ours");
    fs::create_dir(root.join("o")).expect("it is ours");
    fs::write(root.join("o/f"), OUTSIDE).expect("it is ours");
    for name in ["f", "a/f", "a/b/f"] {
        fs::write(inside.join(name), format!("inside {name}")).expect("it is ours");
    }
    #[cfg(unix)]
    for (to, name) in [
        ("../out", "l"),
        ("../../out", "a/l"),
        ("../o", "d"),
        ("..", "u"),
        (".", "s"),
        ("a", "t"),
        ("b/../../f", "a/r"),
        ("u/out", "c"),
        ("/proc/self/root", "p"),
        ("/", "/root-link"),
        ("e", "e"),
    ] {
        let at = inside.join(name.trim_start_matches('/'));
        std::os::unix::fs::symlink(to, at).expect("it is ours");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("out"), inside.join("k")).expect("it is ours");
    let folder = Folder::open(&inside).expect("it was made");
    Place { folder, kept }
}
