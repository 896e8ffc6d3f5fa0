//! What registries say: manifests, lines of an index, locks and archives.
//! Whatever they say, no path leads out, and what is taken reads the same
//! once it is written again.

use std::path::{Component, Path};

use ctx_registry::{Line, Lock, archive, canonical, index, is_contained, manifest, parse_record};

/// Reads bytes as each of them.
pub fn run(bytes: &[u8]) {
    if let Ok(files) = archive::read(bytes) {
        for path in files.keys() {
            check_path(path);
        }
        let written = archive::write(&files);
        assert_eq!(archive::read(&written).as_ref(), Ok(&files));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match manifest::parse(text) {
        Ok(manifest) => manifest.extensions.iter().for_each(|entry| check_path(&entry.path)),
        Err(why) => assert!(!why.is_empty()),
    }
    if let Ok(lock) = Lock::parse(text) {
        assert_eq!(Lock::parse(&lock.text()).as_ref(), Ok(&lock), "{text}");
    }
    if let Ok(line) = parse_record(text) {
        let raw = match line {
            Line::Version { record, raw } => {
                if !record.archive.starts_with("http") {
                    check_path(&record.archive);
                }
                record.folder().into_iter().for_each(check_path);
                record.built.iter().for_each(|built| check_path(&built.file));
                raw
            }
            Line::Yank { raw, .. } => raw,
        };
        let once = canonical(&raw).unwrap();
        let again: serde_json::Value = serde_json::from_str(&once).unwrap();
        assert_eq!(canonical(&again).unwrap(), once);
    }
    let id = "connectors/x".parse().unwrap();
    if let Ok(versions) = index::parse(&id, Path::new("x.jsonl"), text) {
        // One number is one version.
        assert!(versions.all.len() <= text.lines().count());
        assert!(versions.newest().is_none_or(|known| known.yanked.is_none()));
        // Nobody signed anything here: a version that says so is held.
        let is_open = |known: &index::Known| known.record.key.is_none() || known.words.is_empty();
        let id: ctx_registry::Id = "connectors/x".parse().unwrap();
        let is_held = ctx_registry::hold_yanks(&id, &versions, &[]).is_ok();
        assert!(is_held || !versions.all.values().all(is_open), "{text}");
    }
}

/// Holds a path that was taken against the rule, written on its own.
fn check_path(path: &str) {
    assert!(is_contained(path).is_ok());
    let parts = Path::new(path).components();
    assert!(
        !path.starts_with('/')
            && !path.split(['/', '\\']).any(|part| part == "..")
            && parts
                .into_iter()
                .all(|part| matches!(part, Component::Normal(_) | Component::CurDir)),
        "{path}"
    );
}
