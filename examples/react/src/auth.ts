import { createClient } from '@countersign/client'

// Vite puts the value of the environment variable in here.
export const client = createClient({
  baseUrl: import.meta.env.VITE_AUTH_URL ?? 'http://localhost:3000',
  mode: 'cookie',
})

export type Purpose = 'reset' | 'verify' | 'open'

/** What proves that the user has read a mail: the token of its link, or its code with the id of the request. */
export type Asked = { purpose: Purpose; token?: string; verification_id?: string; password?: string }

const purposes: Record<string, Purpose> = { '/reset-password': 'reset', '/open-account': 'open' }
const token = /^#token=(.+)$/.exec(location.hash)?.[1]

/** The link of a mail that led here. Its token leaves the address at once. */
export const link: Asked | null = token ? { purpose: purposes[location.pathname] ?? 'verify', token } : null
if (link) history.replaceState(null, '', '/')
