//! `cargo xtask docs`: the references that are generated, which are committed,
//! so that they can be read without building, and compared by `check`; and the
//! guides, which are followed.

mod capabilities;
mod cli;
mod wit;

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::guides;
use crate::project::Project;
use crate::report::say;

/// Writes the references, or compares them with what is there.
pub(crate) fn run(project: &Project, check: bool) -> Result<()> {
    project.build()?;
    let schema = capabilities::schema(project)?;
    let references = [
        ("docs/reference/wit.md", wit::render(project)?),
        ("docs/reference/cli.md", cli::render(project)?),
        ("docs/reference/capabilities.md", capabilities::render(&schema)?),
        ("docs/reference/capabilities.schema.json", schema),
    ];
    let mut outdated = Vec::new();
    for (path, text) in references {
        let there = fs::read_to_string(project.path(path)).unwrap_or_default();
        if there == text {
            continue;
        }
        if check {
            outdated.push(path);
        } else {
            fs::write(project.path(path), &text).with_context(|| format!("`{path}`"))?;
            say(&format!("Wrote {path}"));
        }
    }
    if !outdated.is_empty() {
        bail!("out of date: {}; run `cargo xtask docs`", outdated.join(", "));
    }
    guides::run(project)
}
