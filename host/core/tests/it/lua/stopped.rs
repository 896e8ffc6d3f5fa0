//! Scripts that would never end, or would eat the machine. Each is stopped by
//! itself, and the next call does not notice.

use ctx_model::CallError;

use super::Scripted;

/// Little fuel, so that no test takes long, and no more memory than usual.
const LIMITS: &str = "[extension.runs]\nlimits = { fuel = 300_000_000, memory = \"32 MiB\" }\n";

#[track_caller]
fn check(code: &'static str, stopped_by: &'static [&'static str]) -> impl Future<Output = ()> {
    let at = std::panic::Location::caller();
    async move {
        let scripted = Scripted::new();
        scripted.workspace.config(LIMITS);
        scripted.workspace.open().trust().unwrap();
        let host = scripted.workspace.open();
        let error = super::call(&host, "runs", code).await.unwrap_err();
        let told = match &error {
            CallError::Broke { broke, .. } => broke.to_string(),
            other => other.to_string(),
        };
        assert!(stopped_by.iter().any(|limit| told.contains(limit)), "{at}: {told}");
        assert_eq!(super::call(&host, "runs", "return 'alive'").await.unwrap(), "alive", "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_a_loop_in_a_coroutine_is_stopped() {
    check("coroutine.wrap(function() while true do end end)() return 1", &["fuel"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_a_loop_inside_pcall_is_stopped() {
    check("while true do pcall(function() while true do end end) end return 1", &["fuel"]).await;
    check("while true do pcall(error, 'again') end return 1", &["fuel"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s5_work_inside_c_functions_is_stopped() {
    check("return (('a'):rep(40)):find(('a*'):rep(20) .. 'b')", &["fuel"]).await;
    check("return #('x'):rep(1 << 40)", &["memory", "too large"]).await;
    check(
        "local t = {} for i = 1, 200000 do t[i] = tostring(i) end \
         while true do table.sort(t) table.concat(t) end return 1",
        &["fuel"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_memory_is_bounded() {
    check(
        "local t, big = {}, ('x'):rep(1 << 20) while true do t[#t + 1] = big .. #t end return 1",
        &["memory"],
    )
    .await;
    check("local t = {} while true do t[#t + 1] = {} end return 1", &["memory", "fuel"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_what_would_never_load_leaves_the_others_alone() {
    let scripted = Scripted::new();
    scripted.workspace.drop_in("hang.lua", "while true do end\n");
    scripted.workspace.drop_in("evil.lua", "os.execute('id')\n");
    let host = scripted.workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.problems.len(), 2, "{:?}", catalog.problems);
    assert_eq!(super::call(&host, "runs", "return 1").await.unwrap(), "1");
}
