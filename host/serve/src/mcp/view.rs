//! What one client is shown of the tools: those within its reach, in full or
//! in short, or three through which it finds and calls the others.

use std::borrow::Cow;

use ctx_core::{Economy, Facade};
use ctx_model::Reach;
use rmcp::model::Tool;

use super::facade;
use super::listing::Lists;

/// How a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Every tool, with all that it says.
    Full,
    /// Every tool, its description cut to so many characters, and one that
    /// tells the rest.
    Short(usize),
    /// Three tools in place of all.
    Facade,
}

/// Decides how the tools within reach are shown.
pub(crate) fn manner(economy: &Economy, lists: &Lists, reach: &Reach) -> Manner {
    let is_above = |limit: Option<u32>, count: &dyn Fn() -> usize| {
        limit.is_some_and(|limit| count() > limit as usize)
    };
    let is_facade = match economy.facade {
        Facade::Never => false,
        Facade::Always => true,
        Facade::Above { tools, tokens } => {
            is_above(tools, &|| lists.within(reach).count())
                || is_above(tokens, &|| lists.cost(reach))
        }
    };
    match (is_facade, economy.descriptions) {
        (true, _) => Manner::Facade,
        (false, Some(most)) => Manner::Short(most as usize),
        (false, None) => Manner::Full,
    }
}

/// Lists what a client is shown, in order of the names.
pub(crate) fn shown(economy: &Economy, lists: &Lists, reach: &Reach) -> Vec<Tool> {
    let most = match manner(economy, lists, reach) {
        Manner::Full => return lists.within(reach).cloned().collect(),
        Manner::Facade => return facade::tools(),
        Manner::Short(most) => most,
    };
    let mut tools: Vec<Tool> = lists.within(reach).cloned().collect();
    for tool in &mut tools {
        if let Some(text) = &tool.description {
            tool.description = Some(Cow::Owned(brief(text, most)));
        }
    }
    // One of an extension's own has the name first.
    let describe = facade::describe_tool();
    if let Err(at) = tools.binary_search_by(|tool| tool.name.cmp(&describe.name)) {
        tools.insert(at, describe);
    }
    tools
}

/// Returns the first sentences of a text, as many as fit; of a first one that
/// is too long, its first words.
pub(crate) fn brief(text: &str, most: usize) -> String {
    let text = text.trim();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let flat = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = flat.char_indices().nth(most).map_or(flat.len(), |(at, _)| at);
    if end == flat.len() {
        return flat;
    }
    let within = &flat[..end];
    let ends = [". ", "! ", "? "].iter().filter_map(|mark| within.rfind(mark)).max();
    // The last sentence may end where the room does.
    let is_whole = within.ends_with(['.', '!', '?']) && flat[end..].starts_with(' ');
    match ends {
        _ if is_whole => within.to_owned(),
        Some(at) => within[..=at].to_owned(),
        None => {
            let at = within.rfind(' ').unwrap_or(within.len());
            format!("{}…", within[..at].trim_end_matches([',', ';', ':']))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_cut_behind_a_sentence_or_a_word() {
        for (text, most, expected) in [
            ("Greets somebody", 80, "Greets somebody"),
            ("Greets somebody. Politely, too.", 20, "Greets somebody."),
            ("Greets somebody. Politely, too.", 16, "Greets somebody."),
            ("One. Two. Three is long.", 12, "One. Two."),
            ("Greets somebody very politely", 18, "Greets somebody…"),
            ("Supercalifragilistic", 5, "Super…"),
            ("First line\nof it.\n\nSecond paragraph.", 80, "First line of it."),
            ("Größe, größer, am größten", 7, "Größe…"),
            ("", 5, ""),
        ] {
            assert_eq!(brief(text, most), expected, "{text}");
        }
    }
}
