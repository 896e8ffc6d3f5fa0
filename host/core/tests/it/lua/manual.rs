//! The guest is Lua 5.4, not something like it: each section of the reference
//! manual as a script of claims, which says the same here as in the native
//! interpreter.

use std::collections::BTreeSet;

use ctx_model::CallError;
use mlua::{Function, Lua};

use super::{RUNS, Scripted, call};
use crate::workspace::Workspace;

/// What each script begins with, on its first line so that its places hold.
/// `is` holds a value against another, `fails` wants an error, `refused` wants
/// a text that does not compile; all are noted.
const CLAIMS: &str = r##"local said = {} local function note(claim, found) found = tostring(found) if not utf8.len(found) then found = found:gsub("[\128-\255]", function(byte) return "\\" .. byte:byte() end) end said[#said + 1] = claim .. ": " .. found end local function is(claim, ...) local found, expected = ... if select("#", ...) > 1 and found ~= expected then error(claim .. ": " .. tostring(found) .. " and not " .. tostring(expected), 0) end note(claim, found) end local function fails(claim, run, words) local ok, why = pcall(run) if ok then error(claim .. ": it does not", 0) end if words and not tostring(why):find(words, 1, true) then error(claim .. ": " .. tostring(why), 0) end note(claim, tostring(why):gsub("0x%x+", "0x")) end local function refused(claim, text) local chunk, why = load(text, "=text") if chunk then error(claim .. ": it is not", 0) end note(claim, why) end "##;

/// What the native interpreter says of a script.
fn native(code: &str) -> String {
    let lua = Lua::new();
    let run: Function = lua
        .load("return function(code) local chunk, problem = load(code) return chunk and tostring(chunk()) or problem end")
        .eval()
        .unwrap();
    run.call(code).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn same(section: &str, here: &Result<String, CallError>, there: &str) {
    let here = here.as_ref().unwrap_or_else(|error| panic!("{section}: {error}"));
    for (line, (here, there)) in here.lines().zip(there.lines()).enumerate() {
        assert_eq!(here, there, "{section}, claim {line}");
    }
    assert_eq!(here, there, "{section}");
}

/// Runs a script in both, and returns how many claims it made.
async fn check(section: &str, text: &str) -> usize {
    let code = format!("{CLAIMS}{text}\nreturn table.concat(said, '\\n')");
    let there = native(&code);
    let here = Scripted::new().run(&code).await;
    same(section, &here, &there);
    let claims = text
        .lines()
        .filter(|line| ["is(", "fails(", "refused("].iter().any(|word| line.starts_with(word)));
    let claims = claims.count();
    assert!(there.lines().count() >= claims, "{section}: {claims} claims are made");
    claims
}

macro_rules! sections {
    ($($test:ident: $file:literal, $least:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            let claims = check($file, include_str!(concat!("manual/", $file))).await;
            assert!(claims >= $least, "{claims} claims");
        }
    )*};
}

sections! {
    integers_and_floats_are_those_of_the_manual: "numbers.lua", 75;
    statements_goto_and_variables_that_are_closed_are: "statements.lua", 50;
    metamethods_are: "metamethods.lua", 35;
    coroutines_are_also_across_pcall: "coroutines.lua", 25;
    weak_tables_and_finalizers_are: "garbage.lua", 24;
    packed_and_formatted_strings_are: "packing.lua", 45;
    utf8_is: "unicode.lua", 28;
    patterns_are: "patterns.lua", 45;
    errors_and_their_places_are: "errors.lua", 50;
    the_rest_of_the_library_is: "library.lua", 34;
}

/// A script that fails deep inside of it, in a way that names all kinds of
/// frames.
const FAILS: &str = r#"
local function innermost(value)
  return value.missing.field
end
local object = {}
function object:method(value)
  local result = innermost(value)
  return result
end
function named(value)
  local found = object:method(value)
  return found
end
tool = { name = "fails", description = "Fails" }
function tool.execute()
  local ok, result = pcall(function() return 1 end)
  local wrapped = coroutine.wrap(function() return 2 end)()
  for _, value in ipairs({ {} }) do
    local found = named(value)
  end
end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_traceback_is_that_of_the_manual() {
    let workspace = Workspace::new();
    workspace.drop_in("fails.lua", FAILS);
    let host = workspace.open();
    let Err(CallError::Failed { failure, .. }) = call(&host, "fails", "").await else {
        panic!("it fails")
    };
    let details: serde_json::Value =
        serde_json::from_str(&failure.details.unwrap_or_default()).unwrap();
    let lua = Lua::new();
    lua.load(FAILS).set_name("fails.lua").exec().unwrap();
    let ended = lua.load("local done = tool.execute() return done").exec();
    let mlua::Error::RuntimeError(said) = ended.unwrap_err() else { panic!("it fails") };
    let (message, traceback) = said.split_once("\nstack traceback:").unwrap();
    assert_eq!(failure.message, message);
    let of_script = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("[string \"fails.lua\"]"));
        lines.map(|line| line.trim().to_owned()).collect()
    };
    let here = of_script(details["traceback"].as_str().unwrap());
    assert_eq!(here, of_script(traceback));
    assert_eq!(here.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recursion_without_end_is_stopped_by_the_limit_on_memory() {
    let code = "local function f() return 1 + f() end return pcall(f)";
    let ended = Scripted::new().run(code).await;
    assert!(matches!(ended, Err(CallError::Broke { .. })), "{ended:?}");
}

/// Names of the manual's standard library, by section.
const LIBRARY: &str = "
_G _VERSION assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall
print rawequal rawget rawlen rawset require select setmetatable tonumber tostring type warn xpcall
coroutine.close coroutine.create coroutine.isyieldable coroutine.resume coroutine.running
coroutine.status coroutine.wrap coroutine.yield
package.config package.cpath package.loaded package.loadlib package.path package.preload
package.searchers package.searchpath
string.byte string.char string.dump string.find string.format string.gmatch string.gsub string.len
string.lower string.match string.pack string.packsize string.rep string.reverse string.sub
string.unpack string.upper
utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset
table.concat table.insert table.move table.pack table.remove table.sort table.unpack
math.abs math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor math.fmod
math.huge math.log math.max math.maxinteger math.min math.mininteger math.modf math.pi math.rad
math.random math.randomseed math.sin math.sqrt math.tan math.tointeger math.type math.ult
io.close io.flush io.input io.lines io.open io.output io.popen io.read io.stderr io.stdin io.stdout
io.tmpfile io.type io.write
os.clock os.date os.difftime os.execute os.exit os.getenv os.remove os.rename os.setlocale os.time
os.tmpname
debug.debug debug.gethook debug.getinfo debug.getlocal debug.getmetatable debug.getregistry
debug.getupvalue debug.getuservalue debug.sethook debug.setlocal debug.setmetatable
debug.setupvalue debug.setuservalue debug.traceback debug.upvalueid debug.upvaluejoin
";

/// Reads the first column of the table of what is not there: `io` stands for
/// all below it.
fn removed() -> BTreeSet<String> {
    let guide = include_str!("../../../../../docs/guides/lua-api.md");
    let (_, chapter) = guide.split_once("## What is not there").unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| {
        let cell = row.split('|').next().unwrap_or_default();
        cell.split('`').step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.filter(|name| !name.trim().is_empty() && name != ", ").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guide_says_is_removed_is_and_nothing_else() {
    let removed = removed();
    let is_removed = |name: &str| {
        removed.contains(name)
            || name.split_once('.').is_some_and(|(table, _)| removed.contains(table))
    };
    let expected: BTreeSet<&str> =
        LIBRARY.split_whitespace().filter(|name| is_removed(name)).collect();
    let code = format!(
        "local gone = {{}}
         for name in ([[{LIBRARY}]]):gmatch('%S+') do
           local found = _G
           for part in name:gmatch('[^.]+') do found = type(found) == 'table' and found[part] or nil end
           if found == nil then gone[#gone + 1] = name end
         end
         return table.concat(gone, ' ')"
    );
    let found = Scripted::new().run(&code).await.unwrap();
    let found: BTreeSet<&str> = found.split_whitespace().collect();
    assert_eq!(found, expected);
    for name in &removed {
        let is_known = |known: &str| known == name || known.starts_with(&format!("{name}."));
        assert!(LIBRARY.split_whitespace().any(is_known), "`{name}` is no name of the manual");
    }
    assert!(RUNS.contains("load(params.code)"), "it is a script that runs what it is given");
}
