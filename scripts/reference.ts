/**
 * `npm run docs`: writes .env.example, docs/reference/settings.md and docs/reference/errors.md from src/config/settings.ts,
 * src/errors.ts and openapi.yaml. In the two pages it writes between `<!-- NAME -->` and `<!-- /NAME -->`.
 */
import { readFile, writeFile } from 'node:fs/promises'
import type { z } from 'zod'
import { settings } from '../src/config/settings.ts'
import { codeTable, fieldCodeTable, operationTable } from './reference-errors.ts'

/** The heading of each section of settings, by the setting that begins it. */
const sections: Partial<Record<string, string>> = {
  NODE_ENV: 'The process',
  DATABASE_URL: 'Database and secrets',
  PUBLIC_URL: 'Addresses',
  SPA_ORIGINS: 'Cookie mode',
  SIGNING_ALG: 'Keys and access tokens',
  REFRESH_LEEWAY_SECONDS: 'Sessions',
  PASSWORD_PEPPERS: 'Passwords',
  SERVICE_CREDENTIALS: 'Services and revocation',
  SIGNUP: 'Accounts and mail',
  TRUSTED_PROXIES: 'Rate limits',
  AUDIT_DAYS: 'Operation',
}

type Setting = { name: string; fallback: string; allowed: string; meaning: string }

function toSetting([name, schema]: [string, z.ZodType]): Setting {
  const unset = schema.safeParse(undefined)
  const value: unknown = unset.success ? unset.data : undefined
  const fallback = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  // Rules refuse a line break with a message that says which values they accept.
  const refused = schema.safeParse('\n')
  const allowed = refused.success ? 'any text' : (refused.error.issues[0]?.message ?? '').replace(/^must be /, '')
  if (!schema.description) throw new Error(`${name} has no description`)
  return { name, fallback, allowed, meaning: schema.description }
}

const code = (text: string) => (text === '' ? '' : `\`${text}\``)

// A page is named from the root of the project in the source, and linked from its neighbour here.
const withLinks = (text: string) => text.replaceAll(/\(docs\/reference\/([\w-]+)\.md\)/g, '([$1]($1.md))')

function settingTables(): string {
  return Object.entries(settings)
    .map(toSetting)
    .map(({ name, fallback, allowed, meaning }) => {
      const heading = sections[name]
      const head = heading
        ? `\n### ${heading}\n\n| setting | default | allowed | meaning |\n| --- | --- | --- | --- |\n`
        : ''
      return `${head}| \`${name}\` | ${code(fallback)} | ${allowed} | ${withLinks(meaning)} |\n`
    })
    .join('')
    .trim()
}

/** The text as comment lines of at most 100 characters. */
const asComment = (text: string) => text.replaceAll(/(?=\S)(.{1,98})(?: |$)/g, '# $1\n').trimEnd()

function envExample(): string {
  const intro =
    '# Copy this file to .env and uncomment the settings that you change. `npm start` reads .env.\n' +
    '# In production, set the environment itself. docs/reference/settings.md lists the allowed values.\n' +
    '# This file is written by `npm run docs`.\n'
  const blocks = Object.entries(settings)
    .map(toSetting)
    .map(({ name, fallback, meaning }) => `\n${asComment(meaning)}\n#${name}=${fallback}\n`)
  return intro + blocks.join('')
}

function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [before = '', rest = ''] = page.split(begin)
  const after = rest.split(end)[1]
  if (after === undefined) throw new Error(`the page has no ${begin} … ${end}`)
  return `${before}${begin}\n\n${text}\n\n${end}${after}`
}

const fileOf = (path: string) => new URL(`../${path}`, import.meta.url)

/** The text of each generated file, by its path, as the source of today has it. */
export async function renderReference(): Promise<Record<string, string>> {
  const [settingsPage, errorsPage, openapi] = await Promise.all(
    ['docs/reference/settings.md', 'docs/reference/errors.md', 'openapi.yaml'].map((path) =>
      readFile(fileOf(path), 'utf8'),
    ),
  )
  return {
    '.env.example': envExample(),
    'docs/reference/settings.md': between(settingsPage ?? '', 'settings', settingTables()),
    'docs/reference/errors.md': between(
      between(between(errorsPage ?? '', 'codes', codeTable()), 'field-codes', fieldCodeTable()),
      'operations',
      operationTable(openapi ?? ''),
    ),
  }
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await renderReference())) await writeFile(fileOf(path), text)
}
