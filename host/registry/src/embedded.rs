//! The community's registry as it was when this program was built.

use std::fs;
use std::path::Path;

use crate::archive::{self, Files};

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
