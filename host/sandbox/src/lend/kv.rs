//! `kv`: small durable values, private to the extension's name.

use std::sync::Arc;

use ctx_model::{Denial, ExtensionName, KeyValue, KeyValueError};
use wasmtime::component::Resource;

use super::blocking;
use crate::bindings::ctx::extension::kv::{Error, Host, HostBucket, KeyPage};
use crate::state::State;

/// Bytes of a bucket's name.
const NAME: usize = 256;

/// A named set of pairs.
#[expect(unreachable_pub, reason = "named by the bindings")]
pub struct Bucket(Arc<str>);

/// What a look-up in the store needs, so that it can leave the executor.
struct Access {
    kv: Arc<dyn KeyValue>,
    extension: ExtensionName,
    bucket: Arc<str>,
}

impl State {
    fn access(&mut self, bucket: &Resource<Bucket>) -> wasmtime::Result<Access> {
        self.meter.host_call()?;
        let bucket = self.table.get(bucket)?.0.clone();
        Ok(Access { kv: self.ports().kv.clone(), extension: self.extension().clone(), bucket })
    }
}

fn error(error: KeyValueError) -> Error {
    match error {
        KeyValueError::QuotaExceeded => Error::QuotaExceeded,
        KeyValueError::Other(why) => Error::Other(why),
    }
}

impl Host for State {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Bucket>, Error>> {
        self.meter.host_call()?;
        if !self.grant().kv {
            self.denials.record(Denial::Kv);
            return Ok(Err(Error::Denied));
        }
        if name.len() > NAME {
            return Ok(Err(Error::Other(format!("a bucket's name has at most {NAME} bytes"))));
        }
        Ok(Ok(self.table.push(Bucket(name.into()))?))
    }
}

impl HostBucket for State {
    async fn get(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let to = self.access(&bucket)?;
        Ok(blocking(move || to.kv.get(&to.extension, &to.bucket, &key)).await?.map_err(error))
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let to = self.access(&bucket)?;
        Ok(blocking(move || to.kv.set(&to.extension, &to.bucket, &key, &value))
            .await?
            .map_err(error))
    }

    async fn delete(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let to = self.access(&bucket)?;
        Ok(blocking(move || to.kv.delete(&to.extension, &to.bucket, &key)).await?.map_err(error))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        prefix: String,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<KeyPage, Error>> {
        let to = self.access(&bucket)?;
        let page = blocking(move || {
            to.kv.list_keys(&to.extension, &to.bucket, &prefix, cursor.as_deref())
        })
        .await?;
        Ok(page.map(|page| KeyPage { keys: page.keys, cursor: page.cursor }).map_err(error))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}
