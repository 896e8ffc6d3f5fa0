//! Where spans go, by the variables that OpenTelemetry names for all programs.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// How long a request may take, unless the environment says.
const TIME: Duration = Duration::from_secs(10);

/// A collector, and what it is told of who sends.
#[derive(Debug, Clone, PartialEq)]
pub struct Collector {
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    /// Attributes of the sender.
    pub(super) resource: Vec<(String, String)>,
    pub(super) time: Duration,
}

impl Collector {
    /// Reads the environment. There is none unless an address is named; fails
    /// if it is one that cannot be spoken to.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let is = |name: &str, word: &str| {
            get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
        };
        if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
            return Ok(None);
        }
        let of_traces = |what: &str| {
            let own = get(&format!("OTEL_EXPORTER_OTLP_TRACES_{what}"));
            own.or_else(|| get(&format!("OTEL_EXPORTER_OTLP_{what}")))
        };
        let url = match get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
            Some(whole) => whole,
            None => match get("OTEL_EXPORTER_OTLP_ENDPOINT") {
                Some(place) => format!("{}/v1/traces", place.trim().trim_end_matches('/')),
                None => return Ok(None),
            },
        };
        let url = url.trim().to_owned();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(format!(
                "`{url}` is no place for spans: write http:// or https:// in front of it"
            ));
        }
        // Collectors take JSON wherever they take the other form over HTTP.
        if of_traces("PROTOCOL").is_some_and(|protocol| protocol.trim() == "grpc") {
            return Err("spans are sent over HTTP and not over gRPC: name the collector's port \
                        for HTTP, and take `grpc` out of `OTEL_EXPORTER_OTLP_PROTOCOL`"
                .to_owned());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in pairs(&of_traces("HEADERS").unwrap_or_default()) {
            // The value may be a secret, so it is not told.
            let wrong = || format!("the header `{name}` for the collector cannot be sent");
            let key = HeaderName::try_from(&name).map_err(|_| wrong())?;
            let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        let mut resource = pairs(&get("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default());
        let name = get("OTEL_SERVICE_NAME");
        if name.is_some() || !resource.iter().any(|(key, _)| key == "service.name") {
            resource.retain(|(key, _)| key != "service.name");
            resource.push(("service.name".to_owned(), name.unwrap_or_else(|| "ctx".to_owned())));
        }
        resource.push(("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
        let time = of_traces("TIMEOUT").and_then(|millis| millis.trim().parse().ok());
        let time = time.filter(|millis| *millis > 0).map_or(TIME, Duration::from_millis);
        Ok(Some(Self { url, headers, resource, time }))
    }
}

/// Reads `a=b,c=d`, with values as URLs write them.
fn pairs(text: &str) -> Vec<(String, String)> {
    let one = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim().to_owned(), decoded(value.trim())))
    };
    text.split(',').filter_map(one).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
