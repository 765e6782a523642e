// The part of express that the tests use. Its types are another package.
declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export type Request = IncomingMessage
  export type Response = ServerResponse & {
    locals: Record<string, unknown>
    append(name: string, value?: string | string[]): Response
    set(name: string, value?: string | string[]): Response
    json(body: unknown): Response
  }
  export type Handler = (request: Request, response: Response, next: (error?: unknown) => void) => void | Promise<void>
  type App = RequestListener & {
    set(name: string, value: unknown): App
    use(...handlers: Handler[]): App
    get(path: string, handler: Handler): App
  }
  export default function express(): App
}
