//! `cargo xtask fuzz`: runs the targets of `host/fuzz` under `cargo fuzz`, and
//! writes down how long each ran and what came of it.

mod log;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::project::Project;
use crate::report;
use log::Run;

/// Minutes that a target runs, unless the call says.
const MINUTES: u64 = 10;

/// Where the programs of the targets are built from.
const PROGRAMS: &str = "host/fuzz/targets";

/// The saved corpora, by target. Tests replay them.
const CORPUS: &str = "host/fuzz/corpus";

/// Bytes of a case: what is worth finding is found in a small one.
const LARGEST: u64 = 4096;

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    let (target, minutes) = asked(arguments)?;
    let all = targets(project)?;
    let chosen: Vec<&String> =
        all.iter().filter(|name| target.is_none_or(|target| target == *name)).collect();
    ensure!(!chosen.is_empty(), "no target of that name; there are {}", all.join(", "));
    let toolchain = Toolchain::find(project)?;
    let mut finds = 0;
    for target in chosen {
        report::say(&format!("{target}: {minutes} minutes"));
        let run = toolchain.run(project, target, minutes)?;
        report::say(&format!(
            "{target}: {} executions, {} cases, {} finds",
            run.executions, run.corpus, run.finds
        ));
        finds += run.finds;
        log::append(project, &run)?;
    }
    ensure!(finds == 0, "{finds} finds are in `{}`", found(project).display());
    Ok(())
}

/// Reads `[TARGET] [--minutes N]`.
fn asked<'a>(arguments: &[&'a str]) -> Result<(Option<&'a str>, u64)> {
    let minutes = |text: &str| text.parse().context("`--minutes` wants a whole number");
    match arguments {
        [] => Ok((None, MINUTES)),
        ["--minutes", count] => Ok((None, minutes(count)?)),
        [target] => Ok((Some(target), MINUTES)),
        [target, "--minutes", count] => Ok((Some(target), minutes(count)?)),
        _ => bail!("write `cargo xtask fuzz [TARGET] [--minutes N]`"),
    }
}

/// Names the targets, by their corpora.
fn targets(project: &Project) -> Result<Vec<String>> {
    let entries = fs::read_dir(project.path(CORPUS)).context(CORPUS)?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// Where a case that failed is left.
fn found(project: &Project) -> PathBuf {
    project.target.join("fuzz").join("found")
}

/// What builds the programs: a nightly compiler, or this one as if it were.
struct Toolchain {
    nightly: bool,
}

impl Toolchain {
    fn find(project: &Project) -> Result<Self> {
        let there = |arguments: &[&str]| {
            let mut cargo = Command::new("cargo");
            cargo.args(arguments).current_dir(&project.root);
            cargo.output().is_ok_and(|output| output.status.success())
        };
        ensure!(
            there(&["fuzz", "--version"]),
            "`cargo fuzz` is not installed: run `cargo install cargo-fuzz`"
        );
        Ok(Self { nightly: there(&["+nightly", "--version"]) })
    }

    /// Prepares `cargo fuzz` for a target. The coverage of our own code and of
    /// all that it is made of is counted, and its memory is watched.
    fn cargo(&self, project: &Project, command: &str, target: &str) -> Command {
        let mut cargo = Command::new("cargo");
        if self.nightly {
            cargo.arg("+nightly");
        } else {
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        cargo.args(["fuzz", command, "-O", "-a", "--codegen-units", "16"]);
        cargo.arg("--fuzz-dir").arg(project.path(PROGRAMS));
        cargo.arg("--target-dir").arg(project.target.join("fuzz").join("build"));
        cargo.arg(format!("fuzz_{target}")).current_dir(&project.root).stdin(Stdio::null());
        cargo
    }

    fn run(&self, project: &Project, target: &str, minutes: u64) -> Result<Run> {
        let build = self.cargo(project, "build", target).status();
        ensure!(build.is_ok_and(|status| status.success()), "`{target}` is not built");
        let grown = project.target.join("fuzz").join("corpus").join(target);
        let found = found(project).join(target);
        for folder in [&grown, &found] {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let before = count(&found)?;
        let begun = Instant::now();
        let output = self
            .cargo(project, "run", target)
            .args([&grown, &project.path(CORPUS).join(target)])
            .arg("--")
            .arg(format!("-max_total_time={}", minutes * 60))
            .arg(format!("-max_len={LARGEST}"))
            .arg(format!("-artifact_prefix={}/", found.display()))
            .args(["-print_final_stats=1", "-timeout=25", "-rss_limit_mb=4096"])
            .stderr(Stdio::piped())
            .output()
            .context("`cargo fuzz` cannot be started")?;
        let said = String::from_utf8_lossy(&output.stderr);
        let executions = said
            .lines()
            .find_map(|line| {
                line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok()
            })
            .unwrap_or(0);
        let finds = count(&found)? - before;
        if !output.status.success() {
            report::complain(&said);
            ensure!(finds > 0, "`{target}` ended without a find ({})", output.status);
        }
        Ok(Run {
            target: target.to_owned(),
            commit: commit(project)?,
            date: date()?,
            seconds: begun.elapsed().as_secs(),
            executions,
            corpus: count(&grown)? + count(&project.path(CORPUS).join(target))?,
            finds,
        })
    }
}

fn count(folder: &Path) -> Result<usize> {
    Ok(fs::read_dir(folder).with_context(|| folder.display().to_string())?.count())
}

fn commit(project: &Project) -> Result<String> {
    let mut git = Command::new("git");
    git.args(["rev-parse", "--short=12", "HEAD"]).current_dir(&project.root);
    let output = git.output().context("git cannot be started")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn date() -> Result<String> {
    let output = Command::new("date").arg("+%F").output().context("`date` cannot be started")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
