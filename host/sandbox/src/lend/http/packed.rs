//! Answers that are packed for the way: asked for where a guest does not say
//! how it wants them, and unpacked before it or a recording sees them.
//!
//! What counts against the largest answer is what comes out of them, so a
//! small one that unpacks into a large one ends as any large one does.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use flate2::{Decompress, FlushDecompress, Status};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use wasmtime_wasi_http::{Error, WasiBody};

/// Bytes that are unpacked at a time.
const PIECE: usize = 32 * 1024;

/// The largest window that either coding may look back through.
const WINDOW: u8 = 15;

/// What every packed file of gzip begins with.
const MAGIC: u8 = 0x1f;

/// Asks for a packed answer, unless the guest says what it wants. Returns
/// whether what comes is to be unpacked.
pub(super) fn ask(headers: &mut HeaderMap) -> bool {
    if headers.contains_key(ACCEPT_ENCODING) {
        return false;
    }
    // A piece of what is packed cannot be unpacked.
    if !headers.contains_key(RANGE) {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    true
}

/// Unpacks an answer, if it is packed in a way that is known here.
pub(super) fn unpack(answer: Response<WasiBody>) -> Response<WasiBody> {
    let Some(coding) = Coding::of(answer.status(), answer.headers()) else { return answer };
    let (mut head, body) = answer.into_parts();
    // They are about what came, and not about what the guest gets.
    head.headers.remove(CONTENT_ENCODING);
    head.headers.remove(CONTENT_LENGTH);
    let body =
        Unpacked { body, packed: Bytes::new(), coding, stage: Stage::Before, is_full: false };
    Response::from_parts(head, body.boxed_unsync())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

impl Coding {
    fn of(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(CONTENT_ENCODING).iter();
        let (Some(one), None) = (all.next(), all.next()) else { return None };
        if status == StatusCode::PARTIAL_CONTENT {
            return None;
        }
        match one.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }

    fn begin(self, packed: &[u8]) -> Decompress {
        match self {
            Self::Gzip => Decompress::new_gzip(WINDOW),
            // It means zlib, and some servers leave the head of that out.
            Self::Deflate => Decompress::new(has_zlib_head(packed)),
        }
    }

    fn broken(self, why: &str) -> Error {
        let name = if self == Self::Gzip { "gzip" } else { "deflate" };
        Error::HttpResponseContentCoding(Some(format!("{name}, and {why}")))
    }
}

fn has_zlib_head(packed: &[u8]) -> bool {
    match packed {
        [first, second, ..] => first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0,
        [first] => first & 0x0f == 8,
        [] => false,
    }
}

enum Stage {
    Before,
    Within(Decompress),
    After,
}

/// A body that is unpacked as it is read.
struct Unpacked {
    body: WasiBody,
    /// What came and was not unpacked yet.
    packed: Bytes,
    coding: Coding,
    stage: Stage,
    /// Whether the last piece was full, so that more may wait behind it.
    is_full: bool,
}

impl Unpacked {
    /// Unpacks a piece; it may be empty.
    fn piece(&mut self) -> Result<Bytes, Error> {
        let is_next = match self.stage {
            Stage::Before => true,
            Stage::Within(_) => false,
            // Several files of gzip may follow each other; anything else
            // behind the end is padding.
            Stage::After => self.coding == Coding::Gzip && self.packed.first() == Some(&MAGIC),
        };
        if is_next {
            self.stage = Stage::Within(self.coding.begin(&self.packed));
        }
        let Stage::Within(unpacking) = &mut self.stage else {
            self.packed.clear();
            return Ok(Bytes::new());
        };
        let mut piece = vec![0; PIECE];
        let (read, written) = (unpacking.total_in(), unpacking.total_out());
        let status = unpacking
            .decompress(&self.packed, &mut piece, FlushDecompress::None)
            .map_err(|_| self.coding.broken("its bytes are none of that"))?;
        let taken = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let read = taken(unpacking.total_in(), read);
        let written = taken(unpacking.total_out(), written);
        let had = self.packed.len();
        self.packed.advance(read.min(had));
        piece.truncate(written);
        self.is_full = written == PIECE;
        if status == Status::StreamEnd {
            self.stage = Stage::After;
            self.is_full = false;
        } else if had > 0 && read == 0 && written == 0 {
            return Err(self.coding.broken("its bytes are none of that"));
        }
        Ok(piece.into())
    }
}

impl Body for Unpacked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            while self.is_full || !self.packed.is_empty() {
                let piece = self.piece();
                match piece {
                    Ok(piece) if piece.is_empty() => {}
                    Ok(piece) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
                    Err(error) => {
                        (self.packed, self.is_full) = (Bytes::new(), false);
                        self.stage = Stage::After;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.packed = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None if matches!(self.stage, Stage::Within(_)) => {
                    self.stage = Stage::After;
                    let error = self.coding.broken("it was cut off");
                    return Poll::Ready(Some(Err(error)));
                }
                // An answer to `HEAD` has a coding and no body.
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests;
