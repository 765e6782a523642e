/** Answers a request that Node could not parse. There is no request object then, only a socket. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, type ErrorCode } from '../../errors.ts'
import { problemType, toProblem } from './write-problem.ts'

const codes: Partial<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** The CORS headers for a page of this origin. */
export type CorsHeaders = (origin: string) => Readonly<Record<string, string>>

// The headers that arrived last. A page cannot put a line break into a header, so it cannot pretend another origin.
const originLine = /\r\norigin: *([\x21-\x7e]{1,200})\r\n/i

/** For Fastify's `clientErrorHandler`. A page of an allowed origin may read the answer, if its origin can be found in the request. */
export function createOnClientError(corsHeaders: CorsHeaders) {
  return function onClientError(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const problem = toProblem(new AppError(codes[error.code ?? ''] ?? 'invalid_request'))
    const body = JSON.stringify(problem)
    const origin = originLine.exec(Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '')?.[1]
    const cors = Object.entries(origin === undefined ? {} : corsHeaders(origin)).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${problemType}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n${cors.join('')}\r\n${body}`,
    )
  }
}
