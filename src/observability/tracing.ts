/**
 * Traces by OpenTelemetry, sent over OTLP/HTTP. The SDK reads its standard variables itself. This file and its libraries are loaded only
 * if those variables ask for traces.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'

/** The span of a request, from its first byte to the last byte of its answer. */
export type RequestSpan = {
  readonly traceId: string
  /** Everything that `work` starts belongs to the request. */
  run<T>(work: () => T): T
  /** `route` is the pattern of the route. URLs, headers and bodies stay out of a span. */
  end(about: { route: string; status: number }): void
}

export type Tracing = {
  /** Continues the trace of the client, if it sends one (W3C `traceparent`). */
  beginRequest(about: { method: string; headers: Record<string, unknown> }): RequestSpan
  /** Runs `work` in a span of the request that it belongs to. `text` has placeholders and never values. */
  statement: <T>(text: string, work: () => Promise<T>) => Promise<T>
  /** Sends the remaining spans, if the collector takes them soon. */
  stop(): Promise<void>
}

const longestText = 2000
const stopsWithinMs = 1000

/** `onError` is called for traces that could not be sent. */
export function startTracing(onError: (error: Error) => void): Tracing {
  setGlobalErrorHandler((error) => onError(error instanceof Error ? error : new Error(JSON.stringify(error))))
  const named = resourceFromAttributes({ 'service.name': 'countersign' })
  const given = detectResources({ detectors: [envDetector] })
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(named).merge(given),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const tracer = provider.getTracer('countersign')

  return {
    beginRequest({ method, headers }) {
      const caller = propagation.extract(context.active(), headers)
      const attributes = { 'http.request.method': method }
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, caller)
      const own = trace.setSpan(caller, span)
      return {
        traceId: span.spanContext().traceId,
        run: (work) => context.with(own, work),
        end: ({ route, status }) => {
          span.updateName(`${method} ${route}`)
          span.setAttributes({ 'http.route': route, 'http.response.status_code': status })
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
      }
    },

    statement: async (text, work) => {
      // The background work of the node belongs to no request.
      if (!trace.getActiveSpan()) return work()
      const [operation = ''] = /\w+/.exec(text) ?? []
      const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text.slice(0, longestText) }
      const span = tracer.startSpan(operation.toUpperCase(), { kind: SpanKind.CLIENT, attributes })
      return finish(span, work)
    },

    async stop() {
      await Promise.race([provider.shutdown(), sleep(stopsWithinMs, undefined, { ref: false })])
    },
  }
}

async function finish<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // The message of the error may quote values, so it stays out.
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
