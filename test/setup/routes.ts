/** The routes of the app, read from `printRoutes`, which also has the routes that the OpenAPI document leaves out. */
import type { Node } from './node.ts'

/** Every path with its methods. Parameters are written `:name`. */
export function listRoutes({ app }: Pick<Node, 'app'>): { url: string; methods: readonly string[] }[] {
  const parents: string[] = []
  return [...app.printRoutes({ commonPrefix: false }).matchAll(/^([│ ]*)[├└]── (\S+)( \([A-Z, -]+\))?/gm)].flatMap(
    ([, indent = '', part = '', methods]) => {
      parents.splice(indent.length / 4, Infinity, part)
      return methods ? [{ url: parents.join(''), methods: methods.match(/[A-Z-]+/g) ?? [] }] : []
    },
  )
}
