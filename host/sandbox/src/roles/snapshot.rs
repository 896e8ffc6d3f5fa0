//! `snapshot`: a script is loaded once, and what came of it handed over.

use ctx_model::Limits;

use super::answer;
use crate::ending::{Ended, outcome};
use crate::engine::Sandbox;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::snapshot::{Kept, Unfit};
use crate::state::Lent;

/// Calls of lent functions that an honest loading makes: it gets the script,
/// and hands over its memory.
const OWN_CALLS: u64 = 2;

impl Sandbox {
    /// Loads the script in an instance that is given nothing else, and takes
    /// its memory.
    pub(crate) async fn capture(
        &self,
        interpreter: &Prepared,
        lent: Lent,
        limits: Limits,
    ) -> Result<Kept, Unfit> {
        let deadline = limits.time;
        let (interpreter, loan) = (interpreter.clone(), lent.loan.clone());
        let session = Session::watched(self, &interpreter, lent, limits).await;
        // Halted it would be told as unfit, for good.
        let mut session = session.map_err(|full| Unfit::Failed(full.into()))?.unhalted();
        let work = async move {
            let Some(indices) = &interpreter.roles.snapshot else { return Err(Unfit::NoScript) };
            let ended = session
                .run(&interpreter, deadline, async |store, instance| {
                    let guest = indices.load(&mut *store, instance)?;
                    answer!(guest.call_capture(&mut *store).await?);
                    Ok(Ended::Answered(()))
                })
                .await;
            let state = session.store.data_mut();
            let (calls, has_logged) = (state.meter.host_calls().made(), state.meter.has_logged());
            let capture = state.capture.take().unwrap_or_default();
            let mut uses = capture.noticed.uses();
            if has_logged {
                uses.push("the log");
            }
            if calls > OWN_CALLS {
                uses.push("the host");
            }
            if !uses.is_empty() {
                return Err(Unfit::Uses(uses));
            }
            outcome(state, ended).map_err(Unfit::Failed)?;
            if !state.table.is_empty() {
                return Err(Unfit::HoldsOn);
            }
            capture.kept.ok_or(Unfit::Layout("the interpreter handed over no memory"))
        };
        self.pace.drive(&loan.extension, work).await
    }
}
