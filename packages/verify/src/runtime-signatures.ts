/**
 * How this runtime verifies signatures. The server does it with @fastify/jwt, which needs Fastify. Here it is done with what the runtime
 * brings: node:crypto in a server, and Web Crypto elsewhere.
 */
import { createNodeSignatures } from './node-signatures.ts'
import { isServer } from './runtime.ts'
import type { Signatures } from './signatures.ts'
import { createWebSignatures } from './web-signatures.ts'

// Not an import, because bundlers for workers would look for the module. Node 20.16, Bun and Deno have the function.
const nodeCrypto = isServer ? process.getBuiltinModule?.('node:crypto') : undefined

export const signatures: Signatures = nodeCrypto ? createNodeSignatures(nodeCrypto) : createWebSignatures(crypto.subtle)
