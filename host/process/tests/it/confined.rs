//! What is out of a program's reach. What the kernel has to help with is
//! asserted where it can.

use std::fs;

use ctx_process::{Permissions, Program, confinement};

use crate::{answer, script};

#[test]
fn nothing_of_the_environment_is_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let told = answer(&script(folder.path(), "env | cut -d= -f1 | sort"));
    // Some shells count themselves.
    let shells = |name: &&str| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name);
    let is_other = |name: &&str| shells(name) && !name.starts_with('L');
    let names: Vec<&str> = told.lines().filter(is_other).collect();
    assert_eq!(names, ["HOME", "PATH", "TMPDIR"]);
    assert!(told.contains("LEAN_CTX_TOOL"));
}

#[test]
fn no_descriptors_are_inherited() {
    let folder = tempfile::tempdir().unwrap();
    let open = fs::File::open("/dev/null").unwrap();
    // A shell opens none beside the three; 255 is bash's own.
    let probe = "for fd in 3 4 5 6 7 8 9; do if : <&$fd; then echo $fd; fi; done 2>/dev/null";
    assert_eq!(answer(&script(folder.path(), probe)), "");
    drop(open);
}

#[test]
fn it_cannot_leave_its_group() {
    if !confinement().calls {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let probe = "setsid true 2>/dev/null; echo $?";
    assert_ne!(answer(&script(folder.path(), probe)).trim(), "0");
}

#[test]
fn it_opens_sockets_only_if_it_may() {
    if !confinement().calls {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let probe = r#"exec 2>/dev/null; perl -e 'socket(S, 2, 1, 0) ? print "open" : print "no"'"#;
    let closed = script(folder.path(), probe);
    assert_eq!(answer(&closed), "no");
    let permissions = Permissions { network: true, write: false };
    assert_eq!(answer(&Program { permissions, ..closed }), "open");
    let of_this_machine = probe.replace("2, 1, 0", "1, 1, 0");
    let program = Program { permissions, ..script(folder.path(), &of_this_machine) };
    assert_eq!(answer(&program), "no");
}

#[test]
fn it_sees_its_folder_and_no_other() {
    if !confinement().files {
        return;
    }
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("mine"), "mine").unwrap();
    fs::write(other.path().join("secret"), "secret").unwrap();
    let secret = other.path().join("secret");
    let probe = format!("cat mine; cat {} 2>/dev/null || echo -n denied", secret.display());
    assert_eq!(answer(&script(folder.path(), &probe)), "minedenied");
}

#[test]
fn it_writes_its_scratch_folder_and_its_own_only_if_it_may() {
    if !confinement().files {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let probe =
        r#"echo a > "$TMPDIR/a" && echo -n scratch; (echo b > b) 2>/dev/null && echo -n own"#;
    let reader = script(folder.path(), probe);
    assert_eq!(answer(&reader), "scratch");
    let permissions = Permissions { network: false, write: true };
    assert_eq!(answer(&Program { permissions, ..reader }), "scratchown");
}

#[test]
fn it_leaves_no_core_and_cannot_widen_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let probe = "ulimit -c; ulimit -n; ulimit -H -n 4096 2>/dev/null || echo no";
    let told = answer(&script(folder.path(), probe));
    let (fixed, _) = told.split_at(told.find("256").unwrap() + 4);
    assert_eq!(fixed, "0\n256\n");
    if confinement().calls {
        assert!(told.ends_with("no\n"), "{told}");
    }
}
