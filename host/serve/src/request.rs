//! The request's id: the trace of the W3C header, the client's own or a new
//! one. It is in the answer, the log, the journal and what guests say.

use ctx_model::Caller;
use http::{HeaderMap, HeaderValue};

/// The header that a trace travels in.
pub(crate) const TRACE: &str = "traceparent";

/// A request's trace, as `00-TRACE-SPAN-FLAGS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// Goes on with the client's trace, or begins one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let theirs = headers.get(TRACE).and_then(|value| value.to_str().ok());
        match theirs.filter(|text| is_trace(text)) {
            Some(text) => Self(text.to_owned()),
            None => Self::begin(),
        }
    }

    /// Begins a trace.
    pub(crate) fn begin() -> Self {
        Self(ctx_core::random::trace())
    }

    /// Returns the id: 32 hexadecimal digits.
    pub(crate) fn id(&self) -> &str {
        self.0.get(3..35).unwrap_or_default()
    }

    /// Returns the whole trace.
    pub(crate) fn trace(&self) -> &str {
        &self.0
    }

    /// Writes the id as a header's value.
    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(self.id()).unwrap_or(HeaderValue::from_static("0"))
    }

    /// Returns the caller that this request speaks for.
    pub(crate) fn caller(&self, id: Option<String>) -> Caller {
        Caller { id, trace: self.0.clone(), ..Caller::default() }
    }
}

/// Whether a text is a trace of version 00 that names one.
pub(crate) fn is_trace(text: &str) -> bool {
    let is_hex = |part: &str, length: usize| {
        part.len() == length
            && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let names = |part: &str| part.bytes().any(|b| b != b'0');
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        ["00", trace, span, flags] => {
            is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2) && names(trace) && names(span)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(trace: &'static str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(TRACE, HeaderValue::from_static(trace));
        RequestId::of(&headers)
    }

    #[test]
    fn a_clients_trace_is_continued() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(sent(trace).trace(), trace);
        assert_eq!(sent(trace).id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn what_is_no_trace_is_replaced_by_one() {
        for text in ["", "00-1-2-3", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"] {
            let made = sent(text);
            assert_ne!(made.trace(), text);
            assert!(is_trace(made.trace()), "{made:?}");
        }
    }
}
