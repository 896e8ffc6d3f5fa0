//! Claims about a hook: each phase that it takes part in is answered, and the
//! same subject comes to the same.

use ctx_core::{HookError, PhaseReport};
use ctx_model::Phase;
use serde_json::{Value, json};

use crate::case::Action;
use crate::check::Verdict;
use crate::trial::Trial;

pub(crate) async fn run(trial: &Trial, phase: Phase, action: Action) -> Verdict {
    match action {
        Action::HookEachPhase => {
            // As little as there may be, too.
            for subject in [subject(phase), bare(phase)] {
                let [ran, _] = trial.phase(phase, subject).await;
                let verdict = judged(ran);
                if verdict.is_failure() {
                    return verdict;
                }
            }
            Verdict::pass("")
        }
        Action::HookTwice => {
            let [first, second] = trial.phase(phase, subject(phase)).await;
            if said(&first) == said(&second) {
                Verdict::pass("")
            } else {
                Verdict::fail("the same subject came to different things")
            }
        }
        _ => Verdict::skip("this is no claim about a hook"),
    }
}

fn judged(ran: Result<PhaseReport, HookError>) -> Verdict {
    let report = match ran {
        Ok(report) => report,
        // To refuse what a machine made up is what a validator may do.
        Err(HookError::Rejected { problems, .. })
            if problems.iter().all(|one| one.code == "EXT_HOOK_FAILED") =>
        {
            return Verdict::pass("it refuses it");
        }
        Err(error) => return Verdict::fail(error.to_string()),
    };
    let problem = report.warnings.iter().find(|one| one.code != "EXT_HOOK_FAILED");
    match problem {
        None => Verdict::pass(""),
        // A machine may be busy.
        Some(one) if one.code == "EXT_TIME_BUDGET_EXCEEDED" => Verdict::warn(one.to_string()),
        Some(one) => Verdict::fail(one.to_string()),
    }
}

/// What came of it, but for how long it took.
fn said(ran: &Result<PhaseReport, HookError>) -> Value {
    match ran {
        Err(error) => json!({ "error": error.to_string() }),
        Ok(report) => {
            let state = report.state.as_ref().map(|state| {
                state.changes.iter().map(|(path, value)| json!([path, value])).collect::<Vec<_>>()
            });
            json!({
                "changes": report.changes,
                "snippets": report.snippets,
                "tags": report.tags,
                "text": report.text,
                "state": state,
            })
        }
    }
}

fn subject(phase: Phase) -> Value {
    let messages = json!([{ "role": "user", "content": "We meet in the tavern: é 😀" }]);
    match phase {
        Phase::RetrievalEnrichment => json!("who keeps the tavern"),
        Phase::Normalize | Phase::PreSaveValidate => json!({
            "source": "example", "id": "1", "media_type": "text/plain", "title": "A title",
            "metadata": { "age": 30 }, "text": "A text.",
        }),
        Phase::PreChatTurn
        | Phase::PostModelDraft
        | Phase::PostModeration
        | Phase::PrePersistTurn => json!({
            "messages": messages, "text": "A draft: é 😀", "metadata": {},
            "moderation": { "verdict": "fine" },
        }),
    }
}

fn bare(phase: Phase) -> Value {
    if phase == Phase::RetrievalEnrichment { json!("") } else { json!({}) }
}
