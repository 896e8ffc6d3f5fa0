//! What a call of a script costs at the sandbox's own interface: no catalog, no
//! schema, no journal.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use ctx_model::{
    CallRequest, Context, ContextError, Environment, ExtensionName, Grant, Hits, KeyPage, KeyValue,
    KeyValueError, Limits, Log, LogLine, Network, Query, Secrets, SecretsError, SourceStatus,
    Stored, Tokens,
};
use ctx_sandbox::{CodeCache, Lent, Loan, Ports, Prepared, Sandbox, SandboxConfig, Script};
use serde_json::Value;

use crate::figure::Figure;
use crate::native;
use crate::stopwatch::{in_turn, micros};
use crate::workspace::GREET;

const ROUNDS: usize = 3000;

/// The interpreter, as it comes with every `ctx`.
const INTERPRETER: &[u8] = include_bytes!("../../../lua-guest/dist/lua-guest.wasm");

pub(crate) async fn measure(arguments: &Value) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let cache = CodeCache::open(folder.path(), [7; 32])?;
    let sandbox =
        Sandbox::new(SandboxConfig { cache: Some(cache), on_demand: false, halting: None })?;
    let interpreter = sandbox.prepare_interpreter(INTERPRETER)?;
    let loan = Arc::new(loan()?);
    let lent = || Lent::new(loan.clone());
    let begun = std::time::Instant::now();
    let snapshot = sandbox.snapshot(&interpreter, INTERPRETER, lent(), Limits::DEFAULT).await?;
    let took = begun.elapsed();
    let call = async |prepared: &Prepared| {
        let request = CallRequest {
            name: "greet".to_owned(),
            arguments: arguments.to_string(),
            resumed: None,
        };
        let receipt = sandbox.call_tool(prepared, lent(), Limits::DEFAULT, request).await;
        receipt.outcome.map(|_| ()).map_err(|error| anyhow!("{error}"))
    };
    let native = async || native::call(GREET, arguments).map(|_| ());
    let (mapped, native) = in_turn(ROUNDS, || call(&snapshot), native).await?;
    let (loaded, _) = in_turn(ROUNDS, || call(&interpreter), async || Ok(())).await?;
    Ok(vec![
        Figure::context(
            "sandbox.lua.us",
            "Lua tool from its snapshot, p50 at the sandbox",
            micros(mapped),
            "us",
        ),
        Figure::context(
            "sandbox.lua.loaded.us",
            "the same, loaded by each call",
            micros(loaded),
            "us",
        ),
        Figure::at_most(
            "sandbox.lua.ratio",
            "Lua tool from its snapshot / native mlua with a new VM",
            mapped.as_secs_f64() / native.as_secs_f64(),
            "x",
            0.7,
        ),
        Figure::at_most(
            "sandbox.snapshot.ms",
            "making a snapshot",
            took.as_secs_f64() * 1e3,
            "ms",
            500.0,
        ),
    ])
}

fn loan() -> Result<Loan> {
    let nothing = Arc::new(Nothing);
    Ok(Loan {
        extension: ExtensionName::new("greet").context("a name")?,
        grant: Grant::default(),
        settings: "{}".to_owned(),
        private: Vec::new(),
        script: Some(Script { name: "greet.lua".to_owned(), text: GREET.to_owned() }),
        inject: Vec::new(),
        folders: BTreeMap::new(),
        ports: Ports {
            kv: nothing.clone(),
            secrets: nothing.clone(),
            env: nothing.clone(),
            context: nothing.clone(),
            log: nothing.clone(),
            network: nothing.clone(),
            time: None,
            files: None,
            tokens: nothing,
        },
        entry: None,
    })
}

/// Lends nothing.
struct Nothing;

fn no_values<T>() -> Result<T, KeyValueError> {
    Err(KeyValueError::Other("nothing is lent".to_owned()))
}

fn no_context<T>() -> Result<T, ContextError> {
    Err(ContextError::Other("nothing is lent".to_owned()))
}

impl KeyValue for Nothing {
    fn get(&self, _: &ExtensionName, _: &str, _: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        no_values()
    }

    fn set(&self, _: &ExtensionName, _: &str, _: &str, _: &[u8]) -> Result<(), KeyValueError> {
        no_values()
    }

    fn delete(&self, _: &ExtensionName, _: &str, _: &str) -> Result<(), KeyValueError> {
        no_values()
    }

    fn list_keys(
        &self,
        _: &ExtensionName,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<KeyPage, KeyValueError> {
        no_values()
    }
}

impl Secrets for Nothing {
    fn get(&self, _: &str) -> Result<String, SecretsError> {
        Err(SecretsError::NotSet)
    }
}

impl Environment for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

impl Context for Nothing {
    fn search(&self, _: &Query) -> Result<Hits, ContextError> {
        no_context()
    }

    fn get(&self, _: &str) -> Result<Option<Stored>, ContextError> {
        no_context()
    }

    fn sources(&self) -> Result<Vec<SourceStatus>, ContextError> {
        no_context()
    }
}

impl Log for Nothing {
    fn write(&self, _: &LogLine<'_>) {}
}

impl Tokens for Nothing {
    fn count(&self, _: &str) -> u32 {
        0
    }
}

impl Network for Nothing {
    fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(Vec::new())
    }
}
