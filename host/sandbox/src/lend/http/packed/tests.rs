#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::VecDeque;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

/// A body that comes in the given pieces.
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

async fn unpacked(coding: &str, packed: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let pieces = packed.chunks(size).map(Bytes::copy_from_slice).collect();
    let mut answer = Response::new(Pieces(pieces).boxed_unsync());
    answer.headers_mut().insert(CONTENT_ENCODING, coding.parse().unwrap());
    answer.headers_mut().insert(CONTENT_LENGTH, packed.len().into());
    let answer = unpack(answer);
    let is_packed = answer.headers().contains_key(CONTENT_ENCODING);
    assert_eq!(is_packed, answer.headers().contains_key(CONTENT_LENGTH));
    let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
    Ok(body.to_bytes().to_vec())
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(text).unwrap();
    packing.finish().unwrap()
}

fn text() -> Vec<u8> {
    (0..40_000_u32).flat_map(|at| format!("{at} ").into_bytes()).collect()
}

#[tokio::test]
async fn an_answer_is_the_same_however_it_was_packed_and_cut() {
    let text = text();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&text).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(&text).unwrap();
    let (zlib, raw) = (zlib.finish().unwrap(), raw.finish().unwrap());
    for size in [1, 7, 1024, 1 << 20] {
        for (coding, packed) in [("gzip", gzip(&text)), ("X-Gzip", gzip(&text))] {
            assert!(unpacked(coding, &packed, size).await.unwrap() == text, "{coding} {size}");
        }
        for packed in [&zlib, &raw] {
            assert!(unpacked("deflate", packed, size).await.unwrap() == text, "{size}");
        }
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(unpacked("gzip", &two, size).await.unwrap(), b"one two");
        let padded = [gzip(b"one"), vec![0; 512]].concat();
        assert_eq!(unpacked("gzip", &padded, size).await.unwrap(), b"one");
    }
    assert_eq!(unpacked("gzip", b"", 1).await.unwrap(), b"");
    assert_eq!(unpacked("gzip", &gzip(b""), 3).await.unwrap(), b"");
}

#[tokio::test]
async fn what_is_not_known_here_is_left_as_it_is() {
    for coding in ["br", "identity", "gzip, gzip"] {
        assert_eq!(unpacked(coding, b"as it is", 3).await.unwrap(), b"as it is");
    }
    let mut answer = Response::new(Pieces(VecDeque::new()).boxed_unsync());
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    assert!(unpack(answer).headers().contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn what_is_cut_off_or_broken_is_a_failure() {
    let packed = gzip(&text());
    for end in [1, 9, packed.len() / 2, packed.len() - 1] {
        let failed = unpacked("gzip", &packed[..end], 1024).await.unwrap_err();
        assert!(failed.contains("cut off"), "{end}: {failed}");
    }
    let mut wrong = packed.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    for wrong in [wrong.as_slice(), b"no gzip at all"] {
        let failed = unpacked("gzip", wrong, 1024).await.unwrap_err();
        assert!(failed.contains("none of that"), "{failed}");
    }
}

#[test]
fn a_guest_that_says_what_it_wants_gets_it() {
    let mut headers = HeaderMap::new();
    assert!(ask(&mut headers));
    assert_eq!(headers[ACCEPT_ENCODING], "gzip");
    assert!(!ask(&mut headers) && headers.len() == 1);
    let mut part = HeaderMap::from_iter([(RANGE, HeaderValue::from_static("bytes=0-9"))]);
    assert!(ask(&mut part) && !part.contains_key(ACCEPT_ENCODING));
}
