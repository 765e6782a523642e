/** HTML: whether a request asks for it, and text that is safe in it. */
import type { FastifyRequest } from 'fastify'

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The text, safe in elements and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')

/** Whether the request was made by a browser for a user to read. Programs ask for JSON, or for anything. */
export function asksForHtml({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const types = (headers.accept ?? '')
    .toLowerCase()
    .split(',')
    .map((type) => type.trim())
  const html = types.findIndex((type) => /^text\/html *(;|$)/.test(type) && !/; *q=0(\.0*)?$/.test(type))
  const json = types.findIndex((type) => /^application\/([a-z]+\+)?json *(;|$)/.test(type))
  return html >= 0 && (json < 0 || html < json)
}
