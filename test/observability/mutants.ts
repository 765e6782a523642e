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
  ...breaks(
    'src/observability/repeated-errors.ts',
    'test/observability/repeated-errors.test.ts',
    ['repeated errors: all are written', 'return false\n', 'return true\n'],
    ['repeated errors: none is counted', 'known.leftOut += 1', ''],
    ['repeated errors: the second never ends', 'kinds.delete(key)', ''],
    [
      'repeated errors: the place of an error does not matter',
      'return `${error.name} ${place',
      "return `${error.name} ${place && ''",
    ],
    ['repeated errors: any number of kinds', 'const mostKinds = 100', 'const mostKinds = 1e9'],
    ['repeated errors: a timer that never rests', 'if (kinds.size > 0) later(look, everyMs)', 'later(look, everyMs)'],
  ),
  ...breaks('src/observability/logger.ts', 'test/observability/repeated-errors.test.ts', [
    'repeated errors: debug lines are left out too',
    'lineLevel >= warnLevel && ',
    '',
  ]),
  ...breaks('src/observability/logger.ts', 'test/faults/observability/error-storm.test.ts', [
    'repeated errors: the server writes each',
    ' && !repeated.allows(String(text), err)',
    ' && String(err) === String(text)',
  ]),
]
