/** What is counted, timed and read for Prometheus. Where nobody can ask, nothing is, and the library is not loaded. */
import type { Registry } from 'prom-client'

/** A value that is read when somebody asks. */
export type Metric = {
  /** With the unit at its end, as Prometheus has it. */
  readonly name: string
  readonly help: string
  /** Whether it only grows from the start on; its name then ends in `_total`. */
  readonly grows?: true
  /** The value now; undefined where there is none. */
  readonly read: () => number | undefined | Promise<number | undefined>
}

export type Labels = Readonly<Record<string, string | number>>
/** Each label takes few values: never what a client sent. */
type Described<Label extends string> = { name: string; help: string; labels: readonly Label[] }

export type Meters = {
  /** Counts from none on: every call adds one. */
  counter<Label extends string>(about: Described<Label>): (labels: Record<Label, string>) => void
  /** Every call adds a duration, in seconds. */
  timer<Label extends string>(
    about: Described<Label>,
  ): (labels: Record<Label, string | number>, seconds: number) => void
  read(metrics: readonly Metric[]): void
  /** All of it in Prometheus' text format. */
  readonly expose: () => Promise<{ type: string; text: string }>
}

// From a token that is verified to a login that waits for its hash.
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const off: Meters = {
  counter: () => () => {},
  timer: () => () => {},
  read: () => {},
  expose: async () => ({ type: 'text/plain', text: '' }),
}

/** Meters that count where `enabled`. The library takes 20 MB: most servers on a laptop are never asked. */
export async function createMeters({ enabled }: { enabled: boolean }): Promise<Meters> {
  if (!enabled) return off
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry: PromRegistry } = await import('prom-client')
  const registry: Registry = new PromRegistry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  return {
    counter({ name, help, labels }) {
      const counter = new Counter({ name, help, labelNames: labels, registers })
      return (values) => counter.inc(values)
    },

    timer({ name, help, labels }) {
      const histogram = new Histogram({ name, help, labelNames: labels, buckets: secondsBuckets, registers })
      return (values, seconds) => histogram.observe(values, seconds)
    },

    read(metrics) {
      for (const { name, help, grows, read } of metrics) {
        const metric = new (grows ? Counter : Gauge)({ name, help, registers })
        async function collect() {
          // One that cannot be read now must not hide the others.
          const value = (await Promise.resolve(read()).catch(() => undefined)) ?? Number.NaN
          metric.reset()
          metric.inc(value)
        }
        Object.assign(metric, { collect })
      }
    },

    async expose() {
      return { type: registry.contentType, text: await registry.metrics() }
    },
  }
}
