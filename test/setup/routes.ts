/** What the app answers to, read from its router's own drawing: what a document leaves out is in it too. */
import type { Node } from './node.ts'

/** Every address with its methods, parameters as `:name`. */
export function listRoutes({ app }: Pick<Node, 'app'>): { url: string; methods: readonly string[] }[] {
  const parents: string[] = []
  return [...app.printRoutes({ commonPrefix: false }).matchAll(/^([│ ]*)[├└]── (\S+)( \([A-Z, -]+\))?/gm)].flatMap(
    ([, indent = '', part = '', methods]) => {
      parents.splice(indent.length / 4, Infinity, part)
      return methods ? [{ url: parents.join(''), methods: methods.match(/[A-Z-]+/g) ?? [] }] : []
    },
  )
}
