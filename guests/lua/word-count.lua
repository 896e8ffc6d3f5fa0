-- /// ctx
-- version = "0.1.0"
-- description = "Counts the words, characters and lines of a text"
-- contract = "^0.1"
-- ///

-- The Rust twin is guests/word-count.

tool = {
  name = "word_count",
  description = "Counts the words, characters and lines of a text",
  parameters = {
    { name = "text", type = "string", required = true, description = "The text to count" },
  },
  output_schema = {
    { name = "words", type = "integer", required = true },
    { name = "characters", type = "integer", required = true },
    { name = "lines", type = "integer", required = true },
  },
  hints = { read_only = true, idempotent = true },
}

local function count(text, pattern)
  local _, times = text:gsub(pattern, "")
  return times
end

function tool.execute(params)
  local text = params.text
  -- A last line without a newline counts; a last newline starts no line.
  local unfinished = text ~= "" and text:sub(-1) ~= "\n"
  return {
    words = count(text, "%S+"),
    characters = utf8.len(text),
    lines = count(text, "\n") + (unfinished and 1 or 0),
  }
end
