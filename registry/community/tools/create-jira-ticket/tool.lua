-- /// ctx
-- name = "create-jira-ticket"
-- version = "0.1.0"
-- description = "Creates an issue in Jira Cloud, with what the documents say of it"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://*.atlassian.net"]
-- secrets = ["jira-api-token"]
-- context = ["*"]
-- ///

tool = {
  name = "create-jira-ticket",
  title = "Create a Jira issue",
  description = "Creates an issue in Jira. The description is Markdown. Can name the gathered documents that are about the same.",
  parameters = {
    { name = "summary", required = true, minLength = 1, maxLength = 255, description = "One line: what it is about" },
    { name = "description", description = "Markdown: headings, lists, code, links, bold" },
    { name = "project", description = "The project's key; the operator's default if absent" },
    { name = "issue_type", description = "Task, Bug, Story…; the operator's default if absent" },
    { name = "labels", type = "array", items = { type = "string", pattern = "^[^ ]+$" }, description = "Labels, without spaces" },
    { name = "priority", description = "Highest, High, Medium…" },
    { name = "parent", description = "The key of the issue above it" },
    { name = "related", type = "integer", minimum = 0, maximum = 10, default = 0, description = "How many related documents to name at the end" },
  },
  output_schema = {
    { name = "key", required = true },
    { name = "id", required = true },
    { name = "url", required = true },
    { name = "related", type = "array", required = true, items = { type = "object", properties = { { name = "title", required = true }, { name = "url" } } } },
  },
  hints = { read_only = false, destructive = false, idempotent = false, open_world = true },
}

-- So many seconds a call may wait for Jira.
local PATIENCE = 15

local function setting(config, name)
  local value = config[name]
  if value and value ~= "" then return value end
  ctx.fail("invalid-input", "the setting `" .. name .. "` of create-jira-ticket is missing")
end

-- Markdown, as Atlassian's document format.

local function words(text, marks)
  return text ~= "" and { type = "text", text = text, marks = marks } or nil
end

local SPANS = {
  { "^`([^`]+)`()", function(text) return words(text, { { type = "code" } }) end },
  { "^%*%*([^*]+)%*%*()", function(text) return words(text, { { type = "strong" } }) end },
  { "^%[([^%]]+)%]%((https?://[^%s)]+)%)()", function(text, href) return words(text, { { type = "link", attrs = { href = href } } }) end },
  { "^(https?://[^%s)]+)()", function(href) return words(href, { { type = "link", attrs = { href = href } } }) end },
}

local function inline(text)
  local nodes, plain, place = json.array({}), "", 1
  while place <= #text do
    local node, after
    for _, span in ipairs(SPANS) do
      local found = { text:match(span[1], place) }
      if #found > 0 then
        node, after = span[2](found[1], found[2]), found[#found]
        break
      end
    end
    if node then
      nodes[#nodes + 1] = words(plain)
      nodes[#nodes + 1], plain, place = node, "", after
    else
      local more = text:match("^%w+", place) or text:sub(place, place)
      plain, place = plain .. more, place + #more
    end
  end
  nodes[#nodes + 1] = words(plain)
  return nodes
end

local function paragraph(text) return { type = "paragraph", content = inline(text) } end

local function document(markdown)
  local blocks, list, code = json.array({}), nil, nil
  for line in (markdown:gsub("\r", "") .. "\n"):gmatch("(.-)\n") do
    local fence = line:match("^```(%w*)")
    local level, heading = line:match("^(#+)%s+(.+)$")
    local bullet = line:match("^%s*[-*]%s+(.+)$")
    local numbered = line:match("^%s*%d+[.)]%s+(.+)$")
    if code and fence then
      blocks[#blocks + 1] = { type = "codeBlock", attrs = code.language ~= "" and { language = code.language } or nil, content = { words(table.concat(code, "\n")) } }
      code = nil
    elseif code then
      code[#code + 1] = line
    elseif fence then
      code, list = { language = fence }, nil
    elseif heading then
      blocks[#blocks + 1], list = { type = "heading", attrs = { level = math.min(#level, 6) }, content = inline(heading) }, nil
    elseif bullet or numbered then
      local kind = bullet and "bulletList" or "orderedList"
      if not list or list.type ~= kind then
        list = { type = kind, content = {} }
        blocks[#blocks + 1] = list
      end
      list.content[#list.content + 1] = { type = "listItem", content = { paragraph(bullet or numbered) } }
    elseif line:match("%S") then
      blocks[#blocks + 1], list = paragraph(line), nil
    else
      list = nil
    end
  end
  -- A fence that nobody closed ends with the text.
  if code then blocks[#blocks + 1] = { type = "codeBlock", content = { words(table.concat(code, "\n")) } } end
  return { type = "doc", version = 1, content = blocks }
end

-- The documents that say most of the summary, each once.
local function related(params, context)
  local found, seen = json.array({}), {}
  if (params.related or 0) == 0 then return found end
  for _, hit in ipairs(context.search(params.summary, { limit = params.related * 2 })) do
    if not seen[hit.id] and #found < params.related then
      seen[hit.id] = true
      found[#found + 1] = { title = hit.title or hit.source_id, url = hit.source_url }
    end
  end
  return found
end

local function refuse(config, answer)
  local said = type(answer.json) == "table" and answer.json or {}
  local reasons = {}
  for _, message in ipairs(said.errorMessages or {}) do reasons[#reasons + 1] = message end
  for field, message in pairs(said.errors or {}) do reasons[#reasons + 1] = field .. ": " .. message end
  table.sort(reasons)
  local why = #reasons > 0 and ": " .. table.concat(reasons, "; ") or ""
  if answer.status == 400 then ctx.fail("invalid-input", "Jira does not take the issue" .. why, { details = said.errors }) end
  if answer.status == 401 then ctx.fail("denied", "Jira does not accept the settings `email` and `api_token`" .. why) end
  if answer.status == 403 then ctx.fail("denied", "the account of the setting `email` may not create issues there" .. why) end
  if answer.status == 404 then ctx.fail("not-found", "there is no Jira Cloud at the setting `url`, `" .. config.url .. "`" .. why) end
  if answer.status >= 500 then
    ctx.fail("unavailable", "Jira answered " .. answer.status .. "; the issue may be there, so look before trying again" .. why)
  end
  ctx.fail("internal", "Jira answered " .. answer.status .. why)
end

-- Jira did not begin what it answers with 429, so asking again is safe.
local function create(config, fields)
  local token = config.api_token
  if not token or token == "" then token = secrets.get("jira-api-token") end
  if not token then ctx.fail("invalid-input", "there is no token: set `api_token`, or the secret `jira-api-token`") end
  local headers = { accept = "application/json", authorization = "Basic " .. base64.encode(setting(config, "email") .. ":" .. token) }
  local waited = 0
  while true do
    local answer = http.post(config.url:gsub("/+$", "") .. "/rest/api/3/issue", { headers = headers, json = { fields = fields } })
    if answer.ok and answer.json then return answer.json end
    if answer.status ~= 429 then refuse(config, answer) end
    local wait = tonumber(answer.headers["retry-after"]) or 5
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then ctx.fail("unavailable", "Jira asks to wait; nothing was created", { retry_after = wait }) end
    sleep(wait)
  end
end

function tool.execute(params, context)
  local config = context.config or {}
  local site = setting(config, "url")
  if not site:find("^https://[^/]+%.atlassian%.net/*$") then
    ctx.fail("invalid-input", "the setting `url` is `" .. site .. "`; write `https://NAME.atlassian.net`")
  end
  local project = params.project or config.project
  if not project or project == "" then
    ctx.fail("invalid-input", "say which `project`, or set `project` for create-jira-ticket")
  end
  local documents, text = related(params, context), params.description or ""
  if #documents > 0 then text = text .. "\n\n### Related documents\n" end
  for _, one in ipairs(documents) do
    text = text .. "\n- " .. (one.url and "[" .. one.title:gsub("[%[%]]", "") .. "](" .. one.url .. ")" or one.title)
  end
  local type_name = params.issue_type or config.issue_type
  local issue = create(config, {
    project = { key = project },
    issuetype = { name = type_name and type_name ~= "" and type_name or "Task" },
    summary = params.summary:gsub("%s+", " "),
    description = text ~= "" and document(text) or nil,
    labels = params.labels and #params.labels > 0 and params.labels or nil,
    priority = params.priority and { name = params.priority } or nil,
    parent = params.parent and { key = params.parent } or nil,
  })
  local url = site:gsub("/+$", "") .. "/browse/" .. issue.key
  return ctx.output({
    blocks = { ctx.text("Created " .. issue.key .. ": " .. url) },
    structured = { key = issue.key, id = issue.id, url = url, related = documents },
  })
end
