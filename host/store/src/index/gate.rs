//! Bounds what waits to be indexed. Tantivy's queue counts lines, and a line
//! may be of any size.

use std::iter;
use std::slice;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tantivy::schema::{Document, Field, OwnedValue};

/// Bytes of text that may wait.
const MOST_WAITING: usize = 8 << 20;
/// After this long without a sign of life the gate opens: the writer has
/// failed, and says so to whoever sends it more.
const PATIENCE: Duration = Duration::from_secs(10);

/// One line of the index and its place in the queue.
#[derive(Debug)]
pub(crate) struct Line {
    values: Vec<(Field, OwnedValue)>,
    #[expect(dead_code, reason = "held for its drop, once the line is indexed")]
    place: Place,
}

/// Lets in as much as there is room for.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    waiting: Mutex<usize>,
    moved: Condvar,
}

#[derive(Debug)]
struct Place {
    gate: Arc<Gate>,
    bytes: usize,
}

impl Gate {
    /// Waits until there is room for a line with so many bytes of text.
    pub(crate) fn enter(self: &Arc<Self>, values: Vec<(Field, OwnedValue)>, bytes: usize) -> Line {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |waiting: &mut usize| *waiting > 0 && *waiting + bytes > MOST_WAITING;
        let (mut waiting, _) = self
            .moved
            .wait_timeout_while(waiting, PATIENCE, full)
            .unwrap_or_else(PoisonError::into_inner);
        *waiting += bytes;
        Line { values, place: Place { gate: Arc::clone(self), bytes } }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.gate.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting -= self.bytes;
        drop(waiting);
        self.gate.moved.notify_one();
    }
}

impl Document for Line {
    type Value<'a> = &'a OwnedValue;
    type FieldsValuesIter<'a> = iter::Map<
        slice::Iter<'a, (Field, OwnedValue)>,
        fn(&'a (Field, OwnedValue)) -> (Field, &'a OwnedValue),
    >;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.values.iter().map(|(field, value)| (*field, value))
    }
}
