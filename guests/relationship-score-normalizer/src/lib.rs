//! A hook that brings the scores of relationships into a range, and counts in
//! the state of a conversation how often they were spoken of.

use ctx_sdk::Result;
use ctx_sdk::hooks::{ConflictPolicy, Delta, HookRun, Normalize, PrePersistTurn, Transaction};
use serde_json::{Map, Value, json};

struct Scores;

/// The range of a score.
const MOST: f64 = 100.0;

impl Normalize for Scores {
    fn run(_: HookRun, _: String, entity: Value) -> Result<Delta> {
        let Some(metadata) = entity["metadata"].as_object() else { return Ok(Delta::nothing()) };
        let Some(scores) = metadata.get("relationships").and_then(Value::as_object) else {
            return Ok(Delta::nothing());
        };
        let clamped = clamped(scores);
        if clamped == *scores {
            return Ok(Delta::nothing());
        }
        let mut metadata = metadata.clone();
        metadata.insert("relationships".to_owned(), Value::Object(clamped));
        Ok(Delta::nothing().with("metadata", metadata))
    }
}

impl PrePersistTurn for Scores {
    fn run(run: HookRun, turn: Value) -> Result<Vec<Transaction>> {
        let Some(named) = turn["metadata"]["relationships"].as_object() else {
            return Ok(Vec::new());
        };
        let transaction = Transaction::new(format!("{}-relationships", run.request))
            .policy(ConflictPolicy::LastWins);
        let transaction = named.keys().fold(transaction, |all, name| {
            let name = name.replace('~', "~0").replace('/', "~1");
            all.increment(&format!("/relationships/{name}/spoken_of"), 1)
        });
        Ok(if named.is_empty() { Vec::new() } else { vec![transaction] })
    }
}

/// Brings every number into the range; what is none becomes 0.
fn clamped(scores: &Map<String, Value>) -> Map<String, Value> {
    let one = |(name, score): (&String, &Value)| {
        let number = score.as_f64().filter(|number| number.is_finite());
        let is_within = number.is_some_and(|number| number.abs() <= MOST);
        let score = match number {
            Some(_) if is_within => score.clone(),
            Some(number) => json!(number.clamp(-MOST, MOST)),
            None => json!(0),
        };
        (name.clone(), score)
    };
    scores.iter().map(one).collect()
}

ctx_sdk::export!(normalize: Scores, pre_persist_turn: Scores);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_stays_as_it_is_within_the_range_and_ends_at_its_bounds() {
        let Value::Object(scores) = json!({"a": 5, "b": 150, "c": -1e9, "d": "friends"}) else {
            return;
        };
        let expected = json!({"a": 5, "b": 100.0, "c": -100.0, "d": 0});
        assert_eq!(Value::Object(clamped(&scores)), expected);
    }
}
