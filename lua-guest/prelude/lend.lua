-- Protected calls. What they catch goes to `failure.rs`.
local host = ...
local error, xpcall = error, xpcall
local on_error, positioned = host.on_error, host.positioned

-- Calls a function of this prelude by name; `true, ...` or `false, caught`.
function host.run(name, ...)
  return xpcall(host[name], on_error, ...)
end

-- Calls a function of the script.
function host.guard(called, ...)
  return xpcall(called, on_error, ...)
end

-- Raises a fault of the script, at the place where it called the prelude.
function host.fault(text)
  error(positioned(text), 0)
end
