//! Who may depend on whom, and which crate is the door to which dependency.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Broken;
use crate::project::Project;

/// Workspaces, by their manifests.
const WORKSPACES: [&str; 3] = ["Cargo.toml", "guests/Cargo.toml", "lua-guest/Cargo.toml"];

/// Our crates, and which of ours each may use. Tests may use more.
const ARROWS: &[(&str, &[&str])] = &[
    ("ctx-model", &[]),
    ("ctx-merge", &[]),
    ("ctx-sandbox", &["ctx-model"]),
    ("ctx-store", &["ctx-model"]),
    ("ctx-process", &["ctx-model"]),
    ("ctx-core", &["ctx-merge", "ctx-model", "ctx-process", "ctx-sandbox", "ctx-store"]),
    ("ctx-git", &["ctx-model"]),
    ("ctx-registry", &["ctx-bundle", "ctx-core", "ctx-git", "ctx-model"]),
    ("ctx-bundle", &[]),
    // `ctx-store` for the plain rows of the journal and the counts, no more.
    ("ctx-serve", &["ctx-core", "ctx-model", "ctx-store"]),
    ("ctx-conversation", &["ctx-model"]),
    ("ctx-conformance", &["ctx-bundle", "ctx-conversation", "ctx-core", "ctx-model"]),
    (
        "ctx",
        &[
            "ctx-bundle",
            "ctx-conformance",
            "ctx-conversation",
            "ctx-core",
            "ctx-git",
            "ctx-model",
            "ctx-registry",
            "ctx-serve",
            "ctx-store",
        ],
    ),
    // For programs of other people: it is all that they see.
    ("ctx-host", &["ctx-bundle", "ctx-core", "ctx-git", "ctx-model", "ctx-serve"]),
    ("ctx-native-example", &["ctx-host"]),
    // It measures layers one by one, so it sees them all.
    (
        "ctx-bench",
        &[
            "ctx-bundle",
            "ctx-core",
            "ctx-merge",
            "ctx-model",
            "ctx-registry",
            "ctx-sandbox",
            "ctx-serve",
            "ctx-store",
        ],
    ),
    // It feeds whatever reads a stranger's bytes.
    ("ctx-fuzz", &["ctx-conversation", "ctx-core", "ctx-model", "ctx-registry", "ctx-sandbox"]),
    ("xtask", &[]),
    ("ctx-sdk", &[]),
    ("files", &["ctx-sdk"]),
    ("embeddings", &["ctx-sdk"]),
    ("git", &["ctx-sdk"]),
    ("s3", &["ctx-sdk"]),
    ("html", &["ctx-sdk", "page"]),
    ("page", &[]),
    ("services", &["ctx-sdk"]),
    ("hackernews", &["ctx-sdk", "page", "services"]),
    ("mbox", &["ctx-sdk"]),
    ("rss", &["ctx-sdk", "office", "page", "services"]),
    ("web-fetch", &["ctx-sdk", "page", "services"]),
    ("pdf", &["ctx-sdk"]),
    ("office", &["ctx-sdk"]),
    ("docx", &["ctx-sdk", "office"]),
    ("pptx", &["ctx-sdk", "office"]),
    ("xlsx", &["ctx-sdk", "office"]),
    ("feed", &["ctx-sdk"]),
    ("word-count", &["ctx-sdk"]),
    ("relationship-score-normalizer", &["ctx-sdk"]),
    ("pre-save-age-check", &["ctx-sdk"]),
    ("find-documents", &["ctx-sdk"]),
    ("researcher", &["ctx-sdk"]),
    ("mcp-everything", &["ctx-sdk"]),
    ("transforms", &["ctx-sdk"]),
    ("ctx-lua-guest", &[]),
];

/// Heavy dependencies, and the only crates that may name them. A `*` stands
/// for any ending.
const DOORS: &[(&str, &[&str])] = &[
    ("landlock", &["ctx-process"]),
    ("seccompiler", &["ctx-process"]),
    ("wasmtime*", &["ctx-sandbox"]),
    ("rusqlite", &["ctx-store"]),
    ("tantivy", &["ctx-store"]),
    ("axum", &["ctx-serve"]),
    ("rmcp", &["ctx-serve"]),
    ("utoipa*", &["ctx-serve"]),
    ("askama", &["ctx-serve"]),
    ("git2", &["ctx-git"]),
    ("pubgrub", &["ctx-registry"]),
    ("ring", &["ctx-registry", "ctx-serve"]),
    ("hyper-util", &["ctx-git", "ctx-serve"]),
    ("notify", &["ctx-core"]),
    ("tiktoken-rs", &["ctx-core"]),
    ("clap", &["ctx"]),
    ("miette", &["ctx"]),
    ("indicatif", &["ctx"]),
    // The bench holds the Lua guest against the native interpreter.
    // The fuzz targets run the guest's own files on this machine, and tests of
    // `core` compare what a script says in both.
    ("mlua", &["ctx-lua-guest", "ctx-bench", "ctx-core", "ctx-fuzz"]),
    ("wit-bindgen", &["ctx-sdk", "ctx-lua-guest"]),
    // Context Harness's traits say it, and so do those who implement them.
    ("anyhow", &["xtask", "ctx-bench", "ctx-host"]),
];

pub(super) fn check(project: &Project) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    for manifest in WORKSPACES {
        let metadata = project.metadata(manifest)?;
        let packages = metadata["packages"].as_array().context("cargo lists no packages")?;
        for package in packages {
            check_package(project, manifest, package, &mut broken);
        }
    }
    Ok(broken)
}

fn check_package(project: &Project, workspace: &str, package: &Value, broken: &mut Vec<Broken>) {
    let name = package["name"].as_str().unwrap_or_default();
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    let shown = manifest.strip_prefix(&format!("{}/", project.root.display())).unwrap_or(manifest);
    let allowed: &[&str] = match ARROWS.iter().find(|(known, _)| *known == name) {
        Some((_, allowed)) => allowed,
        // The probes are guests like any other.
        None if name == "probes" => &["ctx-sdk"],
        None => {
            broken.push(Broken::file(
                shown,
                format!("`{name}` is not in the table of arrows in tidy/arrows.rs"),
            ));
            &[]
        }
    };
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    for dependency in dependencies {
        let wanted = dependency["name"].as_str().unwrap_or_default();
        let is_ours = ARROWS.iter().any(|(known, _)| *known == wanted);
        let is_for_tests = dependency["kind"] == "dev";
        if is_ours && !is_for_tests && !allowed.contains(&wanted) {
            broken.push(Broken::file(shown, format!("`{name}` must not depend on `{wanted}`")));
        }
        for (door, keepers) in DOORS {
            let is_it =
                door.strip_suffix('*').map_or(wanted == *door, |start| wanted.starts_with(start));
            let may = keepers.contains(&name) || is_for_tests && *door == "anyhow";
            if is_it && !may {
                broken.push(Broken::file(
                    shown,
                    format!(
                        "`{name}` must not name `{wanted}`; the door is {}",
                        keepers.join(", ")
                    ),
                ));
            }
        }
    }
    // A workspace of one crate says its lints itself.
    let is_alone = workspace == "lua-guest/Cargo.toml";
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    if !is_alone && !text.contains("[lints]\nworkspace = true") {
        broken.push(Broken::file(shown, "`[lints]` must say `workspace = true`"));
    }
}
