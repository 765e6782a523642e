/** Bounds the time that each request may wait for the database. */
import type { FastifyInstance } from 'fastify'
import { newAllowance, withAllowance } from '../../database/time-limit.ts'

/** A hook that gives every request of the app an allowance. Fastify keeps the async context until the request ends. */
export function limitDatabaseTime(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, _reply, done) => withAllowance(newAllowance(), done))
}
