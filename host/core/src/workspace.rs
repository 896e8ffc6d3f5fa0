//! A workspace: the folder `.ctx` of a project.

use std::fs;
use std::io;
use std::path::Path;

use crate::authority::Authority;
use crate::error::OpenError;
use crate::places::Places;
use crate::private::private_folder;

/// The folder that makes a folder a workspace.
pub(crate) const FOLDER: &str = ".ctx";

/// Where a config may stand instead.
const ELSEWHERE: [&str; 2] = ["config/ctx.toml", "ctx.toml"];

const CONFIG: &str = "\
# What this workspace reads, and what its extensions may do.
# Run `ctx trust` after a change: until then it grants nothing.

# A source is a connector with its settings; `ctx sync notes` reads it.
# [sources.notes]
# extension = \"files\"
# root = \"~/notes\"
# include = [\"**/*.md\"]

# Settings, grants and limits of one extension.
# [extension.weather]
# settings = { units = \"metric\" }
# allow = { http = [\"https://api.met.no\"] }
# limits = { time = \"60s\" }
";

/// Refuses a workspace whose parts are links: a clone could make us write to,
/// or clear, a folder of the user.
pub(crate) fn check(folder: &Path) -> Result<(), OpenError> {
    let parts = ["", "data", "data/ctx.sqlite", "data/index", "data/locks"];
    for part in parts {
        let path = if part.is_empty() { folder.to_owned() } else { folder.join(part) };
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
            let path = path.display().to_string();
            let error = io::Error::other("it is a link, and a workspace is never one");
            return Err(OpenError::Folder { path, error });
        }
    }
    Ok(())
}

/// Reads the config that a workspace in this folder would have, to say what is
/// wrong with it.
pub fn check_config(places: &Places, folder: &Path, named: Option<&Path>) -> Result<(), OpenError> {
    private_folder(&places.state)?;
    Authority::open(places, folder, named, Vec::new()).map(|_| ())
}

/// Makes a folder a workspace, and returns what was created. What is there is
/// left as it is.
pub fn init(folder: &Path) -> io::Result<Vec<String>> {
    let mut created = Vec::new();
    for name in ["extensions", "data"] {
        let path = folder.join(FOLDER).join(name);
        if !path.is_dir() {
            fs::create_dir_all(&path)?;
            created.push(format!("{FOLDER}/{name}/"));
        }
    }
    // Ours would be read in the place of another that is there.
    let has_config = ELSEWHERE.iter().any(|name| folder.join(name).exists());
    for (name, text) in [("config.toml", CONFIG), (".gitignore", "data/\ncache/\n")] {
        let path = folder.join(FOLDER).join(name);
        let is_left_out = has_config && name == "config.toml";
        if !is_left_out && !path.exists() {
            fs::write(&path, text)?;
            created.push(format!("{FOLDER}/{name}"));
        }
    }
    Ok(created)
}
