-- /// ctx
-- name = "levels"
-- version = "0.1.0"
-- description = "Water levels, with a page that draws them"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://levels.example.org"]
-- ///

-- What a client shows beside the answer. It talks to that client and to nobody
-- else: whoever it may reach besides is a matter of grants.
local page = [[
<title>Levels</title>
<style>
  body { font: 1rem system-ui; margin: 1rem; }
  li { background: #cde; margin: .2rem 0; padding: .1rem .4rem; }
</style>
<h1 id="lock">No lock yet</h1>
<ol id="levels"></ol>
<button id="next">The next lock</button>
<script>
const waiting = new Map();
let last = 0;
const send = (message) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
const ask = (method, params) => new Promise((answer) => {
  waiting.set(++last, answer);
  send({ id: last, method, params });
});
function show({ lock, levels }) {
  document.getElementById("lock").textContent = lock;
  const items = levels.map((level) => {
    const item = document.createElement("li");
    item.textContent = level + " m";
    item.style.width = level * 5 + "rem";
    return item;
  });
  document.getElementById("levels").replaceChildren(...items);
}
addEventListener("message", ({ source, data }) => {
  if (source !== parent) return;
  if (data.method === "ui/notifications/tool-result") show(data.params.structuredContent);
  else if (waiting.has(data.id)) waiting.get(data.id)(data.result);
});
document.getElementById("next").onclick = async () => {
  const called = await ask("tools/call", { name: "levels", arguments: { lock: "Lower Lock" } });
  show(called.structuredContent);
};
ask("ui/initialize", {
  protocolVersion: "2026-01-26",
  appInfo: { name: "levels", version: "0.1.0" },
  appCapabilities: {},
}).then(() => send({ method: "ui/notifications/initialized" }));
</script>
]]

tool = {
  name = "levels",
  description = "Says how high the water stood at a lock, day by day",
  parameters = { { name = "lock", required = true, description = "The name of the lock" } },
  hints = { read_only = true },
  meta = { ui = { resourceUri = "ui://levels/week" } },
}

function tool.execute(params)
  local levels = params.lock == "Lower Lock" and { 1.5, 1.25 } or { 2.5, 2.25, 2.75 }
  return ctx.output({
    blocks = { ctx.text(params.lock .. ": " .. table.concat(levels, ", ") .. " m") },
    structured = { lock = params.lock, levels = levels },
  })
end

resources = {
  {
    uri = "ui://levels/week", name = "week", title = "The levels of a week",
    media_type = "text/html;profile=mcp-app", text = page,
    meta = { ui = {
      csp = { connectDomains = { "https://levels.example.org", "https://not.granted.example" } },
      permissions = { camera = {} },
    } },
  },
}
