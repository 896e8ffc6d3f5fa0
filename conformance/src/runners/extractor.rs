//! Claims about an extractor: a file that is none of its kind harms nobody,
//! and the same file gives the same text.

use ctx_model::{CallError, ExtractRequest, ExtractorInfo, FailureKind};

use super::judged_alike;
use crate::case::Action;
use crate::check::Verdict;
use crate::outcome;
use crate::trial::Trial;

/// What no format is: enough of it to be read as one, and nothing that is.
const GARBAGE: &[u8] = b"\x00\xff\xfenothing of the kind\x00\x01\x02\x80";

pub(crate) async fn run(trial: &Trial, extractor: &ExtractorInfo, action: Action) -> Verdict {
    match action {
        Action::ExtractGarbage => {
            for data in [GARBAGE, b""] {
                for media_type in &extractor.media_types {
                    let verdict = garbage(trial, media_type, data).await;
                    if verdict.is_failure() {
                        return verdict;
                    }
                }
            }
            Verdict::pass(extractor.media_types.join(", "))
        }
        Action::ExtractTwice => {
            let media_type = extractor.media_types.first().map_or("", String::as_str);
            let [first, second] = trial.extract(request(media_type, b"twice the same\n")).await;
            judged_alike(&first, &second)
        }
        _ => Verdict::skip("this is no claim about an extractor"),
    }
}

async fn garbage(trial: &Trial, media_type: &str, data: &[u8]) -> Verdict {
    let [receipt, _] = trial.extract(request(media_type, data)).await;
    let what = if data.is_empty() { "an empty file" } else { "garbage" };
    match &receipt.outcome {
        Ok(_) => Verdict::pass(""),
        Err(CallError::Failed { failure, .. }) if failure.kind != FailureKind::Internal => {
            Verdict::pass("")
        }
        Err(error) => Verdict::fail(format!(
            "{what} as `{media_type}` ended as `{}`; a file that cannot be read is `invalid-input`",
            outcome::words(error)
        )),
    }
    .billed(receipt.usage)
}

fn request(media_type: &str, data: &[u8]) -> ExtractRequest {
    ExtractRequest { media_type: media_type.to_owned(), name: None, data: data.to_vec() }
}
