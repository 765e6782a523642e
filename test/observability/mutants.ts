/** Deliberate breaks of tracing. `npm run test:mutants -- test/observability` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const test = 'test/faults/observability/tracing.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/config/config.ts', test, [
    'traces cannot be switched off',
    "?.toLowerCase() === 'true') return false",
    "?.toLowerCase() === 'never') return false",
  ]),
  ...breaks(
    'src/observability/tracing.ts',
    test,
    ['what the node does by itself is traced', 'if (!trace.getActiveSpan()) return work()', ''],
    ['a collector that does not answer keeps the process', 'stopsWithinMs = 1000', 'stopsWithinMs = 60_000'],
    ['the trace of the caller is left', 'propagation.extract(context.active(), headers)', 'context.active()'],
  ),
  ...breaks('src/http/trace-requests.ts', test, [
    'spans are named by the address',
    "route: request.routeOptions.url ?? 'unmatched'",
    'route: request.url',
  ]),
]
