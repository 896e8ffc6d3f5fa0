//! Claims about a connector: its settings fit its schema, and walking the same
//! place twice gives the same documents.

use ctx_core::{HostError, SyncReport};
use ctx_model::{CallError, Refusal};

use super::{judged, judged_alike};
use crate::case::Action;
use crate::check::{Status, Verdict};
use crate::outcome;
use crate::trial::{SOURCE, Trial, WRONG_SOURCE};

pub(crate) async fn run(trial: &Trial, action: Action) -> Verdict {
    let verdict = match action {
        Action::ScanAgainstSchema => against_schema(trial).await,
        Action::ScanWithExample => with_example(trial).await,
        Action::ScanTwice => twice(trial).await,
        Action::ScanOn => on(trial).await,
        _ => Ok(Verdict::skip("this is no claim about a connector")),
    };
    verdict.unwrap_or_else(|error| Verdict::fail(format!("the fixture host failed: {error}")))
}

async fn against_schema(trial: &Trial) -> Result<Verdict, HostError> {
    let Some(field) = &trial.wrong_setting else {
        return Ok(Verdict::skip("the schema of its settings forbids nothing"));
    };
    let [receipt, _] = trial.walk(WRONG_SOURCE, false).await?;
    Ok(match &receipt.outcome {
        Err(CallError::Refused(Refusal::InvalidSettings { problems, .. })) => {
            if problems.iter().any(|problem| problem.contains(field.as_str())) {
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
        Ok(_) => Verdict::fail(format!("it walked with a wrong `{field}`")).billed(receipt.usage),
    })
}

async fn with_example(trial: &Trial) -> Result<Verdict, HostError> {
    let [receipt, _] = trial.walk(SOURCE, true).await?;
    let verdict = match &receipt.outcome {
        Ok(report) if report.skipped > 0 => Verdict::warn(format!(
            "{} documents, and {} skipped: {}",
            report.documents,
            report.skipped,
            report.skips.first().map_or("", |skip| skip.reason.as_str())
        )),
        Ok(report) => Verdict::pass(format!("{} documents", report.documents)),
        Err(error) => judged(error, false),
    };
    Ok(verdict.billed(receipt.usage))
}

/// The first walk on a host that has never seen the source, against the first
/// walk on another; and then a second walk, which must change nothing.
async fn twice(trial: &Trial) -> Result<Verdict, HostError> {
    let [first, elsewhere] = trial.walk(SOURCE, true).await?;
    let verdict = judged_alike(&first, &elsewhere);
    if verdict.status != Status::Pass {
        return Ok(verdict);
    }
    let [second, _] = trial.walk(SOURCE, true).await?;
    Ok(match (&first.outcome, &second.outcome) {
        (Ok(_), Ok(report)) if changes(report) > 0 => {
            Verdict::fail(format!("a second walk {}", changed(report))).billed(second.usage)
        }
        (Ok(report), Ok(_)) => {
            Verdict::pass(format!("{} documents", report.documents)).billed(first.usage)
        }
        (Err(one), Err(other)) if outcome::words(one) == outcome::words(other) => verdict,
        (_, Err(error)) => {
            Verdict::fail(format!("a second walk ended otherwise: {error}")).billed(second.usage)
        }
        (Err(error), Ok(_)) => {
            Verdict::fail(format!("only a second walk ended well: {error}")).billed(first.usage)
        }
    })
}

/// A walk that goes on where the last one ended finds nothing new.
async fn on(trial: &Trial) -> Result<Verdict, HostError> {
    if !trial.first.source.as_ref().is_some_and(|info| info.incremental) {
        return Ok(Verdict::skip("it does not claim to go on where it ended"));
    }
    let [receipt, _] = trial.walk(SOURCE, false).await?;
    let verdict = match &receipt.outcome {
        Ok(report) if changes(report) > 0 => {
            Verdict::fail(format!("going on from its checkpoint {}", changed(report)))
        }
        Ok(report) => Verdict::pass(format!("{} documents", report.documents)),
        Err(error) => judged(error, false),
    };
    Ok(verdict.billed(receipt.usage))
}

fn changes(report: &SyncReport) -> u64 {
    report.added + report.changed + report.removed
}

fn changed(report: &SyncReport) -> String {
    format!(
        "added {}, changed {} and removed {} documents of a place that is the same",
        report.added, report.changed, report.removed
    )
}
