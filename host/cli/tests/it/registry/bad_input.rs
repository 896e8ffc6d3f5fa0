//! Whatever is wrong is named, with an exit code, and nothing has changed.

use std::fs;

use super::served::{Served, counter, git, shout};
use crate::workspace::{Ran, Workspace};

#[track_caller]
fn refused(ran: &Ran, code: i32, has: &str) {
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, code, "{all}");
    assert!(all.contains(has), "lacks `{has}`: {all}");
}

fn installed(registry: &Served) -> Workspace {
    let user = Workspace::bare();
    let ran = user.run(&["registry", "init", &registry.url(), "--name", "company"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    user
}

#[test]
fn a_clone_is_only_ever_moved_forward() {
    let registry = Served::new(&[("tools/shout/tool.lua", &shout("one"))]);
    let user = installed(&registry);
    let clone = user.places().data.join("registries/company");
    let script = clone.join("tools/shout/tool.lua");
    registry.write(&[("tools/shout/tool.lua", &shout("two"))]);
    registry.push();
    let head = git(&clone, &["rev-parse", "HEAD"]);

    fs::write(&script, "mine").unwrap();
    refused(&user.run(&["registry", "update"]), 3, "was changed by hand: tools/shout/tool.lua");
    assert_eq!(fs::read_to_string(&script).unwrap(), "mine");
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), head);
    git(&clone, &["checkout", "--quiet", "."]);

    git(&clone, &["commit", "--quiet", "--allow-empty", "--message", "mine"]);
    refused(&user.run(&["registry", "update"]), 3, "has commits of its own");
    git(&clone, &["reset", "--quiet", "--hard", head.trim()]);
    assert_eq!(user.run(&["registry", "update"]).code, 0);
    assert!(fs::read_to_string(&script).unwrap().contains("two"));

    git(&registry.work(), &["commit", "--quiet", "--amend", "--message", "rewritten"]);
    registry.push();
    let before = git(&clone, &["rev-parse", "HEAD"]);
    refused(&user.run(&["registry", "update"]), 3, "was rewritten");
    // It is still so when it is asked a second time.
    refused(&user.run(&["registry", "update"]), 3, "was rewritten");
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), before);
}

#[test]
fn a_move_that_was_killed_half_way_is_taken_back_and_made_again() {
    let registry = Served::new(&[
        ("tools/shout/tool.lua", &shout("one")),
        ("tools/gone/tool.lua", &shout("gone")),
    ]);
    let user = installed(&registry);
    let clone = user.places().data.join("registries/company");
    let before = git(&clone, &["rev-parse", "HEAD"]);
    fs::remove_file(registry.work().join("tools/gone/tool.lua")).unwrap();
    registry.write(&[
        ("tools/shout/tool.lua", &shout("two")),
        ("tools/whisper/tool.lua", &shout("new")),
    ]);
    registry.push();
    assert_eq!(user.run(&["registry", "update"]).code, 0);
    let after = git(&clone, &["rev-parse", "HEAD"]);
    // As it is in the middle of a checkout: some of it written, some half.
    git(&clone, &["reset", "--quiet", "--hard", before.trim()]);
    fs::write(clone.join("tools/shout/tool.lua"), "tool = { na").unwrap();
    fs::remove_file(clone.join("tools/gone/tool.lua")).unwrap();
    fs::create_dir_all(clone.join("tools/whisper")).unwrap();
    fs::write(clone.join("tools/whisper/tool.lua"), "tool =").unwrap();
    fs::write(clone.join(".git/ctx-forward"), after.trim()).unwrap();
    let updated = user.run(&["registry", "update"]);
    assert_eq!(updated.code, 0, "{}{}", updated.stdout, updated.stderr);
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), after);
    assert!(git(&clone, &["status", "--short"]).is_empty());
    assert!(!clone.join("tools/gone/tool.lua").exists());
    assert!(fs::read_to_string(clone.join("tools/whisper/tool.lua")).unwrap().contains("new"));
}

#[test]
fn no_network_leaves_what_is_installed() {
    let user = Workspace::new();
    user.config("[registries.gone]\nurl = 'git://127.0.0.1:1/x.git'\npath = 'clone'\n");
    refused(&user.run(&["registry", "install"]), 1, "git://127.0.0.1:1/x.git");
    assert!(!user.path().join("clone").exists());
    refused(&user.run(&["registry", "install", "--offline"]), 3, "`--offline`");
    refused(&user.run(&["registry", "install", "nobody"]), 3, "there is no registry `nobody`");
}

#[test]
fn a_clone_without_room_leaves_nothing() {
    let registry = Served::new(&[("tools/shout/tool.lua", &shout("one"))]);
    let user = Workspace::new();
    user.write("full", "a file where a folder has to be");
    user.config(&format!(
        "[registries.company]\nurl = '{}'\npath = 'full/clone'\n",
        registry.url()
    ));
    refused(&user.run(&["registry", "install"]), 1, "full");
}

#[test]
fn what_leads_out_of_a_registry_is_named_and_not_used() {
    let user = Workspace::new();
    user.write("evil.lua", shout("evil"));
    user.write(
        "registry/registry.toml",
        "[tools.up]\npath = '../evil.lua'\n[tools.root]\npath = '/etc/evil.lua'\n\
         [tools.link]\npath = 'tools/link/tool.lua'\n",
    );
    fs::create_dir_all(user.path().join("registry/tools/link")).unwrap();
    std::os::unix::fs::symlink(
        user.path().join("evil.lua"),
        user.path().join("registry/tools/link/tool.lua"),
    )
    .unwrap();
    user.config("[registries.company]\npath = 'registry'\nreadonly = true\n");
    let listed = user.run(&["registry", "list"]);
    assert!(listed.stderr.contains("`../evil.lua` leads out of the registry"), "{}", listed.stderr);
    assert!(listed.stderr.contains("`/etc/evil.lua` leads out of the registry"));
    refused(&user.run(&["registry", "info", "tools/link"]), 3, "is a link");
    refused(&user.run(&["registry", "override", "tools/link"]), 3, "is a link");
    refused(&user.run(&["registry", "info", "tools/up"]), 3, "not found in any registry");
    let all = user.run(&["ext", "list"]);
    assert!(!all.stdout.contains("evil"), "{}", all.stdout);
}

#[test]
fn a_digest_or_a_signature_that_is_wrong_installs_nothing() {
    let registry = Served::new(&[("README.md", "x")]);
    let author = Workspace::bare();
    author.write("connectors/counter/connector.lua", counter("0.1.0", ""));
    author.run(&["registry", "key", "me"]);
    assert_eq!(registry.publish(&author, "connectors/counter", Some("me")).code, 0);
    let user = installed(&registry);
    let clone = user.places().data.join("registries/company");
    let index = clone.join("index/connectors/counter.jsonl");
    let line = fs::read_to_string(&index).unwrap();
    let blob = fs::read_dir(clone.join("blobs")).unwrap().next().unwrap().unwrap().path();
    let archive = fs::read(&blob).unwrap();
    let add = || user.run(&["registry", "add", "connectors/counter", "--yes"]);
    let lock = user.path().join(".ctx/ctx.lock");

    let mut wrong = archive.clone();
    wrong[600] ^= 1;
    fs::write(&blob, &wrong).unwrap();
    refused(&add(), 3, "its digest is");
    fs::remove_file(&blob).unwrap();
    refused(&add(), 1, "cannot be used");
    fs::write(&blob, &archive).unwrap();

    fs::write(&index, line.replace("Counts to three", "Counts to four")).unwrap();
    refused(&add(), 3, "the signature of `connectors/counter` 0.1.0 is wrong");
    fs::write(&index, format!("{line}{line}")).unwrap();
    refused(&add(), 3, "has two versions that claim the number 0.1.0, in lines 1 and 2");
    // Writing to a clone is not enough to take back what is signed.
    fs::write(&index, format!("{line}{{\"yank\": \"0.1.0\", \"reason\": \"loses items\"}}\n"))
        .unwrap();
    refused(&add(), 3, "line 2 takes it back or brings it back, and nobody signed that");
    fs::write(&index, format!("{line}not json\n")).unwrap();
    refused(&add(), 3, "is wrong in line 2");
    assert!(!lock.exists());
    fs::write(&index, &line).unwrap();
    assert_eq!(add().code, 0);

    // Yanked after it was installed: the lock is refused, and still in force.
    let before = fs::read(&lock).unwrap();
    let work = registry.work();
    let yank = ["registry", "yank", "connectors/counter@0.1.0", "--to", work.to_str().unwrap()];
    let with = |more: &[&str]| author.run(&[&yank, more].concat());
    refused(&with(&["--reason", "loses items"]), 3, "is signed, and so is what takes it back");
    assert_eq!(with(&["--reason", "loses items", "--key", "me"]).code, 0);
    let yanked = fs::read_to_string(work.join("index/connectors/counter.jsonl")).unwrap();
    fs::write(&index, &yanked).unwrap();
    refused(&user.run(&["registry", "install", "--frozen"]), 3, "was yanked: loses items");
    assert!(user.run(&["registry", "outdated"]).stdout.contains("yanked: loses items"));
    assert_eq!(fs::read(&lock).unwrap(), before);
    fs::write(&index, format!("{yanked}{{\"yank\": \"0.1.0\"}}\n")).unwrap();
    refused(&user.run(&["registry", "install", "--frozen"]), 3, "line 3 takes it back or brings");
    refused(&user.run(&["registry", "verify", clone.to_str().unwrap()]), 3, "nobody signed that");
    // Nor is it enough to take the line out that takes it back.
    fs::write(&index, &line).unwrap();
    refused(&user.run(&["registry", "install", "--frozen"]), 3, "changed or taken away");
    assert_eq!(fs::read(&lock).unwrap(), before);

    // Whoever can write to the registry takes signatures away.
    let mut record: serde_json::Value = serde_json::from_str(&line).unwrap();
    let object = record.as_object_mut().unwrap();
    object.remove("key");
    object.remove("signature");
    object.insert("version".to_owned(), "0.1.1".into());
    fs::write(&index, format!("{line}{record}\n")).unwrap();
    refused(&user.run(&["registry", "update", "--offline", "--yes"]), 3, "is not signed");
    assert_eq!(fs::read(&lock).unwrap(), before);

    let whole = user.run(&["registry", "verify"]);
    assert_eq!(whole.code, 0, "{}{}", whole.stdout, whole.stderr);
    let versions = user.places().data.join("versions");
    let kept = fs::read_dir(versions).unwrap().next().unwrap().unwrap().path();
    fs::write(kept.join("connector.lua"), "connector = {}").unwrap();
    refused(&user.run(&["registry", "verify"]), 3, "changed or missing");
}

#[test]
fn what_is_used_where_it_lies_is_held_to_the_lock() {
    let user = Workspace::new();
    user.write("company/connectors/counter/connector.lua", counter("0.1.0", ""));
    user.config("[registries.company]\npath = 'company'\nreadonly = true\n");
    assert_eq!(user.run(&["registry", "add", "connectors/counter"]).code, 0);
    let lock = user.path().join(".ctx/ctx.lock");
    let before = fs::read_to_string(&lock).unwrap();
    assert!(before.contains("[[found]]\nid = \"connectors/counter\""), "{before}");
    let install = || user.run(&["registry", "install", "--frozen"]);
    assert_eq!(install().code, 0);
    user.write("company/connectors/counter/connector.lua", counter("0.1.0", "") + "-- more\n");
    refused(&install(), 3, "is not what `ctx.lock` says: in `company` its digest is");
    refused(&user.run(&["registry", "verify"]), 3, "connectors/counter in company changed");
    refused(&user.run(&["registry", "update", "--frozen"]), 3, "is not what `ctx.lock` says");
    assert_eq!(fs::read_to_string(&lock).unwrap(), before);
    let updated = user.run(&["registry", "update"]);
    assert!(updated.stdout.contains("Updated connectors/counter "), "{}", updated.stderr);
    assert_eq!(install().code, 0);
    fs::remove_dir_all(user.path().join("company/connectors")).unwrap();
    refused(&install(), 3, "is in `ctx.lock`, and not in the registry `company`");
    assert_eq!(user.run(&["registry", "remove", "connectors/counter"]).code, 0);
    assert_eq!(install().code, 0);
}

#[test]
fn what_lies_in_a_registry_as_files_is_what_its_index_says() {
    let user = Workspace::new();
    user.write("company/connectors/counter/connector.lua", counter("0.1.0", ""));
    user.write(
        "company/registry.toml",
        "[connectors.counter]\npath = 'connectors/counter/connector.lua'\n",
    );
    user.config("[registries.company]\npath = 'company'\nreadonly = true\nunsigned = 'allow'\n");
    let index = |more: &[&str]| user.run(&[&["registry", "index", "company"], more].concat());
    refused(&index(&["--check"]), 3, "Lacks connectors/counter 0.1.0");
    let indexed = index(&[]);
    assert!(indexed.stdout.contains("Indexed connectors/counter 0.1.0"), "{}", indexed.stderr);
    assert!(index(&["--check"]).stdout.contains("All 1 extensions are in the index"));
    let info = user.run(&["registry", "info", "connectors/counter"]);
    assert!(info.stdout.contains("Conformance: "), "{}", info.stdout);
    let add = |id: &str| user.run(&["registry", "add", id]);
    let script = "company/connectors/counter/connector.lua";
    user.write(script, counter("0.1.0", "") + "-- more\n");
    for id in ["connectors/counter", "connectors/counter@^0.1"] {
        refused(&add(id), 3, "is not what its registry says");
    }
    refused(&index(&[]), 3, "is another than its version 0.1.0 in the index");
    refused(&user.run(&["registry", "verify", "company"]), 3, "is not what its registry says");
    assert!(!user.path().join(".ctx/ctx.lock").exists());
    // A version of it is copied, and stays what it was.
    user.write(script, counter("0.1.0", ""));
    refused(&add("connectors/counter@^0.1"), 0, "Installed connectors/counter 0.1.0");
    user.write(script, counter("0.1.1", ""));
    assert_eq!(index(&[]).code, 0);
    refused(&user.run(&["registry", "verify"]), 0, "connectors/counter 0.1.0 whole");
    refused(&user.run(&["registry", "update"]), 0, "Updated connectors/counter 0.1.0 -> 0.1.1");
    refused(&user.run(&["registry", "verify", "company"]), 0, "1 extensions, 2 versions");
    refused(&add("connectors/counter@=0.1.0"), 3, "lies in its registry no more");
}

#[test]
fn the_rules_of_an_index_are_held() {
    let registry = Served::new(&[("README.md", "x")]);
    let author = Workspace::bare();
    author.write("connectors/counter/connector.lua", counter("0.1.0", ""));
    assert_eq!(registry.publish(&author, "connectors/counter", None).code, 0);
    let work = registry.work();
    let path = work.to_str().unwrap();
    let verify = || author.run(&["registry", "verify", path, "--since", "HEAD"]);
    assert_eq!(verify().code, 0, "{}", verify().stderr);
    let index = work.join("index/connectors/counter.jsonl");
    let line = fs::read_to_string(&index).unwrap();
    fs::write(&index, line.replace("Counts", "counts")).unwrap();
    refused(&verify(), 3, "a line that was published was changed");
    fs::write(
        &index,
        line.clone() + &line.replace("0.1.0", "0.1.2") + &line.replace("0.1.0", "0.1.1"),
    )
    .unwrap();
    refused(&verify(), 3, "0.1.1 comes after 0.1.2");
    // And whoever publishes is refused before anything is written.
    refused(
        &author.run(&["registry", "publish", "connectors/counter", "--to", path]),
        3,
        "was changed by hand",
    );
    git(&work, &["checkout", "--quiet", "."]);
    author.write("broken/connector.lua", "connector = { description = 1 }");
    let broken = author.run(&["registry", "publish", "broken", "--to", path]);
    assert_ne!(broken.code, 0);
    assert!(git(&work, &["status", "--short"]).is_empty());
}

#[test]
fn a_circle_and_a_conflict_are_explained() {
    let user = Workspace::new();
    let record = |name: &str, version: &str, needs: &str| {
        format!(
            "{{\"name\":\"{name}\",\"role\":\"tool\",\"version\":\"{version}\",\"kind\":\"lua\",\
             \"sha256\":\"{}\",\"size\":1,\"archive\":\"blobs/x.tar\",\"dependencies\":{needs}}}\n",
            "0".repeat(64)
        )
    };
    user.write("registry/index/tools/a.jsonl", record("a", "1.0.0", "{\"tools/b\":\"*\"}"));
    user.write("registry/index/tools/b.jsonl", record("b", "1.0.0", "{\"tools/a\":\"*\"}"));
    user.write(
        "registry/index/tools/c.jsonl",
        record("c", "1.0.0", "{\"tools/d\":\"^1\",\"tools/e\":\"*\"}"),
    );
    user.write(
        "registry/index/tools/d.jsonl",
        record("d", "1.0.0", "{}") + &record("d", "2.0.0", "{}"),
    );
    user.write("registry/index/tools/e.jsonl", record("e", "1.0.0", "{\"tools/d\":\"^2\"}"));
    user.config("[registries.company]\npath = 'registry'\nreadonly = true\n");
    let add = |id: &str| user.run(&["registry", "add", id, "--yes"]);
    refused(&add("tools/a"), 3, "need each other in a circle: tools/a -> tools/b -> tools/a");
    refused(&add("tools/c"), 3, "tools/e");
    refused(&add("tools/a@^9"), 3, "no versions fit together");
    refused(&add("tools/a@nine"), 3, "is no range of versions");
    refused(&add("a"), 3, "names no extension of a registry");
    assert!(!user.path().join(".ctx/ctx.lock").exists());
}

#[test]
fn a_clone_of_a_project_brings_no_registry_with_it() {
    let registry = Served::new(&[("tools/shout/tool.lua", &shout("one"))]);
    let user = Workspace::new();
    user.write(
        ".ctx/config.toml",
        format!("[registries.theirs]\nurl = '{}'\npath = '~/.somewhere'\n", registry.url()),
    );
    refused(&user.run(&["registry", "install"]), 3, "is not your own word");
    assert_eq!(user.run(&["trust"]).code, 0);
}
