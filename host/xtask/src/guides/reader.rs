//! Somebody who follows a guide to the letter, in a folder and with a home of
//! his own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::project::Project;

use super::served::Served;

/// The server that guides tell a reader to start, and that is there already.
const SERVER: &str = "127.0.0.1:8000";

/// Roles that a fragment of a script may add to.
const STUBS: &str = "connector = { scan = function() return {} end } \
    tool = { execute = function() end } agent = { resolve = function() return \"\" end } ";

pub(super) struct Reader {
    binary: PathBuf,
    home: PathBuf,
    /// Where he began.
    start: PathBuf,
    /// Where he is.
    present: PathBuf,
    served: Served,
    said: String,
    /// Where scripts go that are shown and not written anywhere.
    shelf: PathBuf,
    shelved: usize,
}

impl Reader {
    pub(super) fn new(project: &Project, folder: &Path, name: &str) -> Result<Self> {
        let start = folder.join(name).join("project");
        let shelf = folder.join(name).join("shelf");
        let home = folder.join("home");
        for path in [&start, &shelf, &home.join("notes")] {
            fs::create_dir_all(path).with_context(|| format!("`{}`", path.display()))?;
        }
        let served = Served::folder(start.clone())?;
        let present = start.clone();
        let binary = project.binary();
        let mut reader =
            Self { binary, home, start, present, served, said: String::new(), shelf, shelved: 0 };
        reader.there("ctx init --no-input", &reader.shelf.clone())?;
        Ok(reader)
    }

    /// Runs the lines of a block, one after the other, as one shell would.
    pub(super) fn run(&mut self, text: &str) -> Result<()> {
        let present = self.present.clone();
        let after = self.there(text, &present)?;
        self.present = after;
        Ok(())
    }

    /// Returns the folder that the last line left the shell in.
    fn there(&mut self, text: &str, folder: &Path) -> Result<PathBuf> {
        let mut script = vec!["set -e".to_owned()];
        for line in self.local(text).lines() {
            match line.rsplit_once("# exit ") {
                Some((line, code)) => {
                    let code: u8 = code.trim().parse().context("an exit code is a number")?;
                    script.push(format!("set +e\n{line}\ncode=$?\nset -e"));
                    script.push(format!(
                        "[ $code -eq {code} ] || {{ echo \"exit code $code\" >&2; exit 1; }}"
                    ));
                }
                None => script.push(line.to_owned()),
            }
        }
        let place = self.home.join("place");
        script.push(format!("pwd > '{}'", place.display()));
        let script = script.join("\n");
        let output = self.shell(&script, folder).output().context("`sh` cannot be started")?;
        self.said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
        ensure!(output.status.success(), "this failed:\n{script}\nand said:\n{}", self.said);
        Ok(PathBuf::from(fs::read_to_string(place)?.trim_end()))
    }

    fn shell(&self, script: &str, folder: &Path) -> Command {
        let programs = self.binary.parent().unwrap_or(Path::new("."));
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::env::join_paths(
            std::iter::once(programs.to_owned()).chain(std::env::split_paths(&paths)),
        );
        let mut command = Command::new("sh");
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CTX_") || name.starts_with("XDG_") || name.starts_with("CARGO") {
                command.env_remove(name.as_ref());
            }
        }
        command
            .args(["-c", script])
            .env("PATH", paths.unwrap_or_default())
            .env("HOME", &self.home)
            .env("NO_COLOR", "1")
            .current_dir(folder)
            .stdin(Stdio::null());
        command
    }

    /// Writes a file of the workspace that he is in.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.present.join(path);
        write(&path, &self.local(text))?;
        // What is fetched from the server of the guide lies where it began.
        match path.file_name() {
            Some(name) if self.present != self.start => {
                write(&self.start.join(name), &self.local(text))
            }
            _ => Ok(()),
        }
    }

    /// Whether each line is part of one that the last block said, blanks aside.
    pub(super) fn said(&self, text: &str) -> Result<()> {
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let said: Vec<String> = self.said.lines().map(squeezed).collect();
        for line in self.local(text).lines().map(squeezed) {
            ensure!(
                said.iter().any(|said| said.contains(&line)),
                "`{line}` is not in:\n{}",
                self.said
            );
        }
        Ok(())
    }

    /// Puts a script aside, to be loaded with the others.
    pub(super) fn keep_script(&mut self, line: usize, text: &str) -> Result<()> {
        let is_whole = [
            "connector",
            "tool",
            "tools",
            "agent",
            "agents",
            "extractor",
            "embedder",
            "compressor",
            "compressors",
            "chunker",
            "chunkers",
            "read_mode",
            "read_modes",
        ]
        .iter()
        .any(|role| {
            text.lines().any(|line| {
                let line = line.strip_prefix("local ").unwrap_or(line);
                line.strip_prefix(role).is_some_and(|rest| rest.starts_with(" = "))
            })
        });
        let stubs = if is_whole || text.starts_with("-- ///") { "" } else { STUBS };
        // A header comes first, whatever is in front of the rest.
        let text = if text.starts_with("-- ///") && !is_whole {
            format!("{text}{STUBS}\n")
        } else {
            format!("{stubs}{text}")
        };
        self.shelved += 1;
        write(&self.shelf.join(format!(".ctx/extensions/line-{line}.lua")), &text)
    }

    /// Puts a manifest aside, with a script that does nothing.
    pub(super) fn keep_manifest(&mut self, line: usize, text: &str) -> Result<()> {
        let folder = self.shelf.join(format!(".ctx/extensions/line-{line}"));
        let head = if text.starts_with("manifest = ") {
            String::new()
        } else {
            format!("manifest = 1\nname = \"line-{line}\"\n")
        };
        self.shelved += 1;
        write(&folder.join("extension.toml"), &format!("{head}{text}"))?;
        write(&folder.join("main.lua"), STUBS)
    }

    /// Reads a config as `ctx` does.
    pub(super) fn try_config(&mut self, text: &str) -> Result<()> {
        let path = self.home.join("shown.toml");
        write(&path, &self.local(text))?;
        let folder = self.shelf.clone();
        self.there(&format!("ctx --config '{}' sources", path.display()), &folder)?;
        ensure!(!self.said.contains("did you mean"), "{}", self.said);
        Ok(())
    }

    /// Loads all that was put aside, and all that he wrote.
    pub(super) fn load_all(&mut self) -> Result<()> {
        let shelved = self.shelved;
        let loaded = self.installed(&self.shelf.clone())?;
        ensure!(loaded >= shelved, "only {loaded} of {shelved} scripts load: {}", self.said);
        self.installed(&self.present.clone()).map(drop)
    }

    /// Counts what a workspace has; what does not load is an error.
    fn installed(&mut self, folder: &Path) -> Result<usize> {
        self.there("ctx ext list --json", folder)?;
        let listed: Value = match serde_json::Deserializer::from_str(&self.said).into_iter().next()
        {
            Some(Ok(listed)) => listed,
            _ => bail!("this is no JSON: {}", self.said),
        };
        let all = listed.as_array().context("`ctx ext list` gives a list")?;
        for one in all {
            ensure!(one["error"].is_null(), "{one}");
        }
        Ok(all.iter().filter(|one| one["origin"]["layer"] == "workspace").count())
    }

    fn local(&self, text: &str) -> String {
        text.replace(SERVER, &self.served.address.to_string())
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| format!("`{}`", path.display()))
}
