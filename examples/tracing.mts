/**
 * OpenTelemetry on the channels of `node:diagnostics_channel`: a span for each call of `connect`, and one for the life of each
 * connection. The program that connects is not changed. A real one would export the spans instead of printing them.
 *
 *     node build/examples/tracing.mjs ws://localhost:8080/mirror
 */

import { channel, tracingChannel } from 'node:diagnostics_channel'
import { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { type CloseEvent, type ConnectContext, connect, type OpenEvent } from 'websocket-rs'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('websocket-rs')

/** The span of each call that has not ended, and that of each open connection. A context is one object per call. */
const calls = new WeakMap<object, Span>()
const connections = new WeakMap<object, Span>()

function start(name: string, url: string): Span {
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: { 'url.full': url } })
}

function fail(span: Span | undefined, error: unknown): void {
  span?.recordException(error as Error)
  const { code, message } = error as { code?: string; message: string }
  span?.setAttribute('error.type', code ?? 'unknown')
  span?.setStatus({ code: SpanStatusCode.ERROR, message })
}

tracingChannel<unknown, ConnectContext>('websocket-rs.connect').subscribe({
  start: (context) => calls.set(context, start('connect', context.url)),
  end: (context) => {
    // A call of the blocking API is over here, one of the promise API in `asyncEnd`.
    if (context.blocking) calls.get(context)?.end()
  },
  asyncStart: () => {},
  asyncEnd: (context) => calls.get(context)?.end(),
  error: (context) => fail(calls.get(context), context.error),
})
channel('websocket-rs:open').subscribe((event) => {
  const { url, context } = event as OpenEvent
  connections.set(context, start('connection', url))
})
channel('websocket-rs:close').subscribe((event) => {
  const { context, closeCode, error, stats } = event as CloseEvent
  const span = connections.get(context)
  if (error !== undefined) fail(span, error)
  span?.setAttributes({
    'websocket.close_code': closeCode,
    'websocket.messages_sent': stats.messagesSent,
    'websocket.messages_received': stats.messagesReceived,
  })
  span?.end()
})

const [url = 'ws://localhost:8080/mirror'] = process.argv.slice(2)
try {
  const ws = await connect(url)
  await ws.send('hello')
  await ws.recv()
  await ws.close()
  await ws.closed
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
for (const { name, attributes, status } of exporter.getFinishedSpans()) {
  console.log(name, JSON.stringify(attributes), status.message ?? 'ok')
}
