//! Whether a request is the one that a conversation has, and which one comes
//! nearest if none is.

use std::collections::BTreeMap;

use ctx_model::HttpRequest;
use serde_json::Value;
use url::Url;

use crate::format::Exchange;

/// Characters of a value that a difference shows.
const SHOWN: usize = 120;

/// What is not as the conversation has it. Empty if the request is the one.
pub(crate) fn differences(exchange: &Exchange, request: &HttpRequest) -> Vec<String> {
    let mut all = Vec::new();
    if !exchange.method.eq_ignore_ascii_case(&request.method) {
        all.push(format!("the method is {}, not {}", request.method, exchange.method));
    }
    match (Url::parse(&exchange.url), Url::parse(&request.url)) {
        (Ok(wanted), Ok(asked)) => urls(&wanted, &asked, &mut all),
        _ if exchange.url == request.url => {}
        _ => all.push("the URL is another".to_owned()),
    }
    for (name, value) in &exchange.headers {
        let mut values = request.headers.iter().filter(|(one, _)| one.eq_ignore_ascii_case(name));
        match values.next() {
            None => all.push(format!("the header `{name}` is missing")),
            Some((_, first)) if first != value && !values.any(|(_, other)| other == value) => {
                all.push(format!(
                    "the header `{name}` is {}, not {}",
                    quoted(first),
                    quoted(value)
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(wanted) = &exchange.body {
        bodies(wanted, &request.body, &mut all);
    }
    all
}

fn urls(wanted: &Url, asked: &Url, all: &mut Vec<String>) {
    let origin = |url: &Url| url.origin().ascii_serialization();
    if origin(wanted) != origin(asked) {
        all.push(format!("the host is {}, not {}", origin(asked), origin(wanted)));
    }
    if decoded(wanted.path()) != decoded(asked.path()) {
        all.push(format!("the path is `{}`, not `{}`", asked.path(), wanted.path()));
    }
    let (mut missing, mut extra) = (pairs(wanted), Vec::new());
    for pair in pairs(asked) {
        match missing.iter().position(|one| *one == pair) {
            Some(at) => drop(missing.remove(at)),
            None => extra.push(pair),
        }
    }
    for (name, value) in missing {
        match extra.iter().position(|(other, _)| *other == name) {
            Some(at) => {
                let (_, other) = extra.remove(at);
                all.push(format!("`{name}` is {}, not {}", quoted(&other), quoted(&value)));
            }
            None => all.push(format!("`{name}` is missing, which is {}", quoted(&value))),
        }
    }
    for (name, value) in extra {
        all.push(format!("`{name}` is there, which is {}", quoted(&value)));
    }
}

fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Takes the encoding off a path, but for slashes.
fn decoded(path: &str) -> Vec<String> {
    let plain = |part: &str| {
        // A part is read as a query is, in which a plus is a blank.
        let part = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
        let pair = url::form_urlencoded::parse(part.as_bytes()).next();
        pair.map(|(text, _)| text.into_owned()).unwrap_or_default()
    };
    path.split('/').map(plain).collect()
}

fn bodies(wanted: &str, asked: &[u8], all: &mut Vec<String>) {
    let asked = String::from_utf8_lossy(asked);
    if let (Ok(wanted), Ok(asked)) =
        (serde_json::from_str::<Value>(wanted), serde_json::from_str::<Value>(&asked))
    {
        all.extend(json(&wanted, &asked, "").map(|why| format!("in the body, {why}")));
        return;
    }
    if wanted.trim_end() == asked.trim_end() {
        return;
    }
    let form = |text: &str| {
        let pairs = url::form_urlencoded::parse(text.trim().as_bytes());
        pairs.into_owned().collect::<BTreeMap<String, String>>()
    };
    let is_form = |text: &str| text.contains('=') && !text.trim().contains(['\n', '{', '<']);
    if is_form(wanted) && is_form(&asked) && form(wanted) == form(&asked) {
        return;
    }
    all.push(format!("the body is {}, not {}", quoted(&asked), quoted(wanted)));
}

/// Finds the first place in which two values differ.
pub(crate) fn json(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            let place =
                |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
            let gone = wanted.iter().find_map(|(key, value)| match found.get(key) {
                None => Some(format!("`{}` is missing", place(key))),
                Some(other) => json(value, other, &place(key)),
            });
            gone.or_else(|| {
                let extra = found.keys().find(|key| !wanted.contains_key(*key))?;
                Some(format!("`{}` is there", place(extra)))
            })
        }
        (Value::Array(wanted), Value::Array(found)) => {
            if wanted.len() != found.len() {
                return Some(format!("`{at}` has {} elements, not {}", found.len(), wanted.len()));
            }
            let mut pairs = wanted.iter().zip(found).enumerate();
            pairs.find_map(|(index, (one, other))| json(one, other, &format!("{at}[{index}]")))
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        (one, other) if one == other => None,
        (one, other) => {
            Some(format!("`{at}` is {}, not {}", cut(&other.to_string()), cut(&one.to_string())))
        }
    }
}

/// Returns the exchange that comes nearest to a request, and what of it is not
/// so. The fewest differences count, those of the host and the path for more.
pub(crate) fn nearest<'a>(
    exchanges: impl Iterator<Item = (usize, &'a Exchange)>,
    request: &HttpRequest,
) -> Option<(usize, &'a Exchange, Vec<String>)> {
    let asked = Url::parse(&request.url).ok();
    let weight = |exchange: &Exchange, differences: &[String]| {
        let wanted = Url::parse(&exchange.url).ok();
        let far = match (&asked, wanted) {
            (Some(asked), Some(wanted)) => {
                let parts = |url: &Url| url.path().split('/').count();
                let same = asked
                    .path()
                    .split('/')
                    .zip(wanted.path().split('/'))
                    .take_while(|(a, b)| a == b);
                let apart = parts(asked).max(parts(&wanted)) - same.count();
                apart * 4 + if asked.origin() == wanted.origin() { 0 } else { 16 }
            }
            _ => 32,
        };
        far + differences.len()
    };
    exchanges
        .map(|(at, exchange)| (at, exchange, differences(exchange, request)))
        .min_by_key(|(at, exchange, differences)| (weight(exchange, differences), *at))
}

/// Writes a value as a person would quote it.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", cut(text))
}

fn cut(text: &str) -> String {
    let plain: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() { plain + "…" } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(url: &str, body: Option<&str>) -> Exchange {
        let mut table = toml::Table::new();
        table.insert("url".to_owned(), url.into());
        table.extend(body.map(|body| ("body".to_owned(), body.into())));
        table.try_into().expect("an exchange")
    }

    #[track_caller]
    fn check(wanted: &str, asked: &str, differences: &[&str]) {
        let request = HttpRequest { method: "GET".into(), url: asked.into(), ..Default::default() };
        assert_eq!(super::differences(&exchange(wanted, None), &request), differences);
    }

    #[test]
    fn the_order_and_the_encoding_of_a_query_do_not_count() {
        check("https://a.example/x?b=2&a=1", "https://A.example:443/x?a=1&b=2", &[]);
        check("https://a.example/x?q=a+b", "https://a.example/x?q=a%20b", &[]);
        check("https://a.example/a%2Fb", "https://a.example/a%2fb", &[]);
        check(
            "https://a.example/a/b",
            "https://a.example/a%2fb",
            &["the path is `/a%2fb`, not `/a/b`"],
        );
        check(
            "https://a.example/x?a=1&a=1",
            "https://a.example/x?a=1",
            &["`a` is missing, which is `1`"],
        );
    }

    #[test]
    fn what_is_another_is_named() {
        check(
            "https://a.example/x?page=1",
            "http://b.example/y?page=2&z=3",
            &[
                "the host is http://b.example, not https://a.example",
                "the path is `/y`, not `/x`",
                "`page` is `2`, not `1`",
                "`z` is there, which is `3`",
            ],
        );
    }

    #[test]
    fn bodies_are_compared_as_json_if_both_are() {
        let body = |wanted: &str, asked: &str| {
            let request = HttpRequest {
                method: "GET".into(),
                url: "https://a.example/".into(),
                body: asked.into(),
                ..Default::default()
            };
            differences(&exchange("https://a.example/", Some(wanted)), &request)
        };
        assert_eq!(body(r#"{"a":1,"b":[2]}"#, r#"{ "b": [2.0], "a": 1 }"#), Vec::<String>::new());
        assert_eq!(
            body(r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#),
            ["in the body, `a.b` is 2, not 1"]
        );
        assert_eq!(body("a=1&b=2", "b=2&a=1"), Vec::<String>::new());
        assert_eq!(body("one", "two"), ["the body is `two`, not `one`"]);
    }

    #[test]
    fn the_nearest_is_the_one_with_the_same_path() {
        let all = [
            exchange("https://a.example/items?page=1", None),
            exchange("https://a.example/users?page=2", None),
        ];
        let request = HttpRequest {
            method: "GET".into(),
            url: "https://a.example/items?page=2".into(),
            ..Default::default()
        };
        let (at, _, why) = nearest(all.iter().enumerate(), &request).expect("one");
        assert_eq!((at, why), (0, vec!["`page` is `2`, not `1`".to_owned()]));
    }
}
