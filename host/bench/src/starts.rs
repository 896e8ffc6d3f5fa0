//! What a start costs, as a whole process.

use std::path::Path;

use anyhow::Result;

use crate::figure::Figure;
use crate::stopwatch::{child, median};
use crate::workspace::{Workspace, guest};

const GREET: &str = include_str!("scripts/greet.lua");
const ROUNDS: usize = 21;

pub(crate) fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let word_count = guest(ctx, "word-count")?;
    let mut extensions: Vec<(String, Vec<u8>)> = Vec::new();
    for at in 0..25 {
        // Each is different, so that each has compiled code of its own.
        let name = format!("lua-{at}");
        let script = format!("-- {at}\n{}", GREET.replace("\"greet\"", &format!("\"greet_{at}\"")));
        extensions.push((format!("{name}.lua"), script.into_bytes()));
        let mut component = word_count.clone();
        let mark = format!("mark{at:02}");
        component.extend([0, u8::try_from(mark.len() + 1)?, u8::try_from(mark.len())?]);
        component.extend(mark.as_bytes());
        extensions.push((format!("rust-{at}.wasm"), component));
        extensions
            .push((format!("rust-{at}.toml"), format!("name = \"rust-{at}\"\n").into_bytes()));
    }
    let extensions: Vec<(&str, &[u8])> =
        extensions.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let workspace = Workspace::new(&extensions, "")?;
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
