//! Lua's own library, `require`, `fs`, and how host functions fail.

use ctx_model::CallError;

use super::Scripted;

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_lua_5_3_are_there() {
    Scripted::new()
        .check(&[
            ("math.pow(2, 10)", "1024.0"),
            ("math.frexp(8)", "0.5"),
            ("math.ldexp(0.5, 4)", "8.0"),
            ("math.log10(1000)", "3.0"),
            ("math.atan2(0, 1)", "0.0"),
            ("math.cosh(0) + math.sinh(0) + math.tanh(0)", "1.0"),
            ("collectgarbage('count') > 0 and collectgarbage('generational')", "incremental"),
            ("'10' + 5", "15"),
            ("coroutine.wrap(function() coroutine.yield(7) end)()", "7"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_require_gives_no_library_back() {
    Scripted::with(&[
        ("shared.lua", "return { word = 'shared' }"),
        ("lib/deep.lua", "return 'deep'"),
    ])
    .check(&[
        (
            "tostring(io) .. tostring(debug) .. tostring(loadfile) .. tostring(dofile)",
            "nilnilnilnil",
        ),
        ("tostring(os.execute) .. tostring(os.getenv) .. tostring(os.remove)", "nilnilnil"),
        ("pcall(require, 'io')", "false"),
        ("tostring(package.loaded.io) .. tostring(package.loadlib)", "nilnil"),
        ("require('os').execute == nil", "true"),
        ("require('shared').word", "shared"),
        ("require('lib.deep')", "deep"),
        ("package.path = './lib/?.lua;' .. package.path return require('deep')", "deep"),
        ("pcall(require, '../runs/shared')", "false"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s12_bytecode_is_not_loaded() {
    Scripted::new()
        .check(&[
            ("tostring(string.dump)", "nil"),
            ("tostring(load('\\27Lua', 'x', 'b'))", "nil"),
            ("tostring(load('\\27Lua'))", "nil"),
            ("load('ret' .. 'urn 3', 'x', 't')()", "3"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s14_a_sleep_that_cannot_be_is_an_error() {
    let code = |seconds: &str| {
        format!("return select(2, pcall(sleep, {seconds})):match('not a number of seconds')")
    };
    let scripted = Scripted::new();
    for seconds in ["-1", "1e30", "0/0", "1/0"] {
        assert_eq!(scripted.run(&code(seconds)).await.unwrap(), "not a number of seconds");
    }
    scripted
        .check(&[
            ("sleep('0.001') return 'slept'", "slept"),
            (
                "select(2, pcall(http.get, 'http://127.0.0.1:1', { timeout = -1 })):match('for `timeout`')",
                "for `timeout`",
            ),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_host_functions_are_strings_with_a_place() {
    Scripted::new()
        .check(&[
            (
                "local ok, why = pcall(function() json.parse('{') end) return why:match('^%[string \".-\"%]:1: json.parse: .+') and 'found'",
                "found",
            ),
            ("local ok, why = pcall(function() sleep(-1) end) return 'so: ' .. why:gsub('^.-:%d+: ', '')", "so: sleep: -1 is not a number of seconds to sleep"),
            ("local ok, why = pcall(function() base64.encode(nil) end) return why:match('string expected')", "string expected"),
            ("local ok, why = pcall(error, { code = 7 }) return why.code", "7"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_listed_with_paths_that_look_absolute() {
    Scripted::with(&[("data/one.md", "first"), ("data/two.txt", "second")])
        .check(&[
            ("#fs.list('data')", "2"),
            ("fs.list('data', '*.md')[1].path:match('/([^/]+)%.md$')", "one"),
            ("fs.list('data', '*.md')[1].path:sub(1, 1)", "/"),
            ("fs.read(fs.list('data', '*.md')[1].path)", "first"),
            ("fs.list('data', '*.md')[1].size", "5"),
            ("math.type(fs.list('data')[1].modified)", "integer"),
            ("fs.read('./data/one.md')", "first"),
            (
                "select(2, pcall(fs.read, 'data/three.md'))",
                "fs.read: data/three.md: No such file or directory",
            ),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_a_script_reads_its_own_folder_and_nothing_else() {
    for (path, files) in [
        ("/etc/hostname", &[("a.md", "a")][..]),
        ("../runs.lua", &[("a.md", "a")]),
        // A file alone in the folder of extensions has no folder of its own.
        ("runs.lua", &[]),
    ] {
        let scripted = Scripted::with(files);
        let found = scripted.run(&format!("return tostring(pcall(fs.read, '{path}'))")).await;
        assert!(matches!(found, Err(CallError::Refused(_))), "{path}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_read_at_the_top_do_not_keep_a_script_from_loading() {
    let scripted = Scripted::new();
    scripted.workspace.drop_in(
        "early.lua",
        "local token = 'Bearer ' .. env.get('SOME_TOKEN')\n\
         tool = { name = 'early', description = 'Reads a variable at its top' }\n\
         function tool.execute() return token end\n",
    );
    let host = scripted.workspace.open();
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.extension("early").unwrap().tools.len(), 1);
    // When it is called, the grant is asked for.
    let error = super::call(&host, "early", "").await.unwrap_err();
    assert!(error.to_string().contains("SOME_TOKEN"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_own_folder_is_read_at_the_top() {
    let scripted = Scripted::with(&[("prompt.md", "You keep a lock.")]);
    scripted.workspace.drop_in(
        "runs/main.lua",
        "local text = fs.read('prompt.md')\n\
         tool = { name = 'runs', description = text }\n\
         function tool.execute() return text end\n",
    );
    let host = scripted.workspace.open();
    assert_eq!(super::call(&host, "runs", "").await.unwrap(), "You keep a lock.");
}
