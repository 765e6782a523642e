/** A module for `--import`. It replaces imports of src/ with the production build in dist/. */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier.replace(/^(\.\.\/\.\.\/)src\/(.+)\.ts$/, '$1dist/$2.js'), context),
})
