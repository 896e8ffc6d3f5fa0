//! Plugins of LeanCTX: programs of WASI in the sandbox, native ones by leave.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use ctx_core::{Host, HostOptions, Places, ToolCall};
use ctx_model::{
    BlockContent, Broke, CallError, Caller, Denial, Event, Limit, Outcome, Refusal, Reply,
};
use serde_json::{Value, json};

use crate::workspace::{Workspace, write};

/// A program that does what it is asked.
const PROGRAM: &str = include_str!("commands/asked.rs");

/// One that speaks preview 1, and gives back what it is given.
const ECHO: &str = include_str!("commands/echo.wat");

/// Compiles the program, once for all tests.
fn program() -> Vec<u8> {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("commands");
        fs::create_dir_all(&folder).unwrap();
        let (source, made) = (folder.join("asked.rs"), folder.join("asked.wasm"));
        fs::write(&source, PROGRAM).unwrap();
        let mut compiler = Command::new("rustc");
        compiler.args([
            "--edition=2024",
            "--target=wasm32-wasip2",
            "-Copt-level=s",
            "-Cstrip=symbols",
        ]);
        assert!(compiler.arg("-o").arg(&made).arg(&source).status().unwrap().success());
        made
    });
    fs::read(path).unwrap()
}

fn manifest(command: &str, rest: &str) -> String {
    format!(
        "[plugin]\nname = \"asked\"\nversion = \"1\"\n{rest}\n[[tools]]\nname = \"ask\"\n\
         command = \"{command}\"\ntimeout_ms = 20000\n\
         input_schema = {{ type = \"object\", properties = {{ what = {{ type = \"string\" }} }} }}\n"
    )
}

fn asked() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("asked/plugin.toml", manifest("asked.wasm --flag", ""));
    workspace.drop_in("asked/asked.wasm", program());
    workspace
}

async fn ask(host: &Host, arguments: Value) -> Outcome<String> {
    let (tool, caller) = ("ask".to_owned(), Caller::default());
    let call = ToolCall { tool, arguments, resumed: None, caller };
    host.call(call).await.outcome.map(|reply| match reply {
        Reply::Done(output) => match &output.blocks[0].content {
            BlockContent::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        },
        Reply::Ask(_) => panic!("it asked"),
    })
}

async fn what(host: &Host, what: &str) -> Outcome<String> {
    ask(host, json!({ "what": what })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_wasi_is_a_tool_in_the_sandbox() {
    let workspace = asked();
    let host = workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
    assert_eq!(what(&host, "echo").await.unwrap(), r#"{"what":"echo"}"#);
    assert_eq!(what(&host, "given").await.unwrap(), "asked.wasm --flag; LEAN_CTX_TOOL=ask");
    assert_eq!(what(&host, "files").await.unwrap(), "no files");
    assert_eq!(what(&host, "large").await.unwrap().len(), 3 << 20);
    let Err(CallError::Failed { failure, .. }) = what(&host, "fail").await else { panic!() };
    assert_eq!(failure.message, "no such thing");
    let Err(CallError::Broke { broke, .. }) = what(&host, "flood").await else { panic!() };
    assert!(matches!(broke, Broke::Limit(Limit::Output(_))), "{broke:?}");
    let Err(CallError::Broke { broke, .. }) = what(&host, "loop").await else { panic!() };
    assert!(matches!(broke, Broke::Limit(Limit::Fuel(_) | Limit::Time(_))), "{broke:?}");
    let Err(CallError::Broke { broke, .. }) = what(&host, "grow").await else { panic!() };
    assert!(matches!(broke, Broke::Limit(Limit::Memory(_))), "{broke:?}");
    let refused = ask(&host, json!({ "what": 5 })).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused(Refusal::InvalidArguments { .. })), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_preview_1_is_adapted() {
    let workspace = Workspace::new();
    workspace.drop_in("asked/plugin.toml", manifest("echo.wasm", ""));
    workspace.drop_in("asked/echo.wasm", wat::parse_str(ECHO).unwrap());
    let host = workspace.open();
    let long = "ü\r\n".repeat(100_000);
    let answer = ask(&host, json!({ "what": long })).await.unwrap();
    let given = json!({ "what": long }).to_string();
    assert!(answer == given);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_command_is_named_with_the_reason() {
    let workspace = Workspace::new();
    workspace.drop_in("asked/plugin.toml", manifest("asked.wasm", ""));
    let host = workspace.open();
    for (bytes, why) in [
        (None, "its program `asked.wasm` cannot be read: "),
        (
            Some(b"no wasm".to_vec()),
            "its program `asked.wasm` cannot be run: it is not WebAssembly",
        ),
        (
            Some(wat::parse_str("(module)").unwrap()),
            "its program `asked.wasm` cannot be run: it is no command of WASI",
        ),
        (
            // A component with nothing in it.
            Some(vec![0, b'a', b's', b'm', 0x0d, 0, 1, 0]),
            "its program `asked.wasm` cannot be run: it is no command: it does not export",
        ),
    ] {
        if let Some(bytes) = bytes {
            workspace.drop_in("asked/asked.wasm", bytes);
        }
        let catalog = host.reload().await.unwrap();
        assert!(catalog.problems[0].why.starts_with(why), "{:?}", catalog.problems);
    }
}

/// A plugin with a program that no sandbox holds.
fn native(rest: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("asked/plugin.toml", manifest("sh run.sh", rest));
    workspace.drop_in("asked/run.sh", "cat; echo; echo \"$LEAN_CTX_TOOL\"; pwd");
    workspace
}

/// Lets the operator allow it, as it is now.
async fn allow(workspace: &Workspace) -> Arc<Host> {
    let host = workspace.open();
    let refused = what(&host, "x").await.unwrap_err();
    let CallError::Refused(Refusal::Denied { denials, .. }) = refused else { panic!("{refused}") };
    let [Denial::Unsafe(id)] = denials.as_slice() else { panic!("{denials:?}") };
    let digest = host.catalog().await.unwrap().extension("asked").unwrap().digest;
    assert_eq!(*id, format!("asked@sha256:{digest}"));
    let line = format!("[extensions]\nunsafe = [\"{id}\"]\n");
    write(&workspace.path("config/config.toml"), line);
    // A workspace's own config is nobody's word, so this has to be the user's.
    let host = workspace.open();
    host.catalog().await.unwrap();
    host
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_program_runs_only_as_the_operator_allowed_it() {
    let workspace = native("");
    let host = allow(&workspace).await;
    let answer = what(&host, "x").await.unwrap();
    let folder = workspace.extensions().join("asked").canonicalize().unwrap();
    assert_eq!(answer, format!("{{\"what\":\"x\"}}\nask\n{}\n", folder.display()));

    // One byte more, and it is another program.
    workspace.drop_in("asked/run.sh", "cat ");
    host.reload().await.unwrap();
    let refused = what(&host, "x").await.unwrap_err();
    assert!(matches!(refused, CallError::Refused(Refusal::Denied { .. })), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_config_of_a_workspace_allows_no_native_program() {
    let workspace = native("");
    let host = workspace.open();
    let digest = host.catalog().await.unwrap().extension("asked").unwrap().digest;
    workspace.config(&format!("[extensions]\nunsafe = [\"asked@sha256:{digest}\"]\n"));
    host.reload().await.unwrap();
    assert!(what(&host, "x").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_of_lean_ctx_is_looked_through_and_what_it_disables_stays_so() {
    let workspace = Workspace::new();
    let plugins = workspace.path("lean-ctx/plugins");
    for name in ["one", "two"] {
        let text =
            manifest("echo.wasm", "").replace("asked", name).replace("ask\"", &format!("{name}\""));
        write(&plugins.join(name).join("plugin.toml"), text);
        write(&plugins.join(name).join("echo.wasm"), wat::parse_str(ECHO).unwrap());
    }
    write(&plugins.join("plugin-state.json"), r#"{"disabled": ["two"]}"#);
    let host = workspace.open_by(|options| HostOptions {
        places: Places { plugins: Some(plugins.clone()), ..options.places.clone() },
        ..options
    });
    let catalog = host.catalog().await.unwrap();
    assert!(catalog.extension("one").is_some());
    assert!(catalog.extension("two").is_none());
    assert_eq!(catalog.problems[0].why, "`plugin-state.json` beside it disables it");
    write(&plugins.join("plugin-state.json"), "{");
    let catalog = host.reload().await.unwrap();
    assert!(catalog.problems.iter().all(|one| one.why.contains("cannot be read")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hooks_of_a_plugin_hear_of_events() {
    let workspace = native("");
    let mut rest = "[trust]\npermissions = [\"fs_write\"]\n".to_owned();
    for (name, _) in HEARD {
        rest.extend(["[hooks.", name, "]\ncommand = \"sh hear.sh ", name, "\"\n"]);
    }
    workspace.drop_in("asked/hear.sh", "cat > \"$LEAN_CTX_PLUGIN_DIR/$1\"");
    workspace.drop_in("asked/plugin.toml", manifest("sh run.sh called", &rest));
    let host = allow(&workspace).await;
    for (_, event) in HEARD {
        host.fire(event, || json!({ "with": event.as_str() }));
    }
    host.deliver_events().await.unwrap();
    for (name, _) in HEARD {
        let told = fs::read_to_string(workspace.extensions().join("asked").join(name)).unwrap();
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, json!({ "hook": name, "with": name }));
    }
}

/// The events of LeanCTX.
const HEARD: [(&str, Event); 5] = [
    ("on_session_start", Event::SessionStart),
    ("on_session_end", Event::SessionEnd),
    ("pre_read", Event::PreRead),
    ("post_compress", Event::PostCompress),
    ("on_knowledge_update", Event::KnowledgeUpdate),
];
