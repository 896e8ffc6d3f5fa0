//! Resources that extensions hold: who holds an address, reading it, and the
//! values that a completer offers. Documents are the store's, and not here.

pub(crate) mod held;
pub(crate) mod template;

use std::sync::Arc;

use ctx_model::{
    Caller, Choices, CompleteRequest, Filled, ReadReply, ReadRequest, Receipt, Refusal, Resumed,
    Role,
};
use ctx_sandbox::Lent;

use crate::bill::traced;
use crate::call::{Hearer, out_of_reach};
use crate::catalog::Installed;
use crate::host::Host;

/// One request for a resource, as a shell asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceCall {
    /// An address as it is listed, one that fits a template, or
    /// `ctx://extension/NAME/` and an address of that extension.
    pub uri: String,
    pub resumed: Option<Resumed>,
    pub caller: Caller,
}

/// One request for values to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletionCall {
    /// What is filled in, by the name or template that it goes by outside.
    pub request: CompleteRequest,
    pub caller: Caller,
}

impl Host {
    /// Reads a resource that an extension holds.
    pub async fn read_resource(&self, call: ResourceCall, hearer: Hearer) -> Receipt<ReadReply> {
        let catalog = match self.catalog().await {
            Ok(catalog) => catalog,
            Err(error) => return Receipt::refused(Refusal::NotReady { why: error.to_string() }),
        };
        let Some(found) = catalog.resource(&call.uri) else {
            let (name, near) = (call.uri, Vec::new());
            return Receipt::refused(Refusal::Unknown { what: "resource", name, near });
        };
        let holder = found.extension.name.as_str();
        if !call.caller.reach.holds_all_of(holder) {
            return Receipt::refused(out_of_reach("resource", (holder, "*"), &call.uri));
        }
        let caller = traced(call.caller);
        let (extension, prefix) = (found.extension.clone(), found.prefix);
        let request = ReadRequest {
            uri: found.uri,
            template: found.template,
            variables: found.variables,
            resumed: call.resumed,
        };
        let running = self.begin(&extension, "resource", &call.uri, &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend(&extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let mut receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let (limits, lent) = (extension.limits.clone(), Lent { hearer, ..lent });
                Box::pin(self.sandbox.read_resource(&prepared, lent, limits, request)).await
            }
        };
        if let (Some(prefix), Ok(ReadReply::Done(all))) = (prefix, &mut receipt.outcome) {
            for contents in all {
                contents.uri.insert_str(0, &prefix);
            }
        }
        running.end(&receipt);
        receipt
    }

    /// Asks who describes an argument or a template for values to choose from.
    /// Whoever completes nothing has none to offer.
    pub async fn complete(&self, call: CompletionCall) -> Receipt<Choices> {
        let catalog = match self.catalog().await {
            Ok(catalog) => catalog,
            Err(error) => return Receipt::refused(Refusal::NotReady { why: error.to_string() }),
        };
        let mut request = call.request;
        let (extension, subject) = match &request.subject {
            Filled::Agent(name) => match catalog.agent(name) {
                Some((extension, agent)) => (extension, Filled::Agent(agent.guest_name.clone())),
                None => return Receipt::refused(catalog.no_agent(name)),
            },
            Filled::Template(template) => {
                if let Some((extension, own)) = catalog.template(template) {
                    (extension, Filled::Template(own))
                } else {
                    let (name, near) = (template.clone(), Vec::new());
                    return Receipt::refused(Refusal::Unknown { what: "template", name, near });
                }
            }
        };
        if !call.caller.reach.holds_all_of(extension.name.as_str()) {
            let id = (extension.name.as_str(), "*");
            return Receipt::refused(out_of_reach("template", id, &request.name));
        }
        request.subject = subject;
        if !extension.roles.contains(&Role::Completer) {
            return Receipt { outcome: Ok(Choices::default()), usage: ctx_model::Usage::default() };
        }
        self.completed(extension, request, traced(call.caller)).await
    }

    async fn completed(
        &self,
        extension: &Arc<Installed>,
        request: CompleteRequest,
        caller: Caller,
    ) -> Receipt<Choices> {
        let running = self.begin(extension, "completer", &request.name, &caller);
        let lent = match running.leave() {
            Ok(()) => self.lend(extension, caller).await,
            Err(refusal) => Err(refusal),
        };
        let receipt = match lent {
            Err(refusal) => Receipt::refused(refusal),
            Ok((prepared, lent)) => {
                let limits = extension.limits.clone();
                Box::pin(self.sandbox.complete(&prepared, lent, limits, request)).await
            }
        };
        running.end(&receipt);
        receipt
    }
}
