// A client that shows pages of extensions (MCP Apps), in a real browser: the
// page is read over MCP, put into a sandboxed frame of a host page, greeted, and
// given what the tool answered; then it is tried to get out.
//
//   node apps.mjs MCP_URL [CHROMIUM]
//
// NODE_PACKAGES names the folder below which the packages are. Ends with
// `N passed, M failed`.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.env.NODE_PACKAGES, "packages.mjs"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Client, StreamableHTTPClientTransport } = await load("@modelcontextprotocol/client");
const { chromium } = require("playwright-core");
const [url, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);

const UI = "io.modelcontextprotocol/ui";
const MIME = "text/html;profile=mcp-app";
let passed = 0;
let failed = 0;
function check(claim, holds, told) {
  holds ? passed++ : failed++;
  console.log(`${holds ? "ok   " : "FAIL "}${claim}${holds ? "" : `: ${JSON.stringify(told)}`}`);
}

const client = new Client(
  { name: "ctx-apps", version: "1" },
  { versionNegotiation: { mode: "auto" }, capabilities: { extensions: { [UI]: { mimeTypes: [MIME] } } } },
);
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
const { extensions } = client.getServerCapabilities();
check("the server says that it has pages", extensions?.[UI]?.mimeTypes?.includes(MIME), extensions);
const tool = (await client.listTools()).tools.find((tool) => tool.name === "levels");
const uri = tool?._meta?.ui?.resourceUri;
check("the tool is linked to its page", uri === "ui://levels/week", tool);
const offered = (await client.listResources()).resources.find((one) => one.uri === uri);
check("the page is listed, without wishes", offered?.mimeType === MIME && !offered._meta?.ui?.csp, offered);
const page = (await client.readResource({ uri })).contents[0];
check("the page is read", page.mimeType === MIME && page.text.includes("No lock yet"), page);
const { csp, permissions } = page._meta.ui;
check("what was granted may be reached", csp.connectDomains.join() === "https://levels.example.org", csp);
check("a camera is not passed on", permissions === undefined, permissions);
const result = await client.callTool({ name: "levels", arguments: { lock: "Upper Lock" } });

// The host page: a frame without a name of its own, and the few messages that
// the protocol has between it and whoever shows it.
const HOST = `<!doctype html><title>host</title><iframe id="app" sandbox="allow-scripts"></iframe><script>
window.heard = [];
addEventListener("message", async ({ source, data }) => {
  const frame = document.getElementById("app").contentWindow;
  if (source !== frame) return;
  heard.push(data.method);
  const answer = (result) => frame.postMessage({ jsonrpc: "2.0", id: data.id, result }, "*");
  if (data.method === "ui/initialize") {
    answer({ protocolVersion: "2026-01-26", hostInfo: { name: "host", version: "1" },
             hostCapabilities: { serverTools: {} }, hostContext: { theme: "light" } });
  } else if (data.method === "ui/notifications/initialized") {
    frame.postMessage({ jsonrpc: "2.0", method: "ui/notifications/tool-result", params: await firstResult() }, "*");
  } else if (data.method === "tools/call") answer(await callTool(data.params));
});
</script>`;
const server = createServer((request, response) => {
  response.writeHead(request.url === "/" ? 200 : 404, {
    "Content-Type": "text/html", "Set-Cookie": "host=secret",
  });
  response.end(request.url === "/" ? HOST : "");
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const shown = await browser.newPage();
shown.setDefaultTimeout(20_000);
const errors = [];
shown.on("pageerror", (error) => errors.push(error.message));
await shown.exposeFunction("callTool", (params) => client.callTool(params));
await shown.exposeFunction("firstResult", () => result);
await shown.goto(`http://127.0.0.1:${server.address().port}/`);
await shown.evaluate((html) => { document.getElementById("app").srcdoc = html; }, page.text);
const frame = shown.frameLocator("#app");
await frame.getByText("Upper Lock").waitFor();
check("the page shows what the tool answered", (await frame.locator("li").count()) === 3, errors);
await frame.getByRole("button", { name: "The next lock" }).click();
await frame.getByText("Lower Lock").waitFor();
check("the page calls a tool through its host", (await frame.locator("li").count()) === 2, errors);

const inside = shown.frames().find((one) => one !== shown.mainFrame());
const tried = await inside.evaluate(async () => {
  const violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.blockedURI));
  const reach = (url) => fetch(url).then(() => "reached", () => "failed");
  const attempt = (work) => { try { return work(); } catch (error) { return error.name; } };
  await reach("https://not.granted.example/x");
  await reach("https://levels.example.org/x");
  const image = new Image();
  image.src = "https://not.granted.example/pixel.png";
  const script = document.createElement("script");
  script.src = "https://not.granted.example/code.js";
  document.body.append(image, script);
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {
    violations,
    parent: attempt(() => parent.document.title),
    cookie: attempt(() => document.cookie),
    storage: attempt(() => localStorage.length),
    code: attempt(() => new Function("return 1")()),
    top: attempt(() => { top.location.href = "https://not.granted.example/"; return "gone"; }),
  };
});
const blocked = tried.violations.filter((uri) => uri.includes("not.granted.example"));
check("what was not granted cannot be reached", blocked.length >= 3, tried);
check("what was granted is not in the policy's way", !tried.violations.some((uri) => uri.includes("levels.example.org")), tried);
check("the page cannot look at its host", tried.parent === "SecurityError", tried);
check("the page has no cookies and no storage", tried.cookie === "SecurityError" && tried.storage === "SecurityError", tried);
check("the page makes no code of texts", tried.code === "EvalError", tried);
check("the page leads its host nowhere", shown.url().startsWith("http://127.0.0.1:"), shown.url());
check("nothing went wrong in it", errors.length === 0, errors);

await browser.close();
server.close();
await client.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
