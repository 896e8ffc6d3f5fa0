//! `ctx token`: what shows a client to be the operator.

use ctx_core::{Places, token};

use super::{Done, done};
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn run(places: &Places, new: bool, report: &Report) -> Done {
    let token = if new { token::renew(places) } else { token::read_or_make(places) };
    let token = token.map_err(|error| diagnostic::machine("the token cannot be read", &error))?;
    report.line(token);
    if new {
        report.say("A server that runs keeps the old one until it is started again");
    }
    done()
}
