import { createClient } from '@countersign/client'

globalThis.createClient = createClient
