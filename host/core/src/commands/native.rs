//! Native programs. They are refused unless the operator's `unsafe` list names
//! the extension and its digest, so that no other version of it ever runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ctx_model::{Broke, CallError, Denial, Layer, Limit, Limits, Outcome, Receipt, Refusal, Usage};
use ctx_process::{Ended, Permissions, Program};
use tokio::sync::Semaphore;

use super::plugin::{Line, Permission};
use super::{Commands, run};
use crate::catalog::Installed;
use crate::host::Host;

/// Programs that run at once: each is a process, and a few threads of ours.
static PLACES: Semaphore = Semaphore::const_new(8);

/// One run, as a manifest asks for it.
pub(super) struct Call<'a> {
    pub(super) line: &'a Line,
    pub(super) environment: Vec<(String, String)>,
    pub(super) input: Vec<u8>,
    pub(super) limits: Limits,
}

impl Host {
    /// Runs a native program, if it may be.
    pub(super) async fn run_native(
        &self,
        extension: &Arc<Installed>,
        commands: &Commands,
        call: Call<'_>,
    ) -> Receipt<Vec<u8>> {
        let program = match self.program(extension, commands, &call) {
            Ok(program) => program,
            Err(refusal) => return Receipt::refused(refusal),
        };
        // Queued here, where nothing of the extension runs yet.
        let place = PLACES.acquire().await;
        let begun = Instant::now();
        let stopped = Arc::new(AtomicBool::new(false));
        // Dropped when nobody waits any more, or the extension is disabled.
        let given_up = GivenUp(stopped.clone());
        let (halts, name) = (self.halts.clone(), extension.name.clone());
        let running = tokio::task::spawn_blocking(move || {
            ctx_process::run(&program, &|| stopped.load(Ordering::Relaxed))
        });
        let ended = tokio::select! {
            ended = running => ended,
            () = halts.until_disabled(&name) => {
                drop(given_up);
                return Receipt {
                    outcome: Err(broke(extension, Broke::Disabled)),
                    usage: usage(begun),
                };
            }
        };
        let ended = ended.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        drop(place);
        let outcome = outcome(extension, &call, ended);
        Receipt { outcome, usage: usage(begun) }
    }

    /// Says what is started, and refuses what may not be.
    fn program(
        &self,
        extension: &Installed,
        commands: &Commands,
        call: &Call<'_>,
    ) -> Result<Program, Refusal> {
        let id = unsafe_id(extension);
        let authority = self.authority();
        let policy = authority.policy(extension);
        // A digest can only mean this one, so whichever config says it.
        let said = [Layer::Workspace, Layer::User].map(|layer| &authority.word(layer).unsafe_);
        let is_allowed = said.iter().any(|ids| ids.contains(&id));
        drop(authority);
        let unusable = |why: String| Refusal::Unusable {
            extension: extension.name.clone(),
            why,
            help: Some("run `ctx ext list`".to_owned()),
        };
        let policy = policy.map_err(|error| unusable(error.to_string()))?;
        if !is_allowed {
            let (extension, denials) = (extension.name.clone(), vec![Denial::Unsafe(id)]);
            return Err(Refusal::Denied { extension, denials, entry: None });
        }
        let asks = &commands.plugin.permissions;
        let folder = self.places.resolve(&self.workspace, &extension.place);
        // Which hosts it reaches no kernel can tell, so it reaches all or none.
        let is_online = policy.http.iter().any(ctx_model::HostPattern::is_any);
        let network = asks.contains(&Permission::Network) && is_online;
        let mut environment = call.environment.clone();
        environment.push(("LEAN_CTX_PLUGIN_DIR".to_owned(), folder.display().to_string()));
        if asks.contains(&Permission::Environment) {
            let get = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
            environment.extend(policy.env.iter().filter_map(get));
        }
        Ok(Program {
            path: self.path(commands, call.line, &folder).map_err(unusable)?,
            arguments: call.line.arguments.clone(),
            folder,
            environment,
            input: call.input.clone(),
            permissions: Permissions { network, write: asks.contains(&Permission::Write) },
            time: call.limits.time,
            output: call.limits.output,
        })
    }

    /// Finds the program: one of its own folder as it was when its digest was
    /// taken, and else what the system installs under the name.
    #[expect(clippy::unused_self, reason = "a step of the verb above")]
    fn path(
        &self,
        commands: &Commands,
        line: &Line,
        folder: &std::path::Path,
    ) -> Result<PathBuf, String> {
        let program = line.program.trim_start_matches("./");
        let is_own = line.program.contains('/') && !line.program.starts_with('/');
        match commands.read(program) {
            Ok(_) => Ok(folder.join(program)),
            Err(error) if is_own => Err(format!("its program `{program}` cannot be read: {error}")),
            Err(_) => Ok(PathBuf::from(&line.program)),
        }
    }
}

/// Returns what an operator writes to allow this very version.
pub(crate) fn unsafe_id(extension: &Installed) -> String {
    format!("{}@sha256:{}", extension.name, extension.digest)
}

/// Tells a run that nobody wants its answer, when it is dropped.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn outcome(
    extension: &Installed,
    call: &Call<'_>,
    ended: std::io::Result<Ended>,
) -> Outcome<Vec<u8>> {
    let failed = |message: String| {
        Err(CallError::Failed { extension: extension.name.clone(), failure: run::failure(message) })
    };
    match ended {
        Ok(Ended::Exited { code: Some(0), output, .. }) => Ok(output),
        Ok(Ended::Exited { said, .. }) if !said.is_empty() => failed(said),
        Ok(Ended::Exited { code: Some(code), .. }) => failed(format!("it exited with {code}")),
        Ok(Ended::Exited { code: None, .. }) => failed("a signal ended it".to_owned()),
        Ok(Ended::TimedOut) => Err(broke(extension, Broke::Limit(Limit::Time(call.limits.time)))),
        Ok(Ended::TooMuch) => {
            Err(broke(extension, Broke::Limit(Limit::Output(call.limits.output))))
        }
        Ok(Ended::FileTooLarge) => {
            failed(format!("it wrote a file of more than {} MiB", ctx_process::FILE >> 20))
        }
        Ok(Ended::TooMany) => {
            failed(format!("it started more than {} processes", ctx_process::PROCESSES))
        }
        Ok(Ended::GivenUp) => Err(broke(extension, Broke::Cancelled)),
        Err(error) => failed(format!("`{}` cannot be started: {error}", call.line.program)),
    }
}

fn broke(extension: &Installed, broke: Broke) -> CallError {
    CallError::Broke { extension: extension.name.clone(), broke }
}

fn usage(begun: Instant) -> Usage {
    Usage { wall: begun.elapsed(), ..Usage::default() }
}
