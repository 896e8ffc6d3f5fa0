//! Claims about what an extension holds: what it lists can be read where it
//! says, and an address where nothing stands harms nobody.

use ctx_core::Installed;
use ctx_model::{CallError, FailureKind, ReadReply, Receipt, Refusal};

use super::{judged, judged_alike};
use crate::case::Action;
use crate::check::Verdict;
use crate::outcome;
use crate::trial::Trial;

/// What is filled into the places of a template.
const NOBODYS: &str = "nobody-has-this";

pub(crate) async fn run(trial: &Trial, extension: &Installed, action: Action) -> Verdict {
    let held = &extension.holdings;
    match action {
        Action::ReadListed => {
            for info in &held.resources {
                let [receipt, _] = trial.read(&info.uri).await;
                let verdict = read(&info.uri, &receipt);
                if verdict.is_failure() {
                    return verdict.billed(receipt.usage);
                }
            }
            Verdict::pass(format!("{} resources", held.resources.len()))
        }
        Action::ReadNobodys => {
            for info in &held.templates {
                let uri = filled(&info.uri_template);
                let [receipt, _] = trial.read(&uri).await;
                let verdict = nobodys(&uri, &receipt);
                if verdict.is_failure() {
                    return verdict.billed(receipt.usage);
                }
            }
            Verdict::pass(format!("{} templates", held.templates.len()))
        }
        Action::ReadTwice => match held.resources.first() {
            None => Verdict::skip("it lists no resource"),
            Some(info) => {
                let [first, second] = trial.read(&info.uri).await;
                judged_alike(&first, &second)
            }
        },
        _ => Verdict::skip("this is no claim about resources"),
    }
}

/// Judges what was read where something is said to stand.
fn read(uri: &str, receipt: &Receipt<ReadReply>) -> Verdict {
    match &receipt.outcome {
        Ok(ReadReply::Ask(_)) => Verdict::pass(""),
        Ok(ReadReply::Done(all)) if all.is_empty() => {
            Verdict::fail(format!("it lists `{uri}`, and nothing stands there"))
        }
        Ok(ReadReply::Done(all)) => match all.iter().find(|one| !one.uri.starts_with(uri)) {
            Some(one) => Verdict::fail(format!("at `{uri}` it gave what stands at `{}`", one.uri)),
            None => Verdict::pass(""),
        },
        Err(error) => judged(error, false),
    }
}

/// Judges what was read where nobody knows whether anything stands.
fn nobodys(uri: &str, receipt: &Receipt<ReadReply>) -> Verdict {
    match &receipt.outcome {
        Ok(_) | Err(CallError::Refused(Refusal::Denied { .. })) => Verdict::pass(""),
        Err(CallError::Failed { failure, .. }) if failure.kind != FailureKind::Internal => {
            Verdict::pass("")
        }
        Err(error) => Verdict::fail(format!(
            "`{uri}` ended as `{}`; where nothing stands it is `not-found`",
            outcome::words(error)
        )),
    }
}

/// Fills in a template.
fn filled(template: &str) -> String {
    let (mut uri, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        uri.push_str(before);
        match place.chars().next() {
            Some('?' | '&') => {}
            Some('/') => {
                for _ in place.split(',') {
                    uri.push('/');
                    uri.push_str(NOBODYS);
                }
            }
            _ => uri.push_str(NOBODYS),
        }
        rest = after;
    }
    uri + rest
}
