//! How runs end, and that nothing is left of them.

use std::time::Duration;

use ctx_process::{Ended, Program};

use crate::{answer, run, script};

#[test]
fn output_comes_through_byte_by_byte_however_large() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program {
        input: (0..=255).cycle().take(3 << 20).collect(),
        output: 4 << 20,
        ..script(folder.path(), "cat")
    };
    let Ended::Exited { code, output, .. } = run(&program) else { panic!("it ended otherwise") };
    assert_eq!(code, Some(0));
    assert!(output == program.input);
}

#[test]
fn input_that_nobody_reads_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program { input: vec![b' '; 1 << 20], ..script(folder.path(), "echo done") };
    assert_eq!(answer(&program), "done\n");
}

#[test]
fn a_failure_is_told_with_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(&script(folder.path(), "echo half; echo no such place >&2; exit 3"));
    let said = "no such place".to_owned();
    assert_eq!(ended, Ended::Exited { code: Some(3), output: b"half\n".to_vec(), said });
}

#[test]
fn an_endless_answer_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&script(folder.path(), "yes")), Ended::TooMuch);
}

#[test]
fn a_deadline_ends_what_sleeps() {
    let folder = tempfile::tempdir().unwrap();
    let program =
        Program { time: Duration::from_millis(50), ..script(folder.path(), "exec sleep 600") };
    assert_eq!(run(&program), Ended::TimedOut);
}

#[test]
fn who_gives_up_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let ended = ctx_process::run(&script(folder.path(), "sleep 600"), &|| true).unwrap();
    assert_eq!(ended, Ended::GivenUp);
}

#[test]
fn what_it_leaves_running_is_killed_with_it() {
    let folder = tempfile::tempdir().unwrap();
    // The child that is left holds the pipe open; `run` would wait for it.
    assert!(!answer(&script(folder.path(), "sleep 600 & echo $!")).trim().is_empty());
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program { path: "no-such-program".into(), ..script(folder.path(), "") };
    let error = ctx_process::run(&program, &|| false).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn who_takes_memory_without_end_gets_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let probe =
        r#"exec perl -e '$| = 1; print "begun"; my @all; push @all, "x" x (64 << 20) while 1'"#;
    let Ended::Exited { code, output, .. } = run(&script(folder.path(), probe)) else {
        panic!("it ended otherwise")
    };
    assert_eq!(output, b"begun");
    assert_ne!(code, Some(0));
}

#[test]
fn who_writes_a_file_without_end_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    // Most of it is a hole, which costs the disk nothing.
    let probe = r#"exec dd if=/dev/zero of="$TMPDIR/big" bs=1M seek=250 count=100"#;
    assert_eq!(run(&script(folder.path(), probe)), Ended::FileTooLarge);
}

#[test]
fn who_starts_processes_without_end_is_ended_with_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    // The superuser is stopped by whoever counts, others by the kernel.
    let probe = "while sleep 600 & do :; done; wait";
    let ended = run(&script(folder.path(), probe));
    let is_refused = matches!(ended, Ended::Exited { code: Some(1..), .. });
    assert!(ended == Ended::TooMany || is_refused, "{ended:?}");
}
