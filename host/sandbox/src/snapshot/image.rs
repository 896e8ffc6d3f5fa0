//! Where compiled code holds the memory that an instance begins with.
//!
//! wasmtime writes a module's data as one image, page by page as memory has it,
//! so that an instance can map it. That is worked out here from the component
//! once more, and nothing is written unless what lies in the code is that very
//! image.

use std::ops::Range;

use object::{Object as _, ObjectSection as _};
use wasmparser::{DataKind, Operator, Parser, Payload};

use super::{Kept, Unfit};

/// The section of compiled code that holds data.
const DATA: &str = ".rodata.wasm";

/// Bytes of a page of memory, as WebAssembly counts it.
const PAGE: u64 = 64 << 10;

/// Sizes that a page of a machine may have.
const PAGES: [usize; 3] = [4 << 10, 16 << 10, 64 << 10];

/// The memory that an instance begins with: from which address, and where its
/// bytes are in the code.
pub(super) struct Image {
    address: usize,
    place: Range<usize>,
    /// Bytes of memory that an instance begins with, most of them zeros.
    memory: u64,
}

/// The data of the one module that has any.
#[derive(Default)]
struct Data<'a> {
    segments: Vec<(usize, &'a [u8])>,
    /// Modules that have data, and memory that the last one begins with.
    modules: usize,
    memory: u64,
}

impl Image {
    /// Finds the image of a component in the code that it was compiled to.
    pub(super) fn of(component: &[u8], code: &[u8]) -> Result<Self, Unfit> {
        let place = section(code).ok_or(Unfit::Layout("it has no data"))?;
        let held = &code[place.clone()];
        let data = Data::of(component).ok_or(Unfit::Layout("its data is not laid out at once"))?;
        PAGES
            .into_iter()
            .filter_map(|page| data.image(page))
            .find(|(_, image)| image == held)
            .map(|(address, _)| Self { address, place, memory: data.memory })
            .ok_or(Unfit::Layout("its data lies in another way than expected"))
    }

    /// Puts the memory of an instance in the place of the image.
    pub(super) fn replace(&self, code: &mut [u8], kept: &Kept) -> Result<(), Unfit> {
        // The guest knows how much memory it has, and a new instance has less.
        if u64::from(kept.address) + kept.memory.len() as u64 != self.memory {
            return Err(Unfit::TooLarge);
        }
        let from = self.address.checked_sub(kept.address as usize);
        let memory = from.and_then(|from| kept.memory.get(from..));
        let memory = memory.ok_or(Unfit::Layout("the memory begins too late"))?;
        let held = &mut code[self.place.clone()];
        if memory.len() < held.len() {
            return Err(Unfit::Layout("the memory is smaller than its image"));
        }
        let (image, beyond) = memory.split_at(held.len());
        // An instance has zeros there.
        if beyond.iter().any(|byte| *byte != 0) {
            return Err(Unfit::TooLarge);
        }
        held.copy_from_slice(image);
        Ok(())
    }
}

impl<'a> Data<'a> {
    /// Collects the data of a component, if it is all written before the start.
    fn of(component: &'a [u8]) -> Option<Self> {
        let mut data = Self::default();
        let mut memory = 0;
        for payload in Parser::new(0).parse_all(component) {
            let section = match payload.ok()? {
                Payload::MemorySection(section) => {
                    memory = section.into_iter().next()?.ok()?.initial.checked_mul(PAGE)?;
                    continue;
                }
                Payload::DataSection(section) => section,
                _ => continue,
            };
            let before = data.segments.len();
            for segment in section {
                let segment = segment.ok()?;
                match segment.kind {
                    // Never written by itself.
                    DataKind::Passive if segment.data.is_empty() => {}
                    DataKind::Active { memory_index: 0, offset_expr } => {
                        let mut steps = offset_expr.get_operators_reader();
                        let Operator::I32Const { value } = steps.read().ok()? else { return None };
                        let offset = usize::try_from(value.cast_unsigned()).ok()?;
                        data.segments.push((offset, segment.data));
                    }
                    DataKind::Passive | DataKind::Active { .. } => return None,
                }
            }
            if data.segments.len() > before {
                data.modules += 1;
                data.memory = memory;
            }
        }
        (data.modules == 1).then_some(data)
    }

    /// Lays the data out in whole pages: the first address, and the bytes.
    fn image(&self, page: usize) -> Option<(usize, Vec<u8>)> {
        let written = || self.segments.iter().filter(|(_, data)| data.iter().any(|it| *it != 0));
        let first = |data: &[u8]| data.iter().position(|byte| *byte != 0).unwrap_or(0);
        let last = |data: &[u8]| data.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        let begin = written().map(|(offset, data)| offset + first(data)).min()?;
        let end = written().map(|(offset, data)| offset + last(data) + 1).max()?;
        let (begin, end) = (begin / page * page, end.div_ceil(page) * page);
        let mut image = vec![0; end - begin];
        for (offset, data) in written() {
            let (first, last) = (first(data), last(data) + 1);
            let at = offset + first - begin;
            image[at..at + last - first].copy_from_slice(&data[first..last]);
        }
        Some((begin, image))
    }
}

fn section(code: &[u8]) -> Option<Range<usize>> {
    let file = object::File::parse(code).ok()?;
    let (offset, size) = file.section_by_name(DATA)?.file_range()?;
    let offset = usize::try_from(offset).ok()?;
    let place = offset..offset.checked_add(usize::try_from(size).ok()?)?;
    (place.end <= code.len() && !place.is_empty()).then_some(place)
}
