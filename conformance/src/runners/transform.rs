//! Claims about compressors, chunkers and read-modes. The host holds every
//! answer against the laws; here it is seen that there are answers, whatever
//! the text, and that an extension that only fails does not pass.

mod texts;

use ctx_model::{
    Budget, CallError, ChunkRequest, CompressRequest, FailureKind, Passage, Receipt, TransformInfo,
    ViewRequest,
};

use super::judged_alike;
use crate::case::Action;
use crate::check::Verdict;
use crate::outcome;
use crate::trial::Trial;

use texts::{LARGE, TEXTS, large};

/// Budgets that are tried with every text.
const BUDGETS: [Budget; 6] = [
    Budget::Bytes(0),
    Budget::Bytes(4),
    Budget::Bytes(100),
    Budget::Bytes(100_000),
    Budget::Tokens(5),
    Budget::Tokens(100),
];

pub(crate) async fn run(trial: &Trial, info: &TransformInfo, action: Action) -> Verdict {
    match action {
        Action::CompressPlain => plain(trial, info).await,
        Action::CompressWithin => within(trial, info).await,
        Action::CompressPinned => pinned(trial, info).await,
        Action::CompressAgain => again(trial, info).await,
        Action::CompressTwice => {
            let [first, second] = trial.compress(passages(info, &TEXTS, None)).await;
            judged_alike(&first, &second)
        }
        Action::CompressLarge => {
            let budget = Some(Budget::Bytes(LARGE / 2));
            let [receipt, _] = trial.compress(passages(info, &[&large()], budget)).await;
            answered(&receipt, "a million bytes")
        }
        Action::ChunkLaws => chunks(trial, info).await,
        Action::ChunkTwice => {
            let [first, second] = trial.chunk(cut(info, TEXTS[0], Budget::Bytes(64), 0)).await;
            judged_alike(&first, &second)
        }
        Action::ChunkLarge => {
            let [receipt, _] = trial.chunk(cut(info, &large(), Budget::Bytes(2800), 0)).await;
            answered(&receipt, "a million bytes")
        }
        Action::ViewLaws => views(trial, info).await,
        Action::ViewTwice => {
            let [first, second] = trial.view(look(info, TEXTS[0], None)).await;
            judged_alike(&first, &second)
        }
        Action::ViewLarge => {
            let [receipt, _] = trial.view(look(info, &large(), Some(Budget::Bytes(9000)))).await;
            answered(&receipt, "a million bytes")
        }
        _ => Verdict::skip("this is no claim about a transform"),
    }
}

async fn plain(trial: &Trial, info: &TransformInfo) -> Verdict {
    let mut last = Verdict::skip("there is nothing to try it with");
    for text in TEXTS {
        let [receipt, _] = trial.compress(passages(info, &[text], None)).await;
        last = answered(&receipt, &format!("a passage that begins `{}`", begin(text)));
        if last.is_failure() {
            return last;
        }
        // It may take out what it likes, but not all that there was.
        let is_empty =
            receipt.outcome.is_ok_and(|kept| kept.iter().all(|one| one.text.trim().is_empty()));
        if is_empty && !text.trim().is_empty() {
            return Verdict::fail(format!(
                "nothing is left of a passage that begins `{}`",
                begin(text)
            ))
            .billed(receipt.usage);
        }
    }
    last
}

async fn within(trial: &Trial, info: &TransformInfo) -> Verdict {
    let mut last = Verdict::skip("there is nothing to try it with");
    for budget in BUDGETS {
        for texts in [&TEXTS[..], &TEXTS[..1]] {
            let [receipt, _] = trial.compress(passages(info, texts, Some(budget))).await;
            last = answered(&receipt, &format!("a budget of {budget:?}"));
            if last.is_failure() {
                return last;
            }
        }
    }
    last
}

async fn pinned(trial: &Trial, info: &TransformInfo) -> Verdict {
    let texts = [TEXTS[0], TEXTS[1], TEXTS[2]];
    let mut request = passages(info, &texts, None);
    request.passages[1].pinned = true;
    let bytes = u32::try_from(texts[1].len()).unwrap_or(u32::MAX);
    for budget in [None, Some(Budget::Bytes(bytes)), Some(Budget::Bytes(bytes + 20))] {
        let [receipt, _] = trial.compress(CompressRequest { budget, ..request.clone() }).await;
        let verdict = answered(&receipt, "passages of which one is pinned");
        if verdict.is_failure() {
            return verdict;
        }
    }
    let budget = Some(Budget::Bytes(bytes - 1));
    let [receipt, _] = trial.compress(CompressRequest { budget, ..request }).await;
    match &receipt.outcome {
        Err(CallError::Failed { failure, .. }) if failure.kind == FailureKind::InvalidInput => {
            Verdict::pass("")
        }
        Err(error) => Verdict::fail(format!(
            "pinned passages over the budget ended as `{}`, and not as `invalid-input`",
            outcome::words(error)
        )),
        Ok(_) => Verdict::fail("pinned passages over the budget were answered"),
    }
    .billed(receipt.usage)
}

async fn again(trial: &Trial, info: &TransformInfo) -> Verdict {
    if !info.idempotent {
        return Verdict::skip("it does not say so");
    }
    let mut last = Verdict::skip("there is nothing to try it with");
    for text in TEXTS {
        let [first, _] = trial.compress(passages(info, &[text], None)).await;
        last = answered(&first, "a passage");
        let Ok(kept) = first.outcome else { return last };
        let Some(made) = kept.into_iter().next().map(|one| one.text) else { continue };
        let [second, _] = trial.compress(passages(info, &[&made], None)).await;
        last = answered(&second, "what it had made");
        let Ok(kept) = second.outcome else { return last };
        let left = kept.into_iter().next().map(|one| one.text).unwrap_or_default();
        if left != made {
            return Verdict::fail(format!(
                "it changed again what it had made of a passage that begins `{}`",
                begin(text)
            ));
        }
    }
    last
}

async fn chunks(trial: &Trial, info: &TransformInfo) -> Verdict {
    let mut last = Verdict::skip("there is nothing to try it with");
    for text in TEXTS {
        for (budget, overlap) in [
            (Budget::Bytes(4), 0),
            (Budget::Bytes(40), 10),
            (Budget::Bytes(2800), 0),
            (Budget::Tokens(10), 2),
            (Budget::Tokens(700), 0),
        ] {
            let [receipt, _] = trial.chunk(cut(info, text, budget, overlap)).await;
            let what = format!("a text that begins `{}`, in {budget:?}", begin(text));
            last = answered(&receipt, &what);
            if last.is_failure() {
                return last;
            }
        }
    }
    last
}

async fn views(trial: &Trial, info: &TransformInfo) -> Verdict {
    let mut last = Verdict::skip("there is nothing to try it with");
    for text in TEXTS {
        for budget in [None, Some(Budget::Bytes(40)), Some(Budget::Tokens(10))] {
            let [receipt, _] = trial.view(look(info, text, budget)).await;
            let what = format!("a text that begins `{}`", begin(text));
            last = answered(&receipt, &what);
            if last.is_failure() {
                return last;
            }
        }
    }
    last
}

fn answered<T>(receipt: &Receipt<T>, what: &str) -> Verdict {
    match &receipt.outcome {
        Ok(_) => Verdict::pass(""),
        Err(error) => {
            Verdict::fail(format!("{what} ended as `{}`: {error}", outcome::words(error)))
        }
    }
    .billed(receipt.usage)
}

fn begin(text: &str) -> String {
    text.trim().chars().take(20).collect::<String>().replace('\n', " ")
}

fn passages(info: &TransformInfo, texts: &[&str], budget: Option<Budget>) -> CompressRequest {
    let passage = |text: &&str| Passage { text: (*text).to_owned(), pinned: false };
    CompressRequest {
        name: info.name.clone(),
        passages: texts.iter().map(passage).collect(),
        budget,
        query: Some("what is said of fuel?".to_owned()),
        media_type: Some("text/markdown".to_owned()),
    }
}

fn cut(info: &TransformInfo, text: &str, budget: Budget, overlap: u32) -> ChunkRequest {
    let own = info.media_types.iter().find(|one| !one.contains('*'));
    ChunkRequest {
        name: info.name.clone(),
        text: text.to_owned(),
        media_type: own.cloned().unwrap_or_else(|| "text/plain".to_owned()),
        file_name: None,
        budget,
        overlap,
    }
}

fn look(info: &TransformInfo, text: &str, budget: Option<Budget>) -> ViewRequest {
    ViewRequest {
        name: info.name.clone(),
        text: text.to_owned(),
        media_type: "text/markdown".to_owned(),
        file_name: None,
        against: info.compares.then(|| TEXTS[1].to_owned()),
        budget,
    }
}
