//! What a file is, by its name. Source code keeps a type of its own, so that
//! a search can be narrowed to it.

/// Extensions of text, and what they mean.
const TEXT: &[(&str, &str)] = &[
    ("adoc", "text/asciidoc"),
    ("asciidoc", "text/asciidoc"),
    ("bat", "text/x-bat"),
    ("bib", "text/x-bibtex"),
    ("c", "text/x-c"),
    ("cc", "text/x-c++"),
    ("cfg", "text/plain"),
    ("clj", "text/x-clojure"),
    ("cmake", "text/x-cmake"),
    ("conf", "text/plain"),
    ("cpp", "text/x-c++"),
    ("cs", "text/x-csharp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("cxx", "text/x-c++"),
    ("dart", "text/x-dart"),
    ("diff", "text/x-diff"),
    ("elm", "text/x-elm"),
    ("erl", "text/x-erlang"),
    ("ex", "text/x-elixir"),
    ("exs", "text/x-elixir"),
    ("fish", "text/x-shellscript"),
    ("go", "text/x-go"),
    ("gradle", "text/x-gradle"),
    ("graphql", "text/x-graphql"),
    ("h", "text/x-c"),
    ("hpp", "text/x-c++"),
    ("hs", "text/x-haskell"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("ini", "text/plain"),
    ("ipynb", "application/json"),
    ("java", "text/x-java"),
    ("jl", "text/x-julia"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonl", "application/x-ndjson"),
    ("jsx", "text/javascript"),
    ("kt", "text/x-kotlin"),
    ("less", "text/css"),
    ("log", "text/plain"),
    ("lua", "text/x-lua"),
    ("m", "text/x-objective-c"),
    ("markdown", "text/markdown"),
    ("md", "text/markdown"),
    ("mdx", "text/markdown"),
    ("mjs", "text/javascript"),
    ("ml", "text/x-ocaml"),
    ("ndjson", "application/x-ndjson"),
    ("nix", "text/x-nix"),
    ("org", "text/org"),
    ("patch", "text/x-diff"),
    ("php", "text/x-php"),
    ("pl", "text/x-perl"),
    ("proto", "text/x-protobuf"),
    ("ps1", "text/x-powershell"),
    ("py", "text/x-python"),
    ("r", "text/x-r"),
    ("rb", "text/x-ruby"),
    ("rs", "text/x-rust"),
    ("rst", "text/x-rst"),
    ("scala", "text/x-scala"),
    ("scss", "text/css"),
    ("sh", "text/x-shellscript"),
    ("sql", "application/sql"),
    ("srt", "text/plain"),
    ("svelte", "text/html"),
    ("svg", "image/svg+xml"),
    ("swift", "text/x-swift"),
    ("tex", "text/x-tex"),
    ("text", "text/plain"),
    ("tf", "text/x-terraform"),
    ("toml", "application/toml"),
    ("ts", "text/typescript"),
    ("tsv", "text/tab-separated-values"),
    ("tsx", "text/typescript"),
    ("txt", "text/plain"),
    ("vtt", "text/vtt"),
    ("vue", "text/html"),
    ("wat", "text/x-wat"),
    ("wit", "text/x-wit"),
    ("xhtml", "application/xhtml+xml"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zig", "text/x-zig"),
    ("zsh", "text/x-shellscript"),
];

/// Extensions of what an extractor makes text of.
const DOCUMENTS: &[(&str, &str)] = &[
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eml", "message/rfc822"),
    ("epub", "application/epub+zip"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rtf", "application/rtf"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// Extensions of what is never text, so that it is not even read.
const BINARY: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("a", "application/x-archive"),
    ("avi", "video/x-msvideo"),
    ("avif", "image/avif"),
    ("bin", "application/octet-stream"),
    ("bmp", "image/bmp"),
    ("bz2", "application/x-bzip2"),
    ("class", "application/java-vm"),
    ("db", "application/octet-stream"),
    ("dll", "application/octet-stream"),
    ("dylib", "application/octet-stream"),
    ("exe", "application/octet-stream"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jar", "application/java-archive"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("o", "application/x-object"),
    ("ogg", "audio/ogg"),
    ("otf", "font/otf"),
    ("parquet", "application/vnd.apache.parquet"),
    ("png", "image/png"),
    ("pyc", "application/x-python-code"),
    ("rlib", "application/x-archive"),
    ("so", "application/x-sharedlib"),
    ("sqlite", "application/vnd.sqlite3"),
    ("tar", "application/x-tar"),
    ("tgz", "application/gzip"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ttf", "font/ttf"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xz", "application/x-xz"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

/// Returns the media type of a file that may have text, or as an error that of
/// one that has none. A name that says nothing may be text: its bytes decide
/// when it is read.
///
/// ```
/// assert_eq!(ctx_sdk::media_type("docs/README.md"), Ok("text/markdown"));
/// assert_eq!(ctx_sdk::media_type("logo.png"), Err("image/png"));
/// ```
pub fn media_type(path: &str) -> Result<&'static str, &'static str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
        _ => return Ok("text/plain"),
    };
    if let Some(binary) = look_up(BINARY, &extension) {
        return Err(binary);
    }
    let document = look_up(DOCUMENTS, &extension);
    Ok(document.or_else(|| look_up(TEXT, &extension)).unwrap_or("text/plain"))
}

fn look_up(table: &'static [(&str, &str)], extension: &str) -> Option<&'static str> {
    let at = table.binary_search_by_key(&extension, |(key, _)| key).ok()?;
    Some(table[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order_and_apart() {
        for table in [TEXT, DOCUMENTS, BINARY] {
            assert!(table.is_sorted_by(|(a, _), (b, _)| a < b));
        }
        for (extension, _) in TEXT.iter().chain(DOCUMENTS) {
            assert_eq!(look_up(BINARY, extension), None);
        }
    }

    #[test]
    fn a_name_decides_by_its_last_extension_in_any_case() {
        assert_eq!(media_type("a/b.tar/README.MD"), Ok("text/markdown"));
        assert_eq!(media_type("backup.tar.gz"), Err("application/gzip"));
        assert_eq!(media_type("Makefile"), Ok("text/plain"));
        assert_eq!(media_type(".gitignore"), Ok("text/plain"));
        assert_eq!(media_type("notes.unknown"), Ok("text/plain"));
    }
}
