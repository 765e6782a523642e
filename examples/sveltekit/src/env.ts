import { defineEnvVars } from '@sveltejs/kit/env'

export const variables = defineEnvVars({
  COUNTERSIGN_URL: { public: true, schema: (value) => value ?? 'http://localhost:3000' },
})
