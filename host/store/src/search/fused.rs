//! Makes one list of two, by ranks alone: what scores of words and of meaning
//! say cannot be compared, and places can.

use std::collections::HashMap;

use ctx_model::{Mode, Ranked, Scores};

use super::best::{Found, by_rank};

/// Makes the first places less different from each other. The usual number.
const SMOOTHING: f32 = 60.0;

/// A document in the final order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    /// With the score that the hit shows.
    pub(crate) found: Found,
    pub(crate) scores: Scores,
}

/// Puts both lists into the order of the answer. In other modes than hybrid
/// one of them is empty, and the other stays as it is.
pub(crate) fn fuse(
    by_words: Vec<Found>,
    by_meaning: Vec<Found>,
    mode: Mode,
    alpha: f32,
) -> Vec<Placed> {
    let (words, meaning) = (ranked(by_words), ranked(by_meaning));
    let by_words =
        |(found, rank)| Placed { found, scores: Scores { keyword: Some(rank), semantic: None } };
    let by_meaning =
        |(found, rank)| Placed { found, scores: Scores { keyword: None, semantic: Some(rank) } };
    match mode {
        Mode::Keyword => return words.map(by_words).collect(),
        Mode::Semantic => return meaning.map(by_meaning).collect(),
        Mode::Hybrid => {}
    }
    let mut placed: HashMap<i64, Placed> =
        words.map(by_words).map(|placed| (placed.found.document, placed)).collect();
    for (found, rank) in meaning {
        placed
            .entry(found.document)
            // Words are shown where they are; a snippet would look for them.
            .and_modify(|placed| placed.scores.semantic = Some(rank))
            .or_insert_with(|| by_meaning((found, rank)));
    }
    let mut placed: Vec<Placed> = placed.into_values().collect();
    for Placed { found, scores } in &mut placed {
        let part = |rank: Option<Ranked>, weight: f32| {
            rank.map_or(0.0, |rank| {
                #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
                let place = rank.rank as f32;
                // First in both lists is 1.
                weight * (SMOOTHING + 1.0) / (SMOOTHING + place)
            })
        };
        found.score = part(scores.keyword, 1.0 - alpha) + part(scores.semantic, alpha);
    }
    placed.sort_unstable_by(|a, b| by_rank(&a.found, &b.found));
    placed
}

fn ranked(list: Vec<Found>) -> impl Iterator<Item = (Found, Ranked)> {
    (1..).zip(list).map(|(rank, found)| (found, Ranked { rank, score: found.score }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: i64, score: f32) -> Found {
        Found { score, modified: 0, order: document.unsigned_abs(), document, chunk: 0 }
    }

    fn order(alpha: f32) -> Vec<i64> {
        let words = vec![found(1, 9.0), found(2, 5.0)];
        let meaning = vec![found(3, 0.9), found(2, 0.8)];
        let fused = fuse(words, meaning, Mode::Hybrid, alpha);
        fused.iter().map(|placed| placed.found.document).collect()
    }

    #[test]
    fn a_document_in_both_lists_comes_first() {
        assert_eq!(order(0.5), [2, 1, 3]);
    }

    #[test]
    fn the_weight_says_which_list_counts() {
        assert_eq!(order(0.0), [1, 2, 3]);
        assert_eq!(order(1.0), [3, 2, 1]);
    }
}
