'use client'

import { createClient } from '@countersign/client'
import { useRouter } from 'next/navigation'
import { useActionState } from 'react'

export function SignInForm({ baseUrl }: { baseUrl: string }) {
  const router = useRouter()
  const [state, signIn, isPending] = useActionState(submit, { email: '', message: '' })

  async function submit(_: unknown, form: FormData) {
    const email = form.get('email') as string
    const client = createClient({ baseUrl, mode: 'cookie' })
    try {
      await client.signIn({ email, password: form.get('password') as string })
      router.replace('/')
      router.refresh()
      return { email, message: '' }
    } catch (error) {
      return { email, message: (error as Error).message }
    } finally {
      client.close()
    }
  }

  return (
    <form action={signIn}>
      <label>
        Email <input name="email" type="email" autoComplete="username" defaultValue={state.email} required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" disabled={isPending}>
        Sign in
      </button>
      <p role="alert">{state.message}</p>
    </form>
  )
}
