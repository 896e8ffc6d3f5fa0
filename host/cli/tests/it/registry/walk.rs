//! From nothing to documents and back, as the guide tells it.

use super::served::{Served, counter, shout};
use crate::workspace::{Ran, Workspace};

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{} {}", ran.stdout, ran.stderr))
}

#[track_caller]
fn check(workspace: &Workspace, arguments: &[&str], has: &str) -> Ran {
    let ran = workspace.run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(all.contains(has), "{arguments:?} lacks `{has}`: {all}");
    ran
}

#[test]
fn everything_a_new_user_does_goes_through() {
    let registry = Served::new(&[
        (
            "registry.toml",
            "[registry]\nname = 'company'\n[tools.shout]\ndescription = 'Shouts'\npath = 'tools/shout/tool.lua'\ntags = ['loud']\n",
        ),
        ("tools/shout/tool.lua", &shout("hey")),
    ]);
    let author = Workspace::bare();
    author.write("connectors/counter/connector.lua", counter("0.1.0", ""));
    let key = author.run(&["registry", "key", "me"]);
    assert!(key.stdout.starts_with("ed25519:"), "{}", key.stderr);
    let published = registry.publish(&author, "connectors/counter", Some("me"));
    assert_eq!(published.code, 0, "{}{}", published.stdout, published.stderr);
    let again = author.run(&[
        "registry",
        "publish",
        "connectors/counter",
        "--to",
        registry.work().to_str().unwrap(),
    ]);
    assert!(again.code == 3 && again.stderr.contains("was published before"), "{}", again.stderr);

    let user = Workspace::bare();
    check(
        &user,
        &["registry", "init", &registry.url(), "--name", "company"],
        "Added [registries.company]",
    );
    check(&user, &["registry", "init", &registry.url(), "--name", "company"], "already exists");
    check(&user, &["registry", "list"], "shout — Shouts [loud] (from: company)");
    check(&user, &["registry", "search", "LOUD"], "Found 1 extensions");
    check(&user, &["registry", "search", "three"], "connectors/counter — Counts to three");
    check(&user, &["registry", "info", "connectors/counter"], "Versions: 0.1.0");
    check(&user, &["registry", "install"], "already installed");
    // A tool needs no entry.
    check(&user, &["call", "shout"], "hey");
    // Nobody was asked, and nothing is needed: it asks for no power and is signed.
    check(
        &user,
        &["registry", "add", "connectors/counter@^0.1"],
        "Installed connectors/counter 0.1.0",
    );
    let config = std::fs::read_to_string(user.path().join(".ctx/config.toml")).unwrap();
    assert!(
        config.contains("[sources.counter]") && config.contains("word = \"\"  # set this"),
        "{config}"
    );
    check(&user, &["registry", "add", "connectors/counter"], "installed already");
    assert_eq!(std::fs::read_to_string(user.path().join(".ctx/config.toml")).unwrap(), config);
    user.config(&config.replace("word = \"\"  # set this", "word = \"sheep\""));
    check(&user, &["sync", "counter"], "");
    check(&user, &["search", "sheep"], "sheep 2");

    check(&user, &["registry", "override", "tools/shout"], "will take precedence");
    user.write(".ctx/tools/shout/tool.lua", shout("softly"));
    check(&user, &["call", "shout"], "softly");
    let info = json(&user.run(&["registry", "info", "tools/shout", "--json"]));
    let chain: Vec<&str> =
        info["chain"].as_array().unwrap().iter().map(|one| one["from"].as_str().unwrap()).collect();
    assert_eq!(chain, ["project-local", "company"]);
    assert!(info["chain"][0]["wins"].as_bool().unwrap());

    author.write("connectors/counter/connector.lua", counter("0.2.0", "[requests]\nkv = true"));
    assert_eq!(registry.publish(&author, "connectors/counter", Some("me")).code, 0);
    check(&user, &["registry", "outdated"], "Everything is up to date");
    // Asks for more, and is out of the range.
    check(&user, &["registry", "update"], "Every installed extension is up to date");
    check(&user, &["registry", "outdated"], "connectors/counter 0.1.0 -> 0.2.0");
    let asked = user.run(&["registry", "add", "connectors/counter@^0.2"]);
    assert!(asked.code == 3 && asked.stderr.contains("+ kv true"), "{}", asked.stderr);
    check(
        &user,
        &["registry", "add", "connectors/counter@^0.2", "--yes"],
        "Updated connectors/counter 0.1.0 -> 0.2.0",
    );
    check(&user, &["registry", "verify"], "connectors/counter 0.2.0 whole");
    check(&user, &["sync", "counter"], "");
    check(&user, &["search", "sheep"], "0.2.0");
    check(&user, &["registry", "rollback"], "Rolled back connectors/counter 0.2.0 -> 0.1.0");
    check(&user, &["sync", "counter", "--full"], "");
    check(&user, &["search", "sheep"], "0.1.0");
    check(&user, &["registry", "remove", "connectors/counter"], "Removed connectors/counter 0.1.0");
    let gone = user.run(&["sync", "counter"]);
    assert_ne!(gone.code, 0);
    assert_eq!(user.run(&["registry", "remove", "connectors/counter"]).code, 3);
}

#[test]
fn the_embedded_registry_needs_no_network_and_installs_once() {
    let user = Workspace::bare();
    check(&user, &["registry", "init"], "Added [registries.community]");
    check(&user, &["registry", "init"], "already exists");
    check(&user, &["registry", "search", "jira"], "connectors/jira");
    check(&user, &["registry", "add", "connectors/jira"], "Added [connectors.script.jira]");
    let twice = check(&user, &["registry", "add", "connectors/jira"], "already exists");
    assert!(twice.stdout.contains("[connectors.script.jira]"));
    check(&user, &["sources"], "script:jira");
    check(&user, &["registry", "remove", "connectors/jira"], "Removed [connectors.script.jira]");
}

#[test]
fn a_lock_is_installed_as_it_is_or_not_at_all() {
    let registry = Served::new(&[("README.md", "a registry")]);
    let author = Workspace::bare();
    author.write("connectors/counter/connector.lua", counter("0.1.0", ""));
    author.run(&["registry", "key", "me"]);
    assert_eq!(registry.publish(&author, "connectors/counter", Some("me")).code, 0);
    let user = Workspace::bare();
    check(&user, &["registry", "init", &registry.url(), "--name", "company"], "");
    check(&user, &["registry", "add", "connectors/counter"], "Installed");
    // Another machine, with the same lock.
    let other = Workspace::new();
    let lock = std::fs::read(user.path().join(".ctx/ctx.lock")).unwrap();
    other.write(".ctx/ctx.lock", &lock);
    other.config(&format!("[registries.company]\nurl = '{}'\n", registry.url()));
    let listed = other.run(&["ext", "list"]);
    assert!(
        format!("{}{}", listed.stdout, listed.stderr).contains("not on this machine"),
        "{}{}",
        listed.stdout,
        listed.stderr
    );
    check(&other, &["registry", "install", "--frozen"], "Fetched connectors/counter 0.1.0");
    check(&other, &["ext", "list"], "counter");
    assert_eq!(std::fs::read(other.path().join(".ctx/ctx.lock")).unwrap(), lock);
    author.write("connectors/counter/connector.lua", counter("0.1.1", ""));
    assert_eq!(registry.publish(&author, "connectors/counter", Some("me")).code, 0);
    let frozen = other.run(&["registry", "update", "--frozen"]);
    assert!(frozen.code == 3 && frozen.stderr.contains("`--frozen`"), "{}", frozen.stderr);
    assert_eq!(std::fs::read(other.path().join(".ctx/ctx.lock")).unwrap(), lock);
    check(&other, &["registry", "update"], "Updated connectors/counter 0.1.0 -> 0.1.1");
}

#[test]
fn an_archive_is_the_same_wherever_it_is_packed() {
    let digests: Vec<String> = (0..2)
        .map(|at| {
            let author = Workspace::bare();
            author.write("counter/connector.lua", counter("0.1.0", ""));
            author.write("counter/README.md", "How to count");
            author.write("counter/.editor", format!("{at}"));
            let ran = author.run(&["pack", "counter", "--json"]);
            assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
            json(&ran)["record"]["sha256"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn a_killed_installation_leaves_the_old_or_the_new_state() {
    use std::hash::{BuildHasher as _, RandomState};
    use std::time::Duration;

    let registry = Served::new(&[("README.md", "a registry")]);
    let author = Workspace::bare();
    for version in ["0.1.0", "0.2.0"] {
        author.write("connectors/counter/connector.lua", counter(version, ""));
        assert_eq!(registry.publish(&author, "connectors/counter", None).code, 0);
    }
    let user = Workspace::new();
    user.config(&format!("[registries.company]\nurl = '{}'\nunsigned = 'allow'\n", registry.url()));
    check(&user, &["registry", "install"], "Installed");
    check(&user, &["registry", "add", "connectors/counter@=0.1.0"], "0.1.0");
    let config = user.path().join(".ctx/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    user.config(&text.replace("word = \"\"  # set this", "word = \"sheep\""));
    let lock = user.path().join(".ctx/ctx.lock");
    let old = std::fs::read_to_string(&lock).unwrap();
    let begun = std::time::Instant::now();
    check(&user, &["registry", "add", "connectors/counter@=0.2.0"], "0.2.0");
    let whole = u64::try_from(begun.elapsed().as_micros()).unwrap();
    let new = std::fs::read_to_string(&lock).unwrap();
    assert_ne!(old, new);
    let versions = user.places().data.join("versions");
    let (mut olds, mut news) = (0, 0);
    for moment in 0..30_u64 {
        std::fs::write(&lock, &old).unwrap();
        // The new version has to be unpacked again each time.
        for folder in std::fs::read_dir(&versions).unwrap().map(|one| one.unwrap().path()) {
            if !old.contains(folder.file_name().unwrap().to_str().unwrap()) {
                std::fs::remove_dir_all(folder).unwrap();
            }
        }
        let mut command = user.command(&["registry", "add", "connectors/counter@=0.2.0"]);
        let silent = std::process::Stdio::null;
        let mut child = command.stdout(silent()).stderr(silent()).spawn().unwrap();
        let random = RandomState::new().hash_one(moment);
        std::thread::sleep(Duration::from_micros(random % (whole + whole / 4)));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = std::fs::read_to_string(&lock).unwrap();
        assert!(now == old || now == new, "{now}");
        if now == new {
            news += 1;
        } else {
            olds += 1;
        }
        check(&user, &["registry", "verify"], "whole");
        assert!(std::fs::read_to_string(&config).unwrap().contains("word = \"sheep\""));
    }
    assert!(olds > 0 && olds + news == 30, "no run was killed before its end");
    check(&user, &["registry", "add", "connectors/counter@=0.2.0"], "");
    check(&user, &["sync", "counter"], "");
    check(&user, &["search", "sheep"], "0.2.0");
}
