/**
 * The security headers of every answer. They are those of @fastify/helmet, which builds them again for each request and takes as long
 * as the rest of the request. They never differ, so they are constants. test/http/security-headers.test.ts compares them with helmet's.
 */
const always: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';base-uri 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}

/**
 * The headers, with the value of Strict-Transport-Security. Without a value, that header is left out: RFC 6797 §7.2 forbids it on plain
 * http.
 */
export const securityHeaders = (hsts: string | undefined): Readonly<Record<string, string>> =>
  Object.freeze(hsts === undefined ? always : { ...always, 'strict-transport-security': hsts })
