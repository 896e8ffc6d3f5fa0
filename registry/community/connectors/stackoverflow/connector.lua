-- /// ctx
-- name = "stackoverflow"
-- version = "0.1.0"
-- description = "Questions of a Stack Exchange site by tag, with their answers"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.stackexchange.com"]
-- ///

connector = {
  description = "Questions of a Stack Exchange site by tag, with their answers",
  incremental = true,
  -- The newest pages are a window, and the site does not tell what is deleted.
  complete = false,
  settings = {
    { name = "tagged", required = true, description = "Tags that a question has to have, with ; between" },
    { name = "site", default = "stackoverflow", description = "The site: stackoverflow, serverfault, dba…" },
    { name = "sort", enum = { "activity", "creation", "votes", "hot", "week", "month" }, default = "activity", description = "Which questions come first; only `activity` goes on where the last sync ended" },
    { name = "per_page", type = { "integer", "string" }, default = 50, description = "Questions on a page, at most 100" },
    { name = "max_pages", type = { "integer", "string" }, default = 5, description = "At most so many pages in one sync, and never more than 25" },
  },
}

local API = "https://api.stackexchange.com/2.3"
-- So many seconds a request may wait for the site before the sync ends.
local PATIENCE = 20

local CHARACTERS = { amp = "&", lt = "<", gt = ">", quot = '"', nbsp = " ", hellip = "…", mdash = "—", ndash = "–" }

local function decode(text)
  if not text:find("&", 1, true) then return text end
  return (text:gsub("&(#?)(x?)(%w+);", function(is_number, is_hex, name)
    if is_number == "" then return CHARACTERS[is_hex .. name] end
    local code = tonumber(name, is_hex == "x" and 16 or 10)
    return code and code < 0x110000 and utf8.char(code) or nil
  end))
end

-- The HTML that the site makes of Markdown, as Markdown again.
local SIGNS = {
  strong = "**", b = "**", em = "*", i = "*", code = "`", kbd = "`", hr = "\n\n---\n\n", br = "\n", p = "\n\n",
  h1 = "\n\n# ", h2 = "\n\n## ", h3 = "\n\n### ", ["/h1"] = "\n\n", ["/h2"] = "\n\n", ["/h3"] = "\n\n",
  blockquote = "\n\n\3", ["/blockquote"] = "\4\n\n", ul = "\n\n", ol = "\n\n",
}

local function markdown(html)
  local blocks, lists, links = {}, {}, {}
  html = html:gsub("<pre[^>]*><code[^>]*>(.-)</code></pre>", function(code)
    blocks[#blocks + 1] = "```\n" .. decode(code):gsub("\n+$", "") .. "\n```"
    return "<p>\1" .. #blocks .. "\2</p>"
  end)
  html = html:gsub("<li>%s*<p>", "<li>"):gsub("<(/?)(%w+)([^>]*)>", function(slash, name, rest)
    local is_begin = slash == ""
    if name == "a" then
      if is_begin then links[#links + 1] = rest:match('href="([^"]*)"') or "" end
      return is_begin and "[" or "](" .. (table.remove(links) or "") .. ")"
    elseif name == "li" and is_begin then
      local number = lists[#lists]
      if not number or number == 0 then return "\n- " end
      lists[#lists] = number + 1
      return "\n" .. number .. ". "
    elseif name == "img" then
      return "![](" .. (rest:match('src="([^"]*)"') or "") .. ")"
    elseif name == "ol" or name == "ul" then
      lists[is_begin and #lists + 1 or #lists] = is_begin and (name == "ol" and 1 or 0) or nil
    end
    return SIGNS[slash .. name] or SIGNS[name] or ""
  end)
  html = decode(html):gsub("\n[ \t]*\n%s*\n", "\n\n"):gsub("\n\n+(%- )", "\n%1"):gsub("\n\n+(%d+%. )", "\n%1")
  html = html:gsub("\3%s*([^\3\4]-)%s*\4", function(text) return "> " .. text:gsub("\n", "\n> ") end)
  return html:gsub("\1(%d+)\2", function(number) return blocks[tonumber(number)] end):match("^%s*(.*%S)") or ""
end

-- When the site asks for a break, it means the next request.
local backoff = 0

local function fetch(config, path, params)
  params.site, params.filter = config.site ~= "" and config.site or "stackoverflow", "withbody"
  local waited, wait = 0, backoff
  while true do
    waited = waited + wait
    if waited > PATIENCE then
      ctx.fail("unavailable", "Stack Exchange asks to wait", { retry_after = wait })
    end
    if wait > 0 then sleep(wait) end
    local answer = http.get(API .. path, { params = params })
    local said = answer.json or {}
    if answer.ok and said.items then
      backoff = said.backoff or 0
      return said
    end
    local why = said.error_message or "status " .. answer.status
    if said.error_id == 400 then
      ctx.fail("invalid-input", "look at the settings `site`, `tagged`, `sort` and `per_page`: " .. why)
    end
    if said.error_id ~= 502 and answer.status ~= 429 and answer.status < 500 then
      ctx.fail("internal", "Stack Exchange answered: " .. why)
    end
    wait = tonumber(answer.headers["retry-after"] or why:match("in (%d+) second")) or 5
    wait = math.max(wait, 1)
  end
end

-- The answers to questions, by the question's id.
local function answers_to(questions)
  local ids = {}
  for _, question in ipairs(questions) do
    if question.answer_count > 0 then ids[#ids + 1] = question.question_id end
  end
  return table.concat(ids, ";")
end

local function emit(question, answers)
  table.sort(answers, function(a, b)
    if a.is_accepted ~= b.is_accepted then return a.is_accepted end
    if a.score ~= b.score then return a.score > b.score end
    return a.answer_id < b.answer_id
  end)
  local parts = { markdown(question.body) }
  for _, answer in ipairs(answers) do
    local sign = answer.is_accepted and ", accepted" or ""
    parts[#parts + 1] = "---\n\n**Answer** by " .. decode(answer.owner and answer.owner.display_name or "somebody") .. ", score " .. answer.score .. sign .. ":\n\n" .. markdown(answer.body)
  end
  ctx.emit({
    source_id = question.question_id,
    title = decode(question.title),
    author = question.owner and question.owner.display_name and decode(question.owner.display_name),
    source_url = question.link,
    content_type = "text/markdown",
    created_at = question.creation_date,
    updated_at = question.last_activity_date,
    metadata = {
      tags = json.array(question.tags), score = question.score, views = question.view_count,
      answered = question.is_answered, answers = question.answer_count, closed = question.closed_reason,
      license = question.content_license,
    },
    body = table.concat(parts, "\n\n"),
  })
end

-- The first walk takes the newest pages. Later ones go from there to now, by
-- time and not by page: what is answered meanwhile moves to the end.
function connector.scan(config, checkpoint)
  local size = math.min(100, tonumber(config.per_page) or 50)
  -- Beyond the 25th page the site wants a key.
  local most = math.min(25, tonumber(config.max_pages) or 5)
  local sort = config.sort and config.sort ~= "" and config.sort or "activity"
  local since = sort == "activity" and tonumber(checkpoint) or nil
  local newest, page, seen, more = since, 1, {}, true
  for _ = 1, most do
    local found = fetch(config, "/questions", {
      tagged = config.tagged, sort = sort, order = since and "asc" or "desc", min = since and newest, page = page, pagesize = size,
    })
    local answers, ids, number = {}, answers_to(found.items), 1
    while ids ~= "" do
      local replies = fetch(config, "/questions/" .. ids .. "/answers", { sort = "votes", order = "desc", page = number, pagesize = 100 })
      for _, answer in ipairs(replies.items) do
        local list = answers[answer.question_id] or {}
        answers[answer.question_id], list[#list + 1] = list, answer
      end
      if not replies.has_more then break end
      number = number + 1
    end
    local last
    for _, question in ipairs(found.items) do
      if seen[question.question_id] ~= question.last_activity_date then
        seen[question.question_id] = question.last_activity_date
        emit(question, answers[question.question_id] or {})
      end
      if not last or question.last_activity_date > last then last = question.last_activity_date end
    end
    page = page + 1
    if since and last and last > newest then newest, page = last, 1 end
    if not since and last then newest = math.max(newest or 0, last) end
    if since then ctx.checkpoint(newest) end
    more = found.has_more
    if not more then break end
  end
  if sort == "activity" and newest then ctx.checkpoint(newest) end
end
