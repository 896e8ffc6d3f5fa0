// Drives `ctx` with the TypeScript SDKs of MCP: list, call, prompt, read,
// cancel, and being told of a file that was dropped in.
//
//   node typescript_client.mjs v1|v2 http URL
//   node typescript_client.mjs v1|v2 stdio COMMAND [ARGUMENT...]
//
// Run from the workspace that the server serves; NODE_PACKAGES names the folder
// below which the packages are. Ends with `N passed, M failed`.

import { createRequire } from "node:module";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.env.NODE_PACKAGES, "packages.mjs"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const [sdk, way, ...rest] = process.argv.slice(2);

let passed = 0;
let failed = 0;
function check(claim, holds, told) {
  holds ? passed++ : failed++;
  console.log(`${holds ? "ok   " : "FAIL "}${claim}${holds ? "" : `: ${JSON.stringify(told)}`}`);
}

const v1 = "@modelcontextprotocol/sdk/client";
const v2 = "@modelcontextprotocol/client";
const { Client } = await load(sdk === "v1" ? `${v1}/index.js` : v2);
const { StreamableHTTPClientTransport } = await load(sdk === "v1" ? `${v1}/streamableHttp.js` : v2);
const { StdioClientTransport } = await load(sdk === "v1" ? `${v1}/stdio.js` : `${v2}/stdio`);

// The older SDK speaks the older protocol alone.
const eras = sdk === "v1" ? [undefined] : ["legacy", "auto"];
for (const era of eras) await conversation(era);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

async function conversation(era) {
  const mode = `${sdk} ${era ?? "legacy"}`;
  const stem = `late-${sdk}-${era ?? "only"}-${process.env.LATE ?? way}`;
  const late = stem.replaceAll("-", "_");
  let arrived;
  const isHere = new Promise((resolve) => (arrived = resolve));
  const onChanged = (_, tools) => {
    if (tools?.some((tool) => tool.name === late)) arrived(true);
  };
  const client = new Client(
    { name: "ctx-clients", version: "1" },
    { listChanged: { tools: { onChanged } }, ...(era ? { versionNegotiation: { mode: era } } : {}) },
  );
  const transport =
    way === "http"
      ? new StreamableHTTPClientTransport(new URL(rest[0]))
      : new StdioClientTransport({ command: rest[0], args: rest.slice(1), env: process.env, stderr: "ignore" });
  await client.connect(transport);

  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  check(`${mode}: tools are listed`, tools.includes("greet"), tools);
  const called = await client.callTool({ name: "greet", arguments: { name: "Ada" } });
  check(`${mode}: a tool answers`, called.content[0].text === "Hello, Ada!", called);
  const wrong = await client.callTool({ name: "greet", arguments: {} });
  check(`${mode}: bad arguments are told to the model`, wrong.isError, wrong);
  const unknown = await client.callTool({ name: "gret", arguments: {} }).catch((error) => error);
  check(`${mode}: an unknown tool is an error of the protocol`, unknown instanceof Error, unknown);

  const prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
  check(`${mode}: agents are prompts`, prompts.includes("host-reviewer"), prompts);
  const prompt = await client.getPrompt({ name: "host-reviewer", arguments: { focus: "tea" } });
  check(`${mode}: a prompt is prepared`, JSON.stringify(prompt).includes("tea"), prompt);

  const { resources } = await client.listResources();
  const read = await client.readResource({ uri: resources[0].uri });
  check(`${mode}: a document is read`, read.contents[0].text?.length > 0, read);

  const hangUp = new AbortController();
  const slow = client.callTool({ name: "slow", arguments: {} }, ...(sdk === "v1" ? [undefined] : []), {
    signal: hangUp.signal,
  });
  setTimeout(() => hangUp.abort(new Error("enough")), 500);
  const ended = await slow.then(() => "an answer", () => "cancelled");
  check(`${mode}: a call is cancelled`, ended === "cancelled", ended);
  const after = await client.callTool({ name: "greet", arguments: { name: "Bob" } });
  check(`${mode}: the session goes on`, after.content[0].text === "Hello, Bob!", after);

  const file = `.ctx/extensions/${stem}.lua`;
  await writeFile(
    `${file}.part`,
    `tool = { name = "${late}", description = "Came late" }\nfunction tool.execute() return "here" end\n`,
  );
  const { rename } = await import("node:fs/promises");
  await rename(`${file}.part`, file);
  const told = await Promise.race([isHere, new Promise((end) => setTimeout(end, 15_000, false))]);
  const here = told && (await client.callTool({ name: late, arguments: {} }));
  check(`${mode}: a dropped file is told of, and called`, told && here.content[0].text === "here", here);
  await rm(file);
  await client.close();
}
