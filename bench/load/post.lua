-- The same POST over and over: wrk … -- FILE PATH, with the body in the file.
local text

function init(args)
  local body = io.open(args[1], "r"):read("*a")
  text = "POST " .. args[2] .. " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " .. #body
    .. "\r\n\r\n" .. body
end

function request()
  return text
end
