//! The ends of a program's pipes. Each has a thread, so that neither a program
//! that does not read nor one that does not stop writing holds up the rest.

use std::io::{Read, Write};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use crate::run::Event;

/// What a program says of its failure fits here; of a flood the end is kept.
const KEPT: usize = 4096;

/// Writes all of the input. A program that does not care for it closes the
/// pipe, and that is no failure.
pub(crate) fn feed(mut pipe: impl Write + Send + 'static, input: Vec<u8>) {
    thread::spawn(move || drop(pipe.write_all(&input)));
}

/// Reads up to a limit, and tells when there is more.
pub(crate) fn collect(
    mut pipe: impl Read + Send + 'static,
    limit: u64,
    events: Sender<Event>,
) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = pipe.by_ref().take(limit.saturating_add(1)).read_to_end(&mut output);
        if read.is_ok() && output.len() as u64 > limit {
            drop(events.send(Event::TooMuch));
        }
        output
    })
}

/// Reads to the end, and keeps what came last.
pub(crate) fn tail(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut kept, mut piece) = (Vec::new(), [0; KEPT]);
        while let Ok(count @ 1..) = pipe.read(&mut piece) {
            kept.extend_from_slice(&piece[..count]);
            let excess = kept.len().saturating_sub(KEPT);
            kept.drain(..excess);
        }
        kept
    })
}
