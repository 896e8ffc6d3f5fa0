//! What a component would cost to compile, read off it before anything is: a
//! few bytes can stand for a million instances, and a file of megabytes for a
//! compiler's minutes.

use wasmparser::{Parser, Payload};

/// Functions of all modules together. The interpreters of large languages
/// have a third as many.
const FUNCTIONS: u32 = 50_000;

/// Bytes of one function: what a compiler does with it grows faster than it.
const FUNCTION: usize = 1 << 20;

/// Instances of modules and components, however they come to be.
const INSTANCES: u64 = 1_000;

/// Components in components.
const DEPTH: usize = 50;

/// Counts what is in a component. The error says what there is too much of.
///
/// Bytes that are no component say nothing here: whoever compiles them will.
pub(crate) fn check(bytes: &[u8]) -> Result<(), String> {
    let mut functions = 0_u32;
    // One for each component that is being read, the outermost first.
    let mut open: Vec<Level> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else { return Ok(()) };
        match payload {
            Payload::Version { .. } => {
                // A component in it can be made from any that was read before.
                let known = open.last().map_or(0, |level| level.heaviest);
                open.push(Level { instances: 0, heaviest: known });
                if open.len() > DEPTH {
                    return Err(format!("its components nest deeper than {DEPTH}"));
                }
            }
            Payload::InstanceSection(section) => {
                if let Some(level) = open.last_mut() {
                    level.add(u64::from(section.count()));
                }
            }
            Payload::ComponentInstanceSection(section) => {
                if let Some(level) = open.last_mut() {
                    let each = level.heaviest.saturating_add(1);
                    level.add(each.saturating_mul(u64::from(section.count())));
                }
            }
            Payload::CodeSectionStart { count, .. } => {
                functions = functions.saturating_add(count);
                if functions > FUNCTIONS {
                    return Err(format!("it has more than {FUNCTIONS} functions"));
                }
            }
            Payload::CodeSectionEntry(body) if body.range().len() > FUNCTION => {
                return Err(format!("a function of it is larger than {} MiB", FUNCTION >> 20));
            }
            Payload::End(_) => {
                let Some(done) = open.pop() else { return Ok(()) };
                if done.instances > INSTANCES {
                    return Err(format!("it would make more than {INSTANCES} instances"));
                }
                if let Some(outer) = open.last_mut() {
                    outer.heaviest = outer.heaviest.max(done.instances).max(done.heaviest);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A component or a module that is being read.
struct Level {
    /// What one instance of it makes, at most.
    instances: u64,
    /// The most that an instance of a component known here makes.
    heaviest: u64,
}

impl Level {
    fn add(&mut self, instances: u64) {
        self.instances = self.instances.saturating_add(instances);
    }
}
