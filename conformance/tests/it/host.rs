//! The main test of the sandbox: every probe, in both languages.

use std::collections::BTreeSet;

use ctx_conformance::{Matter, Probes, Twin, cases, check_host};

use crate::{holds, options};

#[tokio::test(flavor = "multi_thread")]
async fn no_probe_gets_out_or_stops_the_host() {
    let probes =
        Probes { component: ctx_bundle::PROBES_COMPONENT, scripts: ctx_bundle::PROBE_SCRIPTS };
    let report = check_host(&probes, &options()).await;
    holds(&report);
}

#[test]
fn every_script_among_the_probes_has_a_case() {
    let claimed: BTreeSet<String> = cases()
        .iter()
        .filter(|case| case.role == Matter::Host)
        .filter_map(|case| case.probe.as_ref())
        .filter(|probe| probe.twins.contains(&Twin::Lua))
        .map(|probe| format!("{}.lua", probe.name))
        .collect();
    let scripts: BTreeSet<String> =
        ctx_bundle::PROBE_SCRIPTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(claimed, scripts);
}
