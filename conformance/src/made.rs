//! Bytes that no compiler makes: components that are a bomb, or none at all.
//! Each is named by the case that tries it.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CodeSection, Component, ComponentAliasSection,
    ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentInstanceSection,
    ComponentTypeRef, ComponentTypeSection, ComponentValType, ExportKind, ExportSection, Function,
    FunctionSection, InstanceSection, InstanceType, MemorySection, MemoryType, Module, ModuleArg,
    ModuleSection, NestedComponentSection, PrimitiveValType, RefType, StartSection, TableSection,
    TableType, TypeSection,
};

/// What a component says it plays, so that the host looks at the rest of it.
const ROLE: &str = "ctx:extension/tools@0.1.0";

/// The functions of that role.
const FUNCTIONS: [&str; 2] = ["list-tools", "call"];

/// Makes the bytes of a name. `real` is a component that works.
pub(crate) fn bytes(name: &str, real: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "empty" => Vec::new(),
        "no-wasm" => b"\x7fELF and nothing of use".to_vec(),
        "core-module" => Module::new().finish(),
        "truncated" => real[..real.len() / 2].to_vec(),
        "garbled" => garbled(real),
        "too-large" => {
            let mut large = Component::new().finish();
            large.resize(65 << 20, 0);
            large
        }
        "other-contract" => other_contract(real),
        "unknown-import" => unknown_import(),
        "start-trap" => plays(&starts(|code| {
            code.instructions().unreachable();
        })),
        "start-loop" => plays(&starts(|code| {
            let mut code = code.instructions();
            code.loop_(wasm_encoder::BlockType::Empty).br(0).end();
        })),
        "start-memory" => plays(&starts(|code| {
            let mut code = code.instructions();
            code.loop_(wasm_encoder::BlockType::Empty);
            code.i32_const(1).memory_grow(0).i32_const(-1).i32_ne().br_if(0).end().unreachable();
        })),
        "start-table" => plays(&starts(|code| {
            let mut code = code.instructions();
            code.ref_null(wasm_encoder::HeapType::FUNC).i32_const(50_000_000).table_grow(0);
            code.i32_const(-1).i32_eq();
            code.if_(wasm_encoder::BlockType::Empty).unreachable().end();
        })),
        "huge-memory" => plays(&module(&[memory(60_000)], &[], 0, Vec::new())),
        "huge-table" => plays(&module(&[], &[table(200_000_000)], 0, Vec::new())),
        "many-memories" => plays(&module(&[memory(1); 100], &[], 0, Vec::new())),
        "several-memories" => plays(&module(&[memory(400); 4], &[], 0, Vec::new())),
        "many-tables" => plays(&module(&[], &[table(1); 90], 0, Vec::new())),
        "many-functions" => plays(&module(&[], &[], 100_000, Vec::new())),
        "deep-blocks" => plays(&module(&[], &[], 0, vec![deep_blocks()])),
        "huge-function" => plays(&module(&[], &[], 0, vec![huge_function()])),
        "deep-types" => deep_types(5_000),
        "wide-types" => wide_types(64),
        "deep-components" => deep_components(3_000),
        "component-bomb" => component_bomb(22),
        _ => return None,
    })
}

/// A component that is whole at both ends and damaged in its middle.
fn garbled(real: &[u8]) -> Vec<u8> {
    let mut bytes = real.to_vec();
    let middle = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(middle).take(4096) {
        *byte = byte.wrapping_mul(167).wrapping_add(13);
    }
    bytes
}

/// A component for a contract that is not ours.
fn other_contract(real: &[u8]) -> Vec<u8> {
    let (ours, theirs) = (ROLE.as_bytes(), b"ctx:extension/tools@9.1.0");
    let mut bytes = real.to_vec();
    for at in 0..bytes.len().saturating_sub(ours.len()) {
        if bytes[at..].starts_with(ours) {
            bytes[at..at + ours.len()].copy_from_slice(theirs);
        }
    }
    bytes
}

fn memory(pages: u64) -> MemoryType {
    MemoryType {
        minimum: pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

fn table(elements: u64) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: elements,
        maximum: None,
        shared: false,
    }
}

/// Makes a module with a function `f` and others that nobody calls.
fn module(
    memories: &[MemoryType],
    tables: &[TableType],
    more: u32,
    bodies: Vec<Function>,
) -> Module {
    let empty = || {
        let mut body = Function::new([]);
        body.instructions().end();
        body
    };
    let all: Vec<Function> =
        std::iter::once(empty()).chain(bodies).chain((0..more).map(|_| empty())).collect();
    built(memories, tables, &all, None)
}

/// Makes a module that does something as soon as it is there.
fn starts(body: impl FnOnce(&mut Function)) -> Module {
    let mut code = Function::new([]);
    body(&mut code);
    code.instructions().end();
    built(&[memory(1)], &[table(1)], &[code], Some(0))
}

fn built(
    memories: &[MemoryType],
    tables: &[TableType],
    bodies: &[Function],
    start: Option<u32>,
) -> Module {
    let (mut types, mut functions, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    for body in bodies {
        functions.function(0);
        code.function(body);
    }
    let (mut table_section, mut memory_section) = (TableSection::new(), MemorySection::new());
    for table in tables {
        table_section.table(*table);
    }
    for memory in memories {
        memory_section.memory(*memory);
    }
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&table_section);
    module.section(&memory_section).section(&exports);
    if let Some(function_index) = start {
        module.section(&StartSection { function_index });
    }
    module.section(&code);
    module
}

/// A function whose blocks nest as deep as a file can.
fn deep_blocks() -> Function {
    const DEPTH: usize = 200_000;
    let mut body = Function::new([]);
    let mut code = body.instructions();
    for _ in 0..DEPTH {
        code.block(wasm_encoder::BlockType::Empty);
    }
    for _ in 0..=DEPTH {
        code.end();
    }
    body
}

/// A function as large as a function may be.
fn huge_function() -> Function {
    let mut body = Function::new([(50_000 - 1, wasm_encoder::ValType::I64)]);
    let mut code = body.instructions();
    code.loop_(wasm_encoder::BlockType::Empty);
    for at in 0..400_000 {
        code.local_get(at % 49_999).local_get((at * 7) % 49_999).i64_add();
        code.local_set((at * 13) % 49_999);
    }
    code.br(0).end();
    code.end();
    body
}

/// Wraps a module into a component that plays a role with its function `f`.
fn plays(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    play(&mut component, module, 0);
    component.finish()
}

/// Adds a role that a module plays to a component in which there are no core
/// modules and functions, no types yet, and so many instances.
fn play(component: &mut Component, module: &Module, instances: u32) {
    let mut types = ComponentTypeSection::new();
    types.function().params([] as [(&str, ComponentValType); 0]).result(None);
    component.section(&types);
    play_as(component, module, 0, instances);
}

/// The same, where its functions are of a type that is there already.
fn play_as(component: &mut Component, module: &Module, function_type: u32, before: u32) {
    component.section(&ModuleSection(module));
    let mut instances = InstanceSection::new();
    instances.instantiate(0, [] as [(&str, ModuleArg); 0]);
    component.section(&instances);
    let mut aliases = ComponentAliasSection::new();
    aliases.alias(Alias::CoreInstanceExport { instance: 0, kind: ExportKind::Func, name: "f" });
    component.section(&aliases);
    let mut lifted = CanonicalFunctionSection::new();
    lifted.lift(0, function_type, []);
    component.section(&lifted);
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(FUNCTIONS.map(|name| (name, ComponentExportKind::Func, 0)));
    component.section(&instances);
    let mut exports = ComponentExportSection::new();
    exports.export(ROLE, ComponentExportKind::Instance, before, None);
    component.section(&exports);
}

/// A component that needs what no host lends.
fn unknown_import() -> Vec<u8> {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.instance(&InstanceType::new());
    component.section(&types);
    let mut imports = ComponentImportSection::new();
    imports.import("evil:machine/shell@1.0.0", ComponentTypeRef::Instance(0));
    component.section(&imports);
    component.finish()
}

/// Types that stand in types, `depth` levels deep.
fn deep_types(depth: u32) -> Vec<u8> {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.defined_type().primitive(PrimitiveValType::U8);
    for inner in 0..depth {
        types.defined_type().option(ComponentValType::Type(inner));
    }
    types.function().params([("x", ComponentValType::Type(depth))]).result(None);
    component.section(&types);
    play_as(&mut component, &taking_one(), depth + 1, 0);
    component.finish()
}

/// Types that stand in types twice, so that the last is as wide as two to the
/// power of their number.
fn wide_types(levels: u32) -> Vec<u8> {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.defined_type().primitive(PrimitiveValType::U8);
    for inner in 0..levels {
        types.defined_type().tuple([ComponentValType::Type(inner); 2]);
    }
    types.function().params([("x", ComponentValType::Type(levels))]).result(None);
    component.section(&types);
    play_as(&mut component, &taking_one(), levels + 1, 0);
    component.finish()
}

/// A module whose function takes one number.
fn taking_one() -> Module {
    let (mut types, mut functions, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([wasm_encoder::ValType::I32], []);
    functions.function(0);
    let mut body = Function::new([]);
    body.instructions().end();
    code.function(&body);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code);
    module
}

/// Components in components, `depth` levels deep.
fn deep_components(depth: usize) -> Vec<u8> {
    let mut inner = Component::new();
    for _ in 0..depth {
        let mut outer = Component::new();
        outer.section(&NestedComponentSection(&inner));
        inner = outer;
    }
    let mut outer = Component::new();
    outer.section(&NestedComponentSection(&inner));
    play(&mut outer, &module(&[], &[], 0, Vec::new()), 0);
    outer.finish()
}

/// Components that make two instances of the one before: few bytes, and as
/// many instances as two to the power of their number.
fn component_bomb(levels: usize) -> Vec<u8> {
    let mut inner = Component::new();
    inner.section(&ModuleSection(&module(&[memory(1)], &[], 0, Vec::new())));
    let mut instances = InstanceSection::new();
    instances.instantiate(0, [] as [(&str, ModuleArg); 0]);
    inner.section(&instances);
    for _ in 0..levels {
        let mut outer = Component::new();
        outer.section(&NestedComponentSection(&inner));
        let mut instances = ComponentInstanceSection::new();
        for _ in 0..2 {
            instances.instantiate(0, [] as [(&str, ComponentExportKind, u32); 0]);
        }
        outer.section(&instances);
        inner = outer;
    }
    let mut outer = Component::new();
    outer.section(&NestedComponentSection(&inner));
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate(0, [] as [(&str, ComponentExportKind, u32); 0]);
    outer.section(&instances);
    play(&mut outer, &module(&[], &[], 0, Vec::new()), 1);
    outer.finish()
}
