/** The types of the API. */
export type User = {
  id: string
  email: string | null
  email_verified: boolean
  name: string | null
  roles: string[]
  created_at: string
  updated_at: string
}
export type Api = Readonly<Record<string, (body?: unknown) => Promise<unknown>>>
