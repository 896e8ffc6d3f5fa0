//! An extension's own folder is lent as it was when it was installed.

use std::fs;

use crate::workspace::{Workspace, call, script};

/// Requires a module, reads a large file and lists the folder.
fn main() -> String {
    script(
        "good",
        "local names = {}\n\
         for _, entry in ipairs(fs.list(\".\")) do names[#names + 1] = entry.name or entry.path or entry end\n\
         return require(\"part\") .. \" \" .. #fs.read(\"large\") .. \" \" .. table.concat(names, \",\")",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_is_edited_counts_once_the_extension_is_loaded_anew() {
    let workspace = Workspace::new();
    workspace.drop_in("good/main.lua", main());
    workspace.drop_in("good/part.lua", "return \"one\"");
    workspace.drop_in("good/large", vec![b'x'; 100_000]);
    let host = workspace.open();
    let listed = "large,main.lua,part.lua";
    assert_eq!(call(&host, "good").await.unwrap(), format!("one 100000 {listed}"));

    workspace.drop_in("good/part.lua", "return \"two\"");
    workspace.drop_in("good/later", "nobody has looked at this");
    assert_eq!(call(&host, "good").await.unwrap(), format!("one 100000 {listed}"));
    host.reload().await.unwrap();
    let listed = "large,later,main.lua,part.lua";
    assert_eq!(call(&host, "good").await.unwrap(), format!("two 100000 {listed}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_that_is_edited_is_not_given() {
    let workspace = Workspace::new();
    workspace.drop_in("good/main.lua", main());
    workspace.drop_in("good/part.lua", "return \"one\"");
    workspace.drop_in("good/large", vec![b'x'; 100_000]);
    let host = workspace.open();
    host.catalog().await.unwrap();
    workspace.drop_in("good/large", vec![b'y'; 100_000]);
    let why = call(&host, "good").await.unwrap_err();
    assert!(why.contains("`large` has changed since the extension was installed"), "{why}");
    host.reload().await.unwrap();
    assert!(call(&host, "good").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_that_still_runs_keeps_its_modules() {
    let workspace = Workspace::new();
    workspace.drop_in("good/main.lua", script("good", "return require(\"part\")"));
    workspace.drop_in("good/part.lua", "return \"one\"");
    let host = workspace.open();
    host.catalog().await.unwrap();
    workspace.drop_in("good/main.lua", "tool = {");
    fs::remove_file(workspace.extensions().join("good/part.lua")).unwrap();
    let catalog = host.reload().await.unwrap();
    assert_eq!(catalog.problems.len(), 1);
    assert_eq!(call(&host, "good").await.unwrap(), "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_made_anew_with_the_same_files_is_read_where_it_is() {
    let workspace = Workspace::new();
    let fill = || {
        workspace.drop_in("good/main.lua", main());
        workspace.drop_in("good/part.lua", "return \"one\"");
        workspace.drop_in("good/large", vec![b'x'; 100_000]);
    };
    fill();
    let host = workspace.open();
    let before = host.catalog().await.unwrap();
    fs::rename(workspace.extensions().join("good"), workspace.path("away")).unwrap();
    fill();
    fs::remove_dir_all(workspace.path("away")).unwrap();
    let after = host.reload().await.unwrap();
    assert_eq!(before.extension("good").unwrap().digest, after.extension("good").unwrap().digest);
    assert!(call(&host, "good").await.is_ok());
}
