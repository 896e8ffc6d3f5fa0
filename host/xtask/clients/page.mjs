// The page for people, in a real browser: signed in by the link that the server
// prints, with every request, every word on the console and every violation of
// the policy held against it.
//
//   node page.mjs BASE_URL SIGN_IN_URL [CHROMIUM]
//
// What is served is a workspace with the files of `page/` beside this one:
//
//   ctx init; cp -r page/extensions page/config.toml .ctx/; cp -r page/notes .
//   ctx trust; ctx grant weather kv; ctx sync notes; ctx serve
//
// Needs `playwright-core` below the current folder. PAGE_PICTURES names a folder
// for pictures of what was seen.

import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "page.mjs"));
const { chromium } = require("playwright-core");

const [base, signIn, executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium"] =
  process.argv.slice(2);
if (!base || !signIn) {
  console.error("usage: node page.mjs BASE_URL SIGN_IN_URL [CHROMIUM]");
  process.exit(2);
}
const origin = new URL(base).origin;
const pictures = process.env.PAGE_PICTURES;

const browser = await chromium.launch({
  executablePath,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(10_000);

// What must not happen, on whichever page.
const complaints = [];
context.on("request", (request) => {
  const url = request.url();
  if (!url.startsWith("data:") && new URL(url).origin !== origin) complaints.push(`asked ${url}`);
});
context.on("requestfailed", (request) =>
  complaints.push(`${request.url()} failed: ${request.failure()?.errorText}`),
);
page.on("console", (message) => {
  if (message.type() !== "error" && !/Content.Security.Policy/i.test(message.text())) return;
  // An answer that says no is told on the console too.
  if (expected && message.text().includes(`status of ${expected}`)) return;
  complaints.push(`the console says: ${message.text()}`);
});
page.on("pageerror", (error) => complaints.push(`a script failed: ${error.message}`));
page.on("dialog", (dialog) => {
  complaints.push(`a dialog says: ${dialog.message()}`);
  dialog.dismiss();
});
await context.addInitScript(() => {
  document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`),
  );
});

let expected = null;
let passed = 0;
let failed = 0;

async function step(name, run) {
  complaints.length = 0;
  try {
    await run();
    if ((await page.evaluate(() => window.__pwned)) !== undefined) {
      throw new Error("what an extension said was run as a script");
    }
    if (complaints.length > 0) throw new Error(complaints.join("\n       "));
    passed += 1;
    console.log(`  ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`  FAIL ${name}\n       ${error.message}`);
  }
  expected = null;
}

function must(is, what) {
  if (!is) throw new Error(what);
}

async function sees(text) {
  await page.getByText(text).first().waitFor();
}

async function picture(name) {
  if (!pictures) return;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

await step("whoever is not signed in sees what is installed, and cannot run it", async () => {
  await page.goto(`${base}/`);
  await sees("forecast");
  await page.getByRole("link", { name: "tool forecast" }).click();
  must(await page.getByRole("button", { name: "Run forecast" }).isDisabled(), "the form is open");
  must(await page.getByLabel("city").isDisabled(), "the field is open");
});

await step("the link that the server prints signs in", async () => {
  await page.goto(signIn);
  must(new URL(page.url()).pathname === "/", `it led to ${page.url()}`);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  const cookie = (await context.cookies()).find((one) => one.name.startsWith("ctx-session-"));
  must(cookie?.httpOnly && cookie.sameSite === "Strict", `the cookie is ${JSON.stringify(cookie)}`);
  must((await page.evaluate(() => document.cookie)) === "", "scripts see the cookie");
});

await step("the front page shows state, grants and files that are broken", async () => {
  await page.goto(`${base}/`);
  for (const text of ["needs grants", "WEATHER_UNITS", "broken.lua", "unexpected symbol"]) await sees(text);
  must(await page.evaluate(() => document.styleSheets.length === 1), "the style is not there");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.emulateMedia({ colorScheme: "dark" });
  must((await ground()) !== light, "there is no dark style");
  await page.emulateMedia({ colorScheme: "light" });
  await picture("front");
});

await step("a page fits a narrow window", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  for (const at of ["/", "/extensions/weather", "/tools/forecast", "/search?q=Oslo"]) {
    await page.goto(base + at);
    const [wide, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    must(wide <= window, `${at} is ${wide} wide in a window of ${window}`);
  }
  await page.goto(`${base}/`);
  await picture("narrow");
  await page.setViewportSize({ width: 1360, height: 900 });
});

await step("an extension shows what to type for what it lacks", async () => {
  await page.getByRole("link", { name: "weather", exact: true }).click();
  await sees("ctx grant weather env WEATHER_UNITS");
  await sees("sha256:");
});

await step("a tool is filled in, run, and answers", async () => {
  await page.goto(`${base}/`);
  await page.getByRole("link", { name: "tool forecast" }).click();
  await page.getByLabel("city").fill("Oslo");
  await page.getByLabel("days").fill("5");
  await page.getByLabel("units").selectOption({ label: "imperial" });
  await page.getByLabel("detailed").check();
  await page.getByLabel("layers").fill('["rain"]');
  await page.getByRole("button", { name: "Run forecast" }).click();
  const answer = JSON.parse(await page.locator("pre.json").first().innerText());
  const wanted = { city: "Oslo", days: 5, units: "imperial", detailed: true, layers: ["rain"] };
  for (const [key, value] of Object.entries(wanted)) {
    must(JSON.stringify(answer[key]) === JSON.stringify(value), `${key} is ${JSON.stringify(answer[key])}`);
  }
  must((await page.getByLabel("city").inputValue()) === "Oslo", "the form forgot what was filled in");
  must(await page.getByLabel("detailed").isChecked(), "the form forgot the box");
  await sees("host calls");
  await picture("tool");
});

await step("a mistake is told beside its field", async () => {
  expected = 422;
  await page.getByLabel("layers").fill("[1,");
  await page.getByRole("button", { name: "Run forecast" }).click();
  await sees("this is no JSON");
  must((await page.getByLabel("layers").inputValue()) === "[1,", "the form forgot the mistake");
});

await step("a failure is told with its code, and counted", async () => {
  expected = 502;
  await page.getByLabel("layers").fill("");
  await page.getByLabel("city").fill("nowhere");
  await page.getByRole("button", { name: "Run forecast" }).click();
  await sees("ctx::call::internal");
  await picture("failure");
  await page.goto(`${base}/extensions/weather`);
  await sees("no such city");
  await sees("forecast for Oslo");
  await picture("extension");
});

await step("what a hostile extension says of itself is text", async () => {
  for (const at of ["/", "/extensions/hostile", "/tools/hostile", "/tools/hostile?as=json"]) {
    await page.goto(base + at);
    await sees("window.__pwned");
    must((await page.locator("script, svg, iframe").count()) === 0, `${at} has a foreign element`);
    must((await page.locator("[onerror], [onfocus], [onload]").count()) === 0, `${at} has a handler`);
    must((await page.evaluate(() => window.__pwned)) === undefined, `${at} ran a script`);
  }
});

await step("what a hostile extension answers is text", async () => {
  await page.goto(`${base}/tools/hostile`);
  await page.getByRole("button", { name: "Run hostile" }).click();
  await sees("javascript:window.__pwned");
  must((await page.locator("a[href^='javascript']").count()) === 0, "there is a link to a script");
  must((await page.locator("script, svg, iframe").count()) === 0, "there is a foreign element");
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  must(await page.evaluate(() => [...document.images].some((image) => image.naturalWidth > 0)), "no picture");
  await picture("hostile");
});

await step("documents are found and read", async () => {
  await page.goto(`${base}/`);
  await page.getByLabel("Search the documents").fill("harbour");
  await page.getByLabel("Search the documents").press("Enter");
  await sees("ferries");
  await picture("search");
  await page.locator("ol.hits a").first().click();
  await sees("freezes rarely");
  await page.goto(`${base}/search?q=Bergen`);
  await page.locator("ol.hits a").first().click();
  await sees("is what a document may say");
  await picture("document");
});

await step("what is not there is a page", async () => {
  expected = 404;
  await page.goto(`${base}/tools/none`);
  await sees("ctx::unknown::tool");
});

await step("the description of REST loads, and loads nothing from elsewhere", async () => {
  await page.goto(`${base}/docs`);
  await sees("/v1/tools/{name}");
  await sees("List the tools");
});

await step("another origin's page cannot run a tool here", async () => {
  // From `data:`, which is nobody's origin; the session's cookie does not come along.
  const other = await context.newPage();
  await other.goto(
    `data:text/html,<form method=post action="${base}/tools/forecast"><input name="arg:city" value=Oslo><button>go</button></form>`,
  );
  const [response] = await Promise.all([other.waitForNavigation(), other.getByRole("button").click()]);
  must(response.status() === 403, `the answer was ${response.status()}`);
  await other.close();
});

await step("signing out closes the forms", async () => {
  await page.goto(`${base}/`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  await page.goto(`${base}/tools/forecast`);
  must(await page.getByRole("button", { name: "Run forecast" }).isDisabled(), "the form is open");
  expected = 401;
  await page.goto(signIn);
  await sees("was used before");
  await picture("sign-in");
});

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
