//! Good citizens beside a hostile one: whether the host answers them, how
//! often, and how soon.

use std::time::{Duration, Instant};

use ctx_core::{Host, ToolCall};
use ctx_model::{Caller, Reply};
use serde_json::{Value, json};

use crate::case::Twin;
use crate::check::Beside;

/// The probe that behaves.
const GOOD: &str = "echo";

/// Between two rounds: a good citizen does not ask in a tight loop.
const PAUSE: Duration = Duration::from_millis(5);

/// Does some work, and asks good citizens for as long as it takes: once at
/// least, and once more when it is over.
pub(super) async fn meanwhile<T>(
    host: &Host,
    work: impl Future<Output = T>,
) -> (T, Result<Beside, String>) {
    let mut beside = Beside::default();
    let mut unanswered = None;
    let done = {
        let asking = async {
            loop {
                if let Err(why) = answers(host, &mut beside).await {
                    return why;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::pin!(asking, work);
        loop {
            tokio::select! {
                biased;
                why = &mut asking, if unanswered.is_none() => unanswered = Some(why),
                done = &mut work => break done,
            }
        }
    };
    if let Some(why) = unanswered {
        return (done, Err(why));
    }
    let after = answers(host, &mut beside).await;
    (done, after.map(|()| beside))
}

/// Whether the host answers a good call, of either kind.
async fn answers(host: &Host, beside: &mut Beside) -> Result<(), String> {
    let catalog = host.catalog().await.map_err(|error| error.to_string())?;
    for twin in [Twin::Rs, Twin::Lua] {
        let extension = format!("{GOOD}-{}", twin.as_str());
        if catalog.extension(&extension).is_none() {
            continue;
        }
        let arguments = json!({"still": "there"});
        let started = Instant::now();
        let receipt = host
            .call(ToolCall {
                tool: format!("{extension}/{GOOD}"),
                arguments: arguments.clone(),
                resumed: None,
                caller: Caller::default(),
            })
            .await;
        let answer = match &receipt.outcome {
            Ok(Reply::Done(output)) => {
                output.structured.as_deref().map(serde_json::from_str::<Value>)
            }
            Ok(Reply::Ask(_)) => None,
            Err(error) => return Err(format!("beside it, the host answers no more: {error}")),
        };
        if !matches!(answer, Some(Ok(answer)) if answer == arguments) {
            return Err(format!("beside it, `{extension}` gave another answer than it was given"));
        }
        beside.answers += 1;
        beside.slowest = beside.slowest.max(started.elapsed());
    }
    Ok(())
}
