import * as React from 'react'

type Wait = (promise: Promise<unknown>) => unknown

/**
 * Suspends the component that renders until the promise is done. `use` came with React 19. It is looked up at run time, because bundlers
 * refuse the import of a name that React 18 does not have. In React 18, a component suspends by throwing the promise.
 */
export const waitFor: Wait =
  (Reflect.get(React, 'use') as Wait | undefined) ??
  ((promise) => {
    throw promise
  })
