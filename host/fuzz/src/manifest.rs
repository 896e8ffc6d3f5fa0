//! Manifests: whatever they say, what is read is whole, asks for nothing that
//! has no meaning, and is written and read again as the same.

use ctx_core::fuzzed::request_of_folder;
use ctx_core::parse_manifest;
use ctx_model::{HostPattern, Limits, LimitsRequest, Manifest, Requests};

/// Reads a manifest.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse_manifest(text) {
        Ok(manifest) => check(&manifest),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What holds of every manifest that is taken.
pub(crate) fn check(manifest: &Manifest) {
    // JSON in settings may hold what TOML cannot write: null.
    if let Ok(written) = toml::to_string(manifest) {
        let again = parse_manifest(&written);
        assert_eq!(again.as_ref(), Ok(manifest), "{written}");
    }
    if let Some(name) = &manifest.name {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(!name.as_str().is_empty() && name.as_str().chars().all(plain), "{name}");
    }
    if let Some(requests) = &manifest.requests {
        check_requests(requests);
    }
    if let Some(limits) = &manifest.limits {
        check_limits(limits);
    }
}

fn check_requests(requests: &Requests) {
    assert!(requests.unsafe_.is_empty(), "no power of that kind exists");
    for host in requests.http.iter().chain(requests.inject.iter().map(|rule| &rule.host)) {
        assert!(host.parse::<HostPattern>().is_ok(), "{host}");
    }
    for folder in &requests.files {
        let name = request_of_folder(folder).expect("it was checked");
        // The name under which it is lent is no path of this machine.
        if folder.starts_with("read:/") || folder.contains("..") {
            let is_path = |name: &str| name.contains(['/', '\\']) && !folder.contains('{');
            assert!(!name.as_deref().is_some_and(is_path), "{folder}");
        }
    }
    for rule in &requests.inject {
        // Every name in braces is one that the manifest asks for.
        for secret in &requests.secrets {
            assert!(!rule.header.contains(secret.as_str()) || !secret.contains([' ', ':', '\r']));
        }
        for (at, _) in rule.value.match_indices('{') {
            let inside = &rule.value[at + 1..];
            let Some(end) = inside.find('}') else { continue };
            // The innermost brace counts.
            let name = &inside[..end];
            if !name.contains('{') {
                assert!(requests.secrets.iter().any(|secret| secret == name), "{}", rule.value);
            }
        }
        assert!(rule.header.bytes().all(|b| b.is_ascii_graphic()) && !rule.header.is_empty());
    }
}

/// No request brings more than the operator's ceiling.
pub(crate) fn check_limits(request: &LimitsRequest) {
    let ceiling = &Limits::MAXIMUM;
    let limits = Limits::DEFAULT.with(request, ceiling);
    assert!(limits.fuel <= ceiling.fuel && limits.memory <= ceiling.memory);
    assert!(limits.time <= ceiling.time && limits.scan_time <= ceiling.scan_time);
    assert!(limits.output <= ceiling.output && limits.page <= ceiling.page);
    assert!(limits.log <= ceiling.log && limits.host_calls <= ceiling.host_calls);
    assert!(limits.memory > 0 && !limits.time.is_zero() && limits.output > 0);
}
