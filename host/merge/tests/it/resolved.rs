//! Resolvers: who is asked, what they may answer, and what happens if they do
//! not.

use ctx_merge::ConflictPolicy::{FirstWins, LastWins};
use ctx_merge::{Batch, Proposal, Ruling, ruling};
use serde_json::{Value, json};

use crate::{append, check, from, increment, merge, named, resolved_by, set, told};

fn contest(resolver: &str) -> Vec<Proposal> {
    vec![
        from("a", LastWins, vec![set("x", 1)]),
        resolved_by(resolver, named("u", from("b", LastWins, vec![set("x", 2), set("y", 2)]))),
        from("c", FirstWins, vec![set("x", 3)]),
    ]
}

fn settle(answer: Result<Ruling, String>) -> ctx_merge::Settled {
    let document = json!({"x": 0});
    Batch::new(&document, contest("mine"), |_, _| false).settle(vec![answer], false).unwrap()
}

#[test]
fn the_first_resolver_named_gets_what_is_there_and_all_candidates() {
    let document = json!({"x": 0});
    let batch = Batch::new(&document, contest("mine"), |_, _| false);
    let [question] = &batch.questions()[..] else { panic!("one place is contested") };
    assert_eq!((question.asked_by.as_str(), question.resolver.as_str()), ("b", "mine"));
    assert_eq!(question.current, Some(json!(0)));
    let origins: Vec<_> = question.candidates.iter().map(|one| one.origin.as_str()).collect();
    assert_eq!(origins, ["a", "b", "c"]);
    assert_eq!(question.candidates[1].operations, [set("x", 2)], "only what touches the place");
}

#[test]
fn a_resolver_is_not_asked_where_nobody_else_wants_the_place() {
    let document = json!({});
    let alone = vec![resolved_by("mine", from("a", LastWins, vec![set("x", 1)]))];
    let batch = Batch::new(&document, alone, |_, _| false);
    assert_eq!(batch.questions(), []);
    assert_eq!(batch.settle(Vec::new(), true).unwrap().document, json!({"x": 1}));
}

#[test]
fn those_that_the_resolver_names_win() {
    let settled = settle(Ok(Ruling::Winners(vec![2])));
    assert_eq!(settled.document, json!({"x": 3, "y": 2}));
    assert_eq!(told(&settled), ["a:skipped", "b:partial", "c:applied"]);
    let settled = settle(Ok(Ruling::Winners(Vec::new())));
    assert_eq!(settled.document, json!({"x": 0, "y": 2}), "it may let nobody win");
}

#[test]
fn an_answer_names_candidates_once_and_without_doubt() {
    let document = json!({});
    let batch = Batch::new(&document, contest("mine"), |_, _| false);
    let question = &batch.questions()[0];
    let read = |answer: &[&str]| {
        ruling(question, &answer.iter().map(|&id| id.to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(read(&["u"]), Ok(Ruling::Winners(vec![1])));
    assert_eq!(read(&["c/t", "u"]), Ok(Ruling::Winners(vec![1, 2])));
    assert_eq!(read(&["v"]).unwrap_err(), "`v` is none of the candidates");
    assert_eq!(read(&["t"]).unwrap_err(), "`t` is the id of two candidates; write `extension/t`");
    assert_eq!(read(&["u", "u"]).unwrap_err(), "`u` is there twice");
}

#[test]
fn a_resolver_that_fails_is_missing_or_answers_nonsense_counts_as_first_wins() {
    for answer in [Err("it took too long".to_owned()), Ok(Ruling::Winners(vec![0, 1]))] {
        let answers = if answer.is_err() { Vec::new() } else { vec![answer] };
        let document = json!({"x": 0});
        let proposals = vec![
            from("a", LastWins, vec![set("x", 1)]),
            resolved_by("mine", named("u", from("b", LastWins, vec![increment("x", 2)]))),
        ];
        let expected = if answers.is_empty() { json!({"x": 1}) } else { json!({"x": 3}) };
        let settled =
            Batch::new(&document, proposals, |_, _| false).settle(answers, false).unwrap();
        assert_eq!(settled.document, expected);
    }
    let settled = settle(Err("it took too long".to_owned()));
    assert_eq!(settled.document, json!({"x": 1, "y": 2}));
    assert_eq!(settled.fallbacks.len(), 1);
    assert_eq!(
        settled.verdicts[1].warnings,
        ["`x`: its resolver did not decide, so the first wins: it took too long"]
    );
}

#[test]
fn in_strict_mode_a_resolver_that_does_not_decide_leaves_nothing_of_the_batch() {
    let document = json!({"x": 0});
    let batch = Batch::new(&document, contest("mine"), |_, _| false);
    let conflict = batch.settle(vec![Err("it took too long".to_owned())], true).unwrap_err();
    assert_eq!(
        conflict.to_string(),
        "`mine` was to decide about `x` and did not: it took too long"
    );
}

#[test]
fn some_resolvers_are_always_there() {
    let two = |resolver: &str, one, other| {
        vec![
            resolved_by(resolver, from("a", LastWins, vec![one])),
            resolved_by(resolver, from("b", LastWins, vec![other])),
        ]
    };
    let both = ["a:applied", "b:applied"];
    let (first, second) = (["a:applied", "b:skipped"], ["a:skipped", "b:applied"]);
    let one = || json!({"x": 1});
    check(one(), two("max", set("x", 3), increment("x", 9)), json!({"x": 10}), &second);
    check(one(), two("max", set("x", 3), set("x", 3)), json!({"x": 3}), &first);
    check(one(), two("min", set("x", 3), increment("x", 9)), json!({"x": 3}), &first);
    check(one(), two("sum", increment("x", 3), increment("x", 9)), json!({"x": 13}), &both);
    check(one(), two("sum", set("x", 3), increment("x", 9)), json!({"x": 12}), &both);
    check(
        json!({"l": [1, "b"]}),
        two("union", append("l", "b"), set("l", json!(["c", 1]))),
        json!({"l": [1, "b", "c"]}),
        &both,
    );
    // What it cannot decide about falls back as any other would.
    let settled = merge(&one(), two("max", set("x", "text"), set("x", 3)));
    assert_eq!(settled.document, json!({"x": "text"}));
    assert_eq!(settled.fallbacks[0].why, "`max` and `min` decide about numbers");
    let missing: Vec<Value> = settled.fallbacks.iter().map(|one| json!(one.resolver)).collect();
    assert_eq!(missing, [json!("max")]);
}
