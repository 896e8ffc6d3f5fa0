//! Compiled code that somebody put into the cache: machine code, so nothing
//! of it may run that this installation did not write.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ctx_core::{Catalog, HostOptions, OpenError, Places};
use toml::Table;

use super::{Arena, Ended, Tested, beside};
use crate::case::Probe;
use crate::check::Verdict;
use crate::fixture::{Fixture, FixtureError};
use crate::made;

/// A component whose code is tampered with, and one whose code is put in its
/// place. The first traps as soon as it is made, and the second takes all memory.
const VICTIM: (&str, &str) = ("victim", "start-trap");
const OTHER: (&str, &str) = ("other", "start-memory");

/// Tries one way to get machine code into a host.
pub(super) async fn one(arena: &Arena, probe: &Probe) -> Tested {
    let started = Instant::now();
    let trying = async { (tried(probe).await, started.elapsed()) };
    let ((tried, elapsed), beside) = beside::meanwhile(&arena.host, trying).await;
    let ended = match tried {
        Err(error) => Ended::new("failed:host", Verdict::fail(error.to_string())),
        Ok(words) if probe.must.contains(&words) => Ended::new(&words, Verdict::pass("")),
        Ok(words) => {
            let must = probe.must.join("` or `");
            let why = format!("it must end as `{must}`, and ended as `{words}`");
            Ended::new(&words, Verdict::fail(why))
        }
    };
    Tested { ended, elapsed, beside }
}

async fn tried(probe: &Probe) -> Result<String, FixtureError> {
    let mut fixture = Fixture::new(None)?;
    let own = fixture.place("own");
    for (name, made) in [VICTIM, OTHER] {
        let bytes = made::bytes(made, &[]).unwrap_or_default();
        fixture.install(&format!("{name}.wasm"), &bytes)?;
    }
    let first = look(&mut fixture, &own).await?;
    let code = own.cache.join("code");
    let before = entries(&code)?;
    tamper(&probe.name, &own, &before)?;
    let planted = entries(&code)?;
    let again = match look(&mut fixture, &own).await {
        Ok(again) => again,
        Err(FixtureError::Open(OpenError::Cache(_))) => return Ok("refused:cache".to_owned()),
        Err(error) => return Err(error),
    };
    if why(&first) != why(&again) {
        return Ok("ran".to_owned());
    }
    let is_mended = |now: &(PathBuf, Vec<u8>), then: &(PathBuf, Vec<u8>)| {
        let is_same_code = now.1 == then.1 && probe.name != "unsealed-code";
        !is_same_code && now.0.with_extension("seal").is_file()
    };
    // It was found out, and compiled anew.
    let all_are = entries(&code)?.iter().zip(&planted).all(|(now, then)| is_mended(now, then));
    Ok(if all_are { "recompiled" } else { "loaded" }.to_owned())
}

/// Opens a host that keeps its code in a place of its own, and looks at what
/// is installed.
async fn look(fixture: &mut Fixture, own: &Places) -> Result<Vec<(String, String)>, FixtureError> {
    let config = Table::new();
    let host =
        fixture.open_by(&config, |options| HostOptions { code: Some(own.clone()), ..options })?;
    let catalog = host.catalog().await?;
    Ok(problems(&catalog))
}

fn problems(catalog: &Catalog) -> Vec<(String, String)> {
    catalog.problems.iter().map(|problem| (problem.name.clone(), problem.why.clone())).collect()
}

/// Says why the victim does not load: as itself, or as the other.
fn why(problems: &[(String, String)]) -> Option<&str> {
    let victim = problems.iter().find(|(name, _)| name == VICTIM.0)?;
    Some(&victim.1)
}

/// Reads the entries of a cache: where their code is, and the code.
fn entries(code: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(code)? {
        let path = entry?.path();
        if path.extension().is_some_and(|suffix| suffix == "code") {
            let bytes = fs::read(&path)?;
            entries.push((path, bytes));
        }
    }
    entries.sort();
    Ok(entries)
}

fn tamper(how: &str, own: &Places, entries: &[(PathBuf, Vec<u8>)]) -> Result<(), FixtureError> {
    let others = entries.iter().rev();
    let seal = |path: &Path| path.with_extension("seal");
    match how {
        // Each gets the code of the other, with its own seal.
        "planted-code" => {
            for ((path, _), (_, code)) in entries.iter().zip(others) {
                fs::write(path, code)?;
            }
        }
        // And with the other's seal.
        "planted-entry" => {
            let seals: Vec<Vec<u8>> =
                entries.iter().map(|(path, _)| fs::read(seal(path))).collect::<io::Result<_>>()?;
            for (((path, _), (_, code)), theirs) in
                entries.iter().zip(others).zip(seals.iter().rev())
            {
                fs::write(path, code)?;
                fs::write(seal(path), theirs)?;
            }
        }
        "flipped-code" => {
            for (path, code) in entries {
                let mut code = code.clone();
                let middle = code.len() / 2;
                code[middle] ^= 0xff;
                fs::write(path, code)?;
            }
        }
        "cut-code" => {
            for (path, code) in entries {
                fs::write(path, &code[..code.len() / 2])?;
            }
        }
        "unsealed-code" => {
            for (path, _) in entries {
                fs::remove_file(seal(path))?;
            }
        }
        // Sealed by another installation.
        "foreign-code" => {
            fs::write(own.state.join("seal"), [7; 32])?;
            for (path, code) in entries {
                let mut code = code.clone();
                code.push(0);
                fs::write(path, code)?;
            }
        }
        "open-cache" => open_to_others(&own.cache.join("code"))?,
        _ => {}
    }
    Ok(())
}

/// Lets everybody write to a folder.
fn open_to_others(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
