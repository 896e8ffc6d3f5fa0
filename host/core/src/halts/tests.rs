#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

const ONE: Digest = Digest([1; 32]);
const OTHER: Digest = Digest([2; 32]);

fn name() -> ExtensionName {
    ExtensionName::new("shaky").unwrap()
}

/// Halts whose pauses end at once, so that no test waits.
fn halts(folder: &std::path::Path, pause: Duration) -> Halts {
    let halts = Halts::new(folder.join("halted"));
    halts.set_rule(PauseRule { failures: 3, pause });
    halts
}

fn fail(halts: &Halts, digest: Digest, times: u32) {
    for _ in 0..times {
        let leave = halts.admit(&name(), digest).unwrap();
        halts.note(&name(), digest, leave, Verdict::Unsound("it trapped".to_owned()));
    }
}

fn paused(halts: &Halts, digest: Digest) -> Option<(u32, Duration)> {
    match halts.admit(&name(), digest) {
        Ok(_) => None,
        Err(Refusal::Paused { failures, retry_after, .. }) => Some((failures, retry_after)),
        Err(other) => panic!("{other}"),
    }
}

const LONG: Duration = Duration::from_mins(1);

#[test]
fn a_row_of_failures_pauses_and_a_sound_run_in_between_breaks_the_row() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), LONG);
    fail(&halts, ONE, 2);
    halts.note(&name(), ONE, Leave::Free, Verdict::Sound);
    fail(&halts, ONE, 2);
    halts.note(&name(), ONE, Leave::Free, Verdict::Unknown);
    assert_eq!(paused(&halts, ONE), None);
    fail(&halts, ONE, 1);
    assert_eq!(paused(&halts, ONE), Some((3, LONG)));
}

#[test]
fn another_version_is_not_paused_and_counts_anew() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), LONG);
    fail(&halts, ONE, 3);
    assert!(halts.halted(&name(), OTHER).is_none());
    fail(&halts, OTHER, 2);
    assert_eq!(paused(&halts, OTHER), None);
    fail(&halts, OTHER, 1);
    assert_eq!(paused(&halts, OTHER), Some((3, LONG)));
}

#[test]
fn after_a_pause_one_run_decides_and_pauses_grow() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), Duration::ZERO);
    fail(&halts, ONE, 3);
    let trial = halts.admit(&name(), ONE).unwrap();
    assert_eq!(trial, Leave::Trial);
    assert!(paused(&halts, ONE).is_some(), "a second one has to wait for the first");
    halts.set_rule(PauseRule { failures: 3, pause: LONG });
    halts.note(&name(), ONE, trial, Verdict::Unsound("again".to_owned()));
    assert_eq!(paused(&halts, ONE), Some((4, LONG * 2)));
}

#[test]
fn a_sound_run_after_a_pause_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), Duration::ZERO);
    fail(&halts, ONE, 3);
    let trial = halts.admit(&name(), ONE).unwrap();
    halts.note(&name(), ONE, trial, Verdict::Unknown);
    let trial = halts.admit(&name(), ONE).unwrap();
    assert_eq!(trial, Leave::Trial);
    halts.note(&name(), ONE, trial, Verdict::Sound);
    assert_eq!(halts.admit(&name(), ONE), Ok(Leave::Free));
    assert_eq!(std::fs::read_dir(folder.path().join("halted")).unwrap().count(), 0);
}

#[test]
fn what_began_before_the_pause_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), LONG);
    let early = halts.admit(&name(), ONE).unwrap();
    fail(&halts, ONE, 3);
    halts.note(&name(), ONE, early, Verdict::Sound);
    halts.note(&name(), ONE, early, Verdict::Unsound("late".to_owned()));
    assert_eq!(paused(&halts, ONE), Some((3, LONG)));
}

#[test]
fn nothing_is_paused_if_the_operator_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), LONG);
    halts.set_rule(PauseRule { failures: 0, pause: LONG });
    fail(&halts, ONE, 100);
    assert_eq!(paused(&halts, ONE), None);
}

#[test]
fn another_process_sees_pauses_and_what_is_disabled_and_both_outlive_it() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (halts(folder.path(), LONG), halts(folder.path(), LONG));
    assert!(there.halted(&name(), ONE).is_none());
    fail(&here, ONE, 3);
    std::thread::sleep(LOOK_AGAIN);
    assert_eq!(paused(&there, ONE), Some((3, LONG)));
    assert!(there.enable(&name()).unwrap());
    std::thread::sleep(LOOK_AGAIN);
    assert_eq!(paused(&here, ONE), None);

    assert!(here.disable(&name()).unwrap());
    assert!(!here.disable(&name()).unwrap());
    std::thread::sleep(LOOK_AGAIN);
    assert!(there.is_halted(&name()));
    let refusal = Refusal::Disabled { extension: name() };
    assert_eq!(there.admit(&name(), OTHER), Err(refusal));
    let later = halts(folder.path(), LONG);
    assert_eq!(later.halted(&name(), ONE), Some(Halted::Disabled));
    assert!(later.enable(&name()).unwrap());
    assert!(!later.enable(&name()).unwrap());
    std::thread::sleep(LOOK_AGAIN);
    assert!(!here.is_halted(&name()) && there.admit(&name(), ONE).is_ok());
}

#[test]
fn files_that_nobody_wrote_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let halts = halts(folder.path(), LONG);
    let kept = folder.path().join("halted");
    std::fs::create_dir(&kept).unwrap();
    for (file, text) in [
        ("shaky.paused", "{}".to_owned()),
        ("Shaky.disabled", String::new()),
        ("disabled", String::new()),
        ("shaky.paused.12-3", "{".to_owned()),
        ("other.paused", "x".repeat(1 << 20)),
    ] {
        std::fs::write(kept.join(file), text).unwrap();
    }
    assert!(halts.halted(&name(), ONE).is_none());
}

#[test]
fn no_clock_makes_a_pause_longer_than_it_is() {
    let kept = Kept::new(ONE, LONG, 3, 0, String::new());
    assert_eq!(kept.left(SystemTime::UNIX_EPOCH), LONG);
    assert_eq!(kept.left(SystemTime::now() + LONG), Duration::ZERO);
}
