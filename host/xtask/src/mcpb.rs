//! `cargo xtask mcpb`: the program as a bundle that clients install with a
//! click, and the entry of the registry of MCP that names it by its digest.
//! What both say is held against their formats, by the bundle's own tool.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::clients::{Bundler, must};
use crate::project::Project;
use crate::report::{Steps, say};

/// Where releases are found.
const RELEASES: &str = "https://github.com/ctx-dev/ctx/releases/download";

/// The schema that `server.json` follows.
const SCHEMA: &str = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

pub(crate) fn run(project: &Project) -> Result<()> {
    let mut steps = Steps::begin();
    steps.take("build ctx", || project.build().map(|()| String::new()))?;
    let mut bundler = None;
    steps.take("install the bundle's tool", || {
        bundler = Some(Bundler::install(&project.target.join("clients"))?);
        Ok(String::new())
    })?;
    let bundler = bundler.context("the tool is installed")?;
    let mut packed = PathBuf::new();
    steps.take("pack the bundle", || {
        packed = pack(project, &bundler)?;
        Ok(packed.display().to_string())
    })?;
    say("");
    say(&format!("`{}` is what a release holds.", packed.display()));
    Ok(())
}

/// Packs the program that is built. Returns where the bundle is; the entry of
/// the registry lies beside it.
pub(crate) fn pack(project: &Project, bundler: &Bundler) -> Result<PathBuf> {
    let mut entry: Value = serde_json::from_str(&project.read("server.json")?)?;
    let version = entry["version"].as_str().context("`server.json` says no version")?.to_owned();
    let ours = project.read("Cargo.toml")?;
    ensure!(
        ours.contains(&format!("\nversion = \"{version}\"\n")),
        "`server.json` says {version}, and Cargo.toml does not"
    );
    let folder = project.target.join("mcpb");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let content = folder.join("content");
    fs::create_dir_all(content.join("server"))?;
    let program = format!("ctx{}", env::consts::EXE_SUFFIX);
    fs::copy(project.binary(), content.join("server").join(&program))?;
    let manifest = content.join("manifest.json");
    fs::write(&manifest, format!("{:#}\n", self::manifest(&entry, &version, &program)))?;
    must(bundler.command().arg("validate").arg(&manifest))?;
    let name = format!("ctx-{version}-{}-{}.mcpb", env::consts::OS, env::consts::ARCH);
    let packed = folder.join(&name);
    must(bundler.command().arg("pack").args([&content, &packed]))?;
    entry["packages"] = json!([{
        "registryType": "mcpb",
        "identifier": format!("{RELEASES}/v{version}/{name}"),
        "fileSha256": digest(&packed)?,
        "transport": { "type": "stdio" },
    }]);
    check(&entry)?;
    fs::write(folder.join("server.json"), format!("{entry:#}\n"))?;
    Ok(packed)
}

/// Unpacks a bundle and returns the command that its manifest has clients
/// start, for a workspace.
pub(crate) fn unpacked(
    bundler: &Bundler,
    packed: &Path,
    workspace: &Path,
) -> Result<(PathBuf, Vec<String>)> {
    let folder = packed.with_extension("unpacked");
    must(bundler.command().arg("unpack").args([packed, &folder]))?;
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json"))?)?;
    let config = &manifest["server"]["mcp_config"];
    let fill = |text: &Value| {
        text.as_str()
            .unwrap_or_default()
            .replace("${__dirname}", &folder.to_string_lossy())
            .replace("${user_config.workspace}", &workspace.to_string_lossy())
    };
    let arguments = config["args"].as_array().context("the manifest names no arguments")?;
    Ok((PathBuf::from(fill(&config["command"])), arguments.iter().map(fill).collect()))
}

fn manifest(entry: &Value, version: &str, program: &str) -> Value {
    let platform = match env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let path = format!("server/{program}");
    json!({
        "manifest_version": "0.3",
        "name": "ctx",
        "display_name": entry["title"],
        "version": version,
        "description": entry["description"],
        "author": { "name": "The authors of ctx", "url": entry["websiteUrl"] },
        "repository": { "type": "git", "url": entry["repository"]["url"] },
        "homepage": entry["websiteUrl"],
        "license": "Apache-2.0",
        "server": {
            "type": "binary",
            "entry_point": path,
            "mcp_config": {
                "command": format!("${{__dirname}}/{path}"),
                "args": ["mcp", "--workspace", "${user_config.workspace}"],
                "env": {},
            },
        },
        "tools_generated": true,
        "prompts_generated": true,
        "compatibility": { "platforms": [platform] },
        "user_config": {
            "workspace": {
                "type": "directory",
                "title": "Workspace",
                "description": "The folder that `ctx init` was run in",
                "required": true,
            },
        },
    })
}

/// Holds an entry against what the registry's schema asks of it.
fn check(entry: &Value) -> Result<()> {
    let text = |field: &str, most: usize| -> Result<&str> {
        let text = entry[field].as_str().with_context(|| format!("no `{field}`"))?;
        let length = text.chars().count();
        ensure!((1..=most).contains(&length), "`{field}` has {length} characters of {most}");
        Ok(text)
    };
    ensure!(entry["$schema"] == SCHEMA, "`$schema` is not {SCHEMA}");
    let name = text("name", 200)?;
    let plain = |part: &str, more: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let (space, rest) = name.split_once('/').context("`name` has no `/`")?;
    ensure!(plain(space, ".-") && plain(rest, "._-"), "`name` is `{name}`");
    text("title", 100)?;
    text("description", 100)?;
    text("version", 255)?;
    for package in entry["packages"].as_array().into_iter().flatten() {
        let identifier = package["identifier"].as_str().unwrap_or_default();
        ensure!(identifier.starts_with("https://") && identifier.contains("mcp"), "{identifier}");
        let digest = package["fileSha256"].as_str().unwrap_or_default();
        let is_hex = digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        ensure!(digest.len() == 64 && is_hex, "`fileSha256` is `{digest}`");
    }
    Ok(())
}

fn digest(path: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut fs::File::open(path)?, &mut hash)?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Bundler {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(&self.script);
        command
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn the_entry_of_the_registry_is_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../server.json");
        let mut entry: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        check(&entry).unwrap();
        entry["name"] = json!("ctx");
        check(&entry).unwrap_err();
    }
}
