//! Two that want one place: what each policy does.

use ctx_merge::ConflictPolicy::{FirstWins, LastWins, Weighted};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{append, check, from, increment, merge, named, priority, set, weighing};

#[test]
fn operations_of_one_transaction_on_one_path_follow_each_other() {
    check(
        json!({"n": 1}),
        vec![from(
            "a",
            FirstWins,
            vec![
                increment("n", 1),
                set("n", 10),
                increment("n", 5),
                append("l", 1),
                append("l", 2),
            ],
        )],
        json!({"n": 15, "l": [1, 2]}),
        &["a:applied"],
    );
}

#[test]
fn what_does_not_overlap_does_not_conflict() {
    check(
        json!({}),
        vec![
            from("a", FirstWins, vec![set("x.one", 1)]),
            from("b", FirstWins, vec![set("x.two", 2)]),
            from("c", FirstWins, vec![set("xx", 3)]),
        ],
        json!({"x": {"one": 1, "two": 2}, "xx": 3}),
        &["a:applied", "b:applied", "c:applied"],
    );
}

#[test]
fn a_place_and_what_contains_it_are_one_conflict() {
    let proposals = |policy| {
        vec![
            from("a", FirstWins, vec![set("top.key", 1)]),
            from("b", policy, vec![set("top", "all")]),
        ]
    };
    let outcomes = ["a:applied", "b:skipped"];
    check(json!({}), proposals(FirstWins), json!({"top": {"key": 1}}), &outcomes);
    let outcomes = ["a:skipped", "b:applied"];
    check(json!({}), proposals(LastWins), json!({"top": "all"}), &outcomes);
    // A change below what is set replaces it as well, though it only adds.
    check(
        json!({}),
        vec![
            from("a", FirstWins, vec![set("top", "all")]),
            from("b", LastWins, vec![increment("top.n", 1)]),
        ],
        json!({"top": {"n": 1}}),
        &["a:skipped", "b:applied"],
    );
}

#[test]
fn first_wins_lets_the_first_change_alone_persist_increments_too() {
    check(
        json!({"n": 1}),
        vec![
            from("a", FirstWins, vec![increment("n", 1)]),
            from("b", FirstWins, vec![increment("n", 10)]),
            from("c", FirstWins, vec![set("n", 5)]),
        ],
        json!({"n": 2}),
        &["a:applied", "b:skipped", "c:skipped"],
    );
}

#[test]
fn last_wins_lets_a_set_replace_and_what_adds_be_added() {
    check(
        json!({"n": 1, "l": [0]}),
        vec![
            from("a", LastWins, vec![set("n", 5), append("l", "a")]),
            from("b", LastWins, vec![increment("n", 2), append("l", "b")]),
            from("c", LastWins, vec![increment("n", 3)]),
        ],
        json!({"n": 10, "l": [0, "a", "b"]}),
        &["a:applied", "b:applied", "c:applied"],
    );
    check(
        json!({}),
        vec![from("a", LastWins, vec![increment("n", 2)]), from("b", LastWins, vec![set("n", 7)])],
        json!({"n": 7}),
        &["a:skipped", "b:applied"],
    );
}

#[test]
fn what_would_be_added_to_another_type_gives_way_and_says_so() {
    let settled = merge(
        &json!({}),
        vec![
            from("a", LastWins, vec![set("x", "text")]),
            from("b", LastWins, vec![increment("x", 1)]),
        ],
    );
    assert_eq!(settled.document, json!({"x": "text"}));
    assert_eq!(settled.verdicts[1].outcome.as_str(), "skipped");
    assert_eq!(settled.verdicts[1].warnings, ["`x`: what is there is no number"]);
}

#[test]
fn weighted_replaces_only_what_has_less_weight() {
    let of = |origin: &str, high: i32, weight: u32| {
        priority(high, weighing(weight, from(origin, Weighted, vec![set("x", origin)])))
    };
    check(
        json!({}),
        vec![of("a", 1, 1), of("b", 0, 2)],
        json!({"x": "b"}),
        &["a:skipped", "b:applied"],
    );
    // Equal: the incumbent stays, which is to say priority, then the name.
    check(
        json!({}),
        vec![of("a", 1, 2), of("b", 0, 2)],
        json!({"x": "a"}),
        &["a:applied", "b:skipped"],
    );
    check(
        json!({}),
        vec![of("b", 0, 0), of("a", 0, 0)],
        json!({"x": "a"}),
        &["a:applied", "b:skipped"],
    );
    check(
        json!({}),
        vec![of("a", 1, 0), of("b", 0, 0)],
        json!({"x": "a"}),
        &["a:applied", "b:skipped"],
    );
}

#[test]
fn each_place_is_decided_alone_and_metadata_is_merged_key_by_key() {
    let with = |metadata: Value, mut proposal: ctx_merge::Proposal| {
        proposal.transaction.metadata = Some(metadata);
        proposal
    };
    let settled = merge(
        &json!({}),
        vec![
            with(json!({"by": "a", "a": 1}), from("a", FirstWins, vec![set("x", 1)])),
            with(json!({"by": "b"}), from("b", FirstWins, vec![set("x", 2), set("y", 2)])),
            with(json!({"by": "c"}), from("c", FirstWins, vec![set("x", 3)])),
        ],
    );
    assert_eq!(settled.document, json!({"x": 1, "y": 2}));
    assert_eq!(crate::told(&settled), ["a:applied", "b:partial", "c:skipped"]);
    assert_eq!(Value::Object(settled.metadata), json!({"by": "b", "a": 1}));
}

proptest! {
    #[test]
    fn under_first_wins_the_highest_priority_wins_and_under_last_wins_the_lowest(
        priorities in prop::collection::btree_set(-100..100_i32, 2..10), last in any::<bool>(),
    ) {
        let policy = if last { LastWins } else { FirstWins };
        let proposals = priorities.iter().map(|high| {
            priority(*high, from(&format!("e{high}"), policy, vec![set("x", *high)]))
        });
        let settled = merge(&json!({}), proposals.collect());
        let winner = if last { priorities.first() } else { priorities.last() };
        prop_assert_eq!(settled.document, json!({"x": winner}));
    }

    #[test]
    fn increments_sum_and_appends_line_up_in_order(numbers in prop::collection::vec(-1000..1000_i64, 1..50)) {
        let proposals = numbers.iter().enumerate().map(|(n, number)| {
            let operations = vec![increment("n", *number), append("l", *number)];
            named(&format!("t{n}"), from("a", LastWins, operations))
        });
        let settled = merge(&json!({"n": 1}), proposals.collect());
        let sum: i64 = numbers.iter().sum();
        prop_assert_eq!(settled.document, json!({"n": sum + 1, "l": numbers}));
    }

    #[test]
    fn the_greatest_weight_wins_and_of_equals_the_first(weights in prop::collection::vec(0..5_u32, 1..12)) {
        let proposals = weights.iter().enumerate().map(|(n, weight)| {
            let high = i32::try_from(n).unwrap();
            priority(-high, weighing(*weight, from(&format!("e{n:02}"), Weighted, vec![set("x", n)])))
        });
        let settled = merge(&json!({}), proposals.collect());
        let most = weights.iter().max().unwrap();
        let first = weights.iter().position(|weight| weight == most);
        prop_assert_eq!(settled.document, json!({"x": first}));
    }
}
