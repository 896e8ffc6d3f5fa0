//! As much of a language as it takes to see its blocks: brackets, strings,
//! comments and indentation. No grammar, so that any language has lines.

/// How a language writes what holds no brackets, and what makes its blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    line: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
    /// Signs of strings that may go over several lines.
    long: &'static [&'static str],
    /// Whether `'` begins a string; else it begins one character, if any.
    has_single_quotes: bool,
    is_indented: bool,
}

/// A line of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub start: usize,
    pub end: usize,
    /// How many blocks it stands in.
    pub depth: usize,
    pub is_blank: bool,
    /// Whether it begins within a string or a comment.
    pub is_inside: bool,
    /// Whether it is all comment, or a sign of what comes below it.
    pub is_remark: bool,
}

const BRACES: Syntax = Syntax {
    line: &["//"],
    block: Some(("/*", "*/")),
    long: &["`"],
    has_single_quotes: false,
    is_indented: false,
};

const SCRIPT: Syntax = Syntax { has_single_quotes: true, ..BRACES };

const INDENTED: Syntax = Syntax {
    line: &["#"],
    block: None,
    long: &["\"\"\"", "'''"],
    has_single_quotes: true,
    is_indented: true,
};

/// Finds the syntax of a media type, or of a file's name.
pub(crate) fn syntax(media_type: &str, file_name: Option<&str>) -> Syntax {
    let word = media_type.split(';').next().unwrap_or_default().trim();
    let word = word.rsplit('/').next().unwrap_or_default();
    let word = word.strip_prefix("x-").unwrap_or(word).to_ascii_lowercase();
    let suffix = file_name.and_then(|name| name.rsplit_once('.')).map(|(_, suffix)| suffix);
    let is_plain = matches!(word.as_str(), "" | "plain" | "octet-stream" | "code");
    let word = if is_plain { suffix.unwrap_or_default() } else { word.as_str() };
    match word {
        "python" | "py" | "yaml" | "yml" | "nim" => INDENTED,
        "ruby" | "rb" | "elixir" | "ex" | "exs" | "julia" | "jl" | "r" | "cmake" => INDENTED,
        "shellscript" | "sh" | "perl" | "pl" | "nix" | "terraform" | "toml" | "powershell"
        | "graphql" => Syntax { block: None, is_indented: false, ..INDENTED },
        "lua" => Syntax { line: &["--"], block: Some(("--[[", "]]")), long: &[], ..INDENTED },
        "haskell" | "hs" | "elm" => {
            Syntax { line: &["--"], block: Some(("{-", "-}")), long: &[], ..INDENTED }
        }
        "sql" => Syntax { line: &["--"], block: Some(("/*", "*/")), long: &[], ..INDENTED },
        "javascript" | "js" | "typescript" | "ts" | "php" | "css" | "dart" => SCRIPT,
        "wat" | "clojure" | "clj" | "lisp" | "scheme" => {
            Syntax { line: &[";"], block: None, long: &[], ..BRACES }
        }
        _ => BRACES,
    }
}

/// Reads the lines of a code.
pub(crate) fn lines(text: &str, syntax: Syntax) -> Vec<Line> {
    let mut all = Vec::new();
    let mut state = State::Code;
    let mut depth = 0_usize;
    let mut indents: Vec<usize> = Vec::new();
    for (start, line) in crate::text::lines(text) {
        let bare = line.trim();
        let is_inside = !matches!(state, State::Code);
        let is_remark = !is_inside
            && (syntax.line.iter().any(|sign| bare.starts_with(sign))
                || bare.starts_with("/*")
                || bare.starts_with("#[")
                || bare.starts_with('@'));
        let mut own = depth;
        if syntax.is_indented && !is_inside && !bare.is_empty() {
            let indent = line.len() - line.trim_start().len();
            while indents.last().is_some_and(|last| *last >= indent) {
                indents.pop();
            }
            // A bracket that goes on over lines holds them together.
            own = indents.len() + depth;
            indents.push(indent);
        }
        let is_blank = bare.is_empty();
        all.push(Line {
            start,
            end: start + line.len(),
            depth: own,
            is_blank,
            is_inside,
            is_remark,
        });
        scan(line, syntax, &mut state, &mut depth);
    }
    if syntax.is_indented {
        settle(&mut all);
    }
    all
}

/// Gives lines that say nothing of their depth that of the line before them.
fn settle(lines: &mut [Line]) {
    let mut depth = 0;
    for line in lines {
        if line.is_blank || line.is_inside {
            line.depth = depth;
        }
        depth = line.depth;
    }
}

/// What a place in a code is in.
enum State {
    Code,
    Comment(&'static str),
    Text(&'static str),
}

fn scan(line: &str, syntax: Syntax, state: &mut State, depth: &mut usize) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        match state {
            State::Text(_) if rest[0] == b'\\' => {
                at += 2;
                continue;
            }
            State::Comment(end) | State::Text(end) => {
                if rest.starts_with(end.as_bytes()) {
                    at += end.len();
                    *state = State::Code;
                } else {
                    at += 1;
                }
                continue;
            }
            State::Code => {}
        }
        if let Some((begin, end)) = syntax.block
            && rest.starts_with(begin.as_bytes())
        {
            *state = State::Comment(end);
            at += begin.len();
            continue;
        }
        if syntax.line.iter().any(|sign| rest.starts_with(sign.as_bytes())) {
            break;
        }
        if let Some(sign) = syntax.long.iter().find(|sign| rest.starts_with(sign.as_bytes())) {
            *state = State::Text(sign);
            at += sign.len();
            continue;
        }
        match rest[0] {
            b'"' => *state = State::Text("\""),
            b'\'' if syntax.has_single_quotes => *state = State::Text("'"),
            // A character; anything else is the mark of a lifetime.
            b'\'' => {
                let end = if rest.get(1) == Some(&b'\\') { 3 } else { 2 };
                let length = rest.iter().take(12).skip(end).position(|byte| *byte == b'\'');
                at += length.filter(|length| *length <= 3 || end == 3).map_or(0, |it| end + it);
            }
            b'{' | b'(' | b'[' => *depth += 1,
            b'}' | b')' | b']' => *depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    // A string of one line that nothing ends was none.
    if matches!(state, State::Text("\"" | "'")) {
        *state = State::Code;
    }
}
