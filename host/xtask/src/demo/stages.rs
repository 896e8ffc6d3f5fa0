//! What the demo does, stage by stage, and what must come of it.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::feed::{EDITED, RARE};
use super::{COMPONENTS, Demo, ENTRIES, SCRIPTS, guest};
use crate::report::{Steps, say};
use crate::tree;

/// The sources that the demo's config names.
const FEEDS: [&str; 2] = ["almanac-lua", "almanac-rust"];

/// Text for the tools, and what is to be counted in it.
const TEXT: &str = "one two three\nfour";
const COUNTS: [(&str, u64); 3] = [("words", 4), ("characters", 18), ("lines", 2)];

/// What the agents are asked about.
const TOPIC: &str = "checkpoint";

impl Demo<'_> {
    /// Makes a workspace and drops the extensions in.
    pub(super) fn set_up(&self, steps: &mut Steps) -> Result<()> {
        steps.take("ctx init", || {
            let said = self.shell.run(&["init"])?.stdout;
            let created = said.lines().filter(|line| line.starts_with("Created ")).count();
            ensure!(created > 0, "nothing was created");
            Ok(format!("made {created} files and folders"))
        })?;
        steps.take("drop in a connector, a tool and an agent in Lua", || {
            for (from, to) in SCRIPTS {
                self.drop_in(&self.project.path("guests/lua").join(from), to)?;
            }
            self.expect(&[
                ("feed-lua", "connector"),
                ("word-count-lua", "tool"),
                ("researcher-lua", "agent"),
            ])
        })?;
        steps.take("drop in the same three as Rust components", || {
            for name in COMPONENTS {
                self.drop_in(&guest(self.project, name), name)?;
            }
            self.expect(&[("feed", "connector"), ("word-count", "tool"), ("researcher", "agent")])
        })?;
        steps.take("name this checkout and the feed as sources", || {
            let path = self.shell.workspace().join(".ctx/config.toml");
            fs::write(&path, self.config()).with_context(|| format!("`{}`", path.display()))?;
            let sources = self.shell.json(&["sources"])?;
            let count = sources.as_array().map_or(0, Vec::len);
            ensure!(count == 3, "there should be 3 sources: {sources}");
            Ok(format!("{count} sources in .ctx/config.toml"))
        })
    }

    /// Shows that nothing is allowed that nobody granted.
    pub(super) fn refusals(&self, steps: &mut Steps) -> Result<()> {
        let origin = self.feed.origin();
        steps.take("an untrusted config opens no folder", || {
            let problem = self.shell.refused(&["sync", "repository"])?;
            helps(&problem, "ctx trust")
        })?;
        steps.take("ctx trust", || Ok(self.shell.run(&["trust"])?.stdout.trim().to_owned()))?;
        for name in ["feed-lua", "feed"] {
            let source = if name == "feed" { FEEDS[1] } else { FEEDS[0] };
            steps.take(&format!("`{name}` may not reach a host that nobody granted"), || {
                let problem = self.shell.refused(&["sync", source])?;
                helps(&problem, &format!("ctx grant {name} http {origin}"))
            })?;
        }
        steps.take("ctx grant", || {
            for (name, capability, value) in [
                ("feed-lua", "http", origin.as_str()),
                ("feed", "http", origin.as_str()),
                ("researcher-lua", "context", "*"),
                ("researcher", "context", "*"),
            ] {
                self.shell.run(&["grant", name, capability, value])?;
            }
            Ok(format!("{origin} to both feeds, searching to both agents"))
        })
    }

    /// Brings documents in, twice.
    pub(super) fn sync(&self, steps: &mut Steps) -> Result<()> {
        steps.take("sync this checkout through the bundled files connector", || {
            let done = self.shell.json(&["sync", "repository"])?;
            let documents = number(&done, "documents")?;
            let least = self.texts()?;
            ensure!(documents >= least, "{least} texts are in the checkout: {done}");
            Ok(format!("{documents} documents, {} skipped", number(&done, "skipped")?))
        })?;
        for source in FEEDS {
            steps.take(&format!("sync {ENTRIES} entries of the feed into `{source}`"), || {
                let before = self.feed.requests();
                let done = self.shell.json(&["sync", source])?;
                counts(&done, [("documents", ENTRIES), ("added", ENTRIES), ("skipped", 0)])?;
                Ok(format!("{ENTRIES} added over {} pages", self.feed.requests() - before))
            })?;
        }
        steps.take("what Lua and Rust stored is the same", || {
            let stats = self.shell.json(&["stats"])?;
            let rows = stats["sources"].as_array().context("no sources in the stats")?;
            for source in FEEDS {
                let row = rows.iter().find(|row| row["name"] == source);
                let row = row.with_context(|| format!("no `{source}` in {stats}"))?;
                counts(row, [("documents", ENTRIES)])?;
            }
            let [lua, rust] = FEEDS.map(|source| self.entry_of(source));
            let (lua, rust) = (lua?, rust?);
            for field in ["source_id", "title", "author", "uri", "body", "metadata", "modified"] {
                ensure!(lua[field] == rust[field], "`{field}` differs: {lua}\n{rust}");
            }
            Ok(format!(
                "{} documents and {} chunks altogether",
                stats["documents"], stats["chunks"]
            ))
        })?;
        steps.take("sync again: nothing changed, nothing is written", || {
            for source in FEEDS {
                let done = self.shell.json(&["sync", source])?;
                counts(
                    &done,
                    [("unchanged", ENTRIES), ("added", 0), ("changed", 0), ("removed", 0)],
                )?;
            }
            Ok(format!("{ENTRIES} unchanged in each"))
        })?;
        steps.take("change one entry and sync once more", || {
            self.feed.edit();
            for source in FEEDS {
                let done = self.shell.json(&["sync", source])?;
                counts(&done, [("unchanged", ENTRIES - 1), ("changed", 1), ("added", 0)])?;
            }
            Ok("1 changed in each".to_owned())
        })
    }

    /// Finds what was brought in.
    pub(super) fn look_up(&self, steps: &mut Steps) -> Result<()> {
        steps.take("search this checkout", || {
            let found = self.shell.json(&["search", TOPIC, "--source", "repository"])?;
            let hits = found["hits"].as_array().context("no hits")?;
            ensure!(!hits.is_empty(), "nothing says `{TOPIC}`: {found}");
            Ok(format!("{} hits for `{TOPIC}`, first {}", hits.len(), hits[0]["source_id"]))
        })?;
        steps.take("search the feeds for a word that one entry has", || {
            let found = self.shell.json(&["search", RARE])?;
            let hits = found["hits"].as_array().context("no hits")?;
            let wanted = format!("almanac-{EDITED}");
            let all = hits
                .iter()
                .all(|hit| hit["source_id"] == wanted.as_str() || hit["source"] == "repository");
            for source in FEEDS {
                let hit = hits.iter().find(|hit| hit["source"] == source);
                ensure!(hit.is_some(), "`{source}` has no hit for `{RARE}`: {found}");
            }
            ensure!(all, "something else was found: {found}");
            Ok(format!("`{RARE}` is in {wanted} of both"))
        })?;
        steps.take("ctx get", || {
            let document = self.entry_of(FEEDS[0])?;
            let body = document["body"].as_str().context("the document has no body")?;
            ensure!(body.contains(RARE), "the body is not the new one: {document}");
            Ok(format!("{} is {} characters", document["id"], body.chars().count()))
        })
    }

    /// Calls the tools.
    pub(super) fn call(&self, steps: &mut Steps) -> Result<()> {
        for name in ["word-count-lua", "word-count"] {
            let tool = format!("{name}/word_count");
            steps.take(&format!("ctx call {tool}"), || {
                let text = format!("text={TEXT}");
                let answer = self.shell.json(&["call", &tool, "-p", &text])?;
                let structured = &answer["result"]["structured"];
                for (field, count) in COUNTS {
                    ensure!(structured[field] == count, "`{field}` should be {count}: {answer}");
                }
                let usage = &answer["usage"];
                let fuel = number(usage, "fuel")?;
                ensure!(fuel > 0, "a call without a bill: {answer}");
                Ok(format!("{structured} for {fuel} fuel and {} µs", usage["wall_us"]))
            })?;
        }
        steps.take("arguments that miss the schema are refused", || {
            for name in ["word-count-lua", "word-count"] {
                let tool = format!("{name}/word_count");
                let problem = self.shell.refused(&["call", &tool, "--args", "{}"])?;
                let message = problem["message"].as_str().unwrap_or_default();
                ensure!(message.contains("text"), "the field is not named: {problem}");
            }
            Ok("`text` is missing, and both say so".to_owned())
        })
    }

    /// Has the agents prepare their prompts.
    pub(super) fn prompt(&self, steps: &mut Steps) -> Result<()> {
        let best = self.shell.json(&["search", TOPIC, "--limit", "1"])?;
        let best = best["hits"][0]["id"].as_str().context("no hit")?.to_owned();
        let mut systems = Vec::new();
        for name in ["researcher-lua", "researcher"] {
            let agent = format!("{name}/researcher");
            steps.take(&format!("ctx prompt {agent}"), || {
                let topic = format!("topic={TOPIC}");
                let answer = self.shell.json(&["prompt", &agent, "-p", &topic])?;
                let prompt = &answer["result"];
                let system = prompt["system"].as_str().context("no system prompt")?;
                let found =
                    prompt["messages"][0]["content"][0]["text"].as_str().unwrap_or_default();
                ensure!(system.contains(TOPIC), "the topic is not in it: {answer}");
                ensure!(found.contains(&best), "the best hit {best} is not in it: {answer}");
                systems.push(system.to_owned());
                for line in system.lines().chain(found.lines().take(2)) {
                    say(&format!("     | {line}"));
                }
                Ok(format!(
                    "{} lines of system prompt, {} of documents",
                    system.lines().count(),
                    found.lines().count()
                ))
            })?;
        }
        ensure!(systems[0] == systems[1], "Lua and Rust prepared different prompts: {systems:?}");
        Ok(())
    }

    /// Checks what was dropped in, and shows what all of it cost.
    pub(super) fn account(&self, steps: &mut Steps) -> Result<()> {
        steps.take("ctx conformance over all that was dropped in", || {
            let scripts = SCRIPTS.map(|(_, name)| name);
            let paths: Vec<String> = scripts
                .iter()
                .chain(&COMPONENTS)
                .map(|name| format!(".ctx/extensions/{name}"))
                .collect();
            let mut arguments = vec!["conformance"];
            arguments.extend(paths.iter().map(String::as_str));
            let ran = self.shell.run(&arguments)?;
            let last = ran.stdout.lines().rfind(|line| !line.trim().is_empty());
            Ok(last.context("the suite said nothing")?.trim().to_owned())
        })?;
        steps.take("ctx capabilities", || {
            let all = self.shell.json(&["capabilities"])?;
            let engine = all["engine"]["allocation"].as_str().context("no engine in it")?;
            let installed = all["installed"].as_array().context("nothing is installed")?;
            for extension in installed {
                // What comes with `ctx` may still lack a grant that nobody needed.
                let is_ours = extension["origin"]["layer"] == "workspace";
                ensure!(!is_ours || extension["state"] == "ready", "not ready: {extension}");
            }
            Ok(format!("{} extensions ready, memory {engine}", installed.len()))
        })?;
        steps.take("ctx journal", || {
            let ran = self.shell.run(&["journal", "--limit", "1000", "--json"])?;
            let mut count = 0;
            let mut fuel = 0;
            for line in ran.stdout.lines() {
                let entry: Value = serde_json::from_str(line).context("a line is no JSON")?;
                count += 1;
                fuel += number(&entry, "fuel")?;
            }
            ensure!(count >= 10 && fuel > 0, "too little was noted:\n{}", ran.stdout);
            Ok(format!("{count} runs, {fuel} fuel altogether"))
        })
    }

    fn drop_in(&self, from: &std::path::Path, name: &str) -> Result<()> {
        let to = self.shell.workspace().join(".ctx/extensions").join(name);
        fs::copy(from, &to)
            .with_context(|| format!("`{}` to `{}`", from.display(), to.display()))?;
        Ok(())
    }

    /// Checks that extensions are installed and play these roles.
    fn expect(&self, wanted: &[(&str, &str)]) -> Result<String> {
        let installed = self.shell.json(&["ext", "list"])?;
        for (name, role) in wanted {
            let found = installed
                .as_array()
                .and_then(|all| all.iter().find(|extension| extension["name"] == *name));
            let Some(found) = found else { bail!("`{name}` is not there: {installed}") };
            let plays =
                found["roles"].as_array().is_some_and(|all| all.iter().any(|one| one == role));
            ensure!(plays, "`{name}` is no {role}: {found}");
        }
        let names: Vec<&str> = wanted.iter().map(|(name, _)| *name).collect();
        Ok(names.join(", "))
    }

    fn config(&self) -> String {
        // TOML reads a JSON string as it is.
        let root = Value::from(self.project.root.display().to_string());
        let url = Value::from(self.feed.url());
        format!(
            "[sources.repository]\nextension = \"files\"\nroot = {root}\n\
             exclude = [\"target/**\", \"**/target/**\"]\n\n\
             [sources.{}]\nextension = \"feed-lua\"\nurl = {url}\n\n\
             [sources.{}]\nextension = \"feed\"\nurl = {url}\n",
            FEEDS[0], FEEDS[1]
        )
    }

    /// Counts the texts of the checkout that nobody could take for something
    /// else.
    fn texts(&self) -> Result<u64> {
        let files = tree::files(&self.project.root)?;
        let is_text = |file: &&tree::File| {
            !file.is_hidden()
                && !file.text().trim().is_empty()
                && ["rs", "md", "wit", "lua", "toml"].iter().any(|suffix| file.is(suffix))
        };
        Ok(files.iter().filter(is_text).count() as u64)
    }

    /// Returns the edited entry as one of the sources holds it.
    fn entry_of(&self, source: &str) -> Result<Value> {
        let query = format!("\"Entry {EDITED}\"");
        let found = self.shell.json(&["search", &query, "--source", source, "--limit", "50"])?;
        let wanted = format!("almanac-{EDITED}");
        let hit = found["hits"]
            .as_array()
            .and_then(|hits| hits.iter().find(|hit| hit["source_id"] == wanted.as_str()))
            .with_context(|| format!("`{wanted}` is not found in `{source}`: {found}"))?;
        let id = hit["id"].as_str().context("a hit without an id")?;
        self.shell.json(&["get", id])
    }
}

fn number(value: &Value, field: &str) -> Result<u64> {
    value[field].as_u64().with_context(|| format!("no number `{field}` in {value}"))
}

fn counts<const N: usize>(value: &Value, wanted: [(&str, usize); N]) -> Result<()> {
    for (field, count) in wanted {
        ensure!(value[field] == count, "`{field}` should be {count}: {value}");
    }
    Ok(())
}

/// Checks that a problem says what to type, and returns that.
fn helps(problem: &Value, command: &str) -> Result<String> {
    let help = problem["help"].as_array().map(Vec::as_slice).unwrap_or_default();
    let says = help.iter().any(|line| line.as_str().is_some_and(|line| line.contains(command)));
    ensure!(says, "no help says `{command}`: {problem}");
    Ok(format!("refused with {}, and told to run `{command}`", problem["code"]))
}
