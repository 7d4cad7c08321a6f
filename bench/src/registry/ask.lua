-- What wrk asks, and what it says of it in one line of JSON: wrk -s ask.lua URL -- METHOD ACCEPT
function init(args)
  wrk.method = args[1]
  wrk.headers["Accept"] = args[2]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests":%d,"microseconds":%d,"lateMicroseconds":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), failed))
end
