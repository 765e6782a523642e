/** All that the app itself does to sign users in, beside the calls of the client in the other files. */
/// <reference lib="dom" />
import { createClient } from '@countersign/client'

const baseUrl = document.querySelector<HTMLMetaElement>('meta[name=api-url]')?.content ?? ''
export const client = createClient({ baseUrl, mode: 'cookie' })

/** The link of a mail that led here. Its path says what for. Its token proves that the user has read the mail, and leaves the address at once. */
const token = /^#token=(.+)$/.exec(location.hash)?.[1]
export const link = token ? { path: location.pathname, token } : null
if (link) history.replaceState(null, '', '/')
