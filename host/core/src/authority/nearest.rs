//! Which of a workspace's configs is read, and which are hidden by it.

use std::path::{Path, PathBuf};

use crate::config::{ConfigError, ConfigFile};

/// The config of a workspace, nearest form first.
pub(super) const IN_WORKSPACE: [&str; 3] = [".ctx/config.toml", "config/ctx.toml", "ctx.toml"];

pub(super) fn in_workspace(workspace: &Path) -> Result<Option<ConfigFile>, ConfigError> {
    for name in IN_WORKSPACE {
        if let Some(file) = ConfigFile::read(&workspace.join(name))? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Says which configs of a workspace nobody reads, since there is a nearer one.
pub(super) fn hidden(workspace: &Path, read: &Path) -> Vec<String> {
    let others = IN_WORKSPACE.iter().map(|name| workspace.join(name));
    let behind = others.skip_while(|path| path != read).skip(1).filter(|path| path.is_file());
    let shown = |path: &Path| path.strip_prefix(workspace).unwrap_or(path).display().to_string();
    let said = |path: PathBuf| {
        let (file, nearer) = (shown(&path), shown(read));
        format!("nobody reads {file}: {nearer} is nearer; move what it says there")
    };
    behind.map(said).collect()
}
