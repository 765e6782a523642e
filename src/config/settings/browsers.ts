/** Pages in browsers: which may call the server, and what their cookies are like. Part of settings.ts. */
import { z } from 'zod'
import { domain, spaOrigins } from '../setting-rules.ts'

export const browsers = {
  SPA_ORIGINS: spaOrigins
    .optional()
    .describe(
      'The origins whose pages may use cookie mode and CORS, separated by commas. A space and the word ' +
        '`cross-site` after an origin admit a page of another site. If it is unset, the server admits no origin. Only ' +
        'in development on this machine, it admits `http://localhost:5173`.',
    ),
  COOKIE_SAMESITE: z
    .enum(['strict', 'lax'], 'must be strict or lax')
    .default('strict')
    .describe(
      'The `SameSite` attribute of the cookies. With `lax`, a user who follows a link from another site ' +
        'arrives signed in on a server-rendered page.',
    ),
  COOKIE_DOMAIN: domain
    .optional()
    .describe(
      'Every host of this domain gets the access cookie, for pages that another host renders. Each of them can then ' +
        'act as the user until the token expires, and can plant a cookie. If it is unset, only the host of ' +
        '`PUBLIC_URL` gets it. The refresh cookie never leaves that host.',
    ),
}
