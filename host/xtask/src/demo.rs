//! `cargo xtask demo`: builds the program, drops extensions into a scratch
//! workspace and tries everything that they can do, on real input. Whatever
//! does not come out as it should ends it, with the name of the step.

mod feed;
mod served;
mod shell;
mod stages;

use std::path::Path;
use std::{fs, io};

use anyhow::{Context as _, Result, ensure};

use crate::project::Project;
use crate::report::{Steps, say};
use crate::toolchain;

use feed::Feed;
use shell::Shell;

/// Entries of the feed that the demo serves.
const ENTRIES: usize = 600;

/// The Lua examples that are dropped in, and the names they get here: their
/// Rust twins take the plain ones.
const SCRIPTS: [(&str, &str); 3] = [
    ("feed.lua", "feed-lua.lua"),
    ("word-count.lua", "word-count-lua.lua"),
    ("researcher.lua", "researcher-lua.lua"),
];

/// The Rust twins.
const COMPONENTS: [&str; 3] = ["feed.wasm", "word-count.wasm", "researcher.wasm"];

/// What the stages share.
struct Demo<'a> {
    project: &'a Project,
    shell: Shell,
    feed: Feed,
}

pub(crate) fn run(project: &Project) -> Result<()> {
    let mut steps = Steps::begin();
    steps.take("add what is missing", || toolchain::ensure_target(project))?;
    steps.take("build ctx with its first-party guests", || build(project))?;

    let folder = project.target.join("demo");
    wipe(&folder)?;
    let demo = Demo {
        project,
        shell: Shell::new(&project.binary(), &folder)?,
        feed: Feed::serve(ENTRIES).context("the feed cannot be served on loopback")?,
    };
    demo.set_up(&mut steps)?;
    demo.refusals(&mut steps)?;
    demo.sync(&mut steps)?;
    demo.look_up(&mut steps)?;
    demo.call(&mut steps)?;
    demo.prompt(&mut steps)?;
    demo.account(&mut steps)?;
    demo.serve(&mut steps)?;

    say("");
    say(&format!("All {} steps came out as they should, in {}.", steps.count(), steps.elapsed()));
    say(&format!("The workspace is in {}", demo.shell.workspace().display()));
    say(&format!("To look around there: {}", demo.shell.invitation()));
    demo.invite();
    Ok(())
}

fn build(project: &Project) -> Result<String> {
    project.build()?;
    for name in COMPONENTS {
        let component = guest(project, name);
        ensure!(component.is_file(), "the build made no `{}`", component.display());
    }
    let size = fs::metadata(project.binary())?.len();
    Ok(format!("{} is {} MiB", project.binary().display(), size >> 20))
}

/// Returns where the build puts a component with its manifest.
fn guest(project: &Project, name: &str) -> std::path::PathBuf {
    project.target.join("guests").join(name)
}

/// Begins with nothing, so that no earlier run helps or hinders.
fn wipe(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("`{}` cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
