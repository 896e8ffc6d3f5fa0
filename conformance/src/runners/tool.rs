//! Claims about a tool: its schema is the truth about its arguments and its
//! answers, and the same call gives the same answer.

use ctx_model::{
    BlockContent, CallError, EmbeddedContent, Output, Refusal, Reply, ToolInfo, Usage,
};
use serde_json::Value;

use super::{judged, judged_alike};
use crate::case::Action;
use crate::check::Verdict;
use crate::generate::{example, violation};
use crate::outcome;
use crate::trial::Trial;

/// Bytes of an answer that a model still reads as a whole.
const READABLE: usize = 256 * 1024;

pub(crate) async fn run(trial: &Trial, tool: &ToolInfo, action: Action) -> Verdict {
    let Ok(schema) = serde_json::from_str::<Value>(&tool.input_schema) else {
        return Verdict::fail("the schema of its arguments is no JSON");
    };
    match action {
        Action::CompareHints => hints(tool),
        Action::CallAgainstSchema => against_schema(trial, tool, &schema).await,
        Action::CallWithExample => with_example(trial, tool, &schema).await,
        Action::CallTwice => {
            let [first, second] = trial.call(tool, &example(&schema)).await;
            judged_alike(&first, &second)
        }
        Action::MeasureAnswer => measured(trial, tool, &schema).await,
        _ => Verdict::skip("this is no claim about a tool"),
    }
}

fn hints(tool: &ToolInfo) -> Verdict {
    if tool.hints.read_only && tool.hints.destructive {
        return Verdict::fail("it says that it only reads, and that it may destroy something");
    }
    Verdict::pass("")
}

async fn against_schema(trial: &Trial, tool: &ToolInfo, schema: &Value) -> Verdict {
    let Some(wrong) = violation(schema) else {
        return Verdict::skip("its schema forbids nothing");
    };
    let [receipt, _] = trial.call(tool, &wrong.value).await;
    let field = &wrong.field;
    match &receipt.outcome {
        Err(CallError::Refused(Refusal::InvalidArguments { problems, .. })) => {
            if receipt.usage != Usage::default() {
                Verdict::fail("it was refused, and something had run").billed(receipt.usage)
            } else if problems.iter().any(|problem| problem.contains(field.as_str())) {
                Verdict::pass("")
            } else {
                Verdict::fail(format!(
                    "the refusal does not name `{field}`: {}",
                    problems.join("; ")
                ))
            }
        }
        Err(error) => {
            let ended = outcome::words(error);
            Verdict::fail(format!("with a wrong `{field}` it ended as `{ended}`"))
                .billed(receipt.usage)
        }
        Ok(_) => {
            Verdict::fail(format!("it was called with a wrong `{field}`")).billed(receipt.usage)
        }
    }
}

async fn with_example(trial: &Trial, tool: &ToolInfo, schema: &Value) -> Verdict {
    let [receipt, _] = trial.call(tool, &example(schema)).await;
    let verdict = match &receipt.outcome {
        // The host has held the answer against the tool's own schema.
        Ok(Reply::Done(_)) => Verdict::pass(""),
        Ok(Reply::Ask(asked)) => {
            let keys: Vec<&str> = asked.questions.iter().map(|one| one.key.as_str()).collect();
            Verdict::pass(format!("it asks first: {}", keys.join(", ")))
        }
        Err(error) => judged(error, tool.output_schema.is_some()),
    };
    verdict.billed(receipt.usage)
}

async fn measured(trial: &Trial, tool: &ToolInfo, schema: &Value) -> Verdict {
    let [receipt, _] = trial.call(tool, &example(schema)).await;
    let Ok(Reply::Done(output)) = &receipt.outcome else {
        return Verdict::skip("it gives no answer on a fixture").billed(receipt.usage);
    };
    let size = size(output);
    let verdict = if size > READABLE {
        Verdict::warn(format!("an answer of {} KiB is more than a model reads", size / 1024))
    } else {
        Verdict::pass(format!("{size} bytes"))
    };
    verdict.billed(receipt.usage)
}

fn size(output: &Output) -> usize {
    let block = |content: &BlockContent| match content {
        BlockContent::Text(text)
        | BlockContent::Embedded { content: EmbeddedContent::Text(text), .. } => text.len(),
        BlockContent::Image { data, .. } | BlockContent::Audio { data, .. } => data.len(),
        BlockContent::Link(link) => link.uri.len(),
        BlockContent::Embedded { content: EmbeddedContent::Bytes(bytes), .. } => bytes.len(),
    };
    let blocks: usize = output.blocks.iter().map(|one| block(&one.content)).sum();
    blocks.max(output.structured.as_ref().map_or(0, String::len))
}
