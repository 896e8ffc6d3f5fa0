//! The community's registry, whole, and what is told of a conversation that
//! does not hold.

use std::fs;
use std::path::{Path, PathBuf};

use ctx_conformance::{Options, Playback, Status, check_extension, extensions, play, subject};
use ctx_conversation::Conversation;

use crate::{holds, options};

fn community() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../registry/community")
}

fn carrying() -> Options {
    let components = ctx_bundle::COMMUNITY.iter().map(|one| (one.name, one.bytes)).collect();
    Options { components, ..options() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_extension_of_the_community_keeps_the_contract_and_its_word() {
    let all = extensions(&community()).unwrap();
    assert!(all.len() >= 20, "{all:?}");
    for extension in all {
        let report = check_extension(&extension, &carrying()).await;
        let talks = report.checks.iter().filter(|check| check.id.starts_with("conversation/"));
        let passed = talks.filter(|check| check.status == Status::Pass).count();
        assert!(passed >= 2, "{} has {passed} conversations", extension.display());
        holds(&report);
    }
}

#[test]
fn every_conversation_of_the_community_says_what_it_was_written_from() {
    for extension in extensions(&community()).unwrap() {
        for (name, read) in ctx_conformance::conversations(&extension).unwrap() {
            let conversation = read.unwrap();
            let is_labelled = !conversation.from.is_empty() || conversation.recorded.is_some();
            assert!(
                is_labelled && !conversation.about.is_empty(),
                "{} {name}",
                extension.display()
            );
        }
    }
}

const NAPPER: &str = r#"-- /// ctx
-- name = "napper"
-- [requests]
-- http = ["https://a.example"]
-- ///
tool = { name = "nap", description = "Asks, naps and asks again", parameters = {} }
function tool.execute()
  local began = os.time()
  local first = http.post("https://a.example/x?b=2&a=1", { json = { n = 1 } })
  sleep(3600)
  local second = http.get("https://a.example/y")
  return first.body .. second.body .. (os.time() - began)
end
"#;

async fn played(steps: &str) -> Playback {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("napper.lua");
    fs::write(&path, NAPPER).unwrap();
    let text = format!("conversation = 1\n[[step]]\ncall = {{ tool = 'nap' }}\n{steps}");
    let conversation = Conversation::parse(&text).unwrap();
    play(subject(&path, &options()), &conversation, &options()).await.unwrap()
}

const ANSWERS: &str = "[[step.http]]\nmethod = 'POST'\nurl = 'https://a.example/x?a=1&b=2'\n\
    body = '{\"n\": 1.0}'\nanswer = 'one '\n\
    [[step.http]]\nurl = 'https://a.example/y'\nanswer = 'two '\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_is_slept_in_no_time() {
    let playback =
        played(&format!("{ANSWERS}[step.expect]\ntext = 'one two 3600'\nslept = 3600\n")).await;
    assert!(playback.holds(), "{playback:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_named_with_what_comes_nearest() {
    let changed = ANSWERS.replace("a=1&b=2", "a=1&b=3").replace("/y", "/z");
    let playback = played(&changed).await;
    let told = &playback.steps[0].differences;
    assert!(
        told[0].starts_with(
            "POST https://a.example/x?b=2&a=1 is not in the conversation; the nearest is http 1 \
             (POST https://a.example/x?a=1&b=3), but `b` is `2`, not `3`"
        ),
        "{told:?}"
    );
    assert!(
        told.iter().any(|why| why == "http 1 was never asked: POST https://a.example/x?a=1&b=3")
    );
    assert!(told.iter().any(|why| why.starts_with("it failed: ")), "{told:?}");
}
