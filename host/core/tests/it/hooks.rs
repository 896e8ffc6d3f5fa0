//! Hooks as a program on `Host` meets them: who runs, in which order, within
//! what, and what comes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ctx_core::{
    HookContext, HookError, Host, HostOptions, Observer, PhaseCall, PhaseReport, SyncOptions,
};
use ctx_model::{Content, Event, ExtensionName, Phase, Query};
use ctx_store::{JournalEntry, LoggedFilter};
use serde_json::{Value, json};

use crate::workspace::{Workspace, call, says};

/// A workspace whose config is the operator's word, with these scripts.
async fn opened(config: &str, scripts: &[(&str, &str)]) -> (Workspace, Arc<Host>) {
    let workspace = Workspace::new();
    workspace.config(&(config.to_owned() + &patience(scripts)));
    for (name, text) in scripts {
        workspace.drop_in(&format!("{name}.lua"), text);
    }
    let host = workspace.open();
    host.trust().unwrap();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.problems, []);
    (workspace, host)
}

/// Gives every handler time on a busy machine, but for one that is slow.
fn patience(scripts: &[(&str, &str)]) -> String {
    let names = scripts.iter().map(|(name, _)| *name).filter(|name| *name != "a-slow");
    let all = names.flat_map(|name| {
        Phase::ALL.map(|phase| {
            let phase = phase.as_str();
            format!("\n[extensions.overrides.{name}.hooks.{phase}]\nmax_ms = 10000\n")
        })
    });
    all.collect()
}

/// A script with a manifest.
fn with(manifest: &str, script: &str) -> String {
    let header: String = manifest.lines().map(|line| format!("-- {line}\n")).collect();
    format!("-- /// ctx\n{header}-- ///\n{script}")
}

/// A script that tags what is found with a word.
fn tags(word: &str) -> String {
    format!(
        "hooks = {{ retrieval_enrichment = function() return {{ tags = {{ '{word}' }} }} end }}"
    )
}

async fn run(host: &Host, phase: Phase, subject: Value) -> Result<PhaseReport, HookError> {
    let call = PhaseCall { kind: "turn".to_owned(), subject, ..PhaseCall::default() };
    host.run_phase(phase, call).await
}

fn codes(report: &PhaseReport) -> Vec<&'static str> {
    report.warnings.iter().map(|one| one.code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_by_the_operators_order_then_priority_then_name_then_as_the_manifest_lists_them()
{
    let two = with(
        "priority = 5\n\n[hooks.retrieval_enrichment]\nhandlers = [\"z\", \"a\"]",
        "local function tag(word) return function() return { tags = { word } } end end\n\
         hooks = { retrieval_enrichment = { a = tag('m-a'), z = tag('m-z') } }",
    );
    let (_workspace, host) = opened(
        "[extensions]\norder = [\"zz\"]\n[extensions.overrides.b]\npriority = 9\n",
        &[
            ("zz", &tags("zz")),
            ("ab", &tags("ab")),
            ("a1", &tags("a1")),
            ("m", &two),
            ("b", &tags("b")),
        ],
    )
    .await;
    let report = run(&host, Phase::RetrievalEnrichment, json!("words")).await.unwrap();
    assert_eq!(report.tags, ["zz", "b", "m-z", "m-a", "a1", "ab"]);
    let listeners = host.listeners(Phase::RetrievalEnrichment).await.unwrap();
    let why: Vec<_> = listeners.iter().map(|one| one.why()).collect();
    assert_eq!(why[..3], ["number 1 in `extensions.order`", "priority 9", "priority 5"]);
    assert_eq!(why[5], "by its name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phase_to_which_nobody_listens_changes_nothing() {
    let (_workspace, host) = opened("", &[]).await;
    let report = run(&host, Phase::PostModelDraft, json!({"text": "as it is"})).await.unwrap();
    assert_eq!((report.runs.len(), report.text.as_deref()), (0, Some("as it is")));
}

const ITEMS: &str = r#"
connector = { description = "Two people" }
function connector.scan()
  return {
    { source_id = "a", title = "  ann ", body = "Ann likes locks.", metadata = { age = 40 } },
    { source_id = "b", title = "Bob", body = "Bob likes doors.", metadata = { age = 4 } },
  }
end
"#;

const SHAPES: &str = r#"
hooks = {
  normalize = function(entity, kind)
    return {
      changes = { title = entity.title:match("^%s*(.-)%s*$"):upper(), id = "another" },
      transactions = { { id = "t", operations = {
        { path = "metadata.kind", action = "set", value = kind },
        { path = "metadata.age", action = "increment", value = 1 },
      } } },
    }
  end,
  pre_save_validate = function(data)
    if data.metadata and data.metadata.age < 18 then return data.title .. " is a child" end
  end,
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_brings_documents_into_shape_and_stores_none_that_a_hook_refuses() {
    let shapes = with("state_transaction_support = true", SHAPES);
    let (_workspace, host) = opened(
        "[sources.people]\nextension = \"people\"\n",
        &[("people", ITEMS), ("shapes", &shapes)],
    )
    .await;
    let receipt = host.sync("people", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    let report = receipt.outcome.unwrap();
    assert_eq!((report.added, report.skipped), (1, 1));
    let why = &report.skips[0].reason;
    assert_eq!(why, "`shapes`: BOB is a child (EXT_HOOK_FAILED)");
    let hits = host.search(&Query { text: "locks".into(), limit: 5, ..Query::default() }).await;
    let hits = hits.unwrap();
    assert_eq!(hits.hits[0].title, "ANN");
    let stored = host.document(&hits.hits[0].id.to_string()).unwrap();
    assert_eq!(stored.document.id, "a", "what tells a document from others stays");
    let metadata: Value = serde_json::from_str(&stored.document.metadata).unwrap();
    assert_eq!((&metadata["kind"], &metadata["age"]), (&json!("document"), &json!(41)));
    // The same again changes nothing.
    let receipt = host.sync("people", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    let report = receipt.outcome.unwrap();
    assert_eq!((report.added, report.changed, report.unchanged), (0, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_given_with_what_hooks_add_and_no_more_than_they_may() {
    let long = with(
        "[hooks.retrieval_enrichment]\nmax_tokens = 4",
        "hooks = { retrieval_enrichment = function(query)\n\
         return { snippets = { 'about ' .. query, ('word '):rep(500) }, tags = { 't', 'u', 't' } }\n\
         end }",
    );
    let (_workspace, host) = opened("", &[("long", &long), ("tags", &tags("t"))]).await;
    let query = Query { text: "locks".into(), limit: 5, ..Query::default() };
    let enrichment = host.search(&query).await.unwrap().enrichment.unwrap();
    assert_eq!(enrichment.tags, ["t", "u"]);
    assert_eq!(enrichment.snippets[0], "about locks");
    let tokens: u32 = enrichment.snippets.iter().map(|one| ctx_core::tokens::count(one)).sum();
    assert_eq!(tokens, 4);
    let report = run(&host, Phase::RetrievalEnrichment, json!("locks")).await.unwrap();
    assert_eq!(codes(&report), ["EXT_TOKEN_BUDGET_EXCEEDED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_left_out_unless_the_operator_is_strict() {
    let slow = with(
        "[hooks.pre_chat_turn]\nmax_ms = 5",
        "hooks = { pre_chat_turn = function() while true do end end }",
    );
    let quick = "hooks = { pre_chat_turn = function() return 'quick' end }";
    let scripts = [("a-slow", slow.as_str()), ("quick", quick)];
    let (_workspace, host) = opened("[limits]\nfailures = 0\n", &scripts).await;
    let report = run(&host, Phase::PreChatTurn, json!({})).await.unwrap();
    assert_eq!(report.snippets, ["quick"]);
    assert_eq!(codes(&report), ["EXT_TIME_BUDGET_EXCEEDED"]);
    assert_eq!(report.runs[0].outcome, "timeout");
    let (_workspace, host) = opened("[extensions]\nstrict_mode = true\n", &scripts).await;
    let error = run(&host, Phase::PreChatTurn, json!({})).await.unwrap_err();
    assert!(
        matches!(&error, HookError::Failed { problem, .. }
        if problem.code == "EXT_TIME_BUDGET_EXCEEDED"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_turns_hooks_share_its_time() {
    let (_workspace, host) = opened("", &[("a", &tags("a"))]).await;
    let context = HookContext { time_budget: Some(Duration::ZERO), ..HookContext::default() };
    let call = PhaseCall { subject: json!("x"), context, ..PhaseCall::default() };
    let report = host.run_phase(Phase::RetrievalEnrichment, call).await.unwrap();
    assert_eq!(
        (report.runs[0].outcome, codes(&report)),
        ("skipped", vec!["EXT_TIME_BUDGET_EXCEEDED"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_disabled_does_not_run_and_is_no_failure() {
    let waits = with("kill_switch_enabled = false", &tags("waits"));
    let (_workspace, host) =
        opened("", &[("a", &tags("a")), ("b", &tags("b")), ("c", &waits)]).await;
    host.disable(&ExtensionName::new("a").unwrap()).unwrap();
    let report = run(&host, Phase::RetrievalEnrichment, json!("x")).await.unwrap();
    let runs: Vec<_> = report.runs.iter().map(|one| (one.outcome, one.code)).collect();
    let off = ("skipped", Some("EXT_DISABLED"));
    assert_eq!(runs, [off, ("ok", None), off]);
    assert_eq!((report.tags, report.warnings), (vec!["b".to_owned()], vec![]));
    host.enable(&ExtensionName::new("a").unwrap()).unwrap();
    let report = run(&host, Phase::RetrievalEnrichment, json!("x")).await.unwrap();
    assert_eq!(report.tags, ["a", "b"]);
}

const SEES: &str = r#"
hooks = {
  post_moderation = function(turn)
    local seen = {}
    for key in pairs(turn.user) do seen[#seen + 1] = key end
    table.sort(seen)
    return {
      changes = { seen = table.concat(seen, " "), user = "overwritten" },
      transactions = { { id = "t", operations = { { path = "user.email", action = "set", value = 1 } } } },
    }
  end,
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hook_may_not_see_is_not_shown_and_what_it_writes_there_does_not_count() {
    let asks = "data_class_scopes = [\"pii\"]\nstate_transaction_support = true";
    let call = || {
        let call = PhaseCall {
            subject: json!({"user": {"name": "n", "email": "e"}}),
            document: Some("d".to_owned()),
            ..PhaseCall::default()
        };
        call.with_classes([("user.email".to_owned(), vec!["pii".to_owned()])]).unwrap()
    };
    let (_workspace, host) = opened("", &[("sees", &with(asks, SEES))]).await;
    let report = host.run_phase(Phase::PostModeration, call()).await.unwrap();
    assert_eq!(Value::Object(report.changes.clone()), json!({"seen": "name"}));
    assert_eq!(codes(&report), ["EXT_SCOPE_DENIED", "EXT_SCOPE_DENIED"]);
    assert_eq!(report.state, None);
    let allowed = "[extensions]\ndata_class_allowlist = [\"pii\"]\n";
    let (_workspace, host) = opened(allowed, &[("sees", &with(asks, SEES))]).await;
    let report = host.run_phase(Phase::PostModeration, call()).await.unwrap();
    assert_eq!(report.changes["seen"], "email name");
    assert_eq!(report.state.unwrap().version, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_edits_of_a_draft_that_overlap_the_first_wins() {
    let edits = |start: u32, stop: u32, text: &str| {
        format!(
            "hooks = {{ post_model_draft = function() return {{ edits = {{ {{ start = {start}, \
             stop = {stop}, text = '{text}' }} }}, metadata = {{ by = '{text}' }} }} end }}"
        )
    };
    let scripts = [("a", edits(0, 3, "The")), ("b", edits(2, 5, "no")), ("c", edits(4, 4, "old "))];
    let scripts: Vec<_> = scripts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let (_workspace, host) = opened("", &scripts).await;
    let report = run(&host, Phase::PostModelDraft, json!({"text": "one lock"})).await.unwrap();
    assert_eq!(report.text.as_deref(), Some("The old lock"));
    assert_eq!(report.changes["by"], "The");
    assert_eq!(codes(&report), ["EXT_KEY_TAKEN", "EXT_KEY_TAKEN", "EXT_EDIT_LEFT_OUT"]);
}

const COUNTS: &str = r#"
hooks = {
  pre_persist_turn = function(turn, run)
    return { { id = turn.id, policy = "resolver", resolver = "longest", operations = {
      { path = "turns", action = "increment", value = 1 },
      { path = "said", action = "set", value = turn.WORD },
    } } }
  end,
  resolver = function(name, path, current, candidates)
    local best = candidates[1]
    for _, one in ipairs(candidates) do
      local value = one.operations[1].value
      if type(value) == "string" and #value > #best.operations[1].value then best = one end
    end
    return { best.origin .. "/" .. best.id }
  end,
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_merged_resolved_and_committed_once() {
    let counts =
        |word: &str| with("state_transaction_support = true", &COUNTS.replace("WORD", word));
    let (one, other) = (counts("one"), counts("other"));
    let (_workspace, host) = opened("", &[("a", &one), ("b", &other)]).await;
    let turn = |id: &str| PhaseCall {
        subject: json!({"id": id, "one": "short", "other": "longer"}),
        context: HookContext { session: Some("s".to_owned()), ..HookContext::default() },
        ..PhaseCall::default()
    };
    let report = host.run_phase(Phase::PrePersistTurn, turn("1")).await.unwrap();
    let state = report.state.unwrap();
    assert_eq!((state.document.as_str(), state.version), ("s", Some(1)));
    let (version, document) = host.state_document(None, "s").await.unwrap();
    // Numbers have no length, so the first counts.
    assert_eq!(
        (version, document),
        (1, json!({"turns": 1, "said": "longer"})),
        "{:?}",
        state.verdicts
    );
    let again = host.run_phase(Phase::PrePersistTurn, turn("1")).await.unwrap().state.unwrap();
    assert!(again.verdicts.iter().all(|one| one.outcome.as_str() == "duplicate"));
    assert_eq!(host.state_document(None, "s").await.unwrap().0, 1);
    let tried = PhaseCall { dry_run: true, ..turn("2") };
    let tried = host.run_phase(Phase::PrePersistTurn, tried).await.unwrap().state.unwrap();
    assert_eq!((tried.version, tried.changes.len()), (None, 2));
    assert_eq!(host.state_document(None, "s").await.unwrap().0, 1, "a dry run keeps nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_no_manifest_announces_are_rejected() {
    let (_workspace, host) = opened("", &[("a", &COUNTS.replace("WORD", "one"))]).await;
    let report = run(&host, Phase::PrePersistTurn, json!({"id": "1", "one": "x"})).await.unwrap();
    assert_eq!(codes(&report), ["EXT_STATE_TX_UNSUPPORTED"]);
    assert_eq!(report.state, None);
}

const HEARS: &str = r#"
local function hears(event) log.info("heard " .. event.hook .. " " .. (event.id or event.source or event.fact_id or "")) end
hooks = { ["document.upserted"] = hears, ["sync.finished"] = hears, pre_read = hears, on_session_start = hears }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_of_what_has_happened_and_nobody_waits_for_it() {
    let (_workspace, host) = opened(
        "[sources.people]\nextension = \"people\"\n",
        &[("people", ITEMS), ("hears", HEARS)],
    )
    .await;
    host.sync("people", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    host.fire(Event::SessionStart, || json!({}));
    host.fire(Event::SessionEnd, || panic!("nobody hears of it, so nothing is made of it"));
    let id = ctx_store::Store::document_id("people", "a");
    let stored = host.document(&id.to_string()).unwrap();
    assert!(matches!(stored.document.content, Content::Text(_)));
    host.deliver_events().await.unwrap();
    let filter = LoggedFilter { extension: Some("hears".to_owned()), ..LoggedFilter::default() };
    let said: Vec<_> =
        host.logs(&filter, 100).unwrap().into_iter().map(|line| line.message).collect();
    assert_eq!(
        said,
        [
            "heard document.upserted a",
            "heard document.upserted b",
            "heard sync.finished people",
            "heard on_session_start ",
            "heard pre_read a",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_strict_mode_nothing_starts_with_a_broken_extension() {
    let workspace = Workspace::new();
    workspace.config("[extensions]\nstrict_mode = true\n").drop_in("broken.lua", "hooks = 1");
    let host = workspace.open();
    host.trust().unwrap();
    let error = host.catalog().await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("strict_mode") && error.contains("`broken`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_fail_open_an_unknown_key_of_a_manifest_is_noted_and_nothing_else_is_passed_over() {
    let odd = with("category = \"scenes\"", &tags("odd"));
    let workspace = Workspace::new();
    workspace.drop_in("odd.lua", &odd);
    let host = workspace.open();
    assert_eq!(host.catalog().await.unwrap().problems.len(), 1);
    let (workspace, host) = opened("[extensions]\nfail_open = true\n", &[("odd", &odd)]).await;
    let catalog = host.catalog().await.unwrap();
    let notes = &catalog.extension("odd").unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("`category`")), "{notes:?}");
    workspace.drop_in("future.lua", with("contract = \"^9\"", &tags("future")));
    let catalog = host.reload().await.unwrap();
    assert_eq!(catalog.problems.len(), 1, "a contract is no matter of looks");
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_run_side_by_side_and_are_told_in_order() {
    let slow = |word: &str| {
        format!(
            "hooks = {{ pre_save_validate = function() for _ = 1, 3000000 do end return '{word}' end }}"
        )
    };
    let (one, two) = (slow("one"), slow("two"));
    let workspace = Workspace::new();
    workspace.config(&patience(&[("one", ""), ("two", "")]));
    workspace.drop_in("one.lua", &one).drop_in("two.lua", &two);
    let overlap = Arc::new(Overlap::default());
    let host = workspace.open_by(|options| HostOptions {
        observer: Some(overlap.clone()),
        on_demand: false,
        ..options
    });
    host.trust().unwrap();
    host.catalog().await.unwrap();
    for _ in 0..3 {
        let error = run(&host, Phase::PreSaveValidate, json!({})).await.unwrap_err();
        let HookError::Rejected { problems, .. } = error else { panic!("{error}") };
        let said: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(said, ["one", "two"]);
    }
    assert_eq!(overlap.most.load(Ordering::SeqCst), 2);
}

/// Counts how many runs there are at one time.
#[derive(Default)]
struct Overlap {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Observer for Overlap {
    fn began(&self, _: &str, _: &'static str) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
    }

    fn ended(&self, _: &'static str, _: &JournalEntry) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_switch_off_no_extension_runs_and_what_is_built_in_does() {
    let workspace = Workspace::new();
    workspace.drop_in("says.lua", says("says", "a word")).drop_in("tags.lua", tags("rain"));
    let host =
        workspace.open_by(|options| HostOptions { native: vec![ctx_core::builtin()], ..options });
    host.catalog().await.unwrap();
    assert_eq!(call(&host, "says").await.unwrap(), "a word");
    host.switch_extensions(false);
    let why = call(&host, "says").await.unwrap_err();
    assert!(why.contains("`CTX_EXTENSIONS_ENABLED` is `false`"), "{why}");
    let report = run(&host, Phase::RetrievalEnrichment, json!("rain")).await.unwrap();
    assert_eq!(report.runs.len(), 0);
    assert!(call(&host, "sources").await.is_ok());
    host.switch_extensions(true);
    assert_eq!(call(&host, "says").await.unwrap(), "a word");
}
