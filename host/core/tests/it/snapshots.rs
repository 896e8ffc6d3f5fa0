//! Scripts that are loaded once for all calls: they do what they did, and what
//! could not be the same each time is loaded by each call.

use std::sync::Arc;

use ctx_core::{Host, Loading};

use crate::workspace::{Workspace, call, script};

/// A script whose tool `one` says `answer`, with a top level.
fn with(top: &str, answer: &str) -> String {
    format!("{top}\n{}", script("one", answer))
}

/// Installs a script, and says how it gets ready for a call.
async fn loaded(text: &str) -> (Workspace, Arc<Host>, Loading) {
    let workspace = Workspace::new();
    workspace.drop_in("one.lua", text);
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.problems, []);
    let loading = host.loading(catalog.extension("one").unwrap()).await.unwrap();
    (workspace, host, loading)
}

/// Checks what two calls of a script say that is loaded once.
async fn check(top: &str, answer: &str, said: &str) {
    let (_workspace, host, loading) = loaded(&with(top, answer)).await;
    assert_eq!(loading, Loading::Snapshot, "{top}");
    for _ in 0..2 {
        assert_eq!(call(&host, "one").await.unwrap(), said, "{top} {answer}");
    }
}

/// Checks that a script is loaded by each call, and why.
async fn check_unfit(top: &str, why: &str) {
    let (_workspace, host, loading) = loaded(&with(top, "return 'done'")).await;
    let Loading::EachCall(unfit) = loading else { panic!("a snapshot of {top}") };
    assert!(unfit.to_string().contains(why), "{top}: {unfit}");
    assert_eq!(call(&host, "one").await.unwrap(), "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_begins_where_loading_ended() {
    check("local n = 1", "n = n + 1; return tostring(n)", "2").await;
    check("words = { a = 'b' }", "words.c = 1; return words.a", "b").await;
    let top = "local made = {}; for i = 1, 1000 do made[i] = 'word ' .. i end";
    check(top, "return #made .. made[1000]", "1000word 1000").await;
    let top =
        "local next = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end); next()";
    check(top, "return tostring(next())", "2").await;
    let top = "local ok, why = pcall(error, { code = 7 })";
    check(top, "local _, e = pcall(error, 'x'); return why.code .. tostring(e)", "7x").await;
    let top = "local weak = setmetatable({}, { __mode = 'k' }); weak[{}] = 1";
    check(top, "collectgarbage(); return tostring(next(weak))", "nil").await;
    let top = "local text = json.encode({ 1, 2 }) .. base64.encode('a')";
    check(top, "return text .. json.encode(json.decode(text:sub(1, 5)))", "[1,2]YQ==[1,2]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_where_it_was() {
    let (_workspace, host, loading) = loaded(&with("-- one\n-- two", "error('broken')")).await;
    assert_eq!(loading, Loading::Snapshot);
    let error = call(&host, "one").await.unwrap_err();
    assert!(error.contains("one.lua\"]:"), "{error}");
    assert!(error.contains("broken"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_draws_numbers_of_its_own() {
    let answer = "return tostring(math.random(0)) .. tostring(math.random(0))";
    let (_workspace, host, loading) = loaded(&with("local random = math.random", answer)).await;
    assert_eq!(loading, Loading::Snapshot);
    let (one, other) = (call(&host, "one").await.unwrap(), call(&host, "one").await.unwrap());
    assert_ne!(one, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_differ_the_next_time_is_loaded_by_each_call() {
    check_unfit("local t = os.time()", "the clock").await;
    check_unfit("local t = os.clock()", "the clock").await;
    check_unfit("local n = math.random()", "math.random").await;
    check_unfit("math.randomseed(7)", "math.random").await;
    check_unfit("log.info('loading')", "the log").await;
    check_unfit("print('loading')", "the log").await;
    check_unfit("local gone = caller.cancelled()", "the host").await;
    check_unfit("local big = ('x'):rep(4 * 1024 * 1024)", "more memory").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_changed_has_another_snapshot() {
    let (workspace, host, _) = loaded(&with("local n = 1", "return tostring(n)")).await;
    assert_eq!(call(&host, "one").await.unwrap(), "1");
    workspace.drop_in("one.lua", with("local n = 2", "return tostring(n)"));
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    let loading = host.loading(catalog.extension("one").unwrap()).await.unwrap();
    assert_eq!(loading, Loading::Snapshot);
    assert_eq!(call(&host, "one").await.unwrap(), "2");
}
