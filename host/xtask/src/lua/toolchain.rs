//! The C compiler for the guest, and the archives that Rust's own wasm target
//! lacks: `setjmp` over wasm exceptions, and a stand-in for signals.
//!
//! All of it comes from one pinned Python package and lives below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::{finish, say};

/// Carries clang, and the headers and sources of WASI's C library.
const PACKAGE: &str = "ziglang";
const VERSION: &str = "0.17.0";

/// What Lua's own build passes: `longjmp` becomes a wasm exception of the form
/// that wasmtime takes.
const EXCEPTIONS: [&str; 6] = [
    "-mllvm",
    "-wasm-enable-eh",
    "-mllvm",
    "-wasm-use-legacy-eh=false",
    "-mllvm",
    "-wasm-enable-sjlj",
];

/// The tag of the exception that `longjmp` throws. Nothing else defines it.
const TAG: &str = "\t.globl\t__c_longjmp\n\t.tagtype\t__c_longjmp i32\n__c_longjmp:\n";

/// Drops what Rust's `cc` crate says about a clang that knows more targets.
const COMPILER: &str = r#"import subprocess, sys

dropped = ("--target=", "-fno-exceptions")
arguments = [word for word in sys.argv[1:] if not word.startswith(dropped)]
target = ["-target", "wasm32-wasi", "-mcpu=generic+exception_handling"]
sys.exit(subprocess.call([sys.executable, "-m", "ziglang", "cc", *target, *arguments]))
"#;

const ARCHIVER: &str = r#"import subprocess, sys

sys.exit(subprocess.call([sys.executable, "-m", "ziglang", "ar", *sys.argv[1:]]))
"#;

/// A C compiler and what is linked beside its output.
pub(super) struct Toolchain {
    pub(super) folder: PathBuf,
    pub(super) compiler: PathBuf,
    pub(super) archiver: PathBuf,
    /// Where the archives are.
    pub(super) libraries: PathBuf,
    python: PathBuf,
}

impl Toolchain {
    /// Installs what is missing.
    pub(super) fn install(target: &Path) -> anyhow::Result<Self> {
        let folder = target.join("lua-toolchain");
        let toolchain = Self {
            compiler: folder.join("cc"),
            archiver: folder.join("ar"),
            libraries: folder.join("lib"),
            python: folder.join(format!("{PACKAGE}-{VERSION}/bin/python3")),
            folder,
        };
        fs::create_dir_all(&toolchain.libraries)
            .with_context(|| format!("cannot make `{}`", toolchain.libraries.display()))?;
        toolchain.install_package()?;
        toolchain.write_script("cc", COMPILER)?;
        toolchain.write_script("ar", ARCHIVER)?;
        toolchain.build_archives()?;
        Ok(toolchain)
    }

    /// Returns the lower-case hexadecimal digest of a file.
    pub(super) fn sha256(&self, file: &Path) -> anyhow::Result<String> {
        let script = "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";
        self.ask(&["-c", script], Some(file))
    }

    /// Lets a command's compiler keep its cache below `target/`.
    pub(super) fn keep_cache<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let cache = self.folder.join("cache");
        command.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", cache)
    }

    fn install_package(&self) -> anyhow::Result<()> {
        let environment = self.folder.join(format!("{PACKAGE}-{VERSION}"));
        // Written last, so that an install that was cut short is done again.
        let done = environment.join("installed");
        if done.exists() {
            return Ok(());
        }
        say("install", &format!("{PACKAGE} {VERSION} in {}", environment.display()));
        finish(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
            .context("a Python with `venv` brings the C compiler; install `python3-venv`")?;
        finish(
            Command::new(&self.python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--only-binary", ":all:"])
                .arg(format!("{PACKAGE}=={VERSION}")),
        )?;
        fs::write(&done, VERSION).with_context(|| format!("cannot write `{}`", done.display()))
    }

    /// Writes a Python script and a command that runs it. A shebang with the
    /// interpreter's path would break in a deep folder.
    fn write_script(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let script = self.folder.join(format!("{name}.py"));
        let command = self.folder.join(name);
        fs::write(&script, text).with_context(|| format!("cannot write `{}`", script.display()))?;
        let shell =
            format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", self.python.display(), script.display());
        fs::write(&command, shell)
            .with_context(|| format!("cannot write `{}`", command.display()))?;
        make_executable(&command)
    }

    fn build_archives(&self) -> anyhow::Result<()> {
        let script = "import os, ziglang; print(os.path.dirname(ziglang.__file__))";
        let package = PathBuf::from(self.ask(&["-c", script], None)?);
        let musl = package.join("lib/libc/wasi/libc-top-half/musl");
        let runtime = self.folder.join("rt.c");
        // Copied, so that no object names the environment's folder.
        fs::copy(musl.join("src/setjmp/wasm32/rt.c"), &runtime)
            .context("the package has no `setjmp` for wasm")?;
        fs::write(self.folder.join("tag.s"), TAG).context("cannot write the exception tag")?;
        fs::write(self.folder.join("empty.c"), "").context("cannot write an empty source")?;
        let include = ["-I".into(), musl.join("include").into_os_string()];
        finish(self.compile("rt.c", "rt.o").arg("-O2").args(EXCEPTIONS).args(include))?;
        finish(&mut self.compile("tag.s", "tag.o"))?;
        finish(&mut self.compile("empty.c", "empty.o"))?;
        self.archive("libsetjmp.a", &["rt.o", "tag.o"])?;
        // Lua's library is linked against it and calls no signal function.
        self.archive("libwasi-emulated-signal.a", &["empty.o"])
    }

    fn compile(&self, source: &str, object: &str) -> Command {
        let mut command = Command::new(&self.compiler);
        self.keep_cache(&mut command);
        command.current_dir(&self.folder).args(["-c", source, "-o", object]);
        command
    }

    fn archive(&self, name: &str, objects: &[&str]) -> anyhow::Result<()> {
        let archive = self.libraries.join(name);
        if archive.exists() {
            fs::remove_file(&archive)
                .with_context(|| format!("cannot replace `{}`", archive.display()))?;
        }
        let mut command = Command::new(&self.archiver);
        self.keep_cache(&mut command);
        finish(command.current_dir(&self.folder).arg("crs").arg(&archive).args(objects))
    }

    fn ask(&self, arguments: &[&str], file: Option<&Path>) -> anyhow::Result<String> {
        let output = Command::new(&self.python)
            .args(arguments)
            .args(file)
            .output()
            .with_context(|| format!("cannot start `{}`", self.python.display()))?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

#[cfg(unix)]
fn make_executable(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make `{}` executable", file.display()))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> anyhow::Result<()> {
    anyhow::bail!("the Lua guest is rebuilt on Linux or macOS")
}
