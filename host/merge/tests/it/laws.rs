//! What holds for whatever is proposed.

use ctx_merge::{Action, ConflictPolicy, Operation, Outcome, Path, Proposal};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{from, merge, named, priority, resolved_by, weighing};

fn operation() -> impl Strategy<Value = Operation> {
    let path =
        prop::sample::select(vec!["a", "a.b", "a.b.c", "a.d", "n", "l", "/n", "x..y", "s.t"]);
    let action = prop::sample::select(vec![Action::Set, Action::Increment, Action::Append]);
    let value = prop::sample::select(vec![
        None,
        Some(json!(1)),
        Some(json!(0.5)),
        Some(json!("text")),
        Some(json!([1, 2])),
        Some(json!({"b": 1})),
    ]);
    (path, action, value).prop_map(|(path, action, value)| Operation {
        path: path.to_owned(),
        action,
        value,
    })
}

fn proposal() -> impl Strategy<Value = Proposal> {
    let policy = prop::sample::select(vec![
        ConflictPolicy::FirstWins,
        ConflictPolicy::LastWins,
        ConflictPolicy::Weighted,
        ConflictPolicy::Resolver,
    ]);
    let operations = prop::collection::vec(operation(), 0..4);
    let resolver = prop::sample::select(vec!["max", "sum", "union", "nobody"]);
    (0..4_u8, 0..4_u8, policy, operations, -2..3_i32, 0..3_u32, resolver).prop_map(
        |(origin, id, policy, operations, high, weight, resolver)| {
            let made = named(&format!("t{id}"), from(&format!("e{origin}"), policy, operations));
            let made = priority(high, weighing(weight, made));
            if policy == ConflictPolicy::Resolver { resolved_by(resolver, made) } else { made }
        },
    )
}

fn document() -> Value {
    json!({"n": 1, "l": [0], "s": "text", "a": {"d": 2}})
}

proptest! {
    #[test]
    fn merging_is_a_function_and_nothing_panics(all in prop::collection::vec(proposal(), 0..12)) {
        prop_assert_eq!(merge(&document(), all.clone()), merge(&document(), all));
    }

    #[test]
    fn only_what_changed_is_changed(all in prop::collection::vec(proposal(), 0..12)) {
        let settled = merge(&document(), all);
        let mut made = document();
        for (path, value) in &settled.changes {
            path.set(&mut made, value.clone());
        }
        prop_assert_eq!(made, settled.document);
        for (at, (path, _)) in settled.changes.iter().enumerate() {
            let others = settled.changes.iter().skip(at + 1);
            prop_assert!(others.clone().all(|(other, _)| !path.overlaps(other)));
        }
    }

    #[test]
    fn all_of_a_transaction_is_looked_at_or_none(all in prop::collection::vec(proposal(), 0..12)) {
        let settled = merge(&document(), all.clone());
        prop_assert_eq!(settled.verdicts.len(), all.len());
        let counted = |outcome: &Outcome| matches!(outcome, Outcome::Applied | Outcome::Partial);
        if !settled.verdicts.iter().any(|one| counted(&one.outcome)) {
            prop_assert_eq!(settled.document, document());
        }
    }

    #[test]
    fn doing_a_batch_again_changes_nothing(all in prop::collection::vec(proposal(), 0..12)) {
        let mut seen = std::collections::HashSet::new();
        let once = crate::merge_seen(&document(), all.clone(), &mut seen);
        let again = crate::merge_seen(&once.document, all, &mut seen);
        prop_assert_eq!(again.document, once.document);
        prop_assert!(again.verdicts.iter().all(|one| one.outcome == Outcome::Duplicate));
    }

    #[test]
    fn a_path_is_read_as_it_is_written(keys in prop::collection::vec("[a-c./~]{1,4}", 1..4)) {
        let pointer: String = keys.iter()
            .map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect();
        let path: Path = pointer.parse().unwrap();
        prop_assert_eq!(path.keys(), &keys[..]);
        prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path);
    }
}
