//! `context`: the gathered documents, source by source as granted.

use ctx_model::{ContextError, ContextGrant, Denial, Query};

use super::blocking;
use crate::bindings::ctx::extension::context::{
    self as wit, Error, Hits, Host, SourceStatus, Stored,
};
use crate::convert;
use crate::state::State;

fn error(error: ContextError) -> Error {
    match error {
        ContextError::InvalidQuery(why) => Error::InvalidQuery(why),
        ContextError::Other(why) => Error::Other(why),
    }
}

impl State {
    /// Narrows a query to what is granted, or notes what is not.
    fn narrow(&mut self, query: &mut Query) -> Result<(), Error> {
        let denied = match &self.lent.loan.grant.context {
            ContextGrant::Everything => return Ok(()),
            ContextGrant::Nothing => {
                Some(query.sources.first().cloned().unwrap_or_else(|| "*".to_owned()))
            }
            ContextGrant::Sources(granted) => {
                if query.sources.is_empty() {
                    query.sources = granted.iter().cloned().collect();
                }
                query.sources.iter().find(|source| !granted.contains(*source)).cloned()
            }
        };
        match denied {
            None => Ok(()),
            Some(source) => {
                self.denials.record(Denial::Context(source));
                Err(Error::Denied)
            }
        }
    }
}

impl Host for State {
    async fn search(&mut self, query: wit::Query) -> wasmtime::Result<Result<Hits, Error>> {
        self.meter.host_call()?;
        let mut query = convert::query(query);
        if let Err(denied) = self.narrow(&mut query) {
            return Ok(Err(denied));
        }
        let context = self.ports().context.clone();
        let hits = blocking(move || context.search(&query)).await?;
        Ok(hits.map(convert::hits).map_err(error))
    }

    async fn get(&mut self, id: String) -> wasmtime::Result<Result<Option<Stored>, Error>> {
        self.meter.host_call()?;
        if self.grant().context == ContextGrant::Nothing {
            self.denials.record(Denial::Context("*".to_owned()));
            return Ok(Err(Error::Denied));
        }
        let context = self.ports().context.clone();
        let found = match blocking(move || context.get(&id)).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(error(why))),
        };
        if let Some(stored) = &found
            && !self.grant().context.allows(&stored.source)
        {
            self.denials.record(Denial::Context(stored.source.clone()));
            return Ok(Err(Error::Denied));
        }
        Ok(Ok(found.map(convert::stored)))
    }

    async fn sources(&mut self) -> wasmtime::Result<Result<Vec<SourceStatus>, Error>> {
        self.meter.host_call()?;
        if self.grant().context == ContextGrant::Nothing {
            self.denials.record(Denial::Context("*".to_owned()));
            return Ok(Err(Error::Denied));
        }
        let context = self.ports().context.clone();
        let sources = match blocking(move || context.sources()).await? {
            Ok(sources) => sources,
            Err(why) => return Ok(Err(error(why))),
        };
        let granted = &self.lent.loan.grant.context;
        Ok(Ok(sources
            .into_iter()
            .filter(|source| granted.allows(&source.name))
            .map(convert::source_status)
            .collect()))
    }
}
