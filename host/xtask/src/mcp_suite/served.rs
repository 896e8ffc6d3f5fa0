//! A workspace with one extension in it, and a server.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::project::Project;

/// Stops its server when it goes out of scope.
pub(super) struct Served {
    server: Child,
    pub(super) address: String,
}

impl Served {
    /// Sets it up from nothing, and calls the extension once, so that nobody
    /// waits for it to be compiled.
    pub(super) fn begin(project: &Project, folder: &Path, extension: &Path) -> Result<Self> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        for part in ["workspace", "home"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let ctx = project.binary();
        let run = |arguments: &[&str]| -> Result<()> {
            let done = command(folder, &ctx).args(arguments).output()?;
            let told = String::from_utf8_lossy(&done.stderr);
            ensure!(done.status.success(), "`ctx {}`: {told}", arguments.join(" "));
            Ok(())
        };
        run(&["init"])?;
        let name = extension.file_name().context("an extension is a file")?;
        fs::copy(extension, folder.join("workspace/.ctx/extensions").join(name))
            .with_context(|| format!("`{}`", extension.display()))?;
        run(&["call", "greet", "-p", "name=Ada"])?;
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
        let address = told["address"].as_str().with_context(|| format!("no address in {told}"))?;
        Ok(Self { address: address.to_owned(), server })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

fn command(folder: &Path, program: &Path) -> Command {
    let home = folder.join("home");
    let mut command = Command::new(program);
    command
        .current_dir(folder.join("workspace"))
        .env("CTX_CONFIG_DIR", home.join("config"))
        .env("CTX_DATA_DIR", home.join("data"))
        .env("CTX_STATE_DIR", home.join("state"))
        .env("CTX_CACHE_DIR", home.join("cache"))
        .env("HOME", home);
    command
}
