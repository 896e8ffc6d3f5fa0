//! Carries the community's registry into the program: every file of it, as it
//! is, so that `ctx registry init` needs no network.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
        .join("../../registry/community");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    add(&root, "", &mut files)?;
    files.sort();
    let mut text = String::from("&[\n");
    for (path, real) in files {
        let real = real.display().to_string();
        text.push_str(
            &[&format!("({path:?}, "), "include_bytes!(", &format!("{real:?}"), ")),\n"].concat(),
        );
    }
    text += "]\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("community.rs");
    fs::write(out, text)
}

fn add(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What a component is built from stays in the repository.
        if name.starts_with('.') || ["src", "target", "Cargo.toml"].contains(&&*name) {
            continue;
        }
        println!("cargo::rerun-if-changed={}", entry.path().display());
        if entry.file_type()?.is_dir() {
            add(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.push((format!("{prefix}{name}"), entry.path().canonicalize()?));
        }
    }
    Ok(())
}
