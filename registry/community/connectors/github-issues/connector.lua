-- /// ctx
-- name = "github-issues"
-- version = "0.1.0"
-- description = "Issues of a GitHub repository, with their comments"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.github.com"]
-- secrets = ["github-token"]
-- ///

connector = {
  description = "Issues of a GitHub repository, with their comments",
  incremental = true,
  -- GitHub does not tell of deleted issues: a full sync finds out.
  complete = true,
  settings = {
    { name = "owner", required = true, description = "Who owns the repository" },
    { name = "repo", required = true, description = "The repository's name" },
    { name = "token", description = "A token; `secret` for the secret `github-token`; nothing for public repositories" },
    { name = "state", enum = { "all", "open", "closed" }, default = "all", description = "Which issues" },
    { name = "include_comments", type = { "boolean", "string" }, default = true, description = "Whether comments are read" },
    { name = "include_pull_requests", type = { "boolean", "string" }, default = false, description = "Whether pull requests count as issues" },
    { name = "max_items", type = { "integer", "string" }, description = "At most about so many in one sync; the next one goes on" },
  },
}

local API = "https://api.github.com"
local PAGE = 100
-- So many seconds a request may wait for GitHub before the sync ends.
local PATIENCE = 20

local function is_on(value, otherwise)
  if value == nil or value == "" then return otherwise end
  return value == true or value == "true"
end

local function headers(config)
  local token = config.token
  if token == "secret" then token = secrets.get("github-token") end
  return {
    accept = "application/vnd.github+json",
    ["x-github-api-version"] = "2022-11-28",
    authorization = token and token ~= "" and "Bearer " .. token or nil,
  }
end

-- How long to wait before asking again, if that may help at all.
local function pause(answer)
  local status, said = answer.status, answer.headers
  if status >= 500 then return tonumber(said["retry-after"]) or 2 end
  if status ~= 403 and status ~= 429 then return nil end
  if said["retry-after"] then return tonumber(said["retry-after"]) or 60 end
  if said["x-ratelimit-remaining"] == "0" then
    return math.max(1, (tonumber(said["x-ratelimit-reset"]) or 0) - os.time())
  end
  return status == 429 and 60 or nil
end

local function refuse(config, answer)
  local name = config.owner .. "/" .. config.repo
  local why = type(answer.json) == "table" and answer.json.message or ""
  if answer.status == 401 then
    ctx.fail("denied", "GitHub does not accept the setting `token`: " .. why)
  elseif answer.status == 403 then
    ctx.fail("denied", "the setting `token` may not read the issues of `" .. name .. "`: " .. why)
  elseif answer.status == 404 then
    ctx.fail("not-found", "there is no repository `" .. name .. "` that the setting `token` can see; look at `owner` and `repo`, too")
  elseif answer.status == 410 then
    ctx.fail("not-found", "the repository `" .. name .. "` has no issues: they are switched off")
  end
  ctx.fail("internal", "GitHub answered " .. answer.status .. ": " .. why)
end

-- Waits as GitHub asks if that is short; else says when to come back.
local function fetch(config, path, params)
  local waited = 0
  while true do
    local url = API .. "/repos/" .. http.escape(config.owner) .. "/" .. http.escape(config.repo) .. path
    local answer = http.get(url, { headers = headers(config), params = params })
    if answer.ok and answer.json then return answer end
    local wait = pause(answer)
    if not wait then refuse(config, answer) end
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "GitHub answered " .. answer.status .. " and asks to wait", { retry_after = wait })
    end
    sleep(wait)
  end
end

local function has_more(answer)
  return (answer.headers.link or ""):find('rel="next"', 1, true) ~= nil
end

local function comments(config, issue)
  local parts, page = {}, 1
  repeat
    local answer = fetch(config, "/issues/" .. issue.number .. "/comments", { per_page = PAGE, page = page })
    for _, comment in ipairs(answer.json) do
      local author = comment.user and comment.user.login or "ghost"
      parts[#parts + 1] = "\n\n---\n\n**" .. author .. "**, " .. comment.created_at:sub(1, 10) .. ":\n\n" .. (comment.body or "")
    end
    page = page + 1
  until not has_more(answer)
  return table.concat(parts)
end

local function names(list, key)
  local found = json.array({})
  for place, one in ipairs(list or {}) do found[place] = type(one) == "table" and one[key] or one end
  return found
end

local function emit(config, issue)
  local text = issue.body
  if not text or text == "" then text = issue.title end
  if issue.comments > 0 and is_on(config.include_comments, true) then text = text .. comments(config, issue) end
  ctx.emit({
    source_id = issue.number,
    title = "#" .. issue.number .. " " .. issue.title,
    author = issue.user and issue.user.login,
    source_url = issue.html_url,
    content_type = "text/markdown",
    created_at = issue.created_at,
    updated_at = issue.updated_at,
    metadata = {
      number = issue.number,
      state = issue.state,
      state_reason = issue.state_reason,
      labels = names(issue.labels, "name"),
      assignees = names(issue.assignees, "login"),
      milestone = issue.milestone and issue.milestone.title,
      pull_request = issue.pull_request ~= nil or nil,
    },
    body = text,
  })
end

-- Goes on by time and not by page: an issue that changes meanwhile moves to
-- the end, and would push another one from the next page onto this one. Where
-- a whole page is of one second, its next page is asked for.
function connector.scan(config, checkpoint)
  local most = tonumber(config.max_items) or math.huge
  local size = math.min(PAGE, math.max(most, 10))
  local since, page, seen, count = checkpoint, 1, {}, 0
  while true do
    local answer = fetch(config, "/issues", {
      state = config.state or "all", sort = "updated", direction = "asc",
      since = since, per_page = size, page = page,
    })
    local last
    for _, issue in ipairs(answer.json) do
      last = issue.updated_at
      local wanted = not issue.pull_request or is_on(config.include_pull_requests, false)
      if wanted and seen[issue.number] ~= last then
        seen[issue.number] = last
        emit(config, issue)
        -- What the sync before had already does not bring this one further.
        if last ~= checkpoint then count = count + 1 end
      end
    end
    if last and last ~= since then
      since, page = last, 1
      ctx.checkpoint(since)
    else
      page = page + 1
    end
    if not has_more(answer) then return end
    if count >= most then
      return ctx.skip("max_items", "there are more issues than `max_items`; the next sync goes on from here")
    end
  end
end
