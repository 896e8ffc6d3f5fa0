//! Cache entries that somebody else wrote: nothing of compiled code is loaded
//! unless this installation sealed it, and a description that cannot be read is
//! not there.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use ctx_core::fuzzed::{keep, kept};
use ctx_model::Digest;
use ctx_sandbox::{CodeCache, Sandbox, SandboxConfig};
use tempfile::TempDir;

use crate::bytes::Bytes;

/// A component that does nothing, in the role of a tool.
const SMALL: &[u8] = include_bytes!("../corpus/component/plays-a-tool");

struct Place {
    sandbox: Sandbox,
    /// The entry of the small component, and what belongs in it.
    code: (PathBuf, Vec<u8>),
    seal: (PathBuf, Vec<u8>),
    folder: TempDir,
}

thread_local! {
    static PLACE: OnceCell<Place> = const { OnceCell::new() };
}

/// Plants the bytes as an entry, in one way or another.
pub fn run(bytes: &[u8]) {
    PLACE.with(|place| {
        let place = place.get_or_init(make);
        let mut choices = Bytes::new(bytes);
        match choices.byte() % 6 {
            0..3 => plant(place, &mut choices),
            _ => describe(place.folder.path(), choices.rest()),
        }
    });
}

/// Damages code, its seal or both; the component is made anew all the same.
fn plant(place: &Place, choices: &mut Bytes<'_>) {
    let (mut code, mut seal) = (place.code.1.clone(), place.seal.1.clone());
    let (of_code, of_seal) = (choices.byte(), choices.byte());
    damage(&mut seal, of_seal, choices);
    damage(&mut code, of_code, choices);
    // What follows a seal is not read.
    let is_whole = code == place.code.1 && seal.starts_with(&place.seal.1);
    fs::write(&place.code.0, &code).expect("it is ours");
    fs::write(&place.seal.0, &seal).expect("it is ours");
    let prepared = place.sandbox.prepare(SMALL).expect("the component is whole");
    assert_eq!(prepared.recompiled, !is_whole, "a damaged entry is never loaded");
    let again = place.sandbox.prepare(SMALL).expect("the component is whole");
    assert!(!again.recompiled, "it is whole again");
}

fn damage(entry: &mut Vec<u8>, how: u8, choices: &mut Bytes<'_>) {
    match how % 6 {
        0 => {}
        1 => {
            for _ in 0..choices.byte() {
                let at = usize::try_from(choices.number() % entry.len() as u64).unwrap_or(0);
                entry[at] ^= choices.byte();
            }
        }
        2 => {
            let length = choices.number() % (entry.len() as u64 + 1);
            entry.truncate(usize::try_from(length).unwrap_or(0));
        }
        3 => *entry = choices.string().to_vec(),
        4 => entry.extend(choices.string()),
        // Executable code of the machine, as it might be planted.
        _ => *entry = [b"\x7fELF\x02\x01\x01", choices.string()].concat(),
    }
}

/// What is kept is a description, or it is not there; and a description is
/// kept as it is.
fn describe(folder: &Path, bytes: &[u8]) {
    let key = Digest([7; 32]);
    fs::write(folder.join(format!("{key}.json")), bytes).expect("it is ours");
    let Some(found) = kept(folder, key) else { return };
    keep(folder, key, &found);
    let again = kept(folder, key).expect("it was kept");
    assert_eq!(format!("{found:?}"), format!("{again:?}"));
}

fn make() -> Place {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cache = CodeCache::open(folder.path(), [42; 32]).expect("it is ours alone");
    let config = SandboxConfig { cache: Some(cache), on_demand: true, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).expect("the engine starts");
    sandbox.prepare(SMALL).expect("it is a component");
    let entry = |suffix: &str| {
        let all = fs::read_dir(folder.path()).expect("it is ours");
        let mut paths = all.filter_map(|entry| Some(entry.ok()?.path()));
        let path = paths.find(|path| path.extension().is_some_and(|found| found == suffix));
        let path = path.expect("it was written");
        let bytes = fs::read(&path).expect("it was written");
        (path, bytes)
    };
    Place { code: entry("code"), seal: entry("seal"), sandbox, folder }
}
