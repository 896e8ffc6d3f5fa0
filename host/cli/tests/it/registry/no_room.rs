//! A disk without room, and folders that cannot be written: what failed is
//! named, and nothing has changed.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::served::{Served, counter, git, shout};
use crate::workspace::{Ran, Workspace};

/// Runs where no file may grow beyond 1 MiB, which fails as a full disk does.
fn cramped(user: &Workspace, arguments: &[&str]) -> Ran {
    let inner = user.command(arguments);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap())
        .stdin(std::process::Stdio::null());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ran::of(&mut command)
}

#[track_caller]
fn failed(ran: &Ran, has: &str) {
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, 1, "{all}");
    assert!(all.contains(has), "lacks `{has}`: {all}");
}

/// Everything below a folder that a command could have changed, but for what
/// SQLite keeps.
fn state(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            all.push((path.clone(), Vec::new()));
            all.extend(state(&path));
        } else {
            all.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

/// Two megabytes that do not pack.
fn noise() -> String {
    let mut state = 42_u64;
    let word = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    (0..131_072).map(word).collect()
}

#[test]
fn an_extension_that_does_not_fit_changes_nothing() {
    let registry = Served::new(&[("README.md", "x")]);
    let author = Workspace::bare();
    author.write("connectors/counter/connector.lua", counter("0.1.0", ""));
    assert_eq!(registry.publish(&author, "connectors/counter", None).code, 0);
    let user = Workspace::new();
    user.config(&format!("[registries.company]\nurl = '{}'\nunsigned = 'allow'\n", registry.url()));
    assert_eq!(user.run(&["registry", "install"]).code, 0);
    let versions = user.places().data.join("versions");
    let looked = || {
        let lock = fs::read(user.path().join(".ctx/ctx.lock")).ok();
        (lock, fs::read(user.path().join(".ctx/config.toml")).unwrap(), state(&versions))
    };
    let add = ["registry", "add", "connectors/counter@*"];

    // Where versions are kept is no folder.
    let before = looked();
    fs::write(&versions, "a file where a folder has to be").unwrap();
    failed(&user.run(&add), versions.to_str().unwrap());
    fs::remove_file(&versions).unwrap();
    assert_eq!(looked(), before);
    // Nor can the lock be written.
    let new = user.path().join(".ctx/ctx.lock.new");
    fs::create_dir(&new).unwrap();
    failed(&user.run(&add), "ctx.lock.new");
    fs::remove_dir(&new).unwrap();
    let after = looked();
    assert_eq!((after.0, after.1), (before.0, before.1));
    assert_eq!(user.run(&add).code, 0);

    author.write("connectors/counter/connector.lua", counter("0.1.1", ""));
    author.write("connectors/counter/NOISE.txt", noise());
    assert_eq!(registry.publish(&author, "connectors/counter", None).code, 0);
    let before = looked();
    let clone = user.places().data.join("registries/company");
    let head = git(&clone, &["rev-parse", "HEAD"]);
    // The registry does not fit.
    failed(&cramped(&user, &["registry", "update"]), clone.to_str().unwrap());
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), head);
    assert!(git(&clone, &["status", "--short"]).is_empty());
    assert_eq!(looked(), before);
    assert_eq!(user.run(&["registry", "update", "company", "--frozen"]).code, 3);
    // The version does not.
    failed(&cramped(&user, &["registry", "update", "--offline"]), "NOISE.txt");
    assert_eq!(looked(), before);
    let updated = user.run(&["registry", "update"]);
    assert!(
        updated.stdout.contains("Updated connectors/counter 0.1.0 -> 0.1.1"),
        "{}",
        updated.stderr
    );
}

#[test]
fn a_registry_that_does_not_fit_is_not_there() {
    let registry = Served::new(&[("tools/shout/tool.lua", &shout("one")), ("NOISE.txt", &noise())]);
    let user = Workspace::new();
    user.config(&format!("[registries.company]\nurl = '{}'\npath = 'clone'\n", registry.url()));
    let clone = user.path().join("clone");
    failed(&cramped(&user, &["registry", "install"]), clone.to_str().unwrap());
    assert!(!clone.exists() && !user.path().join(".clone.cloning").exists());
    assert_eq!(user.run(&["registry", "install"]).code, 0);
}
