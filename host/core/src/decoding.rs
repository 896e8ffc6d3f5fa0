//! Bytes of text, in whatever encoding they are, made UTF-8: as the media type
//! says, as the bytes say, or by what they most likely are.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// How far the search for a NUL byte goes. Text has none, and formats that are
/// not text have one soon.
const SNIFFED: usize = 8 * 1024;

/// Where a page or a document of XML says how it is encoded.
const DECLARED: usize = 1024;

/// Types whose bytes are text, beside `text/*`, `*+xml` and `*+json`.
const TEXT: [&str; 9] = [
    "application/json",
    "application/javascript",
    "application/sql",
    "application/toml",
    "application/typescript",
    "application/x-ndjson",
    "application/xml",
    "application/yaml",
    "message/rfc822",
];

/// Returns a media type without its parameters, in lower case.
pub(crate) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the bytes of this type are text.
pub(crate) fn is_text(essence: &str) -> bool {
    essence.is_empty()
        || essence.starts_with("text/")
        || essence.ends_with("+xml")
        || essence.ends_with("+json")
        || TEXT.contains(&essence)
}

/// Turns bytes into text, or says why they are none.
pub(crate) fn decode(bytes: Vec<u8>, media_type: &str) -> Result<String, String> {
    let essence = essence(media_type);
    if !is_text(&essence) {
        // It may be text all the same, but then only in the plainest way.
        return match String::from_utf8(bytes) {
            Ok(text) if !has_nul(text.as_bytes()) => Ok(text),
            _ => Err(format!("it is `{essence}`, which no installed extractor reads")),
        };
    }
    let said = charset(media_type).and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Some(text) = said.and_then(|encoding| cleanly(encoding, &bytes)) {
        return Ok(text);
    }
    if let Some((encoding, _)) = Encoding::for_bom(&bytes) {
        return Ok(encoding.decode(&bytes).0.into_owned());
    }
    if has_nul(&bytes) {
        return Err("it is not text: it has a NUL byte near its start".to_owned());
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error.into_bytes(),
    };
    let declared = declared(&bytes).and_then(|label| Encoding::for_label(label.as_bytes()));
    let declared = declared.filter(|encoding| *encoding != UTF_8);
    if let Some(text) = declared.and_then(|encoding| cleanly(encoding, &bytes)) {
        return Ok(text);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes, true);
    let guess = detector.guess(None, Utf8Detection::Allow);
    cleanly(guess, &bytes).ok_or_else(|| "its encoding cannot be told".to_owned())
}

/// Decodes if every byte has a meaning.
fn cleanly(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let (text, _, had_errors) = encoding.decode(bytes);
    (!had_errors).then(|| text.into_owned())
}

fn has_nul(bytes: &[u8]) -> bool {
    bytes.iter().take(SNIFFED).any(|byte| *byte == 0)
}

/// Finds the `charset` of a media type.
fn charset(media_type: &str) -> Option<String> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("charset").then(|| value.to_owned())
    })
}

/// Finds `charset=` of a page, or `encoding=` of a document of XML.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARED)]).to_ascii_lowercase();
    let at = if let Some(rest) = head.strip_prefix("<?xml") {
        let end = rest.find("?>")?;
        rest[..end].find("encoding=").map(|at| "<?xml".len() + at + "encoding=".len())?
    } else {
        let meta = head.find("<meta")?;
        meta + head[meta..].find("charset=")? + "charset=".len()
    };
    let value = head[at..].trim_start_matches(['"', '\'', ' ']);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c))?;
    Some(value[..end].to_owned()).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn c11_text_in_any_encoding_is_read() {
        for (bytes, media_type, wanted) in [
            (&b"plain"[..], "text/plain", "plain"),
            ("grün".as_bytes(), "text/plain", "grün"),
            (b"gr\xfcn", "text/plain; charset=ISO-8859-1", "grün"),
            (b"\x83\x65\x83\x58\x83\x67", "text/plain;charset=\"Shift_JIS\"", "テスト"),
            (b"\xff\xfeg\0r\0", "text/plain", "gr"),
            (b"\xfe\xff\0g\0r", "text/plain", "gr"),
            (b"\xef\xbb\xbfmark", "text/plain", "mark"),
            (
                b"<meta charset=koi8-r><p>\xd4\xc5\xd3\xd4",
                "text/html",
                "<meta charset=koi8-r><p>тест",
            ),
            (
                b"<?xml version='1.0' encoding='iso-8859-15'?><a>\xa4</a>",
                "application/xml",
                "<?xml version='1.0' encoding='iso-8859-15'?><a>€</a>",
            ),
            (b"caf\xe9 cr\xe8me d\xe9j\xe0 vu", "text/plain", "café crème déjà vu"),
        ] {
            assert_eq!(decode(bytes.to_vec(), media_type).as_deref(), Ok(wanted), "{media_type}");
        }
    }

    #[test]
    fn a_wrong_charset_gives_way_to_what_the_bytes_are() {
        assert_eq!(decode("é".into(), "text/plain; charset=shift_jis2").as_deref(), Ok("é"));
        assert_eq!(decode("é".into(), "text/plain; charset=us-ascii-nonsense").as_deref(), Ok("é"));
    }

    #[test]
    fn what_is_no_text_says_so() {
        let png = b"\x89PNG\r\n\0\0".to_vec();
        assert_eq!(
            decode(png.clone(), "image/png").unwrap_err(),
            "it is `image/png`, which no installed extractor reads"
        );
        assert!(decode(png, "text/plain").unwrap_err().contains("NUL"));
        assert_eq!(decode(b"{}".to_vec(), "application/unheard-of").as_deref(), Ok("{}"));
    }
}
