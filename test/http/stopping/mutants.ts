/** Deliberate breaks of how a server stops. `npm run test:mutants -- test/http/stopping` */
import { breaks, type Mutant } from '../../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/http/drain.ts',
    'test/http/stopping/drain.test.ts',
    ['connections that nobody accepted are reset', '(accepted > before || open.replies.size > 0)', 'Boolean(0)'],
    ['open connections are closed at once', 'if (lingerMs > 0) await sleep(lingerMs)', ''],
    ['idle connections are closed with the listener', 'Server.prototype.close.call(app.server)', 'app.server.close()'],
  ),
]
