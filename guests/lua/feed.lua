-- /// ctx
-- version = "0.1.0"
-- description = "Reads a JSON Feed, following its pages"
-- contract = "^0.1"
--
-- # Which feed it is, the operator says; the grant decides what may be reached.
-- [requests]
-- http = ["*"]
-- ///

-- The Rust twin is guests/feed.

connector = {
  description = "Entries of a JSON Feed",
  settings = {
    { name = "url", type = "string", required = true, description = "Where the feed's first page is" },
  },
}

-- Resolves a link that stood on the page `from`.
local function join(from, link)
  if link:find("://", 1, true) then return link end
  local origin, path = from:match("^(%a+://[^/?#]+)([^?#]*)")
  if link:sub(1, 1) == "/" then return origin .. link end
  if link:sub(1, 1) == "?" then return origin .. path .. link end
  return origin .. (path:match("^.*/") or "/") .. link
end

local function fetch(url)
  local answer = http.get(url, { headers = { accept = "application/feed+json, application/json" } })
  if answer.ok and answer.json then return answer.json end
  if answer.ok then error("`" .. url .. "` answered with something that is not JSON") end
  local busy = answer.status == 429 or answer.status >= 500
  ctx.fail(busy and "unavailable" or "internal", "`" .. url .. "` answered " .. answer.status)
end

-- An entry without an id or a body is skipped, and the sync says so.
local function emit(item)
  local author = item.authors and item.authors[1]
  ctx.emit({
    source_id = item.id,
    -- A feed that dates its changes spares the host comparing contents.
    version = item.date_modified,
    title = item.title,
    author = author and author.name,
    source_url = item.url,
    language = item.language,
    content_type = not item.content_text and item.content_html and "text/html" or "text/plain",
    created_at = item.date_published,
    updated_at = item.date_modified or item.date_published,
    metadata = item.tags and { tags = item.tags },
    body = item.content_text or item.content_html or item.summary,
  })
end

-- With a second parameter the host pulls page by page, and an interrupted
-- walk goes on at the checkpoint.
function connector.scan(config, checkpoint)
  local url, seen = checkpoint or config.url, {}
  while url do
    if seen[url] then error("the feed links in a circle: `" .. url .. "` came before") end
    seen[url] = true
    local page = fetch(url)
    for _, item in ipairs(page.items or {}) do emit(item) end
    url = page.next_url and join(url, page.next_url)
    if url then ctx.checkpoint(url) end
  end
end
