/** Counters, timers and gauges for Prometheus. If no one can read them, nothing is counted and the library is not loaded. */
import type { Registry } from 'prom-client'

/** A value that is read when Prometheus asks. */
export type Metric = {
  /** The unit stands at its end, as is usual in Prometheus. */
  readonly name: string
  readonly help: string
  /** Whether the value only grows. The name then ends in `_total`. */
  readonly grows?: true
  /** The present value, or undefined if there is none. */
  readonly read: () => number | undefined | Promise<number | undefined>
}

export type Labels = Readonly<Record<string, string | number>>
/** A label has few values, and never one that a client sent. */
type Described<Label extends string> = { name: string; help: string; labels: readonly Label[] }

export type Meters = {
  /** A counter. Every call adds one. */
  counter<Label extends string>(about: Described<Label>): (labels: Record<Label, string>) => void
  /** A histogram. Every call adds a duration in seconds. */
  timer<Label extends string>(
    about: Described<Label>,
  ): (labels: Record<Label, string | number>, seconds: number) => void
  read(metrics: readonly Metric[]): void
  /** All values in the text format of Prometheus. */
  readonly expose: () => Promise<{ type: string; text: string }>
}

// The shortest is the verification of a token, the longest a login that waits for its hash.
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const off: Meters = {
  counter: () => () => {},
  timer: () => () => {},
  read: () => {},
  expose: async () => ({ type: 'text/plain', text: '' }),
}

/** Meters that count if `enabled`. The library takes 20 MB of memory, and most servers on a laptop are never asked. */
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
          // A value that cannot be read must not hide the others.
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
