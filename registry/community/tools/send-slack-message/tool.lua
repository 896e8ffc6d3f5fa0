-- /// ctx
-- name = "send-slack-message"
-- version = "0.1.0"
-- description = "Posts a message to a Slack channel"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://slack.com"]
-- secrets = ["slack-bot-token"]
-- ///

tool = {
  name = "send-slack-message",
  title = "Send a Slack message",
  description = "Posts a message to a Slack channel, or into a thread. The text is Markdown.",
  parameters = {
    { name = "text", required = true, minLength = 1, maxLength = 12000, description = "Markdown" },
    { name = "channel", description = "The channel's id or name; the operator's default if absent" },
    { name = "thread_ts", pattern = "^[0-9]+\\.[0-9]+$", description = "The `ts` of the message to answer in its thread" },
  },
  output_schema = {
    { name = "channel", required = true, description = "The channel's id" },
    { name = "ts", required = true, description = "The message's id in the channel" },
    { name = "url", description = "Where the message is" },
  },
  hints = { read_only = false, destructive = false, idempotent = false, open_world = true },
}

-- So many seconds a call may wait for Slack.
local PATIENCE = 15

local TOKEN = "look at the setting `bot_token`"
local REFUSALS = {
  invalid_auth = { "denied", TOKEN }, not_authed = { "denied", TOKEN }, account_inactive = { "denied", TOKEN },
  token_revoked = { "denied", TOKEN }, token_expired = { "denied", TOKEN }, not_allowed_token_type = { "denied", TOKEN },
  not_in_channel = { "denied", "invite the bot to the channel" },
  is_archived = { "denied", "the channel is archived" },
  restricted_action = { "denied", "the workspace does not let the bot post there" },
  channel_not_found = { "not-found", "look at `channel`; a private channel is seen by its members alone" },
  message_not_found = { "not-found", "look at `thread_ts`" },
  msg_too_long = { "invalid-input", "write less" }, no_text = { "invalid-input", "write something" },
}

local function refuse(method, answer, said)
  local code = said.error or tostring(answer.status)
  local kind, help = table.unpack(REFUSALS[code] or {})
  if code == "missing_scope" then kind, help = "denied", "give the app of `bot_token` the scope `" .. (said.needed or "?") .. "`" end
  if not kind and answer.status >= 500 then kind, help = "unavailable", "the message may be there, so look before trying again" end
  ctx.fail(kind or "internal", "Slack answered `" .. code .. "` to " .. method .. (help and ": " .. help or ""))
end

-- Slack did not begin what it answers with 429, so asking again is safe.
local function call(config, method, options)
  local token = config.bot_token
  if not token or token == "" then token = secrets.get("slack-bot-token") end
  if not token then ctx.fail("invalid-input", "there is no token: set `bot_token`, or the secret `slack-bot-token`") end
  options.headers = { authorization = "Bearer " .. token }
  local waited = 0
  while true do
    local answer = http.request(options.json and "POST" or "GET", "https://slack.com/api/" .. method, options)
    local said = type(answer.json) == "table" and answer.json or {}
    if said.ok then return said end
    if answer.status ~= 429 and said.error ~= "ratelimited" then
      if options.optional then return nil end
      refuse(method, answer, said)
    end
    local wait = tonumber(answer.headers["retry-after"]) or 5
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      if options.optional then return nil end
      ctx.fail("unavailable", "Slack asks to wait; nothing was sent", { retry_after = wait })
    end
    sleep(wait)
  end
end

function tool.execute(params, context)
  local config = context.config or {}
  local channel = params.channel or config.channel
  if not channel or channel == "" then
    ctx.fail("invalid-input", "say which `channel`, or set `channel` for send-slack-message")
  end
  local sent = call(config, "chat.postMessage", {
    json = { channel = channel, markdown_text = params.text, thread_ts = params.thread_ts },
  })
  -- The message is there, whether its address can be told or not.
  local link = call(config, "chat.getPermalink", { params = { channel = sent.channel, message_ts = sent.ts }, optional = true })
  local url = link and link.permalink
  return ctx.output({
    blocks = { ctx.text("Sent to " .. channel .. (url and ": " .. url or "")) },
    structured = { channel = sent.channel, ts = sent.ts, url = url },
  })
end
