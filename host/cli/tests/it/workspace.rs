//! A scratch workspace with places of its own, and compiled code shared by all
//! tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) struct Workspace {
    folder: TempDir,
}

/// How a run of the binary ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workspace {
    /// Makes a workspace by `ctx init`.
    pub(crate) fn new() -> Self {
        let workspace = Self::bare();
        assert_eq!(workspace.run(&["init"]).code, 0);
        workspace
    }

    /// Makes an empty folder that is no workspace yet.
    pub(crate) fn bare() -> Self {
        let workspace = Self { folder: tempfile::tempdir().unwrap() };
        // One installation as far as compiled code goes, or each workspace
        // would distrust what the others compiled.
        let state = workspace.places().state;
        fs::create_dir_all(&state).unwrap();
        fs::write(state.join("seal"), [42; 32]).unwrap();
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn places(&self) -> ctx_core::Places {
        ctx_core::Places { cache: cache(), ..ctx_core::Places::below(&self.path().join("places")) }
    }

    /// Drops a file into the extensions folder.
    pub(crate) fn drop_in(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        self.write(&format!(".ctx/extensions/{name}"), bytes)
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Writes the config and trusts it.
    pub(crate) fn config(&self, text: &str) -> &Self {
        self.write(".ctx/config.toml", text);
        assert_eq!(self.run(&["trust"]).code, 0);
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let places = self.places();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ctx"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env("CTX_CONFIG_DIR", places.config)
            .env("CTX_DATA_DIR", places.data)
            .env("CTX_STATE_DIR", places.state)
            .env("CTX_CACHE_DIR", places.cache)
            .env_remove("CTX_CONFIG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs and shows everything as one block, without this machine's paths.
    pub(crate) fn block(&self, arguments: &[&str]) -> String {
        let Ran { code, stdout, stderr } = self.run(arguments);
        let mut text = format!("exit {code}\n");
        for (name, part) in [("stdout", stdout), ("stderr", stderr)] {
            if !part.is_empty() {
                text += "--- ";
                text += name;
                text += "\n";
                text += part.trim_end();
                text += "\n";
            }
        }
        text.replace(&self.path().canonicalize().unwrap().display().to_string(), "[workspace]")
            .replace(&self.path().display().to_string(), "[workspace]")
    }
}

/// Leaves out of a list what comes with every `ctx`.
pub(crate) fn without_bundled(block: &str) -> String {
    let mut is_bundled = false;
    let kept = block.lines().filter(|line| {
        if !line.starts_with(' ') {
            is_bundled = line.contains("  bundled:");
        }
        !is_bundled
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        Self {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// Compiling the interpreter takes a second; all tests share it.
fn cache() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ctx-cache");
    if !folder.is_dir() {
        drop(fs::create_dir_all(&folder));
    }
    let mut permissions = fs::metadata(&folder).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
    fs::set_permissions(&folder, permissions).unwrap();
    folder
}

/// A tool that greets.
pub(crate) const GREET: &str = r#"
tool = {
  name = "greet",
  description = "Greets somebody",
  parameters = {
    { name = "name", type = "string", required = true, description = "Who" },
    { name = "times", type = "integer", default = 1, description = "How often" },
  },
}
function tool.execute(params)
  return { greeting = string.rep("hello " .. params.name, params.times, ", ") }
end
"#;

/// A connector that counts, and goes on where it was.
pub(crate) const ITEMS: &str = r#"
connector = {
  description = "Counts",
  settings = { { name = "count", type = "integer", required = true, description = "How many" } },
  incremental = true,
}
function connector.scan(config, checkpoint)
  for at = tonumber(checkpoint or 0) + 1, config.count do
    ctx.emit({ source_id = "item-" .. at, title = "Item " .. at, version = "1", body = "This is number " .. at })
    if at % 100 == 0 then ctx.checkpoint(tostring(at)) end
  end
end
"#;
