//! What a native program can and cannot do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod confined;
mod ended;

use std::path::Path;
use std::time::Duration;

use ctx_process::{Ended, Permissions, Program};

/// A shell script in a folder of its own.
fn script(folder: &Path, text: &str) -> Program {
    Program {
        path: "sh".into(),
        arguments: vec!["-c".to_owned(), text.to_owned()],
        folder: folder.to_owned(),
        environment: vec![("LEAN_CTX_TOOL".to_owned(), "probe".to_owned())],
        input: b"{}".to_vec(),
        permissions: Permissions::default(),
        time: Duration::from_mins(1),
        output: 1 << 20,
    }
}

fn run(program: &Program) -> Ended {
    ctx_process::run(program, &|| false).unwrap()
}

/// Runs a script that answers.
#[track_caller]
fn answer(program: &Program) -> String {
    match run(program) {
        Ended::Exited { output, .. } => String::from_utf8(output).unwrap(),
        other => panic!("{other:?}"),
    }
}
