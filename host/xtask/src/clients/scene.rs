//! A workspace with tools, an agent and documents in it, good and bad ones, a
//! home of its own, and a server.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::project::Project;

/// More than anybody waits: such a call ends when its caller hangs up.
const SLOW: &str = "\n[extension.slow]\nlimits = { time = \"60s\", fuel = 1_000_000_000_000 }\n";

/// Stops its server when it goes out of scope.
pub(super) struct Scene {
    folder: PathBuf,
    server: Child,
    pub(super) address: String,
    pub(super) sign_in: String,
}

impl Scene {
    /// Sets it up from nothing; with a tool that never answers, if wanted.
    pub(super) fn begin(project: &Project, folder: &Path, has_slow: bool) -> Result<Self> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let workspace = folder.join("workspace");
        fs::create_dir_all(workspace.join("notes"))?;
        let (ctx, fixture) = (project.binary(), project.path("host/xtask/clients/page"));
        let run = |arguments: &[&str]| -> Result<()> {
            let done = command(folder, &ctx).args(arguments).output()?;
            let told = String::from_utf8_lossy(&done.stderr);
            ensure!(done.status.success(), "`ctx {}`: {told}", arguments.join(" "));
            Ok(())
        };
        run(&["init"])?;
        for part in ["extensions", "notes"] {
            let to = match part {
                "extensions" => workspace.join(".ctx/extensions"),
                other => workspace.join(other),
            };
            for entry in fs::read_dir(fixture.join(part))? {
                let entry = entry?;
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
        let mut config = fs::read_to_string(fixture.join("config.toml"))?;
        if has_slow {
            for name in ["slow.lua", "levels.lua"] {
                let more = project.path("host/xtask/clients/scene").join(name);
                fs::copy(more, workspace.join(".ctx/extensions").join(name))?;
            }
            config.push_str(SLOW);
        }
        fs::write(workspace.join(".ctx/config.toml"), config)?;
        run(&["trust"])?;
        run(&["grant", "weather", "kv"])?;
        run(&["sync", "notes"])?;
        if has_slow {
            run(&["grant", "levels", "http", "https://levels.example.org"])?;
        }
        let mut server = command(folder, &ctx)
            .args(["serve", "--bind", "127.0.0.1:0", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.join("server.log"))?)
            .spawn()?;
        let mut line = String::new();
        let said = server.stdout.take().context("its output is piped")?;
        BufReader::new(said).read_line(&mut line)?;
        let told: Value =
            serde_json::from_str(&line).with_context(|| format!("it does not start: {line}"))?;
        let text = |field: &str| -> Result<String> {
            Ok(told[field].as_str().with_context(|| format!("no `{field}` in {told}"))?.to_owned())
        };
        Ok(Self {
            folder: folder.to_owned(),
            address: text("address")?,
            sign_in: text("sign_in")?,
            server,
        })
    }

    /// Returns what shows a client to be the operator.
    pub(super) fn token(&self) -> Result<String> {
        let path = home(&self.folder).join(".local/state/ctx/token");
        let token = fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
        Ok(token.trim().to_owned())
    }

    /// Returns the folder that is served.
    pub(super) fn workspace(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    /// Prepares a run of a program in the workspace.
    pub(super) fn command(&self, program: &Path) -> Command {
        command(&self.folder, program)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Returns the user's home, the same for all scenes beside each other: what one
/// has compiled, the others need not.
fn home(folder: &Path) -> PathBuf {
    folder.with_file_name("home")
}

fn command(folder: &Path, program: &Path) -> Command {
    let home = home(folder);
    let mut command = Command::new(program);
    command
        .current_dir(folder.join("workspace"))
        // Where they are below a home by themselves: clients start servers with
        // little else of their environment.
        .env("CTX_CONFIG_DIR", home.join(".config/ctx"))
        .env("CTX_DATA_DIR", home.join(".local/share/ctx"))
        .env("CTX_STATE_DIR", home.join(".local/state/ctx"))
        .env("CTX_CACHE_DIR", home.join(".cache/ctx"))
        .env("HOME", home);
    command
}
