//! Names of tools on the wire.

use crate::workspace::Workspace;

#[test]
fn the_first_installed_has_the_bare_name_for_ever() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let names = store.wire_names(&[("a", "search"), ("b", "search"), ("b", "other")]).unwrap();
    let name = |extension: &str, tool: &str| &*names[&(extension.to_owned(), tool.to_owned())];
    assert_eq!(name("a", "search"), "search");
    assert_eq!(name("b", "search"), "b__search");
    assert_eq!(name("b", "other"), "other");
    // While `a` is away its name stays its own.
    let store = workspace.open();
    let names = store.wire_names(&[("c", "search"), ("b", "search")]).unwrap();
    assert_eq!(names[&("b".to_owned(), "search".to_owned())], "b__search");
    assert_eq!(names[&("c".to_owned(), "search".to_owned())], "c__search");
    let names = store.wire_names(&[("a", "search")]).unwrap();
    assert_eq!(names[&("a".to_owned(), "search".to_owned())], "search");
}

#[test]
fn every_name_fits_and_no_two_are_one() {
    let workspace = Workspace::new();
    let store = workspace.open();
    let long = "x".repeat(64);
    let longer = "x".repeat(80);
    let wanted = [
        ("a", long.as_str()),
        ("b", &long),
        ("c", &long),
        ("a", &longer),
        ("a", "dotted.name"),
        ("a", "dotted_name"),
        ("a", "dotted name"),
        ("a", ""),
        ("a", "ünï"),
        ("x", "y__z"),
        ("x__y", "z"),
        ("w", "z"),
        ("v", "z"),
        ("q", "x__y__z"),
        ("x", "y__z"),
    ];
    let names = store.wire_names(&wanted).unwrap();
    let mut wire: Vec<&str> = names.values().map(String::as_str).collect();
    for name in &wire {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        assert!((1..=64).contains(&name.len()) && name.bytes().all(plain), "{name}");
    }
    wire.sort_unstable();
    wire.dedup();
    assert_eq!(wire.len(), 14);
    assert_eq!(names, store.wire_names(&wanted).unwrap());
    assert_eq!(names[&("a".to_owned(), long.clone())], long);
}
