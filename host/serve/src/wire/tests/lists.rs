//! What is installed, offered, stored and noted.

use ctx_core::Requested;
use ctx_model::{AgentArgument, AgentInfo, Hints, SourceStatus, TaskSupport, ToolInfo};
use ctx_store::{JournalEntry, SourceRow, StoreStats};

use super::check;
use crate::wire;

fn tool() -> ToolInfo {
    ToolInfo {
        name: "greet".to_owned(),
        title: Some("Greet".to_owned()),
        description: "Says hello".to_owned(),
        input_schema: r#"{"type":"object"}"#.to_owned(),
        output_schema: None,
        hints: Hints { read_only: true, ..Hints::default() },
        task: TaskSupport::Forbidden,
        meta: None,
    }
}

fn agent() -> AgentInfo {
    AgentInfo {
        name: "guide".to_owned(),
        title: None,
        description: "Shows around".to_owned(),
        arguments: vec![AgentArgument {
            name: "place".to_owned(),
            title: None,
            description: "Where".to_owned(),
            required: true,
        }],
        tools: vec!["greet".to_owned()],
        meta: None,
    }
}

const TOOL: &str = concat!(
    r#""title":"Greet","description":"Says hello","input_schema":{"type":"object"},"#,
    r#""hints":{"read_only":true,"destructive":false,"idempotent":false,"open_world":false}}"#,
);

const AGENT: &str = concat!(
    r#""description":"Shows around","arguments":"#,
    r#"[{"name":"place","description":"Where","required":true}],"tools":["greet"]}"#,
);

#[test]
fn a_tool_names_its_extension_only_in_lists_of_its_own() {
    let info = tool();
    let tool = wire::Tool::new("greet", &info);
    check(&tool, &format!(r#"{{"name":"greet",{TOOL}"#));
    let listed = wire::Tool { extension: Some("hello"), ..tool };
    check(&listed, &format!(r#"{{"name":"greet","extension":"hello",{TOOL}"#));
}

#[test]
fn an_agent_names_its_extension_only_in_lists_of_its_own() {
    let info = agent();
    let agent = wire::Agent::new("guide", &info);
    check(&agent, &format!(r#"{{"name":"guide",{AGENT}"#));
    let listed = wire::Agent { extension: Some("hello"), ..agent };
    check(&listed, &format!(r#"{{"name":"guide","extension":"hello",{AGENT}"#));
}

fn installed<'a>(tool: &'a ToolInfo, agent: &'a AgentInfo) -> wire::Installed<'a> {
    let requested = |capability, value: &str, granted| Requested {
        capability,
        value: value.to_owned(),
        granted,
    };
    let requested = [
        requested("http", "b.example", true),
        requested("env", "HOME", false),
        requested("http", "a.example", false),
    ];
    wire::Installed {
        media_types: &[],
        name: "hello",
        version: Some("0.1.0"),
        description: None,
        license: None,
        kind: "lua",
        origin: wire::Origin { layer: "workspace", place: "extensions/hello.lua", registry: None },
        digest: "sha256:00".to_owned(),
        roles: vec!["connector", "tool"],
        contract: "ctx:extension@0.1.0",
        requests: requested.iter().collect(),
        grants: requested.iter().filter(|one| one.granted).collect(),
        limits: (&ctx_model::Limits::DEFAULT).into(),
        state: wire::State::NeedsGrants,
        halted: None,
        error: None,
        conformance: wire::Conformance::default(),
        outdated_grants: false,
        tools: vec![wire::Tool::new("greet", tool)],
        agents: vec![wire::Agent::new("guide", agent)],
        source: Some(wire::Connector {
            description: "Notes",
            settings_schema: wire::Json::new("{}"),
            incremental: false,
            complete: true,
            streaming: false,
        }),
        resources: Vec::new(),
        transforms: Vec::new(),
        hooks: None,
        embedder: None,
        settings_schema: None,
        notes: &[],
    }
}

#[test]
fn an_extension_lists_powers_in_the_order_in_which_it_asks() {
    let (tool, agent) = (tool(), agent());
    let start = concat!(
        r#"{"name":"hello","version":"0.1.0","kind":"lua","#,
        r#""origin":{"layer":"workspace","place":"extensions/hello.lua"},"#,
        r#""digest":"sha256:00","roles":["connector","tool"],"contract":"ctx:extension@0.1.0","#,
        r#""requests":{"http":["b.example","a.example"],"env":["HOME"]},"#,
        r#""grants":{"http":["b.example"]},"#,
        r#""limits":{"fuel":5000000000,"memory_bytes":67108864,"time_ms":30000,"#,
        r#""output_bytes":4194304,"log_bytes":1048576,"host_calls":10000},"#,
        r#""state":"needs-grants","#,
    );
    let offers =
        format!(r#""tools":[{{"name":"greet",{TOOL}],"agents":[{{"name":"guide",{AGENT}]"#);
    let source = concat!(
        r#""source":{"description":"Notes","settings_schema":{},"#,
        r#""incremental":false,"complete":true,"streaming":false}"#,
    );
    let unknown = r#""conformance":{"status":"not-run"}"#;
    check(&installed(&tool, &agent), &format!("{start}{unknown},{offers},{source}}}"));

    let notes = ["It is old".to_owned()];
    let broken = wire::Installed {
        error: Some(wire::Fault { message: "it does not parse", help: "mend it" }),
        conformance: wire::Conformance {
            status: wire::ConformanceStatus::Passed,
            suite: Some("1".to_owned()),
            passed: Some(7),
            ..wire::Conformance::default()
        },
        outdated_grants: true,
        tools: Vec::new(),
        agents: Vec::new(),
        notes: &notes,
        ..installed(&tool, &agent)
    };
    let trouble = concat!(
        r#""error":{"message":"it does not parse","help":"mend it"},"#,
        r#""conformance":{"status":"passed","suite":"1","passed":7},"#,
        r#""outdated_grants":true"#,
    );
    let notes = r#""notes":["It is old"]"#;
    check(
        &wire::Extension::Installed(Box::new(broken)),
        &format!("{start}{trouble},{source},{notes}}}"),
    );
}

#[test]
fn what_is_not_loaded_says_why_and_what_to_do() {
    let not_loaded = wire::NotLoaded {
        name: "hello",
        origin: wire::Origin { layer: "user", place: "extensions/hello.lua", registry: None },
        state: "error",
        error: wire::Fault { message: "it does not parse", help: "mend line 3" },
    };
    check(
        &wire::Extension::NotLoaded(not_loaded),
        concat!(
            r#"{"name":"hello","origin":{"layer":"user","place":"extensions/hello.lua"},"#,
            r#""state":"error","error":{"message":"it does not parse","help":"mend line 3"}}"#,
        ),
    );
}

#[test]
fn capabilities_keep_every_list_even_if_it_is_empty() {
    let capabilities = wire::Capabilities {
        contract_version: 1,
        schema: wire::SCHEMA_AT,
        server: wire::Server { name: "ctx", version: "0.1.0" },
        engine: wire::Engine {
            name: "wasmtime",
            allocation: "pooling",
            interpreters: vec!["lua 5.4"],
            tokenizer: "o200k_base",
        },
        transports: vec!["cli"],
        contracts: wire::Contracts { extension: "0.1.0", capabilities: 1 },
        parts: std::collections::BTreeMap::new(),
        extensions: wire::Names { tools: vec!["greet"], ..wire::Names::default() },
        installed: Vec::new(),
    };
    check(
        &capabilities,
        concat!(
            r#"{"contract_version":1,"schema":"/v1/capabilities/schema.json","server":{"name":"ctx","version":"0.1.0"},"#,
            r#""engine":{"name":"wasmtime","allocation":"pooling","interpreters":["lua 5.4"],"tokenizer":"o200k_base"},"#,
            r#""transports":["cli"],"contracts":{"ctx:extension":"0.1.0","capabilities":1},"parts":{},"#,
            r#""extensions":{"connectors":[],"tools":["greet"],"agents":[],"compressors":[],"#,
            r#""chunkers":[],"read_modes":[],"extractors":[],"embedders":[],"hooks":[],"#,
            r#""plugins":[]},"installed":[]}"#,
        ),
    );
}

#[test]
fn a_source_says_whether_it_is_ready() {
    let status = SourceStatus {
        name: "notes".to_owned(),
        extension: "files".to_owned(),
        configured: true,
        ready: false,
        note: Some("no root".to_owned()),
        documents: 3,
        chunks: 7,
        synced: None,
    };
    check(
        &wire::Source::from(&status),
        r#"{"name":"notes","extension":"files","ready":false,"note":"no root","documents":3}"#,
    );
    let status = SourceStatus { ready: true, note: None, synced: Some(0), ..status };
    check(
        &wire::Source::from(&status),
        concat!(
            r#"{"name":"notes","extension":"files","ready":true,"documents":3,"#,
            r#""synced":"1970-01-01T00:00:00Z"}"#,
        ),
    );
}

#[test]
fn stats_are_in_bytes() {
    let row = SourceRow {
        name: "notes".to_owned(),
        extension: "files".to_owned(),
        documents: 3,
        chunks: 4,
        synced: Some(0),
        failure: Some("it was stopped".to_owned()),
    };
    let stats = StoreStats {
        path: "ctx.sqlite".into(),
        documents: 3,
        chunks: 4,
        database: 10,
        index: 20,
        sources: vec![row],
    };
    check(
        &wire::Stats::from(&stats),
        concat!(
            r#"{"documents":3,"chunks":4,"database_bytes":10,"index_bytes":20,"sources":"#,
            r#"[{"name":"notes","documents":3,"chunks":4,"synced":"1970-01-01T00:00:00Z","#,
            r#""failure":"it was stopped"}]}"#,
        ),
    );
}

#[test]
fn a_line_of_the_journal_is_a_bill() {
    let entry = JournalEntry {
        time: 1_999,
        extension: "hello".to_owned(),
        role: "tool".to_owned(),
        name: "greet".to_owned(),
        outcome: "trap".to_owned(),
        message: Some("it trapped".to_owned()),
        fuel: 1,
        peak_memory: 2,
        wall_us: 3,
        host_calls: 4,
        ..JournalEntry::default()
    };
    let line = concat!(
        r#"{"time":"1970-01-01T00:00:01Z","extension":"hello","role":"tool","name":"greet","#,
        r#""outcome":"trap","message":"it trapped","fuel":1,"peak_memory_bytes":2,"wall_us":3,"#,
        r#""host_calls":4"#,
    );
    check(&wire::JournalEntry::from(&entry), &format!("{line}}}"));
    let entry = JournalEntry {
        caller: Some("mcp".to_owned()),
        request: Some("4bf92f35".to_owned()),
        ..entry
    };
    check(
        &wire::JournalEntry::from(&entry),
        &format!(r#"{line},"caller":"mcp","request":"4bf92f35"}}"#),
    );
}
