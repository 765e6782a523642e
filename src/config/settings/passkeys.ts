/** Passkeys: the domain that they belong to, and the pages and apps that may use them. Part of settings.ts. */
import { z } from 'zod'
import { isPasskeyDomain, parsePasskeyOrigin } from '../passkey-origins.ts'
import { domain } from '../setting-rules.ts'

const passkeyOrigins = z.string().transform((text, ctx) => {
  const list = text.split(',').map(parsePasskeyOrigin)
  const found = list.filter((entry) => entry !== undefined)
  if (found.length === list.length && new Set(found).size === found.length) return found
  ctx.addIssue(
    'must be origins such as https://app.example.com, https://*.example.com or android:apk-key-hash:…, separated by commas, ' +
      'with no path and no final slash',
  )
  return z.NEVER
})

export const passkeys = {
  PASSKEY_DOMAIN: z
    .union([z.literal('localhost'), domain], 'must be a domain such as example.com, or localhost')
    .refine(isPasskeyDomain, 'must not be a domain below which anybody can get a host')
    .optional()
    .describe(
      'The domain that passkeys belong to (the RP ID of WebAuthn). Pages at it and below it can use them. After a change, no passkey from ' +
        'before works. If it is unset, it is the host of `APP_URL`, or else of `PUBLIC_URL`.',
    ),
  PASSKEY_ORIGINS: passkeyOrigins
    .optional()
    .describe(
      'The origins whose pages and apps may use passkeys, separated by commas. `android:apk-key-hash:…` stands for an Android app. Origins ' +
        'that are not at or below `PASSKEY_DOMAIN` are listed at `/.well-known/webauthn`. If it is unset, these are the origins of ' +
        '`PUBLIC_URL`, `APP_URL` and `SPA_ORIGINS`, and the apps of `ANDROID_APPS` and `APPLE_APP_IDS`.',
    ),
}
