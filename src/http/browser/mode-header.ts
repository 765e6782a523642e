/** The header by which a client chooses its mode. */
import { z } from 'zod'

export const modeHeader = z.looseObject({
  'x-auth-mode': z
    .enum(['bearer', 'cookie'])
    .optional()
    .describe(
      '`cookie` asks for cookies instead of tokens in the body. Send it with every request that is not a GET. `bearer` ignores cookies.',
    ),
})
