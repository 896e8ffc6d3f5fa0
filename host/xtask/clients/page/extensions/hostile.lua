-- /// ctx
-- name = "hostile"
-- version = "<script>window.__pwned=1</script>"
-- description = "\"><script>window.__pwned=1</script><img src=x onerror=window.__pwned=1>"
-- contract = "^0.1"
-- ///

-- Says nothing but what would be a script, if anybody took it for markup.
local evil = "\"><script>window.__pwned=1</script><img src=x onerror=window.__pwned=1>"
  .. "' onfocus='window.__pwned=1' autofocus='"

tool = {
  name = "hostile",
  title = evil,
  description = evil,
  parameters = {
    type = "object",
    properties = {
      [evil] = { type = "string", title = evil, description = evil, default = evil },
      pick = { enum = { evil, "</select>" .. evil } },
      text = { type = "string", default = "</textarea>" .. evil },
    },
  },
}

-- One white point.
local png = ([[
  89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a494441
  54789c63f80f0001010100b138f6140000000049454e44ae426082
]]):gsub("%s", ""):gsub("..", function(digits) return string.char(tonumber(digits, 16)) end)

function tool.execute()
  log.warn(evil, { said = evil })
  return ctx.output{
    blocks = {
      "</pre>" .. evil,
      ctx.link{ uri = "javascript:window.__pwned=1", name = evil },
      { type = "image", media_type = "image/png", data = png },
      { type = "image", media_type = "image/svg+xml", data = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.__pwned=1'/>" },
    },
    structured = { said = "</pre>" .. evil },
  }
end
