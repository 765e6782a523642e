/** 405 with `Allow` (RFC 9110 §15.5.6) for documented paths that have other methods. */
import { AppError } from '../errors.ts'
import type { App } from './server.ts'

/**
 * Call it before the first route. Call the function that it returns after the last route: it adds a refusal for every other method of
 * each path. CORS answers OPTIONS.
 */
export function watchMethods(app: App): () => void {
  const methodsByUrl = new Map<string, Set<string>>()
  let watching = true
  app.addHook('onRoute', ({ url, method, schema }) => {
    if (watching && !schema?.hide)
      methodsByUrl.set(url, (methodsByUrl.get(url) ?? new Set()).union(new Set([method].flat())))
  })

  return function refuseOtherMethods(): void {
    watching = false
    for (const [url, allowed] of methodsByUrl) {
      const method = app.supportedMethods.filter((name) => name !== 'OPTIONS' && !allowed.has(name))
      app.route({
        url,
        method,
        schema: { hide: true },
        handler: (_request, reply) => {
          reply.header('allow', [...allowed].join(', '))
          throw new AppError('method_not_allowed')
        },
      })
    }
  }
}
