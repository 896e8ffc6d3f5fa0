//! LeanCTX's folders, whose plugins and modules run here as they are.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ctx_model::{ExtensionName, Layer};
use serde::Deserialize;

use super::{Body, Found, LARGEST_MANIFEST, scan, scan_modules};

/// What LeanCTX keeps beside its plugins.
const STATE: &str = "plugin-state.json";

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    disabled: Vec<String>,
}

/// Looks through the folders of modules, and through that of plugins, beside
/// which modules may lie, too.
pub(crate) fn scan_all(modules: &[PathBuf], plugins: Option<&Path>) -> Vec<Found> {
    let mut found: Vec<Found> =
        modules.iter().flat_map(|folder| scan_modules(folder, true)).collect();
    if let Some(root) = plugins {
        found.extend(self::plugins(root));
        found.extend(below(root).iter().flat_map(|folder| scan_modules(folder, false)));
    }
    found
}

/// Names the folder of LeanCTX's plugins and the folders in it, in which
/// modules may lie.
fn below(root: &Path) -> Vec<PathBuf> {
    let inside = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<PathBuf> =
        inside.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.insert(0, root.to_owned());
    folders
}

/// Looks through the plugins. Those that its own state disables stay so.
fn plugins(path: &Path) -> Vec<Found> {
    let mut found = scan(path, &path.display().to_string(), Layer::User);
    let disabled = disabled(path);
    for one in &mut found {
        let Ok(candidate) = &one.candidate else { continue };
        let Body::Commands(plugin) = &candidate.body else { continue };
        match &disabled {
            Ok(names) if !names.contains(&plugin.name) => {}
            Ok(_) => one.candidate = Err(format!("`{STATE}` beside it disables it")),
            // Somebody may have disabled it there.
            Err(error) => {
                one.candidate = Err(format!("`{STATE}` beside it cannot be read: {error}"));
            }
        }
    }
    found
}

/// Names the plugins that are disabled.
fn disabled(path: &Path) -> io::Result<Vec<ExtensionName>> {
    let file = match File::open(path.join(STATE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(LARGEST_MANIFEST).read_to_string(&mut text)?;
    let state: State = serde_json::from_str(&text)?;
    Ok(state.disabled.iter().filter_map(|name| ExtensionName::from_stem(name).ok()).collect())
}
