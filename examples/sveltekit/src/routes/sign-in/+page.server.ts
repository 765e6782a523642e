import { error, redirect } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = ({ locals: { session } }) => {
  if (session === 'unknown') error(503, 'Your account is not reachable. You are not signed out. Please try again.')
  if (session) redirect(303, '/')
}
