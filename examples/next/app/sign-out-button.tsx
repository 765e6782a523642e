'use client'

import { createClient } from '@countersign/client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'

export function SignOutButton({ baseUrl }: { baseUrl: string }) {
  const router = useRouter()
  const [message, setMessage] = useState('')

  async function signOut() {
    const client = createClient({ baseUrl, mode: 'cookie' })
    try {
      await client.signOut()
      router.refresh()
    } catch (error) {
      setMessage((error as Error).message)
    } finally {
      client.close()
    }
  }

  return (
    <form action={signOut}>
      <button type="submit">Sign out</button>
      <p role="alert">{message}</p>
    </form>
  )
}
