//! Commands of WASI: any program compiled to `wasm32-wasip2` or `wasm32-wasip1`.
//! Input on standard input, an answer on standard output, and the same limits,
//! grants and bill as everything else.

use ctx_model::{Failure, FailureKind, Limits, Receipt};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wit_component::ComponentEncoder;

use crate::ending::Ended;
use crate::engine::Sandbox;
use crate::lend::stdio::Stdout;
use crate::prepare::{PrepareError, Prepared};
use crate::roles::receipt;
use crate::session::Session;
use crate::state::{Lent, State};

/// What a command exports, in whichever version of WASI 0.2.
pub(crate) const RUN: &str = "wasi:cli/run@0.2.";

/// A module larger than this is not looked into.
const LARGEST: usize = 64 << 20;

/// What a command is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandRun {
    /// The first is the program's own name.
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub input: Vec<u8>,
}

/// Makes a component of a core module that speaks preview 1.
pub(crate) fn component(module: &[u8]) -> Result<Vec<u8>, PrepareError> {
    if module.len() > LARGEST {
        return Err(PrepareError::TooLarge);
    }
    let (name, adapter) =
        (WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER);
    let encode = || -> Result<Vec<u8>, String> {
        let validated = wasmparser::validate(module);
        validated.map_err(|error| error.to_string())?;
        let text = |error| format!("{error:#}");
        let encoder = ComponentEncoder::default().module(module).map_err(text)?;
        encoder.adapter(name, adapter).map_err(text)?.encode().map_err(text)
    };
    encode().map_err(PrepareError::NotWasi)
}

impl Sandbox {
    /// Runs a command once, in a fresh instance, and returns what it wrote to
    /// standard output. An exit with another code than 0 is its failure, told
    /// in the words that it wrote to standard error.
    pub async fn run_command(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
        run: CommandRun,
    ) -> Receipt<Vec<u8>> {
        let deadline = limits.time;
        let loan = lent.loan.clone();
        let stdout = Stdout::new(limits.output);
        let state = State::of_command(lent, limits, |wasi| {
            wasi.args(&run.arguments)
                .envs(&run.environment)
                .stdin(MemoryInputPipe::new(run.input))
                .stdout(stdout.clone());
        });
        let mut session = match Session::of_command(self, prepared, state).await {
            Ok(session) => session,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let prepared = prepared.clone();
        let work = async move {
            let ended = session
                .run(&prepared, deadline, async |store, instance| {
                    let indices = prepared.roles.command.as_ref();
                    let indices =
                        indices.ok_or_else(|| wasmtime::Error::msg("it is no command"))?;
                    let command = indices.load(&mut *store, instance)?;
                    let called = command.wasi_cli_run().call_run(&mut *store).await;
                    let code = match called {
                        Ok(Ok(())) => 0,
                        Ok(Err(())) => 1,
                        Err(error) => match error.downcast_ref::<I32Exit>() {
                            Some(I32Exit(code)) => *code,
                            None => return Err(error),
                        },
                    };
                    let said = store.data().stderr.tail();
                    Ok(if code == 0 {
                        Ended::Answered(stdout.take())
                    } else {
                        Ended::Failed(failed(code, said))
                    })
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

fn failed(code: i32, said: String) -> Failure {
    let message = if said.is_empty() { format!("it exited with {code}") } else { said };
    Failure { kind: FailureKind::Internal, message, retry_after: None, details: None }
}
