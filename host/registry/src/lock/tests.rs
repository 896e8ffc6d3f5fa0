#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;

fn found(digit: &str) -> Found {
    let id = "tools/shout".parse().unwrap();
    Found { id, registry: "company".to_owned(), sha256: digit.repeat(64) }
}

fn lock(version: &str) -> Lock {
    let requests = Requests { http: vec!["https://a.example".to_owned()], ..Requests::default() };
    Lock {
        pins: vec![Pin {
            id: "connectors/rss".parse().unwrap(),
            version: version.parse().unwrap(),
            registry: "community".to_owned(),
            sha256: "a".repeat(64),
            wanted: Some("^1".to_owned()),
            key: None,
            requests: Some(requests),
        }],
        found: vec![found("b")],
    }
}

#[test]
fn a_lock_reads_as_it_was_written() {
    let lock = lock("1.2.3");
    assert_eq!(Lock::parse(&lock.text()).unwrap(), lock);
    assert_eq!(Lock::parse(&Lock::default().text()).unwrap(), Lock::default());
    assert!(Lock::parse("version = 2").unwrap_err().contains("format 2"));
    let twice = lock.text() + &lock.text().replace("version = 1\n", "");
    assert!(Lock::parse(&twice).unwrap_err().contains("twice"));
    let mut other = lock.clone();
    other.found.push(found("c"));
    assert!(Lock::parse(&other.text()).unwrap_err().contains("twice"));
    other.found = vec![found("x")];
    assert!(Lock::parse(&other.text()).unwrap_err().contains("is no digest"));
}

#[test]
fn what_is_used_where_it_lies_is_noted_and_stays_when_versions_go_back() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".ctx")).unwrap();
    lock("1.0.0").activate(folder.path()).unwrap();
    lock("1.1.0").activate(folder.path()).unwrap();
    let mut noted = lock("1.1.0");
    assert_eq!(noted.note(found("b")), Some("b".repeat(64)));
    assert_eq!(noted.note(found("d")), Some("b".repeat(64)));
    noted.activate(folder.path()).unwrap();
    let (_, is) = roll_back(folder.path()).unwrap().unwrap();
    assert_eq!((is.pins, is.found), (lock("1.0.0").pins, vec![found("d")]));
}

#[test]
fn going_back_is_one_step_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path();
    assert!(roll_back(workspace).unwrap().is_none());
    fs::create_dir_all(workspace.join(".ctx")).unwrap();
    lock("1.0.0").activate(workspace).unwrap();
    lock("1.1.0").activate(workspace).unwrap();
    // The same again is no step.
    lock("1.1.0").activate(workspace).unwrap();
    let (was, is) = roll_back(workspace).unwrap().unwrap();
    assert_eq!((was, is), (lock("1.1.0"), lock("1.0.0")));
    assert_eq!(Lock::read(workspace).unwrap(), lock("1.0.0"));
    let (_, is) = roll_back(workspace).unwrap().unwrap();
    assert_eq!(is, Lock { pins: Vec::new(), found: vec![found("b")] });
    assert!(roll_back(workspace).unwrap().is_none());
}

#[test]
fn a_lock_that_cannot_be_read_can_be_gone_back_from() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".ctx")).unwrap();
    lock("1.0.0").activate(folder.path()).unwrap();
    lock("1.1.0").activate(folder.path()).unwrap();
    fs::write(path(folder.path()), "version =").unwrap();
    assert!(Lock::read(folder.path()).is_err());
    assert_eq!(roll_back(folder.path()).unwrap().unwrap().1, lock("1.0.0"));
}
