//! A claim about a completer: whatever is typed, it has an answer, and be it
//! none.

use ctx_core::Installed;
use ctx_model::{CompleteRequest, Filled};

use super::judged;
use crate::case::Action;
use crate::check::Verdict;
use crate::trial::Trial;

pub(crate) async fn run(trial: &Trial, extension: &Installed, action: Action) -> Verdict {
    if action != Action::CompleteAnything {
        return Verdict::skip("this is no claim about a completer");
    }
    let agents = extension.agents.iter().flat_map(|agent| {
        let subject = Filled::Agent(agent.wire_name.clone());
        agent.info.arguments.iter().map(move |one| (subject.clone(), one.name.clone()))
    });
    let templates = extension.holdings.templates.iter();
    let templates = templates
        .map(|one| (Filled::Template(one.uri_template.clone()), "nobody-has-this".to_owned()));
    let mut asked = 0;
    for (subject, name) in agents.chain(templates) {
        for value in ["", "\u{fffd} '\"%"] {
            let request = CompleteRequest {
                subject: subject.clone(),
                name: name.clone(),
                value: value.to_owned(),
                known: Vec::new(),
            };
            let [receipt, _] = trial.complete(&request).await;
            if let Err(error) = &receipt.outcome {
                let verdict = judged(error, true);
                if verdict.is_failure() {
                    return verdict.billed(receipt.usage);
                }
            }
            asked += 1;
        }
    }
    Verdict::pass(format!("{asked} questions"))
}
