/** What the servers of both peers share: pages of APP_ORIGIN may call them, and the test sees when they are ready. */
import Fastify from 'fastify'

const { APP_ORIGIN, PORT } = process.env

/**
 * Makes an app whose answers pages of APP_ORIGIN may read. `allowed` are the request headers that these pages send. /outcomes tells
 * how many rows of the table `outcomes` have each outcome.
 */
export function createApp({ allowed, pool }) {
  const app = Fastify()
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'access-control-allow-origin': APP_ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-supabase-api-version',
      vary: 'origin',
    })
  })
  app.options('*', async (_request, reply) => {
    reply.code(204).headers({
      'access-control-allow-headers': allowed.join(),
      'access-control-allow-methods': 'GET,POST',
      'access-control-max-age': '600',
    })
  })
  app.get('/readyz', async () => 'ready')
  app.get('/outcomes', async () => {
    const { rows } = await pool.query('SELECT outcome, count(*)::int FROM outcomes GROUP BY outcome')
    return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]))
  })
  return app
}

export const listen = (app) => app.listen({ port: Number(PORT), host: '127.0.0.1' })
