-- What wrk has measured, as a line of JSON. os.clock() is the processor time of wrk itself.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"failed":%d,"status":%d,"p50":%d,"p99":%d,"cpu":%.2f}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99), os.clock()))
end
