//! What registries cost: one that is cloned, a thousand extensions that are
//! searched, and two hundred that have to fit together.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use ctx_registry::Id;
use ctx_registry::resolve::{Candidate, Candidates, resolve};
use semver::{Version, VersionReq};

use crate::figure::Figure;
use crate::stopwatch::{child, median};
use crate::workspace::Workspace;

const SCRIPT: &str =
    "connector = { description = \"One\" }\nfunction connector.scan() return {} end\n";

/// Extensions of the large registry, and of those that need each other.
const MANY: usize = 1_000;
const NEEDED: u64 = 200;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let seconds = |time: Duration| time.as_secs_f64();
    let one = trusted("one", 1)?;
    let install = child(&one.command(ctx, &["registry", "install"])?)?.wall;
    let many = trusted("many", MANY)?;
    child(&many.command(ctx, &["registry", "install"])?)?;
    let timed = |arguments: &[&str]| -> Result<Duration> {
        let mut samples = Vec::new();
        for _ in 0..21 {
            let command = many.command(ctx, arguments)?;
            samples.push(child(&command)?.wall);
        }
        Ok(median(samples))
    };
    let search = timed(&["registry", "search", "number 77"])?;
    let update = timed(&["registry", "update"])?;
    let mut resolved = Vec::new();
    let (wanted, candidates) = needed()?;
    for _ in 0..21 {
        let begun = Instant::now();
        let choice = resolve(&wanted, &candidates)?;
        resolved.push(begun.elapsed());
        ensure!(choice.len() as u64 == NEEDED, "{} were chosen", choice.len());
    }
    for name in ["one", "many"] {
        drop(fs::remove_dir_all(folder(name)));
    }
    let figure = Figure::at_most;
    Ok(vec![
        figure(
            "registry.install.one",
            "`registry install` of one Lua connector, bare repository",
            seconds(install),
            "s",
            1.0,
        ),
        figure(
            "registry.search.1000",
            "`registry search` in 1,000 extensions, p50",
            seconds(search),
            "s",
            0.05,
        ),
        figure(
            "registry.update.1000",
            "`registry update` of 1,000 with nothing new, p50",
            seconds(update),
            "s",
            0.5,
        ),
        figure(
            "registry.resolve.200",
            "200 extensions with dependencies, five versions each, p50",
            seconds(median(resolved)),
            "s",
            0.2,
        ),
    ])
}

/// Makes a workspace whose own word names a registry with so many connectors.
fn trusted(name: &str, count: usize) -> Result<Workspace> {
    let workspace = Workspace::new(&[], &bare(name, count)?)?;
    workspace.host()?.close()?;
    Ok(workspace)
}

fn folder(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("ctx-bench-registry-{name}-{}", std::process::id()))
}

/// Makes a bare repository with so many connectors; returns the config that
/// names it.
fn bare(name: &str, count: usize) -> Result<String> {
    let folder = folder(name);
    let work = folder.join("work");
    let mut manifest = String::from("[registry]\nname = \"bench\"\n");
    for at in 0..count {
        let path = format!("connectors/number-{at}/connector.lua");
        fs::create_dir_all(work.join(&path).with_file_name(""))?;
        fs::write(work.join(&path), SCRIPT)?;
        manifest.extend([format!(
            "[connectors.number-{at}]\ndescription = \"The connector with the number {at}\"\n\
             path = \"{path}\"\ntags = [\"bench\", \"n{at}\"]\n"
        )]);
    }
    fs::write(work.join("registry.toml"), manifest)?;
    let git = |folder: &Path, arguments: &[&str]| -> Result<()> {
        let who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
        let mut git = Command::new("git");
        let ran = git.args(who).args(arguments).current_dir(folder).status()?;
        ensure!(ran.success(), "git {arguments:?} failed");
        Ok(())
    };
    git(&work, &["init", "--quiet", "--initial-branch=main"])?;
    git(&work, &["add", "--all"])?;
    git(&work, &["commit", "--quiet", "--message", "all"])?;
    git(&folder, &["clone", "--quiet", "--bare", "work", "bare.git"])?;
    let (url, path) = (folder.join("bare.git"), folder.join("clone"));
    let (url, path) = (url.display(), path.display());
    Ok(format!("[registries.bench]\nurl = '{url}'\npath = '{path}'\nreadonly = true\n"))
}

/// Each needs the next three, in five versions of which the newest two do not
/// always fit.
fn needed() -> Result<(BTreeMap<Id, VersionReq>, Candidates)> {
    let name = |at: u64| format!("tools/number-{at}");
    let mut candidates = Candidates::new();
    for at in 0..NEEDED {
        let mut versions = Vec::new();
        for minor in 0..5 {
            let mut dependencies = BTreeMap::new();
            for next in (at + 1..NEEDED).take(3) {
                let least = if minor > 3 && next % 7 == 0 { 9 } else { minor / 2 };
                dependencies.insert(name(next), VersionReq::parse(&format!("^1.{least}"))?);
            }
            let version = Version::new(1, minor, 0);
            versions.push(Candidate { version, dependencies, is_preferred: false });
        }
        candidates.insert(name(at).parse()?, versions);
    }
    Ok((BTreeMap::from([(name(0).parse()?, VersionReq::STAR)]), candidates))
}
