//! `wasm-abi-v1`: core modules as LeanCTX runs them, dropped in unchanged. They
//! export `memory`, `alloc(n) -> ptr` and one or both of `lctx_compress` and
//! `lctx_provider_fetch`, both `(ptr, len, arg) -> (out_ptr << 32) | out_len`.
//! Nothing is lent to them, and they run within the limits of any call.

use ctx_model::{Budget, CompressRequest, Failure, FailureKind, Kept, Limit, Limits, Receipt};
use wasmtime::{ExternType, Instance, InstancePre, Linker, Memory, Module, Store, ValType};

use crate::aot::CodeCache;
use crate::budget::Waiting;
use crate::ending::{Ended, outcome};
use crate::engine::Sandbox;
use crate::laws;
use crate::prepare::PrepareError;
use crate::session::Session;
use crate::state::{Lent, State};
use crate::weight;

const MEMORY: &str = "memory";
const ALLOC: &str = "alloc";
const COMPRESS: &str = "lctx_compress";
const FETCH: &str = "lctx_provider_fetch";

/// What stands for no budget.
const NO_BUDGET: i32 = -1;

/// What tells the compiled code of modules from all other.
const KEY: &[u8] = b"wasm-abi-v1";

/// Halvings of a budget of tokens, until one of bytes is found that fits.
const TRIES: u32 = 12;

/// A module that is checked and compiled. Cheap to clone.
#[derive(Clone)]
pub struct AbiModule {
    pre: InstancePre<State>,
    /// Whether it makes texts shorter.
    pub compresses: bool,
    /// Whether it fetches items.
    pub fetches: bool,
}

/// Whether bytes are a core module that has an entry of this interface, so
/// that what is wrong with it is said in its words.
pub fn is_abi_v1(bytes: &[u8]) -> bool {
    if !matches!(bytes.get(..8), Some([0, b'a', b's', b'm', 1, 0, 0, 0])) {
        return false;
    }
    let exports = wasmparser::Parser::new(0).parse_all(bytes).find_map(|payload| match payload {
        Ok(wasmparser::Payload::ExportSection(section)) => Some(section),
        _ => None,
    });
    let names = exports.into_iter().flatten().filter_map(Result::ok).map(|export| export.name);
    let mut ours = names.filter(|name| name.starts_with("lctx_") || *name == ALLOC);
    ours.next().is_some()
}

impl Sandbox {
    /// Checks and compiles a module. Compiling blocks; nothing of it runs.
    pub fn prepare_module(&self, bytes: &[u8]) -> Result<AbiModule, PrepareError> {
        let engine = &self.components.engine;
        let module = self.load_module(bytes)?;
        let imports: Vec<String> =
            module.imports().map(|one| format!("{}.{}", one.module(), one.name())).collect();
        if !imports.is_empty() {
            return Err(PrepareError::UnknownImports(imports));
        }
        let wrong = |why: String| PrepareError::NotAbiV1(why);
        if !matches!(module.get_export(MEMORY), Some(ExternType::Memory(_))) {
            return Err(wrong(format!("it exports no memory `{MEMORY}`")));
        }
        let takes = |name: &str, parameters: usize, result: &ValType| {
            module.get_export(name).map(|export| match export {
                ExternType::Func(kind) => {
                    kind.params().len() == parameters
                        && kind.params().all(|one| one.matches(&ValType::I32))
                        && kind.results().len() == 1
                        && kind.results().all(|one| one.matches(result))
                }
                _ => false,
            })
        };
        match takes(ALLOC, 1, &ValType::I32) {
            Some(true) => {}
            Some(false) => return Err(wrong(format!("its `{ALLOC}` is not (i32) -> i32"))),
            None => return Err(wrong(format!("it exports no function `{ALLOC}`"))),
        }
        let entry = |name: &str| match takes(name, 3, &ValType::I64) {
            Some(false) => Err(wrong(format!("its `{name}` is not (i32, i32, i32) -> i64"))),
            found => Ok(found.is_some()),
        };
        let (compresses, fetches) = (entry(COMPRESS)?, entry(FETCH)?);
        if !compresses && !fetches {
            return Err(wrong(format!("it exports neither `{COMPRESS}` nor `{FETCH}`")));
        }
        let pre = Linker::new(engine).instantiate_pre(&module).map_err(damaged)?;
        Ok(AbiModule { pre, compresses, fetches })
    }

    /// Compiles a module, or maps what was compiled before.
    fn load_module(&self, bytes: &[u8]) -> Result<Module, PrepareError> {
        let engine = &self.components.engine;
        let cache = self.cache.as_ref().map(|cache| {
            // No component has that name, whatever is in it.
            (cache, CodeCache::key_of(engine, &[KEY, bytes]))
        });
        if let Some((cache, key)) = &cache
            && let Some(module) = cache.get(engine, key)
        {
            return Ok(module);
        }
        weight::check(bytes).map_err(PrepareError::TooHeavy)?;
        if let Some((cache, key)) = &cache {
            let code = engine.precompile_module(bytes).map_err(damaged)?;
            if let Some(module) = cache.put(engine, key, &code) {
                return Ok(module);
            }
        }
        // A full disk costs time and not the extension.
        Module::from_binary(engine, bytes).map_err(damaged)
    }

    /// Has a module make passages shorter, each in turn, in a fresh instance.
    /// What is answered holds the laws of compressors.
    pub async fn compress_with_module(
        &self,
        module: &AbiModule,
        lent: Lent,
        limits: Limits,
        request: CompressRequest,
    ) -> Receipt<Vec<Kept>> {
        let (deadline, most) = (limits.time, limits.output);
        let loan = lent.loan.clone();
        let opened = Session::on(self, &self.components.engine, lent, limits, Waiting::Patient);
        let mut session = match opened.await {
            Ok(session) => session,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let module = module.clone();
        let work = async move {
            let ended = session
                .run_module(&module.pre, deadline, async |store, instance| {
                    let guest = Guest::of(store, instance)?;
                    let kept = match guest.compress(store, &request, most).await? {
                        Ended::Answered(kept) => kept,
                        ended => return Ok(ended),
                    };
                    let tokens = store.data().ports().tokens.clone();
                    Ok(match laws::of_compressed(&request, &kept, &*tokens) {
                        Some(law) => failed(FailureKind::Internal, law),
                        None => Ended::Answered(kept),
                    })
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }

    /// Has a module fetch items: JSON in, JSON out.
    pub async fn fetch_with_module(
        &self,
        module: &AbiModule,
        lent: Lent,
        limits: Limits,
        request: String,
    ) -> Receipt<String> {
        let (deadline, most) = (limits.time, limits.page);
        let loan = lent.loan.clone();
        let opened = Session::on(self, &self.components.engine, lent, limits, Waiting::Bounded);
        let mut session = match opened.await {
            Ok(session) => session,
            Err(refusal) => return Receipt::refused(refusal),
        };
        let module = module.clone();
        let work = async move {
            let ended = session
                .run_module(&module.pre, deadline, async |store, instance| {
                    Guest::of(store, instance)?.call(store, FETCH, &request, 0, most).await
                })
                .await;
            receipt(session, ended)
        };
        self.pace.drive(&loan.extension, work).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn damaged(error: wasmtime::Error) -> PrepareError {
    PrepareError::Damaged(format!("{error:#}"))
}

fn receipt<T>(mut session: Session, ended: Ended<T>) -> Receipt<T> {
    let usage = session.usage();
    Receipt { outcome: outcome(session.store.data_mut(), ended), usage }
}

fn failed<T>(kind: FailureKind, message: impl Into<String>) -> Ended<T> {
    let message = message.into();
    Ended::Failed(Failure { kind, message, retry_after: None, details: None })
}

/// An instance of a module.
struct Guest {
    instance: Instance,
    memory: Memory,
}

impl Guest {
    fn of(store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Self> {
        let memory = instance.get_memory(&mut *store, MEMORY);
        let memory = memory.ok_or_else(|| wasmtime::Error::msg("its memory is gone"))?;
        Ok(Self { instance: *instance, memory })
    }

    /// Fits passages into the budget: pinned ones are not shown to it, and the
    /// others get what is left, one after the other.
    async fn compress(
        &self,
        store: &mut Store<State>,
        request: &CompressRequest,
        most: u64,
    ) -> wasmtime::Result<Ended<Vec<Kept>>> {
        let (mut low, mut high) = match request.budget {
            None => return self.within(store, request, None, most).await,
            Some(Budget::Bytes(room)) => {
                return self.within(store, request, Some(room), most).await;
            }
            Some(Budget::Tokens(tokens)) => {
                let bytes: usize = request.passages.iter().map(|one| one.text.len()).sum();
                (tokens, u32::try_from(bytes).unwrap_or(u32::MAX))
            }
        };
        let tokens = store.data().ports().tokens.clone();
        let fits = |kept: &[Kept]| {
            let texts = kept.iter().map(|one| one.text.as_str());
            request.budget.is_none_or(|budget| laws::over(budget, texts, &*tokens).is_none())
        };
        let mut best = match self.within(store, request, None, most).await? {
            Ended::Answered(kept) if !fits(&kept) => None,
            ended => return Ok(ended),
        };
        // A token has a byte at least: as many bytes as tokens always fit.
        for _ in 0..TRIES {
            let middle = if best.is_none() { low } else { low + (high - low) / 2 };
            if best.is_some() && middle == low {
                break;
            }
            match self.within(store, request, Some(middle), most).await? {
                Ended::Answered(kept) if fits(&kept) => {
                    low = middle;
                    best = Some(kept);
                }
                Ended::Answered(_) if best.is_some() => high = middle,
                ended => return Ok(ended),
            }
        }
        Ok(Ended::Answered(best.unwrap_or_default()))
    }

    async fn within(
        &self,
        store: &mut Store<State>,
        request: &CompressRequest,
        room: Option<u32>,
        most: u64,
    ) -> wasmtime::Result<Ended<Vec<Kept>>> {
        let pinned = request.passages.iter().filter(|passage| passage.pinned);
        let pinned: usize = pinned.map(|passage| passage.text.len()).sum();
        let mut room = match room.map(|room| (room as usize).checked_sub(pinned)) {
            None => None,
            Some(Some(room)) => Some(room),
            Some(None) => {
                return Ok(failed(
                    FailureKind::InvalidInput,
                    "the pinned passages alone are over the budget",
                ));
            }
        };
        let mut all = Vec::with_capacity(request.passages.len());
        for (passage, index) in request.passages.iter().zip(0..) {
            if passage.pinned {
                all.push(Kept { index, text: passage.text.clone() });
                continue;
            }
            let budget = room.map_or(NO_BUDGET, |room| i32::try_from(room).unwrap_or(i32::MAX));
            let mut text = match self.call(store, COMPRESS, &passage.text, budget, most).await? {
                Ended::Answered(text) => text,
                ended => return Ok(ended.without_answer()),
            };
            // Its budget is soft: a longer answer is cut, as LeanCTX does it.
            if let Some(left) = &mut room {
                text.truncate(text.floor_char_boundary(*left));
                *left -= text.len();
                if text.is_empty() && !passage.text.is_empty() {
                    continue;
                }
            }
            all.push(Kept { index, text });
        }
        Ok(Ended::Answered(all))
    }

    /// Calls an entry: the input is written where `alloc` says, and the answer
    /// read from where the entry says.
    async fn call(
        &self,
        store: &mut Store<State>,
        entry: &str,
        input: &str,
        argument: i32,
        most: u64,
    ) -> wasmtime::Result<Ended<String>> {
        let Ok(length) = i32::try_from(input.len()) else {
            return Ok(failed(FailureKind::InvalidInput, "the text is larger than 2 GiB"));
        };
        let alloc = self.instance.get_typed_func::<i32, i32>(&mut *store, ALLOC)?;
        let at = alloc.call_async(&mut *store, length).await?;
        // An address is unsigned, whatever its type says.
        let from = at.cast_unsigned() as usize;
        if self.memory.write(&mut *store, from, input.as_bytes()).is_err() {
            let size = self.memory.data_size(&*store);
            return Ok(failed(
                FailureKind::Internal,
                format!("its `alloc` gave {from} for {length} bytes, and its memory has {size}"),
            ));
        }
        let run = self.instance.get_typed_func::<(i32, i32, i32), i64>(&mut *store, entry)?;
        let packed = run.call_async(&mut *store, (at, length, argument)).await?.cast_unsigned();
        let (start, size) = (packed >> 32, packed & 0xffff_ffff);
        if size > most {
            return Ok(Ended::Cut(Limit::Output(most)));
        }
        let end = usize::try_from(start + size).unwrap_or(usize::MAX);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let Some(bytes) = self.memory.data(&*store).get(start..end) else {
            return Ok(failed(
                FailureKind::Internal,
                format!(
                    "its answer is in {start}..{end}, and its memory has {}",
                    self.memory.data_size(&*store)
                ),
            ));
        };
        Ok(match String::from_utf8(bytes.to_vec()) {
            Ok(text) => Ended::Answered(text),
            Err(error) => failed(
                FailureKind::Internal,
                format!("its answer is not UTF-8: {}", error.utf8_error()),
            ),
        })
    }
}

#[cfg(test)]
mod tests;
