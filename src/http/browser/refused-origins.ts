/** Reports pages whose origin is not allowed. Such a page sees only that its request failed, so its developer looks here. */
import type { FastifyBaseLogger } from 'fastify'
import { parseSpaOrigin, type SpaOrigin, writeSpaOrigin } from '../../config/spa-origins.ts'
import type { Meters } from '../../observability/meters.ts'

type Dependencies = {
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  readonly meters: Meters
  /** In production the requests are counted and not logged, because strangers can send any number of origins. */
  readonly production: boolean
  readonly spaOrigins: readonly SpaOrigin[]
}

/** Call it for each request whose Origin header is not allowed. In development it logs each origin once, with the setting that allows it. */
export type ReportRefusedOrigin = (origin: string) => void

const mostLogged = 100

export function createReportRefusedOrigin({ log, meters, production, spaOrigins }: Dependencies): ReportRefusedOrigin {
  const count = meters.counter({
    name: 'countersign_refused_origins_total',
    help: 'Requests of pages whose origin is not one of SPA_ORIGINS.',
    labels: [],
  })
  const logged = new Set<string>()
  return function reportRefusedOrigin(origin) {
    count({})
    if (production || logged.size >= mostLogged || logged.has(origin)) return
    const entry = parseSpaOrigin(origin)
    if (!entry) return
    logged.add(origin)
    const list = [...spaOrigins, entry].map(writeSpaOrigin).join(',')
    log.warn({ origin }, `a page may not read the answers of this server; to allow it, set SPA_ORIGINS="${list}"`)
  }
}
