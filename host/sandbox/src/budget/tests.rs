#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::*;

type Waits<'a> = Pin<Box<dyn Future<Output = Result<Place, Refusal>> + 'a>>;

fn name(name: &str) -> ExtensionName {
    ExtensionName::new(name).unwrap()
}

fn budget(instances: u32, queue: u32) -> Arc<Budget> {
    let budget = Arc::<Budget>::default();
    let wait = Duration::from_mins(1);
    budget.set(Capacity { instances, memory: LEAST, queue, wait });
    budget
}

/// Asks for a place, and looks once whether there is one.
fn ask<'a>(budget: &'a Arc<Budget>, name: &'a ExtensionName) -> Result<Place, Waits<'a>> {
    let mut waits: Waits<'a> =
        Box::pin(budget.place(name, Waiting::Patient, Duration::from_mins(1)));
    look(&mut waits).map_or(Err(waits), |placed| Ok(placed.unwrap()))
}

fn look<T>(waits: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    match pin!(waits).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(placed) => Some(placed),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn one_extension_has_at_most_half() {
    let budget = budget(4, 8);
    let (greedy, other) = (name("greedy"), name("other"));
    let _held = [ask(&budget, &greedy).ok().unwrap(), ask(&budget, &greedy).ok().unwrap()];
    assert!(ask(&budget, &greedy).is_err());
    assert!(ask(&budget, &other).is_ok());
}

#[tokio::test]
async fn lines_take_turns_and_the_first_of_a_line_comes_first() {
    let budget = budget(2, 8);
    let (one, two, three) = (name("one"), name("two"), name("three"));
    let first = ask(&budget, &one).ok().unwrap();
    let second = ask(&budget, &two).ok().unwrap();
    let mut one_a = ask(&budget, &one).err().unwrap();
    let mut one_b = ask(&budget, &one).err().unwrap();
    let mut three_a = ask(&budget, &three).err().unwrap();
    assert_eq!(budget.occupancy().waiting, 3);
    // It is the turn of `one`, which has as many as it may: it is passed over.
    drop(second);
    let three_a = look(&mut three_a).unwrap().unwrap();
    assert!(look(&mut one_a).is_none());
    drop(first);
    assert!(look(&mut one_b).is_none(), "the second of a line came first");
    let one_a = look(&mut one_a).unwrap().unwrap();
    drop((one_a, three_a));
    assert!(look(&mut one_b).is_some());
    let Occupancy { instances, memory, waiting, .. } = budget.occupancy();
    assert_eq!((instances, memory, waiting), (0, 0, 0));
}

#[tokio::test]
async fn who_goes_away_leaves_the_line() {
    let budget = budget(2, 8);
    let (one, two) = (name("one"), name("two"));
    let first = ask(&budget, &one).ok().unwrap();
    let gone = ask(&budget, &one).err().unwrap();
    let mut stays = ask(&budget, &one).err().unwrap();
    drop(gone);
    assert_eq!(budget.occupancy().waiting, 1);
    let late = ask(&budget, &one).err().unwrap();
    drop(first);
    assert_eq!(budget.occupancy().instances, 1);
    drop(late);
    drop(look(&mut stays).unwrap());
    // One that was given a place and never looked gives it back.
    let held = ask(&budget, &two).ok().unwrap();
    let unlooked = ask(&budget, &two).err().unwrap();
    drop(held);
    assert_eq!(budget.occupancy().instances, 1);
    drop(unlooked);
    assert_eq!(budget.occupancy().instances, 0);
}

#[tokio::test]
async fn a_line_that_is_full_or_too_slow_is_refused_with_a_hint() {
    let budget = budget(2, 1);
    let one = name("one");
    let _held = ask(&budget, &one).ok().unwrap();
    let bounded = || budget.place(&one, Waiting::Bounded, Duration::ZERO);
    let waits = ask(&budget, &one).err().unwrap();
    let Err(Refusal::Crowded { extension, retry_after, why }) = bounded().await else {
        panic!("there was room")
    };
    assert_eq!(extension, one);
    assert!(retry_after >= Duration::from_secs(1), "{retry_after:?}");
    assert_eq!(why, "1 runs are under way with 8 MiB of memory, 1 of them its own, and 1 wait");
    drop(waits);
    assert!(matches!(bounded().await, Err(Refusal::Crowded { .. })));
    let Occupancy { waiting, refused, .. } = budget.occupancy();
    assert_eq!((waiting, refused), (0, 2));
}

#[tokio::test]
async fn memory_is_what_runs_have_grown_to_and_the_last_quarter_is_to_begin_with() {
    let budget = budget(64, 8);
    let (one, two, three) = (name("one"), name("two"), name("three"));
    let mut greedy = ask(&budget, &one).ok().unwrap();
    assert!(greedy.reach(SURE) && greedy.reach(100 * MIB));
    assert_eq!(budget.occupancy().memory, 100 * MIB);
    // Half of all is the most that one extension has.
    assert!(!greedy.reach(129 * MIB));
    let mut second = ask(&budget, &two).ok().unwrap();
    assert!(second.reach(88 * MIB));
    assert!(!second.reach(93 * MIB), "the last quarter was taken");
    let mut more = Vec::new();
    while let Ok(place) = ask(&budget, &three) {
        more.push(place);
    }
    assert_eq!(budget.occupancy().memory, 252 * MIB);
    assert_eq!(more.len(), 8);
    drop((greedy, second, more));
    assert_eq!(budget.occupancy().memory, 0);
}
