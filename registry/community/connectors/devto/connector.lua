-- /// ctx
-- name = "devto"
-- version = "0.1.0"
-- description = "Articles of DEV, by tag"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://dev.to"]
-- ///

connector = {
  description = "Articles of DEV, by tag",
  -- The newest pages are a window, and DEV has no question for what changed.
  complete = false,
  incremental = false,
  settings = {
    { name = "tag", description = "Only articles with this tag" },
    { name = "per_page", type = { "integer", "string" }, default = 30, description = "Articles on a page, at most 1000" },
    { name = "max_pages", type = { "integer", "string" }, default = 5, description = "At most so many pages" },
  },
}

local API = "https://dev.to/api"
-- So many seconds a request may wait for DEV before the sync ends.
local PATIENCE = 20

-- Waits as DEV asks if that is short; else says when to come back.
local function fetch(path, params)
  local waited = 0
  while true do
    local answer = http.get(API .. path, { headers = { accept = "application/vnd.forem.api-v1+json" }, params = params })
    if answer.ok and answer.json then return answer.json end
    local why = type(answer.json) == "table" and answer.json.error or "status " .. answer.status
    if answer.status == 404 then ctx.fail("not-found", "DEV has nothing at " .. path .. ": " .. why) end
    if answer.status == 401 or answer.status == 403 then ctx.fail("denied", "DEV refuses to answer: " .. why) end
    if answer.status == 422 then ctx.fail("invalid-input", "look at the settings `tag` and `per_page`: " .. why) end
    if answer.status ~= 429 and answer.status < 500 then ctx.fail("internal", "DEV answered: " .. why) end
    local wait = tonumber(answer.headers["retry-after"]) or 5
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "DEV answered " .. answer.status .. " and asks to wait", { retry_after = wait })
    end
    sleep(wait)
  end
end

-- The list has no bodies. Each article says when it was edited, so one that is
-- known costs nothing.
local function emit(article)
  local changed = article.edited_at or article.published_timestamp or article.published_at
  ctx.emit({
    source_id = article.id,
    version = changed,
    deferred = true,
    title = article.title,
    author = article.user and article.user.name,
    source_url = article.url,
    content_type = "text/markdown",
    created_at = article.published_at,
    updated_at = changed,
    metadata = {
      tags = json.array(article.tag_list),
      description = article.description,
      canonical_url = article.canonical_url,
      username = article.user and article.user.username,
      organization = article.organization and article.organization.name,
      reactions = article.positive_reactions_count,
      comments = article.comments_count,
    },
  })
end

function connector.read(source_id)
  local article = fetch("/articles/" .. source_id, {})
  return article.body_markdown or article.description or ""
end

-- The newest first; with the checkpoint, a walk that was cut short goes on.
function connector.scan(config, checkpoint)
  local tag = config.tag ~= "" and config.tag or nil
  local size = math.min(1000, tonumber(config.per_page) or 30)
  for page = tonumber(checkpoint) or 1, tonumber(config.max_pages) or 5 do
    -- `latest` has no tags, and a tag has no `latest`.
    local articles = fetch(tag and "/articles" or "/articles/latest", { tag = tag, page = page, per_page = size })
    for _, article in ipairs(articles) do emit(article) end
    if #articles < size then return end
    ctx.checkpoint(page + 1)
  end
end
