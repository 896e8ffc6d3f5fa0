//! Addresses and globs.

use super::{forge::Forge, root, within};

#[test]
fn each_forge_shows_a_file_at_its_own_address() {
    for (url, wanted) in [
        ("https://github.com/o/n.git", Some("https://github.com/o/n/blob/main/a%20b/c.md")),
        ("https://gitlab.com/g/s/n", Some("https://gitlab.com/g/s/n/-/blob/main/a%20b/c.md")),
        (
            "https://gitlab.corp.example/g/n/",
            Some("https://gitlab.corp.example/g/n/-/blob/main/a%20b/c.md"),
        ),
        ("https://bitbucket.org/o/n.git", Some("https://bitbucket.org/o/n/src/main/a%20b/c.md")),
        (
            "https://codeberg.org/o/n.git",
            Some("https://codeberg.org/o/n/src/branch/main/a%20b/c.md"),
        ),
        ("https://git.sr.ht/~o/n", Some("https://git.sr.ht/~o/n/tree/main/item/a%20b/c.md")),
        ("https://git.example.com/o/n", None),
        ("file:///github/n", None),
        ("../n", None),
    ] {
        assert_eq!(Forge::of(url, "main").blob("a b/c.md").as_deref(), wanted, "{url}");
    }
}

#[test]
fn a_password_is_in_no_document() {
    let forge = Forge::of("https://u:p@ss@github.com/o/n.git", "feature/x");
    assert_eq!(forge.repository, "https://github.com/o/n.git");
    assert_eq!(forge.blob("a").as_deref(), Some("https://github.com/o/n/blob/feature/x/a"));
}

#[test]
fn globs_stand_below_the_root() {
    let globs = |list: &[&str]| list.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
    assert_eq!(root("."), "tree/");
    assert_eq!(root("./docs/[x]/"), "tree/docs/[x]/");
    assert_eq!(within("tree/", &[], true), ["tree/**"]);
    assert_eq!(within("tree/", &[], false), Vec::<String>::new());
    assert_eq!(within("tree/", &globs(&["*.md", "a/*.rs"]), true), ["tree/**/*.md", "tree/a/*.rs"]);
    assert_eq!(within("tree/[x]/", &globs(&["**/*.md"]), true), ["tree/\\[x\\]/**/*.md"]);
}
