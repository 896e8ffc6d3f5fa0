-- Streams as many documents of 4 kB as its settings say.
connector = {
  settings = { { name = "count", type = "integer", required = true, description = "How many" } },
}

local words = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" }

function connector.scan(config, checkpoint)
  for at = 1, config.count do
    local lines, length = {}, 0
    while length < 4096 do
      local line = "Line " .. #lines .. " of item " .. at .. " is about "
        .. words[(at * 7 + #lines * 3) % #words + 1] .. " and about " .. (at * 31 + #lines) % 9973 .. ".\n"
      lines[#lines + 1] = line
      length = length + #line
    end
    ctx.emit({ source_id = "item-" .. at, title = "Item " .. at, body = table.concat(lines):sub(1, 4096) })
  end
end
