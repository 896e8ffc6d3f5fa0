-- /// ctx
-- name = "confluence"
-- version = "0.1.0"
-- description = "Pages of Confluence Cloud"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://*.atlassian.net"]
-- secrets = ["confluence-api-token"]
-- ///

connector = {
  description = "Pages of Confluence Cloud",
  incremental = true,
  -- A full sync finds what was purged; the trash tells of itself.
  complete = true,
  settings = {
    { name = "url", required = true, pattern = "^https://", description = "The site: https://NAME.atlassian.net" },
    { name = "email", required = true, description = "The account that the token belongs to" },
    { name = "api_token", description = "The token; without it, the secret `confluence-api-token`" },
    { name = "space_key", description = "The key of one space; all that the account sees if absent" },
    { name = "max_pages", type = { "integer", "string" }, description = "At most about so many in one sync; the next one goes on" },
  },
}

local PAGE = 50
-- So many seconds a request may wait for Confluence before the sync ends.
local PATIENCE = 20

local function authorization(config)
  local token = config.api_token
  if not token or token == "" then token = secrets.get("confluence-api-token") end
  if not token then
    ctx.fail("invalid-input", "there is no token: set `api_token`, or the secret `confluence-api-token`")
  end
  return "Basic " .. base64.encode(config.email .. ":" .. token)
end

local function refuse(config, answer)
  local said = type(answer.json) == "table" and answer.json or {}
  local first = said.errors and said.errors[1] or {}
  local why = first.title or said.message
  why = why and ": " .. why or ""
  if answer.status == 401 then
    ctx.fail("denied", "Confluence does not accept the settings `email` and `api_token`" .. why)
  elseif answer.status == 403 then
    ctx.fail("denied", "the account of the setting `email` may not read this" .. why)
  elseif answer.status == 404 then
    ctx.fail("not-found", "there is no Confluence Cloud at the setting `url`, `" .. config.url .. "`, or the account does not see it" .. why)
  end
  ctx.fail("internal", "Confluence answered " .. answer.status .. why)
end

-- Waits as Confluence asks if that is short; else says when to come back.
local function request(config, method, path, options)
  local waited, url = 0, config.url:gsub("/+$", ""):gsub("/wiki$", "") .. path
  options.headers = { accept = "application/json", authorization = authorization(config) }
  while true do
    local answer = http.request(method, url, options)
    if answer.ok and answer.json then return answer.json end
    if answer.status ~= 429 and answer.status < 500 then refuse(config, answer) end
    local wait = tonumber(answer.headers["retry-after"]) or 5
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "Confluence answered " .. answer.status .. " and asks to wait", { retry_after = wait })
    end
    sleep(wait)
  end
end

-- Confluence's storage format, as Markdown: each element makes text of what
-- stands in it.

local CHARACTERS = {
  amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = " ", ndash = "–", mdash = "—", hellip = "…", bull = "•",
  lsquo = "‘", rsquo = "’", ldquo = "“", rdquo = "”", rarr = "→", larr = "←", times = "×", copy = "©", deg = "°",
  auml = "ä", ouml = "ö", uuml = "ü", Auml = "Ä", Ouml = "Ö", Uuml = "Ü", szlig = "ß", eacute = "é", egrave = "è", agrave = "à",
}

local function decode(text)
  if not text:find("&", 1, true) then return text end
  return (text:gsub("&(#?)(x?)(%w+);", function(is_number, is_hex, name)
    if is_number == "" then return CHARACTERS[is_hex .. name] end
    local code = tonumber(name, is_hex == "x" and 16 or 10)
    return code and code < 0x110000 and utf8.char(code) or nil
  end))
end

local function trim(text) return text:match("^%s*(.*%S)") or "" end
local function block(text) return "\n\n" .. text .. "\n\n" end
local function around(sign)
  return function(text) return trim(text) == "" and text or text:gsub("^(%s*)(.*%S)", "%1" .. sign .. "%2" .. sign) end
end
local function quote(text) return block("> " .. trim(text):gsub("\n", "\n> ")) end
local function fence(text, language) return block("```" .. (language or "") .. "\n" .. text:gsub("\n+$", "") .. "\n```") end
local function nothing() return "" end

-- As a browser shows blanks; most texts have no others.
local function squeeze(text)
  if not text:find("\n", 1, true) and not text:find("  ", 1, true) then return text end
  return (text:gsub("%s+", " "))
end

local MACROS = {
  code = function(text, element) return fence(text, element.parameters.language) end,
  noformat = function(text) return fence(text) end,
  info = quote, note = quote, tip = quote, warning = quote, panel = quote,
  status = function(_, element) return "[" .. (element.parameters.title or "") .. "]" end,
  jira = function(_, element) return element.parameters.key or "" end,
  toc = nothing, children = nothing,
}

local ELEMENTS = {
  p = block, div = block, br = function() return "\n" end, hr = function() return block("---") end,
  strong = around("**"), b = around("**"), em = around("*"), i = around("*"), code = around("`"), del = around("~~"), s = around("~~"),
  blockquote = quote, pre = function(text) return fence(text) end,
  a = function(text, element) return element.href and "[" .. trim(text) .. "](" .. element.href .. ")" or text end,
  ul = block, ol = block,
  li = function(text, _, list)
    list.count = (list.count or 0) + 1
    local sign = list.name == "ol" and list.count .. ". " or "- "
    return "\n" .. sign .. trim(text):gsub("\n%s*\n", "\n"):gsub("\n", "\n  ")
  end,
  td = function(text) return " " .. trim(text):gsub("%s*\n+%s*", " ") .. " |" end,
  tr = function(text) return "|" .. trim(text):gsub("^", " ") .. "\n" end,
  table = function(text)
    local head, rest = trim(text):match("^([^\n]*)(.*)$")
    return block(head .. "\n|" .. (" --- |"):rep(select(2, head:gsub("|", "")) - 1) .. rest)
  end,
  time = function(_, element) return element.datetime or "" end,
  ["ac:structured-macro"] = function(text, element)
    return (MACROS[element["ac:name"]] or block)(text, element)
  end,
  ["ac:parameter"] = function(text, element, macro)
    if macro.parameters then macro.parameters[element["ac:name"] or ""] = text end
    return ""
  end,
  ["ac:link"] = function(text, element) return trim(text) ~= "" and text or element.target or "" end,
  ["ac:image"] = function(_, element) return "![" .. (element["ac:alt"] or element.target or "") .. "]" end,
  ["ri:page"] = function(_, element, parent) parent.target = element["ri:content-title"]; return "" end,
  ["ri:attachment"] = function(_, element, parent) parent.target = element["ri:filename"]; return "" end,
  ["ri:url"] = function(_, element, parent) parent.target = element["ri:value"]; return "" end,
  ["ac:emoticon"] = function(_, element) return element["ac:emoji-fallback"] or "" end,
  ["ac:task-list"] = block, ["ac:task-id"] = nothing, ["ac:task-uuid"] = nothing,
  ["ac:task-status"] = function(text, _, task) task.done = trim(text) == "complete"; return "" end,
  ["ac:task"] = function(text, element) return "\n- [" .. (element.done and "x" or " ") .. "] " .. trim(text) end,
}
ELEMENTS.th = ELEMENTS.td
for level = 1, 6 do
  ELEMENTS["h" .. level] = function(text) return block(("#"):rep(level) .. " " .. trim(text)) end
end

local function markdown(storage)
  -- Raw text is kept apart, so that nothing in it is taken for an element.
  local raw = {}
  storage = storage:gsub("<!%[CDATA%[(.-)%]%]>", function(text)
    raw[#raw + 1] = text
    return "\1" .. #raw .. "\2"
  end)
  local stack = { { parts = {} } }
  local function write(text) local parts = stack[#stack].parts; parts[#parts + 1] = text end
  local function close()
    local element = table.remove(stack)
    local make = ELEMENTS[element.name]
    local text = table.concat(element.parts)
    write(make and make(text, element, stack[#stack]) or text)
  end
  local place, verbatim = 1, 0
  for before, slash, name, attributes, after in storage:gmatch("([^<]*)<(/?)([%w:_-]+)([^>]*)>()") do
    place = after
    if before ~= "" then write(decode(verbatim > 0 and before or squeeze(before))) end
    name = name:lower()
    if name == "pre" then verbatim = verbatim + (slash == "/" and -1 or 1) end
    if slash == "" then
      local element = { name = name, parts = {}, parameters = {} }
      for key, value in attributes:gmatch('([%w:_-]+)%s*=%s*"([^"]*)"') do
        if not element[key] then element[key] = decode(value) end
      end
      stack[#stack + 1] = element
      if attributes:sub(-1) == "/" or name == "br" or name == "hr" then close() end
    else
      -- An end closes what was left open in it, and none without a beginning.
      for at = #stack, 2, -1 do
        if stack[at].name == name then while #stack >= at do close() end break end
      end
    end
  end
  write(decode(squeeze(storage:sub(place))))
  while #stack > 1 do close() end
  local text = table.concat(stack[1].parts):gsub("[ \t]+\n", "\n"):gsub("\n[ \t]*\n%s*\n", "\n\n"):gsub("\n\n ", "\n\n")
  return trim((text:gsub("\1(%d+)\2", function(number) return raw[tonumber(number)] end)))
end

local people = {}

-- Learns the names of those who wrote what stands on a page of results.
local function meet(config, pages)
  local unknown = json.array({})
  for _, page in ipairs(pages) do
    local id = page.authorId
    if id and not people[id] then people[id], unknown[#unknown + 1] = id, id end
  end
  if #unknown == 0 then return end
  for _, user in ipairs(request(config, "POST", "/wiki/api/v2/users-bulk", { json = { accountIds = unknown } }).results or {}) do
    people[user.accountId] = user.displayName or user.publicName
  end
end

local function emit(config, page)
  local text = markdown(page.body and page.body.storage and page.body.storage.value or "")
  if text == "" then text = page.title end
  ctx.emit({
    source_id = page.id,
    title = page.title,
    author = people[page.authorId],
    source_url = config.url:gsub("/+$", ""):gsub("/wiki$", "") .. "/wiki" .. page._links.webui,
    content_type = "text/markdown",
    created_at = page.createdAt,
    updated_at = page.version.createdAt,
    metadata = {
      space = config.space_key ~= "" and config.space_key or nil,
      space_id = page.spaceId, parent = page.parentId, status = page.status, version = page.version.number,
    },
    body = text,
  })
end

-- The first part of the address of the pages to read.
local function pages_of(config)
  if not config.space_key or config.space_key == "" then return "/wiki/api/v2/pages?" end
  local found = request(config, "GET", "/wiki/api/v2/spaces", { params = { keys = config.space_key } }).results
  if #found == 0 then
    ctx.fail("not-found", "there is no space `" .. config.space_key .. "` that the account sees; look at the setting `space_key`")
  end
  return "/wiki/api/v2/pages?space-id=" .. found[1].id .. "&"
end

-- From the newest change backwards. `newest` is the last change that was seen,
-- `next` is how far this walk is, and `since` is what the walk before it saw.
function connector.scan(config, checkpoint)
  if not config.url:find("^https://[^/]+%.atlassian%.net/") and not config.url:find("^https://[^/]+%.atlassian%.net$") then
    ctx.fail("invalid-input", "the setting `url` is `" .. config.url .. "`; write `https://NAME.atlassian.net`")
  end
  local state = checkpoint or {}
  local most, count = tonumber(config.max_pages) or math.huge, 0
  local pages = pages_of(config)
  local path, is_old = state.next or pages .. "sort=-modified-date&body-format=storage&limit=" .. PAGE, nil
  while true do
    local found = request(config, "GET", path, {})
    meet(config, found.results)
    for _, page in ipairs(found.results) do
      state.newest = state.newest or page.version.createdAt
      -- What changed at the same moment as the newest comes once more.
      is_old = state.since and page.version.createdAt < state.since
      if is_old then break end
      emit(config, page)
      count = count + 1
    end
    path = not is_old and found._links and found._links.next
    if not path then break end
    state.next = path
    ctx.checkpoint(state)
    if count >= most then
      return ctx.skip("max_pages", "there are more pages than `max_pages`; the next sync goes on from here")
    end
  end
  -- A full walk tells what is gone by what it does not meet.
  path = state.since and pages .. "status=trashed&limit=250"
  while path do
    local trash = request(config, "GET", path, {})
    for _, page in ipairs(trash.results) do ctx.remove(page.id) end
    path = trash._links and trash._links.next
  end
  if state.newest then ctx.checkpoint({ since = state.newest }) end
end
