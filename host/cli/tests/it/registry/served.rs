//! A registry: the checkout of whoever keeps it, and the bare repository that
//! a daemon serves.

use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::workspace::{Ran, Workspace};

pub(crate) struct Served {
    folder: TempDir,
    port: u16,
}

/// Runs git, with nobody's settings.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

impl Served {
    /// Makes a registry with these files and serves it.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        git(&folder.path().join("work"), &["init", "--quiet"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let top = folder.path().to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(&top, stream);
            }
        });
        let served = Self { folder, port };
        served.write(files);
        git(folder_of(&served), &["clone", "--quiet", "--bare", "work", "registry.git"]);
        git(&served.work(), &["remote", "add", "origin", "../registry.git"]);
        served
    }

    /// The checkout of whoever keeps it.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn url(&self) -> String {
        format!("git://127.0.0.1:{}/registry.git", self.port)
    }

    /// Writes and commits files.
    pub(crate) fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.work().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        git(&self.work(), &["add", "--all"]);
        git(&self.work(), &["commit", "--quiet", "--message", "change"]);
    }

    pub(crate) fn push(&self) {
        git(&self.work(), &["push", "--quiet", "--force", "origin", "main"]);
    }

    /// Publishes the folder of an extension, takes the change over, and pushes.
    pub(crate) fn publish(&self, author: &Workspace, folder: &str, key: Option<&str>) -> Ran {
        let work = self.work();
        let mut arguments =
            vec!["registry", "publish", folder, "--to", work.to_str().unwrap(), "--json"];
        arguments.extend(key.iter().flat_map(|key| ["--key", key]));
        let ran = author.run(&arguments);
        if ran.code == 0 {
            let branch = git(&work, &["branch", "--show-current"]);
            git(&work, &["checkout", "--quiet", "main"]);
            git(&work, &["merge", "--quiet", "--ff-only", branch.trim()]);
            self.push();
        }
        ran
    }
}

fn folder_of(served: &Served) -> &Path {
    served.folder.path()
}

/// One conversation, by git's own daemon.
fn answer(top: &Path, stream: TcpStream) {
    let input: OwnedFd = stream.try_clone().unwrap().into();
    let output: OwnedFd = stream.into();
    let daemon = Command::new("git")
        .args(["daemon", "--inetd", "--export-all"])
        .arg(format!("--base-path={}", top.display()))
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(output))
        .stderr(Stdio::null())
        .spawn();
    drop(daemon.unwrap().wait());
}

/// A connector that gives three documents, in a version.
pub(crate) fn counter(version: &str, requests: &str) -> String {
    let requests: String = requests.lines().map(|line| format!("-- {line}\n")).collect();
    format!(
        "-- /// ctx\n-- name = \"counter\"\n-- version = \"{version}\"\n\
         -- description = \"Counts to three\"\n-- license = \"Apache-2.0\"\n\
         -- contract = \"^0.1\"\n{requests}-- ///\n\
         connector = {{ description = \"Counts\", complete = true, settings = {{\n\
           {{ name = \"word\", required = true, description = \"What is counted\" }} }} }}\n\
         function connector.scan(config)\n\
           local all = {{}}\n\
           for at = 1, 3 do\n\
             all[at] = {{ source_id = \"n\" .. at, title = config.word .. \" \" .. at,\n\
               body = config.word .. \" {version} \" .. at }}\n\
           end\n  return all\nend\n"
    )
}

/// A tool that answers with a word, asking for nothing.
pub(crate) fn shout(word: &str) -> String {
    format!(
        "tool = {{ name = \"shout\", description = \"Shouts\", parameters = {{}} }}\n\
         function tool.execute() return {{ said = \"{word}\" }} end\n"
    )
}
