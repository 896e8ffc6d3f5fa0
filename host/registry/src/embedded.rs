//! The community's registry as it was when this program was built.

use std::fs;
use std::path::Path;

use crate::archive::{self, Files};
use crate::id::Id;

/// Every file of it.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/community.rs"));

/// Says which program a copy is from.
const MARK: &str = ".from-ctx";

/// Returns its files, with a mark of where they are from.
pub fn files() -> Files {
    let mut files = carried();
    files.insert(MARK.to_owned(), digest().into_bytes());
    files
}

/// Returns the component of an extension that is built with the program.
pub fn built(id: &Id) -> Option<&'static [u8]> {
    let one = ctx_bundle::COMMUNITY.iter().find(|one| one.folder == id.folder())?;
    Some(one.bytes)
}

/// Whether a folder is a copy of it, from whichever program.
pub fn is_ours(folder: &Path) -> bool {
    folder.join(MARK).is_file()
}

/// Whether a folder is a copy of just this one.
pub fn is_current(folder: &Path) -> bool {
    fs::read_to_string(folder.join(MARK)).is_ok_and(|text| text == digest())
}

/// Its files, and the components that are built with the program instead of
/// lying in a repository.
fn carried() -> Files {
    let files = FILES.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    let built = ctx_bundle::COMMUNITY.iter();
    let built = built.map(|one| (format!("{}/component.wasm", one.folder), one.bytes.to_vec()));
    files.chain(built).collect()
}

fn digest() -> String {
    archive::digest(&archive::write(&carried()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::index::Versions;
    use crate::{index, manifest, rules};

    /// As a clone of the repository has it, or none where it was packed alone.
    fn repository() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_index_says_what_the_community_is_and_that_it_keeps_the_contract() {
        const MEND: &str = "raise its `version` and run `ctx registry index registry/community \
                            --sources guests`";
        let root = repository().join("registry/community");
        let verdict = rules::check(&root, &[], &|_| Ok(None)).unwrap();
        assert_eq!(verdict.breaches, [], "{MEND}");
        let text = fs::read_to_string(root.join("registry.toml")).unwrap();
        let listed = manifest::parse(&text).unwrap().extensions;
        let listed: BTreeSet<Id> = listed.into_iter().map(|entry| entry.id).collect();
        assert_eq!(listed, index::list(&root).into_iter().collect(), "{MEND}");
        for id in listed {
            let versions = index::read(&root, &id).unwrap().unwrap();
            let newest = versions.newest().unwrap();
            let record = &newest.record;
            assert_eq!(record.folder(), Some(&*id.folder()), "{id}");
            let said = record.conformance.as_ref().unwrap();
            assert!(said.passed > 0 && said.failed == 0, "{id}: {said:?}");
            let is_built = built(&id).is_some();
            assert_eq!(is_built, record.built.is_some(), "{id}");
            if let Some(built) = &record.built {
                let sources = archive::gather(&repository().join(&built.from)).unwrap();
                let found = archive::digest(&archive::write(&sources));
                assert_eq!(found, built.sha256, "{id}: {MEND}");
            }
        }
    }

    #[test]
    fn a_copy_has_every_version_that_its_index_says() {
        let folder = tempfile::tempdir().unwrap();
        crate::lay_out(&folder.path().join("copy"), &files()).unwrap();
        let root = folder.path().join("copy");
        for id in index::list(&root) {
            let mut versions: Versions = index::read(&root, &id).unwrap().unwrap();
            let gone = crate::settle_all(&root, &mut versions).unwrap();
            let newest = versions.newest().unwrap();
            assert!(!gone.contains_key(&newest.record.version), "{gone:?}");
        }
    }
}
