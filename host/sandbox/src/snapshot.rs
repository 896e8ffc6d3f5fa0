//! An interpreter that has its script: run once as far as that, written into a
//! copy of its compiled code, and mapped by every call.
//!
//! Two scripts' snapshots differ in memory alone, so nothing is compiled. What
//! an instance's memory begins with lies in the compiled code as it is, and the
//! copy gets the memory of an instance that has loaded the script.

mod image;
mod noticed;

use ctx_model::{CallError, Limits};
use thiserror::Error;

use crate::aot::{CodeCache, Key, own_code};
use crate::engine::Sandbox;
use crate::prepare::{PrepareError, Prepared};
use crate::state::{Lent, Script};

use image::Image;
pub(crate) use noticed::Noticed;

/// Raised when what may be written down, or how, changes.
const FORMAT: &[u8] = b"snapshot 1";

/// Memory that a guest handed over, and from which address on.
pub(crate) struct Kept {
    pub(crate) address: u32,
    pub(crate) memory: Vec<u8>,
}

/// What is watched while a script is loaded for all calls to come.
#[derive(Default)]
pub(crate) struct Capture {
    pub(crate) noticed: Noticed,
    pub(crate) kept: Option<Kept>,
}

/// Why a script is loaded by each call anew.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unfit {
    #[error("it is no script")]
    NoScript,
    /// It might be another thing at the next call.
    #[error("its top level uses {}", .0.join(" and "))]
    Uses(Vec<&'static str>),
    #[error("its top level takes more memory than the interpreter begins with")]
    TooLarge,
    #[error("its top level keeps something of the host's open")]
    HoldsOn,
    #[error("{0}")]
    Failed(CallError),
    /// A defect of this build, not of the script.
    #[error("this build cannot write into compiled code: {0}")]
    Layout(&'static str),
}

impl Sandbox {
    /// Returns an interpreter that begins with its script loaded, from the
    /// cache if it is there. `component` is what `interpreter` was prepared
    /// from; nothing has to be lent but the script.
    ///
    /// # Errors
    ///
    /// A script whose top level asks the host for anything, or draws a number,
    /// has to be loaded by each call.
    pub async fn snapshot(
        &self,
        interpreter: &Prepared,
        component: &[u8],
        lent: Lent,
        limits: Limits,
    ) -> Result<Prepared, Unfit> {
        let Some(script) = lent.loan.script.clone() else { return Err(Unfit::NoScript) };
        let key = self.snapshot_key(component, &script);
        if let Some(cache) = &self.cache
            && let Some(found) = cache.get(&self.interpreters.engine, &key)
        {
            return self.interpreters.linked(&found).map_err(unlinked);
        }
        let kept = self.capture(interpreter, lent, limits).await?;
        let mut code = interpreter.pre.component().serialize().map_err(|_| NO_CODE)?;
        Image::of(component, &code)?.replace(&mut code, &kept)?;
        let written =
            self.cache.as_ref().and_then(|cache| cache.put(&self.interpreters.engine, &key, &code));
        let component = match written {
            Some(component) => component,
            // A full disk costs memory and not the snapshot.
            None => own_code(&self.interpreters.engine, &code).ok_or(NO_CODE)?,
        };
        self.interpreters.linked(&component).map_err(unlinked)
    }

    fn snapshot_key(&self, component: &[u8], script: &Script) -> Key {
        CodeCache::key_of(
            &self.interpreters.engine,
            &[FORMAT, component, script.name.as_bytes(), script.text.as_bytes()],
        )
    }
}

const NO_CODE: Unfit = Unfit::Layout("the compiled code cannot be had");

fn unlinked(_: PrepareError) -> Unfit {
    Unfit::Layout("what was written cannot be loaded")
}
