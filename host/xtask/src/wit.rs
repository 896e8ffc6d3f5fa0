//! Reads `wit/*.wit`, as far as documents and checks need it: one item a line,
//! which is how the contract is written.

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Package,
    World,
    Interface,
    Record,
    Variant,
    Enum,
    Flags,
    Resource,
    Type,
    Func,
    /// A field, a case or a flag.
    Part,
    Use,
    /// `import`, `export` or `include` of a world.
    Port,
}

impl Kind {
    /// Returns the keyword.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::World => "world",
            Self::Interface => "interface",
            Self::Record => "record",
            Self::Variant => "variant",
            Self::Enum => "enum",
            Self::Flags => "flags",
            Self::Resource => "resource",
            Self::Type => "type",
            Self::Func => "func",
            Self::Part => "part",
            Self::Use => "use",
            Self::Port => "port",
        }
    }
}

/// Something that a contract says.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The line itself, without its last `;`, `,` or `{`.
    pub(crate) text: String,
    pub(crate) docs: Vec<String>,
    /// Whether `@since` stands above it.
    pub(crate) since: bool,
    pub(crate) line: usize,
    pub(crate) items: Vec<Item>,
}

const CONTAINERS: [(&str, Kind); 7] = [
    ("world ", Kind::World),
    ("interface ", Kind::Interface),
    ("record ", Kind::Record),
    ("variant ", Kind::Variant),
    ("enum ", Kind::Enum),
    ("flags ", Kind::Flags),
    ("resource ", Kind::Resource),
];

/// Reads a file into the items at its top.
pub(crate) fn parse(text: &str) -> Vec<Item> {
    // What is open, outermost first, and what is done at the top.
    let mut open: Vec<Item> = Vec::new();
    let mut top: Vec<Item> = Vec::new();
    let (mut docs, mut since) = (Vec::new(), false);
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim().to_owned());
            continue;
        }
        if line.starts_with("@since") {
            since = true;
            continue;
        }
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if line == "}" {
            if let Some(done) = open.pop() {
                add(&mut open, &mut top, done);
            }
            continue;
        }
        let within = open.last().map(|item| item.kind);
        let (kind, name) = classify(line, within);
        let item = Item {
            kind,
            name,
            text: line.trim_end_matches([';', ',', '{', ' ']).to_owned(),
            docs: std::mem::take(&mut docs),
            since: std::mem::take(&mut since),
            line: at + 1,
            items: Vec::new(),
        };
        if line.ends_with('{') && kind != Kind::Use {
            open.push(item);
        } else {
            add(&mut open, &mut top, item);
        }
    }
    top
}

fn add(open: &mut [Item], top: &mut Vec<Item>, item: Item) {
    match open.last_mut() {
        Some(around) => around.items.push(item),
        None => top.push(item),
    }
}

fn classify(line: &str, within: Option<Kind>) -> (Kind, String) {
    let first = |rest: &str| {
        let end = rest.find([' ', '{', ';', ',', '.', ':', '(', '=']).unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    for (word, kind) in CONTAINERS {
        if let Some(rest) = line.strip_prefix(word) {
            return (kind, first(rest));
        }
    }
    if let Some(rest) = line.strip_prefix("package ") {
        return (Kind::Package, rest.trim_end_matches(';').to_owned());
    }
    if let Some(rest) = line.strip_prefix("type ") {
        return (Kind::Type, first(rest));
    }
    if let Some(rest) = line.strip_prefix("use ") {
        return (Kind::Use, first(rest));
    }
    match within {
        Some(Kind::World) => {
            let name = line.split_whitespace().nth(1).unwrap_or_default();
            (Kind::Port, name.trim_end_matches(';').to_owned())
        }
        Some(Kind::Interface | Kind::Resource) => (Kind::Func, first(line)),
        _ => (Kind::Part, first(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_gates_and_parts_belong_to_what_follows_them() {
        let text = "/// Tools.\n@since(version = 0.1.0)\ninterface tools {\n  use types.{json};\n\n  \
                    /// A reply.\n  variant reply {\n    /// Over.\n    done(output),\n  }\n\n  \
                    /// Calls.\n  @since(version = 0.1.0)\n  call: func() -> reply;\n}\n";
        let items = parse(text);
        let [tools] = items.as_slice() else { unreachable!("one interface: {items:?}") };
        assert_eq!(
            (tools.kind, tools.name.as_str(), tools.since),
            (Kind::Interface, "tools", true)
        );
        let inner: Vec<_> =
            tools.items.iter().map(|i| (i.kind, i.name.as_str(), i.since)).collect();
        assert_eq!(
            inner,
            [
                (Kind::Use, "types", false),
                (Kind::Variant, "reply", false),
                (Kind::Func, "call", true)
            ]
        );
        let part = &tools.items[1].items[0];
        assert_eq!(
            (part.text.as_str(), part.docs.as_slice()),
            ("done(output)", &["Over.".to_owned()][..])
        );
    }
}
