-- /// ctx
-- version = "0.1.0"
-- description = "Reads what is said out of subtitles"
-- contract = "^0.1"
-- ///

-- An extractor: bytes of one format in, text out. It asks for nothing.

extractor = {
  description = "Reads what is said out of subtitles",
  media_types = { "application/x-subrip", "text/vtt" },
}

local TIMING = "%d%d:%d%d[.,]%d%d%d%s+%-%->"

function extractor.extract(bytes, media_type, name)
  local spoken, cues = {}, 0
  if not utf8.len(bytes) then ctx.fail("invalid-input", "the subtitles are not UTF-8") end
  local previous
  for line in (bytes .. "\n"):gmatch("(.-)\r?\n") do
    if line:find(TIMING) then
      cues = cues + 1
      -- The line above a timing numbers it, and is not said.
      if spoken[#spoken] == previous and previous and previous:match("^%d+$") then spoken[#spoken] = nil end
    elseif line ~= "" and not line:find("^WEBVTT") and not line:find("^NOTE") then
      spoken[#spoken + 1] = (line:gsub("<[^>]+>", ""))
    end
    previous = line
  end
  if cues == 0 then ctx.fail("invalid-input", "there is no timing in the file, so these are no subtitles") end
  return {
    text = table.concat(spoken, "\n"),
    title = name and (name:gsub("%.%w+$", "")),
    metadata = { cues = cues },
  }
end
