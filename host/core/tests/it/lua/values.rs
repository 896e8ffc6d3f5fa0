//! JSON, bytes and digests.

use super::Scripted;

#[tokio::test(flavor = "multi_thread")]
async fn json_is_read_and_written_as_in_context_harness() {
    Scripted::new()
        .check(&[
            ("#json.parse('[1,null,3]')", "1"),
            ("json.parse('[1,null,3]')[3]", "3"),
            ("json.parse(5)", "5"),
            ("math.type(json.parse('1.0'))", "float"),
            ("math.type(json.parse('9223372036854775808'))", "float"),
            ("json.parse('{\"a\":1,\"a\":2}').a", "2"),
            ("tostring(json.parse('null'))", "nil"),
            ("json.encode({ 1, nil, 3 })", "[1,null,3]"),
            ("json.encode({ [1] = 'a', [3] = 'c' })", "[\"a\"]"),
            ("json.encode({ [5] = 'x' })", "{\"5\":\"x\"}"),
            ("json.encode({ 1, 2, named = true })", "[1,2]"),
            (
                "json.encode({ b = 1, a = { z = 1.0, y = 2 } })",
                "{\"a\":{\"y\":2,\"z\":1.0},\"b\":1}",
            ),
            ("json.encode(1e300)", "1e+300"),
            ("json.encode({ 0/0, 1/0, print })", "[null,null,null]"),
            ("json.encode({})", "{}"),
            ("json.encode(nil)", "null"),
            ("json.encode('å\\n')", "\"å\\n\""),
            (
                "select(2, pcall(json.encode, { [true] = 1 })):match('a key is neither')",
                "a key is neither",
            ),
            ("select(2, pcall(json.parse, '{')):match('^json.parse: ')", "json.parse: "),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c10_scripts_of_the_published_documents_find_what_they_call() {
    Scripted::new()
        .check(&[
            ("json.decode('{\"a\":[1]}').a[1]", "1"),
            ("os.date('!%Y-%m-%d', 86400)", "1970-01-02"),
            ("os.time({ year = 2025, month = 1, day = 15, hour = 12 })", "1736942400"),
            ("os.difftime(10, 4)", "6.0"),
            ("type(os.clock())", "number"),
            (
                "type(http.patch) .. type(http.delete) .. type(http.request)",
                "functionfunctionfunction",
            ),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c11_bytes_need_not_be_text() {
    let script = Scripted::with(&[("picture.bin", "\u{0}\u{1}\u{ff}")]);
    script
        .check(&[
            ("base64.encode('\\255\\0\\254')", "/wD+"),
            ("base64.decode('/wD+') == '\\255\\0\\254'", "true"),
            ("#fs.read('picture.bin')", "4"),
            (
                "crypto.sha256('\\255')",
                "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89",
            ),
            ("#crypto.hmac_sha256('\\255', '\\254')", "64"),
            (
                "select(2, pcall(base64.decode, '!!'))",
                "base64.decode: Invalid symbol 33, offset 0.",
            ),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_an_empty_list_stays_a_list() {
    Scripted::new()
        .check(&[
            ("json.encode({ list = json.array({}) })", "{\"list\":[]}"),
            ("json.encode(json.decode('{\"list\":[]}'))", "{\"list\":[]}"),
            ("json.encode({ nothing = json.null })", "{\"nothing\":null}"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s6_a_table_inside_itself_is_an_error() {
    Scripted::new()
        .check(&[
            (
                "local t = {} t.t = t return (select(2, pcall(json.encode, t)))",
                "json.encode: the table contains itself",
            ),
            (
                "local t = {} for _ = 1, 100000 do t = { t } end return (select(2, pcall(json.encode, t)))",
                "json.encode: nested deeper than 64 levels",
            ),
        ])
        .await;
    let scripted = Scripted::new();
    scripted.workspace.drop_in(
        "cyclic.lua",
        "tool = { name = 'cyclic', description = 'Gives a table that contains itself' }\n\
         function tool.execute() local t = {} t.t = t return t end\n",
    );
    let host = scripted.workspace.open();
    let error = super::call(&host, "cyclic", "").await.unwrap_err();
    assert!(error.to_string().contains("the table contains itself"), "{error}");
    assert_eq!(super::call(&host, "runs", "return 1").await.unwrap(), "1");
}
