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

-- Stack Exchange compresses every answer, whatever it is asked for: RFC 1951.

-- How many more bits a length has, and where it begins, by symbol less 256;
-- then the same of a distance. They grow by steps that double.
local EXTRA, FIRST, FAR_EXTRA, FAR_FIRST = {}, {}, {}, {}
for symbol = 1, 28 do
  EXTRA[symbol] = math.max(0, (symbol - 1) // 4 - 1)
  FIRST[symbol] = symbol < 9 and symbol + 2 or ((4 + (symbol - 1) % 4) << EXTRA[symbol]) + 3
end
EXTRA[29], FIRST[29] = 0, 258
for symbol = 0, 29 do
  FAR_EXTRA[symbol] = math.max(0, symbol // 2 - 1)
  FAR_FIRST[symbol] = symbol < 4 and symbol + 1 or ((2 + symbol % 2) << FAR_EXTRA[symbol]) + 1
end

-- The next bits' symbol and how many of them it has, and the mask of such bits.
local function tree(lengths, from, count)
  local totals, starts, most, code, found = { [0] = 0 }, {}, 1, 0, {}
  for at = from, from + count - 1 do
    local length = lengths[at]
    if length > 0 then totals[length], most = (totals[length] or 0) + 1, math.max(most, length) end
  end
  for length = 1, most do
    code = (code + (totals[length - 1] or 0)) << 1
    starts[length] = code
  end
  for symbol = 0, count - 1 do
    local length = lengths[from + symbol]
    if length > 0 then
      local rest, reversed = starts[length], 0
      starts[length] = rest + 1
      for _ = 1, length do reversed, rest = reversed << 1 | rest & 1, rest >> 1 end
      for at = reversed, (1 << most) - 1, 1 << length do found[at] = symbol << 4 | length end
    end
  end
  return found, (1 << most) - 1
end

local ORDER = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 }

-- Every byte goes through the loop at the end, so bits are taken in place
-- there. What is done is put away, all but the 32 KiB that may be meant again.
local function inflate(data, place)
  local ends, unpack, move = #data, string.unpack, table.move
  local out, size, pieces, buffer, bits = {}, 0, {}, 0, 0
  data = data .. ("\0"):rep(8)
  local function fill()
    if place > ends then error("the answer of Stack Exchange ends too early") end
    buffer, place, bits = buffer | unpack("<I4", data, place) << bits, place + 4, bits + 32
  end
  local function take(count)
    if bits < count then fill() end
    local value = buffer & ((1 << count) - 1)
    buffer, bits = buffer >> count, bits - count
    return value
  end
  local function flush(count)
    for at = 1, count, 4096 do pieces[#pieces + 1] = string.char(table.unpack(out, at, math.min(at + 4095, count))) end
    move(out, count + 1, size, 1)
    size = size - count
  end
  local function lengths_of(kind)
    local lengths, at = {}, 0
    if kind == 1 then
      for symbol = 0, 319 do lengths[symbol] = symbol < 144 and 8 or symbol < 256 and 9 or symbol < 280 and 7 or symbol < 288 and 8 or 5 end
      return lengths, 288, 32
    end
    local literals, distances, codes = take(5) + 257, take(5) + 1, take(4) + 4
    for symbol = 0, 18 do lengths[symbol] = 0 end
    for symbol = 1, codes do lengths[ORDER[symbol]] = take(3) end
    local names, mask = tree(lengths, 0, 19)
    lengths = {}
    while at < literals + distances do
      if bits < 7 then fill() end
      local entry = names[buffer & mask]
      take(entry & 15)
      local symbol, length, times = entry >> 4, 0, 1
      if symbol < 16 then length = symbol
      elseif symbol == 16 then length, times = lengths[at - 1], 3 + take(2)
      elseif symbol == 17 then times = 3 + take(3)
      else times = 11 + take(7) end
      for _ = 1, times do lengths[at], at = length, at + 1 end
    end
    return lengths, literals, distances
  end
  local last
  repeat
    last = take(1)
    local kind = take(2)
    if kind == 0 then
      take(bits % 8)
      local count = take(16)
      take(16)
      for _ = 1, count do size = size + 1; out[size] = take(8) end
    else
      local lengths, literals, distances = lengths_of(kind)
      local near, mask = tree(lengths, 0, literals)
      local far, far_mask = tree(lengths, literals, distances)
      while true do
        if bits < 20 then fill() end
        local entry = near[buffer & mask]
        local symbol = entry >> 4
        buffer, bits = buffer >> (entry & 15), bits - (entry & 15)
        if symbol < 256 then
          size = size + 1
          out[size] = symbol
        elseif symbol == 256 then
          break
        else
          local extra = EXTRA[symbol - 256]
          local length = FIRST[symbol - 256] + (buffer & ((1 << extra) - 1))
          buffer, bits = buffer >> extra, bits - extra
          if bits < 28 then fill() end
          entry = far[buffer & far_mask]
          symbol, extra = entry >> 4, FAR_EXTRA[entry >> 4]
          buffer, bits = buffer >> (entry & 15), bits - (entry & 15)
          local back = FAR_FIRST[symbol] + (buffer & ((1 << extra) - 1))
          buffer, bits = buffer >> extra, bits - extra
          if back < length then
            for at = size + 1, size + length do out[at] = out[at - back] end
          else
            move(out, size - back + 1, size - back + length, size + 1)
          end
          size = size + length
          if size > 98304 then flush(size - 32768) end
        end
      end
    end
  until last == 1
  flush(size)
  return table.concat(pieces)
end

local function decoded(answer)
  if answer.json then return answer.json end
  -- A gzip without a name or anything else before its data, as servers send it.
  if answer.body:sub(1, 4) ~= "\31\139\8\0" then return nil end
  return json.decode(inflate(answer.body, 11))
end

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
    local said = decoded(answer) or {}
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
