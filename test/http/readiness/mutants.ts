/** Deliberate breaks of the readiness of a node. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const fault = 'test/faults/observability/readiness.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/http/readiness.ts',
    'test/http/readiness.test.ts',
    ['readiness: a reason is told at every look', 'if (!begun.has(reason)) log.warn', 'log.warn'],
    [
      'readiness: the end of a reason is not told',
      'if (begun.delete(reason)) log.info',
      'if (!begun.delete(reason)) log.info',
    ],
    ['readiness: a stopping node asks the database', 'if (isStopping()) return { reasons: look() }', ''],
  ),
  ...breaks('src/http/readiness.ts', fault, [
    'readiness: a node does not look by itself',
    'setInterval(look, lookEveryMs)',
    'setInterval(() => {}, lookEveryMs)',
  ]),
  ...breaks('src/guard/service-auth.ts', fault, [
    'readiness: strangers learn the reasons',
    '() => true,\n      () => false,',
    '() => true,\n      () => true,',
  ]),
]
