-- /// ctx
-- version = "0.1.0"
-- description = "Cuts subtitles at their cues, and shows who speaks"
-- contract = "^0.1"
-- ///

-- A chunker and a read-mode in one script. Places in a text are Lua's: counted
-- from 1, and the last one is part of the piece.

chunker = {
  name = "cues",
  description = "Cuts at empty lines, and where there is no room",
  media_types = { "text/vtt" },
}

-- Where a character begins that is no later than this place.
local function boundary(text, place)
  while place > 1 and place <= #text and text:byte(place) & 0xC0 == 0x80 do place = place - 1 end
  return place
end

function chunker.split(text, request)
  -- A token has a byte at least, so bytes are never too many.
  local room = math.max(request.budget.bytes or request.budget.tokens, 4)
  local chunks = {}
  local first, last
  local function flush()
    if not first then return end
    -- Blanks around a piece count for nothing.
    while first <= last and text:find("^%s", first) do first = first + 1 end
    while last >= first and text:find("^%s", last) do last = last - 1 end
    while first <= last do
      local ends = last
      if last - first + 1 > room then ends = boundary(text, first + room) - 1 end
      chunks[#chunks + 1] = { first = first, last = ends }
      first = ends + 1
    end
    first, last = nil, nil
  end
  local at = 1
  while at <= #text do
    local ends = text:find("\n", at, true) or #text
    local is_blank = not text:sub(at, ends):find("%S")
    if is_blank then
      if first and last - first + 1 > room / 2 then flush() end
    else
      if first and ends - first + 1 > room then flush() end
      first = first or at
      last = ends
    end
    at = ends + 1
  end
  flush()
  return chunks
end

read_mode = {
  name = "timings",
  description = "The lines that say when something is said",
}

function read_mode.look(text, request)
  local lines, size, cut = {}, 0, false
  local room = math.huge
  if request.budget then room = request.budget.bytes or request.budget.tokens end
  for line in text:gmatch("[^\n]+") do
    if line:find("-->", 1, true) then
      size = size + #line + 1
      if size > room then
        cut = true
        break
      end
      lines[#lines + 1] = line .. "\n"
    end
  end
  return { text = table.concat(lines), media_type = "text/plain", cut = cut }
end
