//! Configs: what is read grants what it says and no more, what is shown tells
//! no password, and what a variable holds stays out of what people read.

use ctx_core::fuzzed::{allowed, filled, limited, policy, private, read_config};
use ctx_core::{Config, ScriptEntry};
use ctx_model::{HostPattern, Limits};

use crate::manifest::check_limits;

/// What every variable holds.
const HELD: &str = "a-word-of-the-environment";

/// Reads a config.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (config, shown) = match read_config(text) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    check(&config);
    for value in &shown {
        assert!(!value.key.is_empty());
        if !text.contains(HELD) {
            assert!(!value.value.contains(HELD), "no variable is filled in");
        }
    }
    // Each key once, in order.
    assert!(shown.windows(2).all(|pair| pair[0].key < pair[1].key));
}

fn check(config: &Config) {
    for (name, extension) in &config.extension {
        let policy = policy(&extension.allow).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(policy.http.len(), extension.allow.http.len());
        assert_eq!(policy.kv, extension.allow.kv);
        check_limits(&extension.limits);
    }
    for broken in &config.broken {
        assert!(!broken.section.is_empty() && !broken.why.is_empty());
    }
    for script in &config.scripts {
        check_script(script);
    }
}

fn check_script(script: &ScriptEntry) {
    let get = |name: &str| (!name.is_empty()).then(|| HELD.to_owned());
    let settings = filled(script, &get).to_string();
    if settings.contains(HELD) && !script.settings.to_string().contains(HELD) {
        let private = private(script, &get);
        assert!(private.iter().any(|value| value == HELD), "it is kept out of errors and logs");
    }
    let grant = allowed(script, &get);
    for host in &grant.http {
        let pattern = host.parse::<HostPattern>().expect("a grant can be read");
        let is_wide = pattern.to_string().contains('*');
        assert!(!is_wide || script.allow.http.contains(host), "a setting grants `{host}`");
    }
    let limits = limited(script, Limits::DEFAULT);
    let most = Limits::MAXIMUM;
    assert!(limits.fuel <= most.fuel && limits.time <= most.time && limits.memory <= most.memory);
    assert!(limits.scan_time <= most.scan_time && limits.http_body <= most.http_body);
    assert!(!script.section().is_empty());
}
