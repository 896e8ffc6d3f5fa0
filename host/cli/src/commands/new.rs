//! `ctx new`: a folder with an extension that runs as it is.

use std::fs;
use std::path::Path;

use ctx_model::ExtensionName;
use ctx_serve::problem::Problem;
use serde_json::json;

use super::{Done, done, templates};
use crate::args::{Language, New};
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn run(new: &New, report: &Report) -> Done {
    let name: ExtensionName = new.name.parse().map_err(|error: ctx_model::InvalidName| {
        diagnostic::misused("ctx::name::invalid", error.to_string())
            .with_help("use 1 to 64 of a-z, 0-9 and `-`")
    })?;
    let name = name.as_str();
    let role = new.kind.role();
    let files = match new.lang {
        Language::Lua => templates::lua_folder(role, name),
        Language::Rust => templates::rust_folder(role, name),
    };
    let folder = Path::new(name);
    if folder.exists() {
        return Err(diagnostic::refused(
            "ctx::new::exists",
            format!("there is a `{name}` already"),
        )
        .with_help("choose another name, or take it away"));
    }
    for (file, text) in &files {
        write(&folder.join(file), text)?;
    }
    if report.json {
        let files: Vec<&str> = files.iter().map(|(file, _)| file.as_str()).collect();
        report.data(&json!({ "folder": name, "files": files }));
        return done();
    }
    report.line(format!("Created {role} `{name}` in {name}/"));
    report.say(format!("Work on it with `ctx dev {name}`, which tries it after each save"));
    if new.lang == Language::Rust {
        report.say("It is built by `cargo build --release --target wasm32-wasip2`");
    }
    report.say("When it is good, move the folder to .ctx/extensions/");
    done()
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    let written = match path.parent() {
        Some(folder) => fs::create_dir_all(folder),
        None => Ok(()),
    };
    written.and_then(|()| fs::write(path, text)).map_err(|error| {
        diagnostic::machine(&format!("`{}` cannot be written", path.display()), &error)
    })
}
