//! Compiles the first-party guests and the probes, puts each manifest into its
//! component, and lists them for embedding. The guests are a workspace of their
//! own, for another target, so this calls cargo and keeps apart from the build
//! around it: another target folder, and none of its flags.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const TARGET: &str = "wasm32-wasip2";

/// Extensions that every `ctx` has. The other guests are examples.
const BUNDLED: &[&str] =
    &["docx", "embeddings", "files", "git", "html", "pdf", "pptx", "s3", "transforms", "xlsx"];

/// What cargo, clippy and coverage tools tell the build around this one.
const NOT_OURS: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CLIPPY_ARGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

fn main() {
    if let Err(problem) = bundle() {
        for line in problem.lines() {
            println!("cargo::error={line}");
        }
    }
}

fn bundle() -> Result<(), String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let root = here.ancestors().nth(2).ok_or("the bundle is not at host/bundle")?.to_owned();
    let out = PathBuf::from(variable("OUT_DIR")?);
    // OUT_DIR is `target/PROFILE/build/ctx-bundle-HASH/out`.
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is not in a target folder")?.join("guests");
    let (guests, probes) = (root.join("guests"), root.join("conformance/probes"));

    let mut crates = crates(&guests)?;
    crates.push(probes.clone());
    let community = community(&root, &guests)?;
    watch(&root, &crates, &community);
    let built = compile(&root, &guests, &target.join("build"))?;

    let mut extensions = String::new();
    let mut probes_component = String::new();
    for folder in &crates {
        let name = file_name(folder);
        let component = built.join(format!("{}.wasm", name.replace('-', "_")));
        let mut component = read(&component)?;
        let manifest = folder.join("extension.toml");
        append_section(&mut component, "ctx:manifest", &read(&manifest)?);
        let file = format!("{name}.wasm");
        // One copy is embedded; the other stands where people and xtask look.
        write_if_changed(&target.join(&file), &component)?;
        write_if_changed(&out.join(&file), &component)?;
        let bytes = format!("include_bytes!({:?})", text(&out.join(&file))?);
        if *folder == probes {
            probes_component = bytes;
        } else if BUNDLED.contains(&name) {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(extensions, "    Bundled {{ name: {name:?}, bytes: {bytes} }},");
        }
    }
    let mut carried = String::new();
    for (folder, manifest) in &community {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let mut component = read(&built.join(format!("{}.wasm", name.replace('-', "_"))))?;
        append_section(&mut component, "ctx:manifest", &read(manifest)?);
        let file = format!("{name}.wasm");
        write_if_changed(&target.join(&file), &component)?;
        write_if_changed(&out.join(&file), &component)?;
        let bytes = format!("include_bytes!({:?})", text(&out.join(&file))?);
        let _ = writeln!(
            carried,
            "    Registered {{ folder: {folder:?}, name: {name:?}, bytes: {bytes} }},"
        );
    }
    let module = module(&root, &target)?;
    write_if_changed(&out.join("squeeze.wasm"), &read(&module)?)?;
    let module = format!("include_bytes!({:?})", text(&out.join("squeeze.wasm"))?);
    let code = format!(
        "pub(super) static COMMUNITY: &[Registered] = &[\n{carried}];\n\
         pub(super) static EXTENSIONS: &[Bundled] = &[\n{extensions}];\n\
         pub(super) static PROBES_COMPONENT: &[u8] = {probes_component};\n\
         pub(super) static ABI_V1_MODULE: &[u8] = {module};\n\
         pub(super) static PROBE_SCRIPTS: &[(&str, &str)] = &[\n{}];\n\
         pub(super) static EXAMPLES: &[(&str, &str)] = &[\n{}];\n",
        scripts(&probes.join("src"))?,
        scripts(&guests.join("lua"))?,
    );
    write_if_changed(&out.join("bundle.rs"), code.as_bytes())
}

/// Finds the crates that are extensions: those with a manifest.
fn crates(guests: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = entries(guests)?;
    folders.retain(|folder| folder.join("extension.toml").is_file());
    Ok(folders)
}

/// Finds the crates whose manifests are in the community's registry: the folder
/// there, and the manifest.
fn community(root: &Path, guests: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let registry = root.join("registry/community");
    let mut found = Vec::new();
    for kind in ["connectors", "tools", "agents"] {
        if !registry.join(kind).is_dir() {
            continue;
        }
        for folder in entries(&registry.join(kind))? {
            let (name, manifest) = (file_name(&folder).to_owned(), folder.join("extension.toml"));
            if manifest.is_file() && guests.join(&name).join("Cargo.toml").is_file() {
                found.push((format!("{kind}/{name}"), manifest));
            }
        }
    }
    Ok(found)
}

/// Names what a rebuild depends on: never a folder that holds a target folder,
/// or each build would be out of date.
fn watch(root: &Path, crates: &[PathBuf], community: &[(String, PathBuf)]) {
    let shared = [
        "guests/Cargo.toml",
        "guests/Cargo.lock",
        "guests/lua",
        "guests/office",
        "guests/page",
        "guests/services",
        "conformance/abi-v1",
        "sdk/rust",
        "wit",
    ];
    let shared = shared.iter().map(|path| root.join(path));
    let named = community.iter().flat_map(|(folder, manifest)| {
        let name = folder.rsplit('/').next().unwrap_or_default();
        [root.join("guests").join(name), manifest.clone()]
    });
    for path in shared.chain(crates.iter().cloned()).chain(named) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
}

/// Compiles the workspace of the guests; returns where the components are.
fn compile(root: &Path, guests: &Path, target: &Path) -> Result<PathBuf, String> {
    require_target()?;
    let mut cargo = Command::new(variable("CARGO")?);
    for name in NOT_OURS {
        cargo.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
            cargo.env_remove(name);
        }
    }
    // Panic messages name files, and the bytes must not tell machines apart.
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| home + "/.cargo"));
    let mut flags = format!("--remap-path-prefix={}=ctx", root.display());
    if let Ok(home) = home {
        let _ = write!(flags, "\u{1f}--remap-path-prefix={home}=cargo");
    }
    let status = cargo
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .current_dir(guests)
        .args(["build", "--release", "--workspace", "--target", TARGET, "--target-dir"])
        .arg(target)
        .status()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!(
            "the guests in `guests/` do not build; to see why: \
             cd guests && cargo build --release --target {TARGET}"
        ));
    }
    Ok(target.join(TARGET).join("release"))
}

/// Compiles the module of `wasm-abi-v1`: no component, so no linker of
/// components.
fn module(root: &Path, target: &Path) -> Result<PathBuf, String> {
    let module = target.join("squeeze.wasm");
    let status = Command::new(variable("RUSTC")?)
        .args(["--edition", "2024", "--target", TARGET, "--crate-type", "cdylib"])
        .args(["-C", "opt-level=3", "-C", "panic=abort", "-C", "strip=symbols"])
        .args(["-C", "linker=rust-lld", "-C", "link-self-contained=no"])
        .args(["-C", "link-arg=--stack-first", "-C", "link-arg=-zstack-size=16384", "-o"])
        .arg(&module)
        .arg(root.join("conformance/abi-v1/squeeze.rs"))
        .status()
        .map_err(|error| format!("rustc cannot be started: {error}"))?;
    if !status.success() {
        return Err("the module `conformance/abi-v1/squeeze.rs` does not build".to_owned());
    }
    Ok(module)
}

/// Says what to do on a machine that cannot compile for wasm yet.
fn require_target() -> Result<(), String> {
    let rustc = variable("RUSTC")?;
    let output = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("`{rustc}` cannot be started: {error}"))?;
    let libraries = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(format!(
        "the guests are compiled for `{TARGET}`, which this toolchain lacks; \
         to add it: rustup target add {TARGET}"
    ))
}

/// Appends a custom section: id 0, size, and a name before the bytes.
fn append_section(component: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let mut body = Vec::new();
    leb128(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(bytes);
    component.push(0);
    leb128(component, body.len());
    component.append(&mut body);
}

/// Writes a number as wasm does: seven bits a byte, the lowest first.
fn leb128(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(0x80 | (number & 0x7f).to_le_bytes()[0]);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Lists the Lua files of a folder as pairs of name and text.
fn scripts(folder: &Path) -> Result<String, String> {
    let mut list = String::new();
    for path in entries(folder)? {
        if path.extension().is_some_and(|extension| extension == "lua") {
            let (name, path) = (file_name(&path), text(&path)?);
            let _ = writeln!(list, "    ({name:?}, include_str!({path:?})),");
        }
    }
    Ok(list)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let list = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = list().map_err(|error| format!("`{}`: {error}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Returns a path as text, for code.
fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("`{}` is not UTF-8", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))
}

/// Leaves a file alone that is as it should be, so that what depends on it is
/// not built again.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(|error| format!("`{}`: {error}", path.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("cargo did not set {name}"))
}
