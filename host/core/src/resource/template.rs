//! Templates of addresses (RFC 6570), read backwards: an address in, and what
//! stands in the template's places out. In one pass, whatever the template.

/// Bytes of an address or a template.
pub(crate) const LONGEST: usize = 8192;

/// Places of a template.
const MOST_PLACES: usize = 16;

/// A template, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    /// `{name}`: anything but what separates the parts of an address.
    Plain(String),
    /// `{+name}`: anything.
    Open(String),
    /// `{?a,b}` or `{&a,b}`, at the end.
    Query(Vec<String>),
}

impl Template {
    /// Reads a template. Says what is wrong with one that cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, after) =
                after.split_once('}').ok_or_else(|| "a `{` is not closed".to_owned())?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            } else if matches!(parts.last(), Some(Part::Plain(_) | Part::Open(_)))
                && !inside.starts_with(['/', '?', '&'])
            {
                return Err(format!("nothing stands between `{{{inside}}}` and the place before"));
            }
            place(inside, &mut parts)?;
            rest = after;
        }
        if rest.contains('}') {
            return Err("a `}` was never opened".to_owned());
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let query = parts.iter().position(|part| matches!(part, Part::Query(_)));
        if query.is_some_and(|at| at + 1 < parts.len()) {
            return Err("a query stands at the end of an address".to_owned());
        }
        if parts.iter().filter(|part| !matches!(part, Part::Text(_))).count() > MOST_PLACES {
            return Err(format!("it has more than {MOST_PLACES} places"));
        }
        Ok(Self(parts))
    }

    /// Returns what stands in the places of an address, if it fits.
    pub(crate) fn variables(&self, uri: &str) -> Option<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut rest = uri;
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Part::Plain(name) => {
                    let most = rest.find(['/', '?', '#', '&']).unwrap_or(rest.len());
                    let end = self.end(at, &rest[..most], rest, false)?;
                    found.push((name.clone(), decoded(&rest[..end])));
                    rest = &rest[end..];
                }
                Part::Open(name) => {
                    let end = self.end(at, rest, rest, true)?;
                    found.push((name.clone(), decoded(&rest[..end])));
                    rest = &rest[end..];
                }
                Part::Query(names) => {
                    if !rest.is_empty() {
                        query(rest.strip_prefix(['?', '&'])?, names, &mut found)?;
                    }
                    rest = "";
                }
            }
        }
        rest.is_empty().then_some(found)
    }

    /// Returns where a place ends that may be as long as `within`: before the
    /// text that follows, or at the end. No place is empty.
    fn end(&self, at: usize, within: &str, rest: &str, is_open: bool) -> Option<usize> {
        let end = match self.0.get(at + 1) {
            Some(Part::Text(next)) if is_open => rest.rfind(next.as_str())?,
            Some(Part::Text(next)) => {
                // The separator itself may begin the text.
                let found = rest.find(next.as_str())?;
                if found <= within.len() { found } else { return None }
            }
            Some(Part::Query(_)) if is_open => rest.find('?').unwrap_or(rest.len()),
            _ => within.len(),
        };
        (end > 0).then_some(end)
    }
}

/// Reads what stands between braces.
fn place(inside: &str, parts: &mut Vec<Part>) -> Result<(), String> {
    let (kind, names) = match inside.chars().next() {
        Some(kind @ ('+' | '#' | '/' | '?' | '&' | '.' | ';')) => (Some(kind), &inside[1..]),
        _ => (None, inside),
    };
    let names: Vec<String> =
        names.split(',').map(|name| name.trim_end_matches('*').to_owned()).collect();
    let is_name = |name: &String| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.%-".contains(c))
    };
    if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
        return Err(format!("`{wrong}` is no name of a place"));
    }
    match (kind, names.as_slice()) {
        (Some('?' | '&'), _) => parts.push(Part::Query(names)),
        (None, [name]) => parts.push(Part::Plain(name.clone())),
        (Some('+'), [name]) => parts.push(Part::Open(name.clone())),
        (Some('#'), [name]) => {
            parts.push(Part::Text("#".to_owned()));
            parts.push(Part::Open(name.clone()));
        }
        (Some('/'), names) => {
            for name in names {
                parts.push(Part::Text("/".to_owned()));
                parts.push(Part::Plain(name.clone()));
            }
        }
        _ => return Err(format!("`{{{inside}}}` is a place that no address is matched against")),
    }
    Ok(())
}

/// Reads a query. One that names anything else does not fit.
fn query(text: &str, names: &[String], found: &mut Vec<(String, String)>) -> Option<()> {
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        if !names.contains(&name) || found.iter().any(|(one, _)| *one == name) {
            return None;
        }
        found.push((name, decoded(value)));
    }
    Some(())
}

/// Reads `%20` and the like. What is no UTF-8 then stays as it was written.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    #[track_caller]
    fn check(template: &str, uri: &str, expected: Option<&str>) {
        let found = Template::parse(template).unwrap().variables(uri);
        let shown = found.map(|found| {
            let pairs: Vec<String> =
                found.iter().map(|(name, value)| format!("{name}={value}")).collect();
            pairs.join(" ")
        });
        assert_eq!(shown.as_deref(), expected, "{template} {uri}");
    }

    #[test]
    fn a_place_holds_what_stands_there_and_no_more() {
        check("test://t/{id}/data", "test://t/123/data", Some("id=123"));
        check("test://t/{id}/data", "test://t/a%20b/data", Some("id=a b"));
        check("test://t/{id}/data", "test://t//data", None);
        check("test://t/{id}/data", "test://t/1/2/data", None);
        check("test://t/{id}/data", "test://t/1/data/more", None);
        check("a:{x}-{y}", "a:1-2-3", Some("x=1 y=2-3"));
        check("a:{x}", "a:%ff", Some("x=%ff"));
        check("a:{+path}/raw", "a:b/c/raw", Some("path=b/c"));
        check("a:b{/x,y}", "a:b/1/2", Some("x=1 y=2"));
        check("a:b{?q,page}", "a:b", Some(""));
        check("a:b{?q,page}", "a:b?page=2&q=x%3D", Some("page=2 q=x="));
        check("a:b{?q}", "a:b?r=1", None);
        check("a:b{?q}", "a:b?q=1&q=2", None);
        check("a:{x}{?q}", "a:1?q=2", Some("x=1 q=2"));
        check("a:b", "a:b", Some(""));
    }

    #[test]
    fn a_template_that_cannot_be_told_apart_is_refused() {
        for (template, why) in [
            ("a:{x", "a `{` is not closed"),
            ("a:x}", "a `}` was never opened"),
            ("a:{x}{y}", "nothing stands between `{y}` and the place before"),
            ("a:{}", "`` is no name of a place"),
            ("a:{x y}", "`x y` is no name of a place"),
            ("a:{?q}b", "a query stands at the end of an address"),
            ("a:{x,y}", "`{x,y}` is a place that no address is matched against"),
        ] {
            assert_eq!(Template::parse(template).unwrap_err(), why);
        }
    }
}
