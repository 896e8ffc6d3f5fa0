-- /// ctx
-- name = "jira"
-- version = "0.1.0"
-- description = "Issues of Jira Cloud, with their comments"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://*.atlassian.net"]
-- secrets = ["jira-api-token"]
-- ///

connector = {
  description = "Issues of Jira Cloud, with their comments",
  incremental = true,
  -- Jira does not tell of deleted issues: a full sync finds out.
  complete = true,
  settings = {
    { name = "url", required = true, pattern = "^https://", description = "The site: https://NAME.atlassian.net" },
    { name = "email", required = true, description = "The account that the token belongs to" },
    { name = "api_token", description = "The token; without it, the secret `jira-api-token`" },
    { name = "project", description = "Keys of projects, with commas between; all that the account sees if absent" },
    { name = "max_results", type = { "integer", "string" }, description = "At most so many issues in one sync; the next one goes on" },
    { name = "include_comments", type = { "boolean", "string" }, default = true, description = "Whether comments are read" },
  },
}

local PAGE = 50
-- So many seconds a request may wait for Jira before the sync ends.
local PATIENCE = 20
-- So many minutes each sync reaches back behind the one before.
local OVERLAP = 5

local FIELDS = "summary,description,status,issuetype,priority,project,parent,labels,assignee,reporter,created,updated,resolution,comment"

local function authorization(config)
  local token = config.api_token
  if not token or token == "" then token = secrets.get("jira-api-token") end
  if not token then
    ctx.fail("invalid-input", "there is no token: set `api_token`, or the secret `jira-api-token`")
  end
  return "Basic " .. base64.encode(config.email .. ":" .. token)
end

local function refuse(config, answer)
  local said = type(answer.json) == "table" and answer.json.errorMessages
  local why = said and #said > 0 and ": " .. table.concat(said, "; ") or ""
  if answer.status == 401 then
    ctx.fail("denied", "Jira does not accept the settings `email` and `api_token`" .. why)
  elseif answer.status == 403 then
    ctx.fail("denied", "the account of the setting `email` may not read this" .. why)
  elseif answer.status == 400 then
    ctx.fail("invalid-input", "Jira does not understand the search; look at the setting `project`" .. why)
  elseif answer.status == 404 then
    ctx.fail("not-found", "there is no Jira Cloud at the setting `url`, `" .. config.url .. "`" .. why)
  end
  ctx.fail("internal", "Jira answered " .. answer.status .. why)
end

-- Waits as Jira asks if that is short; else says when to come back.
local function fetch(config, path, params)
  local waited, url = 0, config.url:gsub("/+$", "") .. path
  local headers = { accept = "application/json", authorization = authorization(config) }
  while true do
    local answer = http.get(url, { headers = headers, params = params })
    if answer.ok and answer.json then return answer.json end
    if answer.status ~= 429 and answer.status < 500 then refuse(config, answer) end
    local wait = tonumber(answer.headers["retry-after"]) or 5
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "Jira answered " .. answer.status .. " and asks to wait", { retry_after = wait })
    end
    sleep(wait)
  end
end

-- Seconds since 1970 of `2026-10-02T10:00:00.000+0200`.
local function seconds(text)
  local year, month, day, hour, min, sec, rest = text:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)(.*)$")
  local sign, hours, minutes = rest:match("([+-])(%d%d):?(%d%d)$")
  local offset = sign and (hours * 3600 + minutes * 60) * (sign == "-" and -1 or 1) or 0
  return os.time({ year = year, month = month, day = day, hour = hour, min = min, sec = sec }) - offset
end

-- Atlassian's document format, as Markdown.
local render

local function inside(node, between, indent)
  local parts = {}
  for place, child in ipairs(node.content or {}) do parts[place] = render(child, indent or "", place, node) end
  return table.concat(parts, between or "")
end

local MARKS = { strong = "**", em = "*", code = "`", strike = "~~" }

local function marked(node)
  local text = node.text
  for _, mark in ipairs(node.marks or {}) do
    local sign = MARKS[mark.type]
    if sign then text = sign .. text .. sign end
    if mark.type == "link" then text = "[" .. text .. "](" .. mark.attrs.href .. ")" end
  end
  return text
end

local function item(node, indent, sign)
  return indent .. sign .. inside(node, "\n", indent .. "  "):gsub("^%s+", "")
end

local function row(node, _, place)
  local cells = {}
  for at, cell in ipairs(node.content or {}) do cells[at] = inside(cell, " "):gsub("%s+", " ") end
  local line = "| " .. table.concat(cells, " | ") .. " |"
  return place == 1 and line .. "\n|" .. (" --- |"):rep(#cells) or line
end

local NODES = {
  text = marked,
  hardBreak = function() return "\n" end,
  rule = function() return "---" end,
  heading = function(node) return ("#"):rep(node.attrs.level) .. " " .. inside(node) end,
  paragraph = function(node, indent) return indent .. inside(node) end,
  codeBlock = function(node) return "```" .. (node.attrs and node.attrs.language or "") .. "\n" .. inside(node) .. "\n```" end,
  blockquote = function(node) return "> " .. inside(node, "\n\n"):gsub("\n", "\n> ") end,
  panel = function(node) return "> " .. inside(node, "\n\n"):gsub("\n", "\n> ") end,
  bulletList = function(node, indent) return inside(node, "\n", indent) end,
  orderedList = function(node, indent) return inside(node, "\n", indent) end,
  taskList = function(node, indent) return inside(node, "\n", indent) end,
  listItem = function(node, indent, place, list)
    return item(node, indent, list.type == "orderedList" and place .. ". " or "- ")
  end,
  taskItem = function(node, indent) return indent .. (node.attrs.state == "DONE" and "- [x] " or "- [ ] ") .. inside(node) end,
  table = function(node) return inside(node, "\n") end,
  tableRow = row,
  mention = function(node) return (node.attrs.text or node.attrs.id):gsub("^@?", "@") end,
  emoji = function(node) return node.attrs.text or node.attrs.shortName end,
  date = function(node) return os.date("!%Y-%m-%d", tonumber(node.attrs.timestamp) // 1000) end,
  status = function(node) return "[" .. node.attrs.text .. "]" end,
  inlineCard = function(node) return node.attrs.url or "" end,
  blockCard = function(node) return node.attrs.url or "" end,
  media = function(node) return node.attrs.alt and "![" .. node.attrs.alt .. "]" or "" end,
}

-- What is new to us is as good as what stands in it.
function render(node, indent, place, parent)
  local known = NODES[node.type]
  if known then return (known(node, indent or "", place, parent)) end
  return inside(node, "\n\n", indent)
end

local function comments(config, issue)
  local field = issue.fields.comment or {}
  local list = field.comments or {}
  -- The search gives only some of many comments.
  while #list < (field.total or 0) do
    local more = fetch(config, "/rest/api/3/issue/" .. issue.id .. "/comment", { startAt = #list, maxResults = 100 })
    if #(more.comments or {}) == 0 then break end
    for _, comment in ipairs(more.comments) do list[#list + 1] = comment end
  end
  local parts = {}
  for place, comment in ipairs(list) do
    local author = comment.author and comment.author.displayName or "somebody"
    parts[place] = "\n\n---\n\n**" .. author .. "**, " .. comment.created:sub(1, 10) .. ":\n\n" .. render(comment.body)
  end
  return table.concat(parts)
end

local function emit(config, issue)
  local fields = issue.fields
  local text = fields.description and render(fields.description) or ""
  if text == "" then text = fields.summary end
  if not (config.include_comments == false or config.include_comments == "false") then text = text .. comments(config, issue) end
  local function name(field) return field and (field.displayName or field.name) end
  ctx.emit({
    -- The key of an issue changes when it moves to another project.
    source_id = issue.id,
    title = issue.key .. " " .. fields.summary,
    author = name(fields.reporter),
    source_url = config.url:gsub("/+$", "") .. "/browse/" .. issue.key,
    content_type = "text/markdown",
    created_at = fields.created,
    updated_at = fields.updated,
    metadata = {
      key = issue.key,
      project = fields.project and fields.project.key,
      type = name(fields.issuetype),
      status = name(fields.status),
      resolution = name(fields.resolution),
      priority = name(fields.priority),
      assignee = name(fields.assignee),
      parent = fields.parent and fields.parent.key,
      labels = json.array(fields.labels or {}),
    },
    body = text,
  })
end

-- Dates in JQL are in the time zone of the account, which nothing tells us; a
-- distance from now is the same everywhere.
local function query(config, since)
  local clauses, keys = {}, {}
  for key in (config.project or ""):gmatch("[^,%s]+") do keys[#keys + 1] = '"' .. key:gsub('["\\]', "") .. '"' end
  if #keys > 0 then clauses[1] = "project in (" .. table.concat(keys, ", ") .. ")" end
  if since then
    local minutes = math.max(0, (os.time() - since) // 60) + OVERLAP
    clauses[#clauses + 1] = 'updated >= "-' .. minutes .. 'm"'
  elseif #keys == 0 then
    -- Jira refuses a search without bounds.
    clauses[1] = 'updated >= "1970-01-02"'
  end
  return table.concat(clauses, " AND ") .. " ORDER BY updated ASC, key ASC"
end

function connector.scan(config, checkpoint)
  if not config.url:find("^https://[^/]+%.atlassian%.net/*$") then
    ctx.fail("invalid-input", "the setting `url` is `" .. config.url .. "`; write `https://NAME.atlassian.net`")
  end
  local most, count = tonumber(config.max_results) or math.huge, 0
  local since, page = tonumber(checkpoint), nil
  local jql = query(config, since)
  repeat
    local found = fetch(config, "/rest/api/3/search/jql", { jql = jql, fields = FIELDS, maxResults = PAGE, nextPageToken = page })
    local last
    for _, issue in ipairs(found.issues or {}) do
      emit(config, issue)
      last = seconds(issue.fields.updated)
      -- What the sync before had already does not bring this one further.
      if not since or last > since then count = count + 1 end
    end
    if last then ctx.checkpoint(last) end
    page = found.nextPageToken
    if page and count >= most then
      return ctx.skip("max_results", "there are more issues than `max_results`; the next sync goes on from here")
    end
  until not page
end
