//! `ctx ext disable` and `ctx ext enable`: stops an extension in whichever
//! process runs it, and lets it run again.

use ctx_core::Host;
use ctx_model::ExtensionName;
use ctx_serve::problem::{Class, Problem, Refused};
use serde_json::json;

use super::{Done, done, known};
use crate::diagnostic;
use crate::report::Report;

pub(crate) async fn disable(host: &Host, name: &str, report: &Report) -> Done {
    let extension = named(name)?;
    // First of all: looking for a name may take long, and what runs does harm.
    let changed = host.disable(&extension).map_err(|error| unwritten(name, &error))?;
    if let Err(unknown) = known(host, name).await {
        if changed && unknown.code == "ctx::unknown::extension" {
            host.enable(&extension).map_err(|error| unwritten(name, &error))?;
        }
        return Err(unknown);
    }
    if report.json {
        report.data(&json!({ "extension": name, "disabled": true, "changed": changed }));
    } else if changed {
        report.line(format!(
            "Disabled `{name}` in every workspace; what ran of it is stopped\nTo let it run \
             again, run `ctx ext enable {name}`"
        ));
    } else {
        report.line(format!("`{name}` is disabled already"));
    }
    done()
}

pub(crate) async fn enable(host: &Host, name: &str, report: &Report) -> Done {
    let extension = named(name)?;
    let changed = host.enable(&extension).map_err(|error| unwritten(name, &error))?;
    if !changed {
        // One that is gone may have left this behind; a name that nobody has
        // and that was never disabled is a slip.
        known(host, name).await?;
    }
    if report.json {
        report.data(&json!({ "extension": name, "disabled": false, "changed": changed }));
    } else if changed {
        report.line(format!("Enabled `{name}`"));
    } else {
        report.line(format!("`{name}` is neither disabled nor paused"));
    }
    done()
}

fn named(name: &str) -> Result<ExtensionName, Problem> {
    ExtensionName::new(name).map_err(|error| {
        Problem::new(Class::Refused(Refused::Invalid), "ctx::name::invalid", error.to_string())
            .with_help("run `ctx ext list` to see what there is")
    })
}

fn unwritten(name: &str, error: &std::io::Error) -> Problem {
    diagnostic::machine(&format!("that `{name}` may run or not cannot be written down"), error)
}
