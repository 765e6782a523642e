export default {
  api: {
    input: '../../openapi.yaml',
    output: {
      target: 'generated/orval.ts',
      client: 'fetch',
      override: { mutator: { path: './programs/orval-fetch.ts', name: 'orvalFetch' } },
    },
  },
}
