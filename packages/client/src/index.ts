/** `@countersign/client`: sessions of Countersign in browsers, phones and Node. */
export type * from './api/types.ts'
export type {
  Change,
  Client,
  ClientOptions,
  ClientState,
  FactorRequired,
  Mode,
  RegisterResult,
  SignedIn,
  SignInResult,
} from './contract.ts'
export { createClient } from './create-client.ts'
export { ApiError, type ErrorCode, type FieldError, NetworkError, StorageError } from './errors.ts'
export { type AsyncStorageLike, asyncStorage, type SecureStoreLike, secureStorage } from './storage/async-storage.ts'
export { indexedDbStorage } from './storage/indexed-db.ts'
export { localStorageStorage } from './storage/local-storage.ts'
export { memoryStorage } from './storage/memory.ts'
export type { TokenStorage } from './storage/token-storage.ts'
export { whenApproved } from './when-approved.ts'
