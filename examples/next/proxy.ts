import { createServerSession } from '@countersign/client/server'
import { createVerifier } from '@countersign/verify'
import { type NextRequest, NextResponse } from 'next/server'

const baseUrl = process.env.COUNTERSIGN_URL ?? 'http://localhost:3000'
const readSession = createServerSession({ baseUrl, verifier: createVerifier({ issuer: baseUrl }) })

/** Refreshes the session where that is needed. The page and the browser both get the new cookies. */
export async function proxy(request: NextRequest) {
  const found = await readSession(request).catch(() => undefined)
  // Countersign cannot be reached. The page finds that out too, and says so.
  if (!found) return NextResponse.next()
  const headers = new Headers(request.headers)
  headers.set('cookie', found.cookie)
  const response = NextResponse.next({ request: { headers } })
  found.applyTo(response.headers)
  return response
}

export const config = { matcher: '/((?!_next/static|_next/image|favicon.ico).*)' }
