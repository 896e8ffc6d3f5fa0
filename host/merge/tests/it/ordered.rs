//! Who comes first: the operator's order, priority, weight, the bytes of the
//! name, and what was said first.

use ctx_merge::ConflictPolicy::FirstWins;
use ctx_merge::{Batch, Proposal};
use proptest::prelude::*;
use serde_json::json;

use crate::{from, merge, named, priority, set, told, weighing};

fn wanting(origin: &str) -> Proposal {
    from(origin, FirstWins, vec![set("x", origin)])
}

/// Checks that the first of these wins, whichever is given first.
#[track_caller]
fn first(proposals: &[Proposal]) {
    let mut given = proposals.to_vec();
    for _ in 0..given.len() {
        given.rotate_left(1);
        let settled = merge(&json!({}), given.clone());
        let origins: Vec<_> = settled.verdicts.iter().map(|one| one.origin.as_str()).collect();
        let wanted: Vec<_> = proposals.iter().map(|one| one.origin.as_str()).collect();
        assert_eq!(origins, wanted);
        assert_eq!(settled.document, json!({"x": wanted[0]}));
    }
}

#[test]
fn the_operators_order_comes_before_priority() {
    let ranked = |rank, proposal| Proposal { rank: Some(rank), ..proposal };
    first(&[
        ranked(0, wanting("z")),
        ranked(1, priority(9, wanting("y"))),
        priority(99, wanting("a")),
    ]);
}

#[test]
fn the_higher_priority_comes_first_then_the_greater_weight_then_the_name_by_its_bytes() {
    first(&[
        priority(1, wanting("z")),
        weighing(2, wanting("y")),
        weighing(1, wanting("x")),
        wanting("a-b"),
        wanting("a1"),
        wanting("ab"),
    ]);
}

#[test]
fn of_one_extension_what_was_said_first_comes_first() {
    let one = named("second-by-name", wanting("a"));
    let mut other = named("first-by-name", wanting("a"));
    other.transaction.operations = vec![set("x", "other")];
    let settled = merge(&json!({}), vec![one, other]);
    assert_eq!(settled.document, json!({"x": "a"}));
}

proptest! {
    #[test]
    fn discovery_order_decides_nothing(seed in prop::collection::vec((0..4_u32, -2..2_i32, 0..3_u32), 2..8),
                                       turns in 0..8_usize) {
        let proposals: Vec<Proposal> = seed.iter().enumerate().map(|(n, (rank, high, weight))| {
            let rank = (*rank > 0).then_some(*rank);
            Proposal { rank, ..priority(*high, weighing(*weight, wanting(&format!("e{n}")))) }
        }).collect();
        let straight = merge(&json!({}), proposals.clone());
        let mut turned = proposals;
        let by = turns % turned.len();
        turned.rotate_left(by);
        turned.reverse();
        let turned = Batch::new(&json!({}), turned, |_, _| false).settle(Vec::new(), false).unwrap();
        prop_assert_eq!(told(&straight), told(&turned));
        prop_assert_eq!(straight.document, turned.document);
    }
}
