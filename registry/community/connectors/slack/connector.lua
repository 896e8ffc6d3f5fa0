-- /// ctx
-- name = "slack"
-- version = "0.1.0"
-- description = "Messages of a Slack channel, each with its thread"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://slack.com"]
-- secrets = ["slack-bot-token"]
-- ///

connector = {
  description = "Messages of a Slack channel, each with its thread",
  incremental = true,
  -- The last days are a window, and Slack does not tell of deleted messages.
  complete = false,
  settings = {
    { name = "bot_token", description = "The bot's token, xoxb-…; without it, the secret `slack-bot-token`" },
    { name = "channel", required = true, description = "The channel's id, or its name" },
    { name = "days_back", type = { "integer", "string" }, default = 30, description = "How many days to read" },
    { name = "max_messages", type = { "integer", "string" }, description = "At most about so many in one sync; the next one goes on" },
    { name = "include_threads", type = { "boolean", "string" }, default = true, description = "Whether replies are read" },
  },
}

local PAGE = 200
-- So many seconds a request may wait for Slack before the sync ends.
local PATIENCE = 20
local DAY = 86400
-- So many days each sync reaches back, for replies and for edits.
local REACH = 7

-- What is about the channel and not in it; and what a thread has already.
local QUIET = {
  channel_join = true, channel_leave = true, channel_topic = true, channel_purpose = true, channel_name = true,
  channel_archive = true, channel_unarchive = true, bot_add = true, bot_remove = true, thread_broadcast = true,
}

local TOKEN = "look at the setting `bot_token`"
local REFUSALS = {
  invalid_auth = TOKEN, not_authed = TOKEN, account_inactive = TOKEN, token_revoked = TOKEN, token_expired = TOKEN,
  not_allowed_token_type = TOKEN,
  not_in_channel = "invite the bot to the channel of the setting `channel`",
  channel_not_found = "look at the setting `channel`; a private channel is seen by its members alone",
}

local function refuse(method, answer, said)
  local code = said.error or answer.status
  local help = REFUSALS[code]
  if code == "missing_scope" then help = "give the app of `bot_token` the scope `" .. (said.needed or "?") .. "`" end
  local kind = code == "channel_not_found" and "not-found" or help and "denied" or "internal"
  ctx.fail(kind, "Slack answered `" .. code .. "` to " .. method .. (help and ": " .. help or ""))
end

-- Waits as Slack asks if that is short; else says when to come back. With
-- `optional`, what is not allowed is nothing.
local function call(config, method, params, optional)
  local token = config.bot_token
  if not token or token == "" then token = secrets.get("slack-bot-token") end
  if not token then ctx.fail("invalid-input", "there is no token: set `bot_token`, or the secret `slack-bot-token`") end
  local waited = 0
  while true do
    local answer = http.get("https://slack.com/api/" .. method, { headers = { authorization = "Bearer " .. token }, params = params })
    local said = type(answer.json) == "table" and answer.json or {}
    if said.ok then return said end
    if answer.status ~= 429 and answer.status < 500 and said.error ~= "ratelimited" then
      if optional then return {} end
      refuse(method, answer, said)
    end
    local wait = tonumber(answer.headers["retry-after"]) or 5
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "Slack answered " .. answer.status .. " to " .. method .. " and asks to wait", { retry_after = wait })
    end
    sleep(wait)
  end
end

local people = {}

-- A name for an id; without the scope `users:read`, the id.
local function person(config, id)
  if not people[id] then
    local user = call(config, "users.info", { user = id }, true).user or {}
    local profile = user.profile or {}
    local shown = profile.display_name ~= "" and profile.display_name or profile.real_name
    people[id] = shown or user.real_name or user.name or id
  end
  return people[id]
end

local function author(config, message)
  local bot = message.bot_profile and message.bot_profile.name
  if message.user then return person(config, message.user) end
  return message.username or bot or message.bot_id or "somebody"
end

local ENTITIES = { ["&lt;"] = "<", ["&gt;"] = ">", ["&amp;"] = "&" }

-- Slack's markup, as Markdown.
local function markdown(config, text)
  text = text:gsub("<([^<>]+)>", function(inner)
    local target, label = inner:match("^([^|]*)|(.*)$")
    target = target or inner
    local sign, rest = target:sub(1, 1), target:sub(2)
    if sign == "@" then return "@" .. (label or person(config, rest)) end
    if sign == "#" then return "#" .. (label or rest) end
    if sign == "!" then return label or "@" .. rest:match("^[^^]*") end
    return label and label ~= target and "[" .. label .. "](" .. target .. ")" or target
  end)
  text = ("\n" .. text):gsub("([%s(])%*([^%s*][^*\n]*)%*", "%1**%2**"):gsub("([%s(])~([^%s~][^~\n]*)~", "%1~~%2~~")
  return (text:sub(2):gsub("&%a+;", ENTITIES))
end

local function text_of(config, message)
  local parts = { message.text ~= "" and message.text or nil }
  for _, attachment in ipairs(message.attachments or {}) do parts[#parts + 1] = attachment.text or attachment.fallback end
  for place, part in ipairs(parts) do parts[place] = markdown(config, part) end
  for _, file in ipairs(message.files or {}) do parts[#parts + 1] = "[file: " .. (file.title or file.name or file.id) .. "]" end
  return table.concat(parts, "\n\n")
end

local function said(config, message)
  local at = os.date("!%Y-%m-%d %H:%M", math.floor(tonumber(message.ts)))
  return "**" .. author(config, message) .. "**, " .. at .. ":\n\n" .. text_of(config, message)
end

local function replies(config, channel, message)
  local parts, cursor = {}, nil
  repeat
    local page = call(config, "conversations.replies", { channel = channel, ts = message.ts, limit = PAGE, cursor = cursor })
    for _, reply in ipairs(page.messages or {}) do
      -- The thread begins with its message.
      if reply.ts ~= message.ts then parts[#parts + 1] = "\n\n" .. said(config, reply) end
    end
    cursor = page.response_metadata and page.response_metadata.next_cursor
  until not cursor or cursor == ""
  return table.concat(parts)
end

local function emit(config, place, message, moved)
  local text = text_of(config, message)
  if text == "" then return false end
  local title = text:match("[^\n]+"):gsub("%*%*", "")
  if utf8.len(title) and utf8.len(title) > 80 then title = title:sub(1, utf8.offset(title, 80) - 1) .. "…" end
  local thread = place.threads and (message.reply_count or 0) > 0 and replies(config, place.id, message) or ""
  ctx.emit({
    source_id = place.id .. ":" .. message.ts,
    title = title,
    author = author(config, message),
    source_url = place.url .. "archives/" .. place.id .. "/p" .. message.ts:gsub("%.", ""),
    content_type = "text/markdown",
    created_at = tonumber(message.ts),
    updated_at = tonumber(moved),
    metadata = { channel = place.id, channel_name = place.name, ts = message.ts, replies = message.reply_count or 0 },
    body = said(config, message) .. thread,
  })
  return true
end

-- The channel's id: what looks like one is taken at its word.
local function find(config)
  local wanted = config.channel:gsub("^#", "")
  if wanted:find("^[CGD][A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9]+$") then return wanted end
  local cursor
  repeat
    local page = call(config, "conversations.list", { types = "public_channel,private_channel", exclude_archived = true, limit = PAGE, cursor = cursor })
    for _, channel in ipairs(page.channels or {}) do
      if channel.name == wanted then return channel.id, channel.name end
    end
    cursor = page.response_metadata and page.response_metadata.next_cursor
  until not cursor or cursor == ""
  ctx.fail("not-found", "the bot sees no channel `" .. wanted .. "`: look at the setting `channel`, or write its id")
end

-- From the newest message backwards. `newest` is the last change that was seen,
-- `before` is how far this walk is, and `since` is what the walk before it saw.
function connector.scan(config, checkpoint)
  local state = checkpoint or {}
  local most, count = tonumber(config.max_messages) or math.huge, 0
  local place = { url = call(config, "auth.test").url, threads = not (config.include_threads == false or config.include_threads == "false") }
  place.id, place.name = find(config)

  local oldest = os.time() - (tonumber(config.days_back) or 30) * DAY
  if state.since then oldest = math.max(oldest, math.floor(tonumber(state.since)) - REACH * DAY) end
  local more
  repeat
    local page = call(config, "conversations.history", { channel = place.id, oldest = math.floor(oldest), latest = state.before, limit = PAGE })
    for _, message in ipairs(page.messages or {}) do
      local moved = message.ts
      if message.edited and message.edited.ts > moved then moved = message.edited.ts end
      if place.threads and message.latest_reply and message.latest_reply > moved then moved = message.latest_reply end
      if not state.newest or moved > state.newest then state.newest = moved end
      if message.subtype == "tombstone" then
        ctx.remove(place.id .. ":" .. message.ts)
      elseif not QUIET[message.subtype] and (not state.since or moved > state.since) then
        if emit(config, place, message, moved) then count = count + 1 end
      end
      state.before = message.ts
    end
    more = page.has_more and #(page.messages or {}) > 0
    if more then ctx.checkpoint(state) end
    if more and count >= most then
      return ctx.skip("max_messages", "there are more messages than `max_messages`; the next sync goes on from here")
    end
  until not more
  ctx.checkpoint({ since = state.newest or state.since })
end
