/** Bounds the time that each request may wait for the database. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Allowance, newAllowance, withAllowance } from '../database/time-limit.ts'

/** Hooks that give every request of the app an allowance, the same from its first hook to its handler. */
export function limitDatabaseTime(app: FastifyInstance): void {
  const allowances = new WeakMap<FastifyRequest, Allowance>()
  app.addHook('onRequest', (request, _reply, done) => {
    const allowance = newAllowance()
    allowances.set(request, allowance)
    withAllowance(allowance, done)
  })
  // A body arrives in events of the socket, which belong to no request.
  app.addHook('preValidation', (request, _reply, done) => withAllowance(allowances.get(request), done))
}
