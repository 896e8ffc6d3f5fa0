//! What a guest does: one file for each export. Arguments in, a receipt out.

pub(crate) mod agents;
pub(crate) mod chunking;
pub(crate) mod completion;
pub(crate) mod compression;
pub(crate) mod embedding;
pub(crate) mod events;
pub(crate) mod extraction;
pub(crate) mod normalize;
pub(crate) mod post_model_draft;
pub(crate) mod post_moderation;
pub(crate) mod pre_chat_turn;
pub(crate) mod pre_persist_turn;
pub(crate) mod pre_save_validate;
pub(crate) mod resolver;
pub(crate) mod resources;
pub(crate) mod retrieval_enrichment;
pub(crate) mod snapshot;
pub(crate) mod source;
pub(crate) mod tools;
pub(crate) mod viewing;

use ctx_model::{
    AgentInfo, EmbedderInfo, ExtractorInfo, Failure, FailureKind, Holdings, Hooks, Limit, Limits,
    Receipt, Role, SourceInfo, ToolInfo, Transforms,
};

use crate::budget::Waiting;
use crate::convert::{self, transforms};
use crate::ending::{Ended, outcome};
use crate::engine::Sandbox;
use crate::prepare::Prepared;
use crate::session::Session;
use crate::state::Lent;

/// What an extension says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description {
    pub roles: Vec<Role>,
    pub tools: Vec<ToolInfo>,
    pub agents: Vec<AgentInfo>,
    pub holdings: Holdings,
    pub source: Option<SourceInfo>,
    pub extractor: Option<ExtractorInfo>,
    pub embedder: Option<EmbedderInfo>,
    pub hooks: Hooks,
    pub transforms: Transforms,
}

/// Lets `?` end a piece of work with the guest's own failure.
macro_rules! answer {
    ($called:expr) => {
        match $called {
            Ok(answer) => answer,
            Err(error) => return Ok(Ended::Failed(crate::convert::failure(error))),
        }
    };
}
pub(crate) use answer;

impl Sandbox {
    /// Asks an extension what it is. The caller lends nothing.
    pub async fn describe(
        &self,
        prepared: &Prepared,
        lent: Lent,
        limits: Limits,
    ) -> Receipt<Description> {
        let deadline = limits.time;
        let loan = lent.loan.clone();
        let mut session = match Session::open(self, prepared, lent, limits, Waiting::Patient).await
        {
            Ok(session) => session.unhalted(),
            Err(refusal) => return Receipt::refused(refusal),
        };
        let prepared = prepared.clone();
        let work = async move {
            let ended = session
                .run(&prepared, deadline, async |store, instance| {
                    let mut roles = prepared.roles();
                    let mut hooks = prepared.hooks();
                    if let Some(indices) = &prepared.roles.describe {
                        let guest = indices.load(&mut *store, instance)?;
                        let named = answer!(guest.call_describe(&mut *store).await?);
                        roles.retain(|role| named.iter().any(|word| word == role.as_str()));
                        hooks = Hooks::of(named.iter().map(String::as_str));
                    }
                    let mut description = Description { roles, hooks, ..Description::default() };
                    for role in description.roles.clone() {
                        match role {
                            Role::Connector => {
                                let guest = source::load(&prepared, store, instance)?;
                                let info = answer!(guest.call_describe(&mut *store).await?);
                                description.source = Some(convert::source_info(info));
                            }
                            Role::Tool => {
                                let guest = tools::load(&prepared, store, instance)?;
                                let infos = answer!(guest.call_list_tools(&mut *store).await?);
                                description.tools =
                                    infos.into_iter().map(convert::tool_info).collect();
                            }
                            Role::Agent => {
                                let guest = agents::load(&prepared, store, instance)?;
                                let infos = answer!(guest.call_list_agents(&mut *store).await?);
                                description.agents =
                                    infos.into_iter().map(convert::agent_info).collect();
                            }
                            Role::Resource => {
                                let guest = resources::load(&prepared, store, instance)?;
                                let held = answer!(guest.call_list_resources(&mut *store).await?);
                                description.holdings = convert::holdings(held);
                            }
                            // It says nothing of itself; whoever fills in asks.
                            Role::Completer => {}
                            Role::Extractor => {
                                let guest = extraction::load(&prepared, store, instance)?;
                                let info = answer!(guest.call_describe(&mut *store).await?);
                                description.extractor = Some(convert::extractor_info(info));
                            }
                            Role::Embedder => {
                                let guest = embedding::load(&prepared, store, instance)?;
                                let info = answer!(guest.call_describe(&mut *store).await?);
                                description.embedder = Some(convert::embedder_info(info));
                            }
                            // What it listens to says all.
                            Role::Hook => {}
                            Role::Compressor => {
                                let guest = compression::load(&prepared, store, instance)?;
                                let all = guest.call_list_compressors(&mut *store).await?;
                                description.transforms.compressors =
                                    answer!(all).into_iter().map(transforms::compressor).collect();
                            }
                            Role::Chunker => {
                                let guest = chunking::load(&prepared, store, instance)?;
                                let all = guest.call_list_chunkers(&mut *store).await?;
                                description.transforms.chunkers =
                                    answer!(all).into_iter().map(transforms::chunker).collect();
                            }
                            Role::ReadMode => {
                                let guest = viewing::load(&prepared, store, instance)?;
                                let all = guest.call_list_read_modes(&mut *store).await?;
                                description.transforms.read_modes =
                                    answer!(all).into_iter().map(transforms::read_mode).collect();
                            }
                        }
                    }
                    Ok(Ended::Answered(description))
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

/// Closes a session: the outcome and the bill.
pub(crate) fn receipt<T>(mut session: Session, ended: Ended<T>) -> Receipt<T> {
    let usage = session.usage();
    Receipt { outcome: outcome(session.store.data_mut(), ended), usage }
}

/// Ends a run whose answer is larger than it may be.
pub(crate) fn within_size<T>(answer: T, size: u64, limit: u64) -> Ended<T> {
    if size > limit { Ended::Cut(Limit::Output(limit)) } else { Ended::Answered(answer) }
}

/// Ends a run whose answer breaks a law of its role.
fn broke_a_law<T>(message: String) -> Ended<T> {
    Ended::Failed(Failure {
        kind: FailureKind::Internal,
        message,
        retry_after: None,
        details: None,
    })
}

/// Error of a caller who asks for a role that is not played.
pub(crate) fn not_played(role: Role) -> wasmtime::Error {
    wasmtime::Error::msg(format!("it plays no {role}"))
}
