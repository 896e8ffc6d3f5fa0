//! Claims about an embedder: it takes as many texts as it says, odd ones
//! among them, and the same text has the same vector.

use ctx_model::{EmbedRequest, EmbedderInfo, Purpose};

use super::{judged, judged_alike};
use crate::case::Action;
use crate::check::Verdict;
use crate::trial::Trial;

/// Texts that one claim brings at most: what is claimed is about the number
/// that it says, and not about the machine.
const MOST: u32 = 32;

pub(crate) async fn run(trial: &Trial, embedder: &EmbedderInfo, action: Action) -> Verdict {
    match action {
        Action::EmbedBatch => {
            let odd = ["", " ", "ä€😀", "\u{0}"].map(str::to_owned);
            let plain = (0..embedder.batch.min(MOST)).map(|number| format!("text {number}"));
            let texts = plain.chain(odd).take(embedder.batch.min(MOST) as usize).collect();
            let [receipt, _] = trial.embed(request(texts)).await;
            let verdict = match &receipt.outcome {
                Ok(answer) => {
                    let length = answer.vectors.first().map_or(0, Vec::len);
                    Verdict::pass(format!("{}: vectors of {length}", answer.model))
                }
                Err(error) => judged(error, true),
            };
            verdict.billed(receipt.usage)
        }
        Action::EmbedTwice => {
            let [first, second] = trial.embed(request(vec!["twice the same".to_owned()])).await;
            judged_alike(&first, &second)
        }
        _ => Verdict::skip("this is no claim about an embedder"),
    }
}

fn request(texts: Vec<String>) -> EmbedRequest {
    EmbedRequest { texts, purpose: Purpose::Document }
}
