-- /// ctx
-- version = "0.1.0"
-- description = "Keeps the passages that have room"
-- contract = "^0.1"
-- ///

-- A compressor: passages in, as many of them out as fit. It is pure: it may
-- log and count tokens, and nothing else is lent to it.

compressor = {
  name = "first-passages",
  description = "Keeps whole passages, the first ones first, as long as there is room",
  idempotent = true,
}

function compressor.compress(passages, request)
  local budget = request.budget
  local function cost(text)
    if budget and budget.tokens then return tokens.count(text) end
    return #text
  end
  local room = budget and (budget.bytes or budget.tokens) or math.huge
  local kept = {}
  for place, passage in ipairs(passages) do
    if passage.pinned then
      room = room - cost(passage.text)
      kept[place] = passage.text
    end
  end
  if room < 0 then ctx.fail("invalid-input", "the pinned passages alone are over the budget") end
  for place, passage in ipairs(passages) do
    if not passage.pinned then
      local takes = cost(passage.text)
      if takes <= room then
        room = room - takes
        kept[place] = passage.text
      else
        kept[place] = false
      end
    end
  end
  return kept
end
