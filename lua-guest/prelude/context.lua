-- `context`: what the host has gathered, and this extension's settings.
local host = ...
local rawset, setmetatable = rawset, setmetatable
local decode, settings = host.decode, host.settings

host.context = setmetatable(host.context_functions, {
  __index = function(context, key)
    if key ~= "config" then return nil end
    local config = decode(settings())
    rawset(context, key, config)
    return config
  end,
})
_G.context = host.context
