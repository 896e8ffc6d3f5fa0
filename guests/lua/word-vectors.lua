-- /// ctx
-- version = "0.1.0"
-- description = "Vectors of words and their pieces, made on this machine"
-- contract = "^0.1"
-- ///

-- An embedder without a model: each word and each three letters of it fall
-- into one of 256 places, so texts that share words lie close together. It
-- knows no meanings, and needs no network.

embedder = {
  description = "Vectors of words and their pieces, made on this machine",
  batch = 64,
}

local SIZE = 256

-- FNV-1a, which spreads well and is short.
local function hash(text)
  local value = 0xcbf29ce484222325
  for at = 1, #text do value = (value ~ text:byte(at)) * 0x100000001b3 end
  return value
end

local function add(vector, piece, weight)
  local spread = hash(piece)
  local place = ((spread >> 8) % SIZE) + 1
  vector[place] = vector[place] + ((spread & 1 == 0) and weight or -weight)
end

local function embed(text)
  local vector = {}
  for place = 1, SIZE do vector[place] = 0.0 end
  for word in text:lower():gmatch("[%w\128-\255]+") do
    add(vector, word, 1)
    local padded = "<" .. word .. ">"
    for at = 1, #padded - 2 do add(vector, padded:sub(at, at + 2), 0.3) end
  end
  local sum = 0
  for place = 1, SIZE do sum = sum + vector[place] * vector[place] end
  if sum == 0 then
    -- A text without words has to lie somewhere.
    vector[1], sum = 1.0, 1
  end
  local length = math.sqrt(sum)
  for place = 1, SIZE do vector[place] = vector[place] / length end
  return vector
end

function embedder.embed(texts)
  local vectors = {}
  for place, text in ipairs(texts) do vectors[place] = embed(text) end
  return { model = "word-vectors-1", vectors = vectors }
end
