/** Accounts, and the mails and links that they get. Part of settings.ts. */
import { z } from 'zod'
import { publicUrl } from '../public-url.ts'
import { serverUrl } from '../server-url.ts'
import { androidApps, appleAppIds, appName, linkTargets, logo, whole } from '../setting-rules.ts'

export const accounts = {
  SIGNUP: z
    .enum(['open', 'verified', 'closed'], 'must be open, verified or closed')
    .default('open')
    .describe(
      'With `open`, everyone may open an account and is signed in at once. With `verified`, the link in a ' +
        'mail opens the account, and no answer tells whether an email is known. With `closed`, nobody may open ' +
        'an account.',
    ),
  APP_URL: publicUrl
    .optional()
    .describe(
      'The address of your own pages for the links in mails, which may have a path. If it is unset, the links lead to small pages of ' +
        'this server.',
    ),
  APP_NAME: appName
    .optional()
    .describe(
      'The name of your service in mails and on the pages of this server. If it is unset, it is the host of `PUBLIC_URL`.',
    ),
  APP_LOGO: logo
    .optional()
    .describe(
      'The logo on the pages of this server: the https address of an image, or a `data:` address with an image of at most 20 kB. The ' +
        'policy of the pages allows images of its origin. If it is unset, it is the mark of Countersign.',
    ),
  LINK_TARGETS: linkTargets
    .optional()
    .describe(
      'The addresses that links in mails may lead to if a client asks for it with `redirect_to`, separated by commas: an origin such as ' +
        '`https://app.example.com`, an address such as `https://app.example.com/auth` with everything below it, or `myapp://auth` of ' +
        'a phone app. If it is unset, `redirect_to` is refused.',
    ),
  APPLE_APP_IDS: appleAppIds
    .optional()
    .describe(
      'The iOS apps that may open the links of this server and use its passwords and passkeys, such as ' +
        '`ABCDE12345.com.example.app`, separated by commas. `/.well-known/apple-app-site-association` lists them.',
    ),
  ANDROID_APPS: androidApps
    .optional()
    .describe(
      'The same for Android apps: the name of the package, a colon, and the SHA-256 fingerprint of its certificate ' +
        '(`com.example.app:14:6D:E9:…`), separated by commas. `/.well-known/assetlinks.json` lists them.',
    ),
  SMTP_URL: serverUrl('smtp:', 'smtps:')
    .optional()
    .describe(
      'The mail server, with user and password. If it is unset in development, mail goes to the log and to ' +
        '`/dev/mailbox`.',
    ),
  SMTP_TLS: z
    .enum(['required', 'optional'], 'must be required or optional')
    .default('required')
    .describe(
      'With `required`, no mail is sent to a mail server on another machine that offers no TLS. With `optional`, ' +
        'it is then sent in plain text, and links in it can be read on the way.',
    ),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]{3,200}$/, 'must be an address, such as Example <auth@example.com>')
    .optional()
    .describe('The sender of mails. If it is unset in development, it is `Countersign <countersign@localhost>`.'),
  EMAIL_VERIFICATION_SECONDS: whole(300, 7 * 86_400, 86_400).describe(
    'A link that verifies an email works for this many seconds.',
  ),
  PASSWORD_RESET_SECONDS: whole(60, 86_400, 900).describe(
    'A link that sets a new password works for this many seconds.',
  ),
}
