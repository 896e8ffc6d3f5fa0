-- Work that is all Lua, a piece of each kind.
tool = {
  name = "kernels",
  description = "Does one piece of work",
  parameters = { { name = "kernel", type = "string", required = true } },
}

local kernels = {}

function kernels.fib()
  local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
  return fib(27)
end

function kernels.strings()
  local parts = {}
  for at = 1, 40000 do parts[#parts + 1] = string.format("%d:%s", at, ("x"):rep(at % 17)) end
  return #table.concat(parts, ",")
end

function kernels.sort()
  local numbers, seed = {}, 42
  for at = 1, 60000 do
    seed = (seed * 1103515245 + 12345) % 2147483648
    numbers[at] = seed
  end
  table.sort(numbers)
  return numbers[30000]
end

function kernels.closures()
  local sum = 0
  for at = 1, 400000 do
    local add = function(n) return n + at end
    sum = sum + add(1)
  end
  return sum
end

function kernels.patterns()
  local text, found = ("key = value; other-key = 12.5\n"):rep(800), 0
  for key, value in text:gmatch("([%w-]+)%s*=%s*([%w.]+)") do found = found + #key + #value end
  return found + select(2, text:gsub("%d+", "%0%0"))
end

function kernels.json()
  local rows = {}
  for at = 1, 200 do rows[at] = { id = at, name = "row " .. at, tags = { "a", "b" }, score = at / 3 } end
  local size = 0
  for _ = 1, 10 do size = size + #encode(decode(encode(rows))) end
  return size
end

function kernels.pcall()
  local sum = 0
  for at = 1, 300000 do
    local ok, n = pcall(math.abs, -at)
    sum = ok and sum + n or sum
  end
  return sum
end

function kernels.failing()
  local caught = 0
  for _ = 1, 20000 do if not pcall(error, "x") then caught = caught + 1 end end
  return caught
end

function tool.execute(params)
  return { result = kernels[params.kernel]() }
end
