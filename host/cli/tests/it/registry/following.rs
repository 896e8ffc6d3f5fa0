//! `auto_update`: a server moves registries forward, and leaves alone what it
//! must not touch.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::served::{Served, git, shout};
use crate::serving::{Process, within};
use crate::workspace::Workspace;

/// Starts a server and waits until its log has a word. Returns that line.
fn heard(user: &Workspace, word: &'static str) -> String {
    let mut command = user.command(&["serve", "--bind", "127.0.0.1:0", "--json"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut process = Process(child);
    let log = BufReader::new(process.0.stderr.take().unwrap());
    within(word, move || {
        log.lines().map_while(Result::ok).find(|line| line.contains(word)).unwrap()
    })
}

#[test]
fn a_server_moves_a_registry_forward_and_warns_of_what_it_cannot() {
    let registry = Served::new(&[("tools/shout/tool.lua", &shout("one"))]);
    let user = Workspace::new();
    let config = |url: &str| {
        user.config(&format!(
            "[registries.company]\nurl = '{url}'\npath = 'clone'\nauto_update = true\n"
        ));
    };
    config(&registry.url());
    assert_eq!(user.run(&["registry", "install"]).code, 0);
    let (clone, script) =
        (user.path().join("clone"), user.path().join("clone/tools/shout/tool.lua"));
    registry.write(&[("tools/shout/tool.lua", &shout("two"))]);
    registry.push();

    fs::write(&script, "mine").unwrap();
    let line = heard(&user, "registry not updated");
    assert!(line.contains("was changed by hand: tools/shout/tool.lua"), "{line}");
    assert_eq!(fs::read_to_string(&script).unwrap(), "mine");
    git(&clone, &["checkout", "--quiet", "."]);

    config("git://127.0.0.1:1/x.git");
    let line = heard(&user, "registry not updated");
    assert!(line.contains("ctx::registry::unreachable"), "{line}");
    assert!(fs::read_to_string(&script).unwrap().contains("one"));

    config(&registry.url());
    heard(&user, "registry updated");
    assert!(fs::read_to_string(&script).unwrap().contains("two"));
    assert!(git(&clone, &["status", "--short"]).is_empty());
}
