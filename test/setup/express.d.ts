// The part of express that the tests use. Its types are another package.
declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export type Request = IncomingMessage
  export type Handler = (request: Request, response: ServerResponse, next: (error?: unknown) => void) => void
  type App = RequestListener & {
    set(name: string, value: unknown): App
    use(...handlers: Handler[]): App
    get(path: string, handler: Handler): App
  }
  export default function express(): App
}
