//! What a start costs, as a whole process.

use std::path::Path;

use anyhow::Result;

use crate::figure::Figure;
use crate::stopwatch::{child, median};
use crate::workspace::Workspace;

const ROUNDS: usize = 21;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let workspace = Workspace::with_fifty(ctx)?;
    child(&workspace.command(ctx, &["ext", "list"])?)?;
    let time = |arguments: &[&str]| -> Result<f64> {
        let mut samples = Vec::new();
        for _ in 0..ROUNDS {
            samples.push(child(&workspace.command(ctx, arguments)?)?.wall);
        }
        Ok(median(samples).as_secs_f64() * 1e3)
    };
    let version = time(&["--version"])?;
    let list = time(&["ext", "list"])?;
    Ok(vec![
        Figure::at_most(
            "start.version.ms",
            "ctx --version, whole process, p50",
            version,
            "ms",
            10.0,
        ),
        Figure::at_most(
            "start.list.ms",
            "ctx ext list, 50 extensions, warm cache, p50",
            list,
            "ms",
            200.0,
        ),
    ])
}
