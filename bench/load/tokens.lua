-- Requests that differ in one header: GET PATH with the lines of a file, one after the other, over and over.
-- wrk … -- FILE PATH [stream]; with `stream` the lines are not kept in memory.
local requests, position, file, head = {}, 0, nil, nil

function init(args)
  head = "GET " .. args[2] .. " HTTP/1.1\r\nHost: localhost\r\n"
  file = io.open(args[1], "r")
  if args[3] == "stream" then return end
  for line in file:lines() do requests[#requests + 1] = head .. line .. "\r\n\r\n" end
end

function request()
  if #requests == 0 then
    local line = file:read("*l")
    if line == nil then
      file:seek("set", 0)
      line = file:read("*l")
    end
    return head .. line .. "\r\n\r\n"
  end
  position = position % #requests + 1
  return requests[position]
end
