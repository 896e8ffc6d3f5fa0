-- /// ctx
-- name = "create-github-issue"
-- version = "0.1.0"
-- description = "Opens an issue in a GitHub repository"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.github.com"]
-- secrets = ["github-token"]
-- ///

tool = {
  name = "create-github-issue",
  title = "Open a GitHub issue",
  description = "Opens an issue in a GitHub repository. The body is Markdown.",
  parameters = {
    { name = "title", required = true, minLength = 1, maxLength = 256, description = "One line: what it is about" },
    { name = "body", maxLength = 65536, description = "Markdown" },
    { name = "labels", type = "array", items = { type = "string" }, description = "Names of labels" },
    { name = "assignees", type = "array", items = { type = "string" }, maxItems = 10, description = "Names of users" },
    { name = "owner", pattern = "^[A-Za-z0-9-]+$", description = "Who owns the repository; the operator's default if absent" },
    { name = "repo", pattern = "^[A-Za-z0-9._-]+$", description = "The repository's name; the operator's default if absent" },
  },
  output_schema = {
    { name = "number", type = "integer", required = true },
    { name = "url", required = true },
    { name = "title", required = true },
  },
  hints = { read_only = false, destructive = false, idempotent = false, open_world = true },
}

-- So many seconds a call may wait for GitHub.
local PATIENCE = 15

-- How long to wait before asking again: GitHub did not begin what it refuses
-- for its rate, so asking again is safe.
local function pause(answer)
  local status, said = answer.status, answer.headers
  if status ~= 403 and status ~= 429 then return nil end
  if said["retry-after"] then return tonumber(said["retry-after"]) or 60 end
  if said["x-ratelimit-remaining"] == "0" then
    return math.max(1, (tonumber(said["x-ratelimit-reset"]) or 0) - os.time())
  end
  return status == 429 and 60 or nil
end

local function refuse(name, answer)
  local said = type(answer.json) == "table" and answer.json or {}
  local why = said.message or "status " .. answer.status
  for _, one in ipairs(said.errors or {}) do
    why = why .. "; " .. (type(one) == "table" and (one.message or (one.field or "?") .. ": " .. (one.code or "?")) or tostring(one))
  end
  if answer.status == 401 then ctx.fail("denied", "GitHub does not accept the setting `token`: " .. why) end
  if answer.status == 403 then ctx.fail("denied", "the setting `token` may not open issues in `" .. name .. "`: " .. why) end
  if answer.status == 404 then ctx.fail("not-found", "there is no repository `" .. name .. "` that the setting `token` can see: " .. why) end
  if answer.status == 410 then ctx.fail("not-found", "the repository `" .. name .. "` has no issues: they are switched off") end
  if answer.status == 422 then ctx.fail("invalid-input", "GitHub does not take the issue: " .. why, { details = said.errors }) end
  if answer.status >= 500 then
    ctx.fail("unavailable", "GitHub answered " .. answer.status .. "; the issue may be there, so look before trying again")
  end
  ctx.fail("internal", "GitHub answered " .. answer.status .. ": " .. why)
end

local function create(config, name, issue)
  local token = config.token
  if not token or token == "" then token = secrets.get("github-token") end
  if not token then ctx.fail("invalid-input", "there is no token: set `token`, or the secret `github-token`") end
  local headers = { accept = "application/vnd.github+json", ["x-github-api-version"] = "2022-11-28", authorization = "Bearer " .. token }
  local waited = 0
  while true do
    local answer = http.post("https://api.github.com/repos/" .. name .. "/issues", { headers = headers, json = issue })
    if answer.ok and answer.json then return answer.json end
    local wait = pause(answer)
    if not wait then refuse(name, answer) end
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then ctx.fail("unavailable", "GitHub asks to wait; nothing was created", { retry_after = wait }) end
    sleep(wait)
  end
end

function tool.execute(params, context)
  local config = context.config or {}
  local owner, repo = params.owner or config.owner, params.repo or config.repo
  if not owner or owner == "" or not repo or repo == "" then
    ctx.fail("invalid-input", "say which `owner` and `repo`, or set `owner` and `repo` for create-github-issue")
  end
  local issue = create(config, http.escape(owner) .. "/" .. http.escape(repo), {
    title = params.title,
    body = params.body,
    labels = params.labels and #params.labels > 0 and params.labels or nil,
    assignees = params.assignees and #params.assignees > 0 and params.assignees or nil,
  })
  return ctx.output({
    blocks = { ctx.text("Opened #" .. issue.number .. ": " .. issue.html_url) },
    structured = { number = issue.number, url = issue.html_url, title = issue.title },
  })
end
