/** With `--import`: wherever a file of the bench names our source, it gets the production build of it. */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier.replace(/^(\.\.\/\.\.\/)src\/(.+)\.ts$/, '$1dist/$2.js'), context),
})
