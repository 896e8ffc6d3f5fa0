//! The manifest in a component's custom section: found where a second reader
//! finds it, and what was put there comes back.

use ctx_core::fuzzed::section;
use ctx_core::parse_manifest;

use crate::bytes::Bytes;
use crate::manifest;

/// What every component begins with.
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

const NAME: &[u8] = b"ctx:manifest";

/// Reads a component's sections, and those of one that is made of the bytes.
pub fn run(bytes: &[u8]) {
    let found = section(bytes);
    assert_eq!(found, second_reader(bytes).as_deref());
    if let Some(Ok(found)) = found.map(parse_manifest) {
        manifest::check(&found);
    }
    put_there(bytes);
}

/// A manifest behind any sections comes back whole.
fn put_there(bytes: &[u8]) {
    let mut choices = Bytes::new(bytes);
    let mut component = PREAMBLE.to_vec();
    for _ in 0..choices.byte() % 8 {
        let id = choices.byte().max(1);
        let body = choices.string();
        component.push(id);
        component.extend(number(body.len()));
        component.extend(body);
    }
    let text = String::from_utf8_lossy(choices.rest()).into_owned();
    let body = [&number(NAME.len()), NAME, text.as_bytes()].concat();
    component.push(0);
    component.extend(number(body.len()));
    component.extend(body);
    let whole = section(&component).map(str::to_owned);
    assert_eq!(whole.as_deref(), Some(text.as_str()));
    // Cut inside of it, there is none; and of two the first counts.
    assert_eq!(section(&component[..component.len() - 1]), None);
    component.extend([0, 14]);
    component.extend(number(NAME.len()));
    component.extend([NAME, b"x"].concat());
    assert_eq!(section(&component), Some(text.as_str()));
}

fn second_reader(component: &[u8]) -> Option<String> {
    let mut at = 8;
    while at < component.len() {
        let id = component[at];
        let (size, body) = read(component, at + 1)?;
        let end = body.checked_add(size).filter(|end| *end <= component.len())?;
        if id == 0 {
            let (length, name) = read(&component[..end], body)?;
            let text = name.checked_add(length).filter(|text| *text <= end)?;
            if &component[name..text] == NAME {
                return String::from_utf8(component[text..end].to_vec()).ok();
            }
        }
        at = end;
    }
    None
}

/// Reads a number of up to five bytes; where it ends comes with it.
fn read(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    let mut weight = 1;
    for place in 0..5 {
        let byte = usize::from(*bytes.get(at + place)?);
        value += byte % 128 * weight;
        weight *= 128;
        if byte < 128 {
            return Some((value, at + place + 1));
        }
    }
    None
}

fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value % 128).expect("it is less");
        value /= 128;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 128);
    }
}
