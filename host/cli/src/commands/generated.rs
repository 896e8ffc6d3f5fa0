//! `ctx completions` and `ctx man`: what is made of the arguments themselves.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Done, done};
use crate::args::Arguments;
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn completions(shell: Shell) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "ctx", &mut script);
    crate::report::bytes(&script);
    done()
}

pub(crate) fn manual(folder: &Path, report: &Report) -> Done {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| {
            diagnostic::machine(&format!("`{}` cannot be written", folder.display()), &error)
        })?;
    if report.json {
        report.data(&serde_json::json!({ "folder": folder }));
    } else {
        report.line(format!("Wrote the manual to {}; read it with `man ctx`", folder.display()));
    }
    done()
}
