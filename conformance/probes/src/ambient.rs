//! Goes for the machine as any program would: files, folders, links, variables,
//! other programs.

use std::process::Command;
use std::{env, fs};

use ctx_sdk::{Reply, Result};
use serde_json::{Value, json};

crate::probe!(Ambient, "ambient", "Goes for the machine as any program would");

fn run(_: Value) -> Result<Reply> {
    let ways = [
        ("read", fs::read("/etc/passwd").is_ok() || fs::read("inside").is_ok()),
        ("list", fs::read_dir("/").is_ok() || fs::read_dir(".").is_ok()),
        ("write", fs::write("/tmp/ctx-probe", "x").is_ok() || fs::write("probe", "x").is_ok()),
        ("remove", fs::remove_file("inside").is_ok()),
        ("link", fs::hard_link("inside", "linked").is_ok()),
        ("run", Command::new("/bin/sh").spawn().is_ok()),
        ("variables", env::vars_os().next().is_some()),
        ("arguments", env::args_os().len() > 0),
    ];
    let open: Vec<&str> =
        ways.iter().filter(|(_, is_open)| *is_open).map(|(way, _)| *way).collect();
    Reply::structured(&json!({ "open": open }))
}
