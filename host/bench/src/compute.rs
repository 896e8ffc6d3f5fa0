//! Scripts that compute: metered in the sandbox, against the same Lua natively.

use anyhow::{Result, anyhow};
use ctx_core::{Host, ToolCall};
use ctx_model::{Caller, Reply};
use serde_json::{Value, json};

use crate::figure::Figure;
use crate::native;
use crate::stopwatch::{in_turn, median};
use crate::workspace::Workspace;

/// The interpreters' own way to read and write JSON, under the same names.
const SANDBOXED: &str = "local encode, decode = json.encode, json.decode\n";
const NATIVE: &str = "local encode, decode = bench_encode, bench_decode\n";
const KERNELS: &str = include_str!("scripts/kernels.lua");

/// What counts for the mean, and what is told by itself: an error that is
/// caught costs another order of magnitude in either.
const MEAN: [&str; 7] = ["fib", "strings", "sort", "closures", "patterns", "json", "pcall"];
const FAILING: &str = "failing";

const ROUNDS: usize = 9;

const LIMITS: &str =
    "[extension.kernels]\nlimits = { fuel = 20000000000, time = \"60s\", memory = \"256MiB\" }\n";

pub(crate) async fn measure() -> Result<Vec<Figure>> {
    let script = format!("{SANDBOXED}{KERNELS}");
    let workspace = Workspace::new(&[("kernels.lua", script.as_bytes())], LIMITS)?;
    let host = workspace.host()?;
    let native_script = format!("{NATIVE}{KERNELS}");
    let mut figures = Vec::new();
    let mut logarithms = 0.0;
    for kernel in MEAN.into_iter().chain([FAILING]) {
        let arguments = json!({ "kernel": kernel });
        let sandboxed = call(&host, &arguments).await?;
        let native: Value = serde_json::from_str(&native::call(&native_script, &arguments)?)?;
        anyhow::ensure!(sandboxed == native, "{kernel}: {sandboxed} here, {native} natively");
        let (ours, theirs) = in_turn(
            ROUNDS,
            async || call(&host, &arguments).await.map(|_| ()),
            async || native::call(&native_script, &arguments).map(|_| ()),
        )
        .await?;
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        if kernel == FAILING {
            figures.push(Figure::at_most(
                "lua.failing.ratio",
                "`pcall` that fails, metered / native",
                ratio,
                "x",
                6.0,
            ));
        } else {
            logarithms += ratio.ln();
            let what = format!("{kernel}, metered / native");
            figures.push(Figure::context(name(kernel), what, ratio, "x"));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "seven")]
    let mean = (logarithms / MEAN.len() as f64).exp();
    let what = "geometric mean of the seven kinds of work, metered / native";
    figures.push(Figure::at_most("lua.mean.ratio", what, mean, "x", 1.8));
    figures.extend(overrun().await?);
    Ok(figures)
}

/// Measures how long after its deadline a runaway script is answered for.
async fn overrun() -> Result<Vec<Figure>> {
    const DEADLINE: u64 = 200;
    let script = "tool = { name = \"kernels\", description = \"Never ends\" }\n\
                  function tool.execute() while true do end end\n";
    let limits = format!(
        "[extension.kernels]\nlimits = {{ fuel = 20000000000, time = \"{DEADLINE}ms\" }}\n"
    );
    let workspace = Workspace::new(&[("kernels.lua", script.as_bytes())], &limits)?;
    let host = workspace.host()?;
    let mut late = Vec::new();
    for _ in 0..ROUNDS {
        let begun = std::time::Instant::now();
        anyhow::ensure!(call(&host, &json!({})).await.is_err(), "it cannot end by itself");
        late.push(begun.elapsed().saturating_sub(std::time::Duration::from_millis(DEADLINE)));
    }
    let late = median(late).as_secs_f64() * 1e3;
    let what = "from the deadline of a runaway script to the answer, p50";
    Ok(vec![Figure::at_most("lua.overrun.ms", what, late, "ms", 20.0)])
}

fn name(kernel: &str) -> &'static str {
    match kernel {
        "fib" => "lua.fib.ratio",
        "strings" => "lua.strings.ratio",
        "sort" => "lua.sort.ratio",
        "closures" => "lua.closures.ratio",
        "patterns" => "lua.patterns.ratio",
        "json" => "lua.json.ratio",
        _ => "lua.pcall.ratio",
    }
}

async fn call(host: &Host, arguments: &Value) -> Result<Value> {
    let receipt = host
        .call(ToolCall {
            tool: "kernels".to_owned(),
            arguments: arguments.clone(),
            resumed: None,
            caller: Caller::default(),
        })
        .await;
    match receipt.outcome.map_err(|error| anyhow!("{error}"))? {
        Reply::Done(output) => Ok(serde_json::from_str(&output.structured.unwrap_or_default())?),
        Reply::Ask(_) => Err(anyhow!("it asks")),
    }
}
