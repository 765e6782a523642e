/** The longest time, in seconds, for which browsers keep a cookie (RFC 6265bis §5.5). */
export const longestCookieSeconds = 400 * 86_400
