//! What a sealed folder gives, once the folder of the machine is another.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::{Contents, KEPT, SMALL};
use crate::bindings::ctx::extension::files::{Step, WalkOptions};
use crate::lend::files::Folder;
use crate::lend::files::folder::ReadError;
use crate::lend::walk::Walk;

fn seal(path: &Path) -> Folder {
    let dir = Dir::open_ambient_dir(path, ambient_authority()).unwrap();
    let mut contents = Contents::default();
    take_down(&mut contents, &dir, "");
    Folder::sealed(dir, contents)
}

fn take_down(contents: &mut Contents, dir: &Dir, prefix: &str) {
    for entry in dir.entries().unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let (path, metadata) = (format!("{prefix}{name}"), entry.metadata().unwrap());
        if metadata.is_file() {
            contents.file(&path, &metadata, &dir.read(&name).unwrap());
        } else {
            contents.other(&path, &metadata);
            if metadata.is_dir() {
                take_down(contents, &dir.open_dir(&name).unwrap(), &format!("{path}/"));
            }
        }
    }
}

fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

#[track_caller]
fn check(folder: &Folder, path: &str, expected: Result<&[u8], &str>) {
    let read = folder.read(path, 10 << 20).map_err(|error| match error {
        ReadError::TooLarge(size) => format!("too large: {size}"),
        ReadError::Io(error) => error.to_string(),
    });
    match (read, expected) {
        (Ok(bytes), Ok(wanted)) => assert!(bytes == wanted, "`{path}` has other bytes"),
        (Err(why), Err(wanted)) => assert!(why.contains(wanted), "`{path}`: {why}"),
        (Ok(_), Err(wanted)) => panic!("`{path}` was read, and should fail: {wanted}"),
        (Err(why), Ok(_)) => panic!("`{path}` was not read: {why}"),
    }
}

#[test]
fn a_small_file_is_as_it_was_though_it_was_edited_or_removed() {
    let tree = tree(&[("a", b"old"), ("sub/b", b"old too")]);
    let folder = seal(tree.path());
    fs::write(tree.path().join("a"), "new").unwrap();
    fs::remove_dir_all(tree.path().join("sub")).unwrap();
    check(&folder, "a", Ok(b"old"));
    check(&folder, "./sub//b", Ok(b"old too"));
    check(&folder, "a/", Err("not a directory"));
    check(&folder, "sub", Err("not a file"));
    check(&folder, "", Err("not a file"));
}

#[test]
fn a_large_file_is_given_as_long_as_it_is_the_same() {
    let large = vec![7; SMALL + 1];
    let tree = tree(&[("large", &large)]);
    let folder = seal(tree.path());
    check(&folder, "large", Ok(&large));
    let mut edited = large.clone();
    edited[SMALL] = 8;
    fs::write(tree.path().join("large"), &edited).unwrap();
    check(&folder, "large", Err("`large` has changed since the extension was installed"));
    fs::write(tree.path().join("large"), vec![7; SMALL + 2]).unwrap();
    check(&folder, "large", Err("has changed since"));
    fs::remove_file(tree.path().join("large")).unwrap();
    check(&folder, "large", Err("has changed since"));
    fs::write(tree.path().join("large"), &large).unwrap();
    check(&folder, "large", Ok(&large));
}

#[test]
fn a_file_larger_than_the_guest_allows_is_named_by_its_size() {
    let tree = tree(&[("a", b"12345")]);
    let folder = seal(tree.path());
    assert!(matches!(folder.read("a", 4), Err(ReadError::TooLarge(5))));
}

#[test]
fn many_small_files_are_kept_up_to_a_bound() {
    let file = vec![1; SMALL];
    let names: Vec<String> = (0..KEPT / SMALL + 3).map(|n| format!("{n:03}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), file.as_slice())).collect();
    let tree = tree(&files);
    let folder = seal(tree.path());
    for name in &names {
        check(&folder, name, Ok(&file));
        fs::write(tree.path().join(name), "edited").unwrap();
    }
    let given = names.iter().filter(|name| folder.read(name, 1 << 20).is_ok()).count();
    assert_eq!(given, KEPT / SMALL);
}

#[test]
fn what_was_put_there_later_does_not_exist() {
    let tree = tree(&[("a", b"1"), ("sub/b", b"2")]);
    let folder = seal(tree.path());
    fs::write(tree.path().join("later"), "x").unwrap();
    fs::write(tree.path().join("sub/later"), "x").unwrap();
    check(&folder, "later", Err("not found"));
    check(&folder, "sub/later", Err("not found"));
    let list = |path| {
        let entries = folder.list(path).unwrap();
        entries.into_iter().map(|entry| entry.path).collect::<Vec<_>>()
    };
    assert_eq!(list("."), ["a", "sub"]);
    assert_eq!(list("sub"), ["sub/b"]);
    assert!(folder.list("a").is_err());
    let options = WalkOptions {
        globs: Vec::new(),
        except: Vec::new(),
        ignore_files: true,
        follow_links: true,
    };
    let mut walk = Walk::open(&folder, &options, None).ok().unwrap();
    let found: Vec<String> = walk
        .steps(10)
        .into_iter()
        .map(|step| match step {
            Step::Found(entry) => entry.path,
            Step::Unreadable((path, why)) => panic!("{path}: {why}"),
        })
        .collect();
    assert_eq!(found, ["a", "sub/b"]);
}

#[cfg(unix)]
#[test]
fn a_link_gives_only_what_was_inside() {
    use std::os::unix::fs::symlink;

    let outside = tree(&[("secret", b"no")]);
    let tree = tree(&[("a", b"1"), ("b", b"2")]);
    symlink("a", tree.path().join("inside")).unwrap();
    symlink(outside.path().join("secret"), tree.path().join("out")).unwrap();
    let folder = seal(tree.path());
    check(&folder, "inside", Ok(b"1"));
    check(&folder, "out", Err("outside"));
    // Turned around: what it leads to now was hashed as well.
    fs::remove_file(tree.path().join("inside")).unwrap();
    symlink("b", tree.path().join("inside")).unwrap();
    check(&folder, "inside", Ok(b"2"));
    fs::write(tree.path().join("later"), "x").unwrap();
    fs::remove_file(tree.path().join("inside")).unwrap();
    symlink("later", tree.path().join("inside")).unwrap();
    check(&folder, "inside", Err("not found"));
}
