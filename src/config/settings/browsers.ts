/** Pages in browsers: which may call the server, and what their cookies are like. Part of settings.ts. */
import { z } from 'zod'
import { domain, headerNames, spaOrigins } from '../setting-rules.ts'

export const browsers = {
  SPA_ORIGINS: spaOrigins
    .optional()
    .describe(
      'The origins whose pages may call the server, separated by commas. They may use cookie mode. With a space and ' +
        '`cross-site` after it, an origin may be on another site. With `bearer`, it may use bearer mode alone, as may native ' +
        'shells such as `capacitor://localhost`, extensions, and `null` for files. `https://*.preview.example.com` stands ' +
        'for one label. If it is unset, the server admits no origin. Only in development on this machine, it admits ' +
        '`http://localhost:*` and `http://127.0.0.1:*`: any port.',
    ),
  CORS_HEADERS: headerNames
    .optional()
    .describe(
      'More request headers that pages of `SPA_ORIGINS` may send, separated by commas. Those of the server and the usual ' +
        'headers of tracing are allowed already.',
    ),
  HSTS: z
    .string()
    .regex(
      /^(?:off|max-age=\d{1,10}(?:; includeSubDomains(?:; preload)?)?)$/,
      'must be off or a value such as max-age=31536000; includeSubDomains',
    )
    .default('max-age=31536000')
    .describe(
      'The value of `Strict-Transport-Security` where `PUBLIC_URL` is https. Browsers then use https alone for its host. With ' +
        '`includeSubDomains` they do so for every host below it, also for those of other services.',
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
