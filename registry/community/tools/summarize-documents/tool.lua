-- /// ctx
-- name = "summarize-documents"
-- version = "0.1.0"
-- description = "Sums up what the documents say of a topic, in their own sentences"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- context = ["*"]
-- ///

tool = {
  name = "summarize-documents",
  title = "Summarize documents",
  description = "Finds the gathered documents on a topic and takes the sentences out of them that say most of it, with their sources. It writes no sentence of its own.",
  parameters = {
    { name = "topic", required = true, minLength = 1, maxLength = 500, description = "What the summary is about" },
    { name = "documents", type = "integer", minimum = 1, maximum = 20, default = 5, description = "At most so many documents" },
    { name = "sentences", type = "integer", minimum = 1, maximum = 10, default = 3, description = "At most so many sentences of each" },
    { name = "source", description = "Only this source" },
    { name = "since", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}", description = "Only what changed since this day, such as 2026-10-01" },
  },
  output_schema = {
    { name = "topic", required = true },
    {
      name = "documents", type = "array", required = true,
      items = { type = "object", properties = {
        { name = "id", required = true },
        { name = "title", required = true },
        { name = "source", required = true },
        { name = "url" },
        { name = "updated_at" },
        { name = "sentences", type = "array", items = { type = "string" }, required = true },
      } },
    },
  },
  hints = { read_only = true, destructive = false, idempotent = true, open_world = false },
}

-- So many bytes are read, of one document and of all; what matters stands near
-- the beginning.
local READ, READ_OF_ALL = 60000, 400000
-- What the topic itself says weighs more than what its documents often say.
local TOPIC = 4

local COMMON = {}
for word in ([[the and for are was were with that this from have has had not but you your they them their there which what
  when where who how why will would can could should may might must been being into over under than then also only
  its it's our ours his her she him all any some each more most other such very one two use used using see]]):gmatch("%S+") do
  COMMON[word] = true
end

-- The words of a text that tell something, each once.
local function words(text)
  local list, seen = {}, {}
  for word in text:lower():gmatch("[%w\128-\255]+") do
    -- The plural is the same word.
    if #word > 4 and word:byte(-1) == 115 then word = word:sub(1, -2) end
    if #word > 2 and not COMMON[word] and not seen[word] then
      seen[word] = true
      list[#list + 1] = word
    end
  end
  return list, seen
end

-- The sentences of a text and their words, without the marks of Markdown.
-- Code, tables and headings are no sentences.
local function sentences(text)
  text = ("\n" .. text):gsub("\n```.-\n```", "\n"):gsub("\r", "")
  text = text:gsub("!%[[^%]]*%]%([^)]*%)", ""):gsub("%[([^%]]*)%]%([^)]*%)", "%1"):gsub("%*%*", ""):gsub("`", "")
  local list = {}
  for paragraph in (text .. "\n"):gmatch("(.-)\n") do
    local line = paragraph:gsub("^[%s>]*[-*+]%s+", ""):gsub("^%s*%d+[.)]%s+", ""):gsub("^[%s>]+", "")
    if not line:find("^[#|]") and not line:find("^%-%-%-") then
      for sentence in (line:gsub("([.!?])%s+(%u)", "%1\0%2") .. "\0"):gmatch("(.-)\0") do
        sentence = sentence:match("^%s*(.-)%s*$")
        -- Neither a crumb nor a wall.
        if #sentence >= 25 and #sentence <= 600 and sentence:find("%s") then
          local told, set = words(sentence)
          list[#list + 1] = { place = #list + 1, text = sentence, words = told, set = set }
        end
      end
    end
  end
  return list
end

-- The beginning of a text, up to the end of a word.
local function beginning(text, most)
  return #text <= most and text or text:sub(1, most):match("^(.*)%s") or ""
end

-- The documents that a search finds, each once.
local function find(params, context)
  local found, seen, most = {}, {}, params.documents or 5
  local hits = context.search(params.topic, {
    limit = most * 3, source = params.source, since = params.since,
  })
  for _, hit in ipairs(hits) do
    if not seen[hit.id] and #found < most then
      seen[hit.id] = true
      local text = context.get(hit.id).body or hit.snippet or ""
      found[#found + 1] = {
        id = hit.id, title = hit.title ~= "" and hit.title or hit.source_id, source = hit.source,
        url = hit.source_url, updated_at = hit.updated_at,
        all = sentences(beginning(text, math.min(READ, READ_OF_ALL // most))),
      }
    end
  end
  return found
end

-- How much each word counts: by how many sentences of all documents have it.
local function weigh(found, topic)
  local counts, total = {}, 0
  for _, document in ipairs(found) do
    for _, sentence in ipairs(document.all) do
      total = total + 1
      for _, word in ipairs(sentence.words) do counts[word] = (counts[word] or 0) + 1 end
    end
  end
  local weights, _, wanted = {}, words(topic)
  for word, count in pairs(counts) do
    -- What nearly every sentence has tells nothing.
    weights[word] = count < total * 0.5 and math.log(1 + count) or 0.1
    if wanted[word] then weights[word] = weights[word] + TOPIC end
  end
  return weights
end

local function is_alike(one, other)
  local both = 0
  for _, word in ipairs(one.words) do if other.set[word] then both = both + 1 end end
  return both > 0.6 * math.min(#one.words, #other.words)
end

-- The best sentences of a document, in their order; none says again what
-- another one said, here or in a document before.
local function choose(document, weights, most, said)
  local ranked = document.all
  for place, one in ipairs(ranked) do
    local score = 0
    for _, word in ipairs(one.words) do score = score + (weights[word] or 0) end
    -- The first sentences of a document say what it is about.
    one.score = score / math.sqrt(#one.words + 4) * (place <= 2 and 1.2 or 1)
  end
  table.sort(ranked, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    return a.place < b.place
  end)
  local chosen = {}
  for _, one in ipairs(ranked) do
    if #chosen == most then break end
    local is_new = #one.words > 2
    for _, other in ipairs(said) do is_new = is_new and not is_alike(one, other) end
    if is_new then chosen[#chosen + 1], said[#said + 1] = one, one end
  end
  table.sort(chosen, function(a, b) return a.place < b.place end)
  local texts = json.array({})
  for at, one in ipairs(chosen) do texts[at] = one.text end
  return texts
end

function tool.execute(params, context)
  local found = find(params, context)
  local weights, said = weigh(found, params.topic), {}
  local lines, documents = { "# " .. params.topic }, json.array({})
  for _, document in ipairs(found) do
    local texts = choose(document, weights, params.sentences or 3, said)
    document.all, document.sentences = nil, texts
    documents[#documents + 1] = document
    lines[#lines + 1] = "\n## " .. document.title .. " (" .. document.source .. ")" .. (document.url and "\n" .. document.url or "")
    for _, text in ipairs(texts) do lines[#lines + 1] = "- " .. text end
    if #texts == 0 then lines[#lines + 1] = "It says nothing that another document has not said." end
  end
  if #found == 0 then lines[2] = "\nNo document says anything of it." end
  return ctx.output({
    blocks = { ctx.text(table.concat(lines, "\n")) },
    structured = { topic = params.topic, documents = documents },
  })
end
