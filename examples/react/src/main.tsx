import { CountersignProvider } from '@countersign/client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { client } from './auth.ts'

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <CountersignProvider client={client}>
      <App />
    </CountersignProvider>
  </StrictMode>,
)
