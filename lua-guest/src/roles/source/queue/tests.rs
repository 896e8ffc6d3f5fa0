use super::Queue;
use crate::bindings::exports::ctx::extension::source::Change;

/// What a walk gives: a number of changes, or a checkpoint.
enum Step {
    Changes(usize),
    Checkpoint(&'static str),
}
use Step::{Changes, Checkpoint};

/// Cuts everything into pages of `limit` and shows them as `3 a, 1 -`.
#[track_caller]
fn check(steps: &[Step], limit: usize, expected: &str) {
    let mut queue = Queue { limit, ..Queue::default() };
    for step in steps {
        match step {
            Changes(count) => {
                for _ in 0..*count {
                    queue.push(Change::Remove("id".to_owned()));
                }
            }
            Checkpoint(text) => queue.push_checkpoint((*text).to_owned()),
        }
    }
    let mut pages = Vec::new();
    while let Some(page) = queue.last_page(limit) {
        let checkpoint = page.checkpoint.as_deref().unwrap_or("-");
        pages.push(format!("{} {checkpoint}", page.changes.len()));
    }
    assert_eq!(pages.join(", "), expected);
}

#[test]
fn nothing_given_is_no_page() {
    check(&[], 4, "");
}

#[test]
fn a_page_ends_behind_its_last_checkpoint() {
    check(&[Changes(3), Checkpoint("a"), Changes(3), Checkpoint("b")], 4, "3 a, 3 b");
    check(&[Changes(1), Checkpoint("a"), Changes(1), Checkpoint("b"), Changes(1)], 4, "2 b, 1 -");
}

#[test]
fn a_checkpoint_behind_a_full_page_belongs_to_it() {
    check(&[Changes(4), Checkpoint("a")], 4, "4 a");
}

#[test]
fn a_checkpoint_far_away_leaves_pages_without() {
    check(&[Changes(9), Checkpoint("a"), Changes(1)], 4, "4 -, 4 -, 1 a, 1 -");
}

#[test]
fn a_checkpoint_may_stand_alone() {
    check(&[Checkpoint("a"), Checkpoint("b")], 4, "0 b");
}
