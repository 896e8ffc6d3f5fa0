//! `cargo xtask bench`: the figures that the project holds itself to. The
//! measuring is in `host/bench`; this gives it what it needs to be built.

use anyhow::Result;

use crate::project::Project;
use crate::toolchain;

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    toolchain::ensure_target(project)?;
    // It starts the program itself, so the program has to be there.
    project.build()?;
    let call = ["run", "--quiet", "--release", "--locked", "--package", "ctx-bench", "--"];
    project.run_cargo(&[&call, arguments].concat())
}
