//! What a call costs, in a fresh sandbox each time.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use ctx_core::{Host, Loading, ToolCall};
use ctx_model::Caller;
use serde_json::{Value, json};

use crate::figure::Figure;
use crate::stopwatch::{in_turn, micros};
use crate::workspace::{GREET, Workspace, guest};
use crate::{native, sandboxed};

const ROUNDS: usize = 3000;

pub(crate) async fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let word_count = guest(ctx, "word-count")?;
    let extensions: [(&str, &[u8]); 2] =
        [("greet.lua", GREET.as_bytes()), ("word-count.wasm", &word_count)];
    let workspace = Workspace::new(&extensions, "")?;
    let host = workspace.host()?;
    let arguments = json!({"name": "Ada", "times": 3});
    // Both say the same, or the comparison means nothing.
    call(&host, "greet", &arguments).await?;
    // A server makes this in the background at the first call.
    let catalog = host.catalog().await?;
    let greet = catalog.extension("greet").context("greet is installed")?;
    let loading = host.loading(greet).await?;
    ensure!(loading == Loading::Snapshot, "greet has no snapshot: {loading:?}");
    let native = async || native::call(GREET, &arguments).map(|_| ());
    let (sandboxed, native) = in_turn(ROUNDS, || call(&host, "greet", &arguments), native).await?;
    let text = json!({"text": "one two three"});
    let (rust, _) = in_turn(ROUNDS, || call(&host, "word_count", &text), async || Ok(())).await?;
    let mut figures = sandboxed::measure(&arguments).await?;
    figures.extend([
        Figure::context(
            "call.lua.us",
            "Lua tool, fresh sandbox, p50 at Host::call",
            micros(sandboxed),
            "us",
        ),
        Figure::context("call.native.us", "mlua, new VM, load and call, p50", micros(native), "us"),
        Figure::at_most(
            "call.lua.ratio",
            "Lua tool in a fresh sandbox / native mlua with a new VM",
            sandboxed.as_secs_f64() / native.as_secs_f64(),
            "x",
            1.0,
        ),
        Figure::at_most(
            "call.rust.us",
            "Rust tool, fresh sandbox, p50 at Host::call",
            micros(rust),
            "us",
            40.0,
        ),
    ]);
    Ok(figures)
}

async fn call(host: &Host, tool: &str, arguments: &Value) -> Result<()> {
    let receipt = host
        .call(ToolCall {
            tool: tool.to_owned(),
            arguments: arguments.clone(),
            resumed: None,
            caller: Caller::default(),
        })
        .await;
    receipt.outcome.map(|_| ()).map_err(|error| anyhow!("{error}"))
}
