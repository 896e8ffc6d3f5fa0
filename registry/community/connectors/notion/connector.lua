-- /// ctx
-- name = "notion"
-- version = "0.1.0"
-- description = "Pages of a Notion database"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.notion.com"]
-- secrets = ["notion-api-token"]
-- ///

connector = {
  description = "Pages of a Notion database",
  incremental = true,
  -- A full sync finds what was deleted for good; the trash tells of itself.
  complete = true,
  settings = {
    { name = "api_token", description = "The integration's token; without it, the secret `notion-api-token`" },
    { name = "database_id", required = true, description = "The database's id, or its address" },
    { name = "page_size", type = { "integer", "string" }, default = 100, description = "How many to ask for at a time, at most 100" },
  },
}

local API = "https://api.notion.com/v1/"
-- So many seconds a request may wait for Notion before the sync ends.
local PATIENCE = 20
-- Blocks inside blocks are followed so far.
local DEPTH = 8

local function token(config)
  local given = config.api_token
  if not given or given == "" then given = secrets.get("notion-api-token") end
  if not given then ctx.fail("invalid-input", "there is no token: set `api_token`, or the secret `notion-api-token`") end
  return given
end

local function refuse(answer, said)
  local code, why = said.code, said.message or "status " .. answer.status
  if code == "unauthorized" or answer.status == 401 then
    ctx.fail("denied", "Notion does not accept the setting `api_token`: " .. why)
  elseif code == "restricted_resource" or answer.status == 403 then
    ctx.fail("denied", "the integration of `api_token` lacks the capability to read content: " .. why)
  elseif code == "object_not_found" then
    ctx.fail("not-found", "look at the setting `database_id`, and connect the integration to the database: " .. why)
  elseif code == "validation_error" then
    ctx.fail("invalid-input", "look at the settings `database_id` and `page_size`: " .. why)
  end
  ctx.fail("internal", "Notion answered " .. answer.status .. ": " .. why)
end

-- Waits as Notion asks if that is short; else says when to come back.
local function ask(config, method, path, options)
  local waited = 0
  options.headers = { authorization = "Bearer " .. token(config), ["notion-version"] = "2025-09-03" }
  while true do
    local answer = http.request(method, API .. path, options)
    local said = type(answer.json) == "table" and answer.json or {}
    if answer.ok then return said end
    local is_busy = answer.status == 429 or answer.status >= 500 or said.code == "conflict_error"
    if not is_busy then refuse(answer, said) end
    local wait = tonumber(answer.headers["retry-after"]) or 3
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "Notion answered " .. answer.status .. " and asks to wait", { retry_after = wait })
    end
    sleep(wait)
  end
end

-- Rich text, as Markdown.
local function rich(list)
  local parts = {}
  for place, piece in ipairs(list or {}) do
    local text, notes = piece.plain_text or "", piece.annotations or {}
    local before, words, after = text:match("^(%s*)(.-)(%s*)$")
    if words ~= "" then
      if notes.code then words = "`" .. words .. "`" end
      if notes.bold then words = "**" .. words .. "**" end
      if notes.italic then words = "*" .. words .. "*" end
      if notes.strikethrough then words = "~~" .. words .. "~~" end
      if piece.href then words = "[" .. words .. "](" .. piece.href .. ")" end
    end
    parts[place] = before .. words .. after
  end
  return table.concat(parts)
end

local function file(kind)
  return function(block)
    local held = block[kind]
    local url = held.external and held.external.url or held.file and held.file.url or held.url or ""
    -- What Notion keeps itself has an address that is good for an hour.
    if held.file then url = url:match("^[^?]*") end
    local name = rich(held.caption)
    return "[" .. (name ~= "" and name or held.name or kind) .. "](" .. url .. ")"
  end
end

local function sign(kind, before)
  return function(block) return before .. rich(block[kind].rich_text) end
end

local BLOCKS = {
  paragraph = sign("paragraph", ""),
  heading_1 = sign("heading_1", "# "), heading_2 = sign("heading_2", "## "), heading_3 = sign("heading_3", "### "),
  bulleted_list_item = sign("bulleted_list_item", "- "), toggle = sign("toggle", "- "),
  numbered_list_item = function(block, number) return number .. ". " .. rich(block.numbered_list_item.rich_text) end,
  to_do = function(block) return (block.to_do.checked and "- [x] " or "- [ ] ") .. rich(block.to_do.rich_text) end,
  quote = function(block) return "> " .. rich(block.quote.rich_text):gsub("\n", "\n> ") end,
  callout = function(block) return "> " .. rich(block.callout.rich_text):gsub("\n", "\n> ") end,
  code = function(block)
    local language = block.code.language
    local text = {}
    for place, piece in ipairs(block.code.rich_text or {}) do text[place] = piece.plain_text end
    return "```" .. (language ~= "plain text" and language or "") .. "\n" .. table.concat(text) .. "\n```"
  end,
  equation = function(block) return "$$" .. block.equation.expression .. "$$" end,
  divider = function() return "---" end,
  child_page = function(block) return "[[" .. block.child_page.title .. "]]" end,
  child_database = function(block) return "[[" .. block.child_database.title .. "]]" end,
  table_row = function(block, number)
    local cells = {}
    for place, cell in ipairs(block.table_row.cells) do cells[place] = rich(cell) end
    local row = "| " .. table.concat(cells, " | ") .. " |"
    return number == 1 and row .. "\n|" .. (" --- |"):rep(#cells) or row
  end,
}
for _, kind in ipairs({ "image", "video", "file", "pdf", "audio", "bookmark", "embed", "link_preview" }) do BLOCKS[kind] = file(kind) end

-- What stands in these has documents of its own.
local APART = { child_page = true, child_database = true }
-- What stands in these is indented.
local LISTS = { bulleted_list_item = true, numbered_list_item = true, to_do = true, toggle = true }

-- The blocks below a block or a page, as Markdown.
local function text_below(config, id, depth)
  local parts, cursor, before, number = {}, nil, nil, 0
  repeat
    local page = ask(config, "GET", "blocks/" .. id .. "/children", { params = { page_size = 100, start_cursor = cursor } })
    for _, block in ipairs(page.results) do
      number = block.type == before and number + 1 or 1
      local make = BLOCKS[block.type]
      local text = make and make(block, number) or ""
      if block.has_children and not APART[block.type] and depth < DEPTH then
        local inner = text_below(config, block.id, depth + 1)
        if LISTS[block.type] then inner = "  " .. inner:gsub("\n", "\n  ") end
        text = text ~= "" and inner ~= "" and text .. "\n" .. inner or text .. inner
      end
      if text ~= "" then
        local is_same = block.type == before and (LISTS[block.type] or block.type == "table_row")
        parts[#parts + 1] = (#parts == 0 and "" or is_same and "\n" or "\n\n") .. text
      end
      before = block.type
    end
    cursor = page.has_more and page.next_cursor
  until not cursor
  return table.concat(parts)
end

-- A property's value, as text; what is no text is left out.
local function value(property)
  local held = property[property.type]
  if held == nil then return nil end
  if property.type == "title" or property.type == "rich_text" then return rich(held) end
  if property.type == "select" or property.type == "status" then return held.name end
  if property.type == "multi_select" or property.type == "people" then
    local names = {}
    for place, one in ipairs(held) do names[place] = one.name or one.id end
    return table.concat(names, ", ")
  end
  if property.type == "date" then return held["end"] and held.start .. " to " .. held["end"] or held.start end
  if property.type == "unique_id" then return (held.prefix and held.prefix .. "-" or "") .. tostring(held.number) end
  if property.type == "formula" then return held[held.type] ~= nil and tostring(held[held.type]) or nil end
  if type(held) ~= "table" then return tostring(held) end
end

local function emit(config, page)
  local title, metadata, lines = "", {}, {}
  for name, property in pairs(page.properties) do
    local text = value(property)
    if property.type == "title" then
      title = text
    elseif text and text ~= "" then
      metadata[name] = text
      lines[#lines + 1] = name .. ": " .. text
    end
  end
  -- Lua walks a table in no order.
  table.sort(lines)
  local text = text_below(config, page.id, 1)
  local head = table.concat(lines, "\n")
  if head ~= "" and text ~= "" then head = head .. "\n\n" end
  ctx.emit({
    source_id = page.id,
    title = title ~= "" and title or "Untitled",
    author = page.created_by and page.created_by.name,
    source_url = page.url,
    content_type = "text/markdown",
    created_at = page.created_time,
    updated_at = page.last_edited_time,
    metadata = metadata,
    body = head .. text ~= "" and head .. text or title ~= "" and title or "Untitled",
  })
end

-- Asks for all pages of a data source, oldest change first; `each` takes one.
-- Notion ends a query that finds very many, and says so: then it goes on from
-- the last one by time.
local function query(config, source, since, in_trash, each)
  local cursor, last
  while true do
    local answer = ask(config, "POST", "data_sources/" .. source .. "/query", { json = {
      page_size = math.min(100, tonumber(config.page_size) or 100), start_cursor = cursor, in_trash = in_trash,
      sorts = { { timestamp = "last_edited_time", direction = "ascending" } }, result_type = "page",
      filter = since and { timestamp = "last_edited_time", last_edited_time = { on_or_after = since } } or nil,
    } })
    for _, page in ipairs(answer.results) do
      each(page)
      last = page.last_edited_time
    end
    cursor = answer.has_more and answer.next_cursor or nil
    if not cursor then
      local is_cut = answer.request_status and answer.request_status.type == "incomplete"
      if not is_cut then return end
      if last == since then return ctx.skip(source, "Notion ends the query at pages that were all edited in one minute") end
      since = last
    end
  end
end

-- Notion rounds times down to the minute, so the last minute is read again.
function connector.scan(config, checkpoint)
  local id = config.database_id:gsub("%?.*$", ""):gsub("-", ""):match("(%x+)/?$") or ""
  if #id ~= 32 then
    ctx.fail("invalid-input", "the setting `database_id` is `" .. config.database_id .. "`, which has no id of 32 digits")
  end
  local marks = checkpoint or {}
  for _, source in ipairs(ask(config, "GET", "databases/" .. id, {}).data_sources) do
    local since = marks[source.id]
    query(config, source.id, since, nil, function(page)
      emit(config, page)
      marks[source.id] = page.last_edited_time
      ctx.checkpoint(marks)
    end)
    -- A full walk tells what is gone by what it does not meet.
    if since then
      query(config, source.id, nil, true, function(page) ctx.remove(page.id) end)
    end
  end
end
