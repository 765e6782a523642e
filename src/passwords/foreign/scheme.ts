/** What the schemes of other systems have in common. */

/** Compares with a bcrypt hash of the form `$2b$`. */
export type CompareBcrypt = (password: Buffer, hash: string) => Promise<boolean>

/** Why no password can be compared with a hash. */
export type Fault = 'unknown scheme' | 'broken' | 'beyond the limits'

/** A hash of another system: the comparison with a password, or the reason why there is none. */
export type ForeignHash =
  | { readonly scheme: string; readonly matches: (password: Buffer) => Promise<boolean> }
  | { readonly scheme: string; readonly fault: Fault }

/** Reads the text after the name of the scheme. */
export type Scheme = (text: string, name: string) => Fault | ((password: Buffer) => Promise<boolean>)
