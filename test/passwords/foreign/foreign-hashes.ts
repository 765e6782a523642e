/**
 * Hashes that other programs made: the reference program of Argon2, libxcrypt (bcrypt), hashlib of Python (scrypt and PBKDF2), and the example
 * in Firebase's own documentation.
 */
export type Foreign = { readonly scheme: string; readonly password: string; readonly hash: string }

const phrase = 'correct horse'
const salt = 'abcdefghijklmnopqrstuu'
const shared = '0ZrzXitSFGltTQnBWOsdeg'
const signerKey = 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='

export const foreignHashes: readonly Foreign[] = [
  {
    scheme: 'argon2id',
    password: 'password',
    hash: '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  },
  {
    scheme: 'argon2i',
    password: 'password',
    hash: '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8',
  },
  { scheme: '2y', password: phrase, hash: `$2y$04$${salt}jydOTSfIH/d5oUHpsygqV5X9xJLQc6e` },
  { scheme: '2b', password: phrase, hash: `$2b$04$${salt}jydOTSfIH/d5oUHpsygqV5X9xJLQc6e` },
  { scheme: '2a', password: phrase, hash: `$2a$04$${salt}jydOTSfIH/d5oUHpsygqV5X9xJLQc6e` },
  { scheme: '2a', password: '\u00e4'.repeat(50), hash: `$2a$04$${salt}Ag/vhymG.zjfOvPuw7BgQPjbFV1.SQW` },
  { scheme: '2x', password: '\u00e4apfl', hash: `$2x$04$${salt}ja1Ojtqtdn8OItv7OY7J5bGxDEH1vPS` },
  { scheme: '2x', password: 'p\u00e4\u00f6\u00fcassword', hash: `$2x$04$${salt}78l79IFjJehkYEoGRvyejIqLu3mmXP6` },
  {
    scheme: 'scrypt',
    password: phrase,
    hash: `$scrypt$ln=10,r=8,p=1$${shared}$sY847dZQqqFI/4vwijeiN4G288Yi9r5f9uZCPy0LIL0`,
  },
  {
    scheme: 'pbkdf2-sha256',
    password: 'password',
    hash: `$pbkdf2-sha256$6400$${shared}$fzx46uC5fYVptWwa/F6V7DR.torh24.BIzPJV/71Mb4`,
  },
  {
    scheme: 'pbkdf2-sha256',
    password: phrase,
    hash: `$pbkdf2-sha256$i=1000,l=32$${shared}$2EUuC229NhA0f3mUBaN2mPmRu00rzp66tzrhKDAFmVI`,
  },
  {
    scheme: 'pbkdf2-sha512',
    password: phrase,
    hash: `$pbkdf2-sha512$1000$${shared}$FbC73aOMMZe3BdpQlwz8TX3BzWjdhPzLqARUNLVpf0NuAvUPdKGTITrtUImaP2EAT2CzFZFrD11Q.zZJJr6gbw`,
  },
  {
    scheme: 'pbkdf2_sha256',
    password: phrase,
    hash: 'pbkdf2_sha256$1000$kjVJaVz6qsnJ$0g5ivV7jtlglCkAB8uj49lze/cVnMpdVIWynuO/kleM=',
  },
  {
    scheme: 'firebase-scrypt',
    password: 'user1password',
    hash: `$firebase-scrypt$ln=14,r=8,p=1,ss=Bw==,sk=${signerKey}$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==`,
  },
]

const argon2 = (parameters: string) =>
  `$argon2id$v=19$${parameters}$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4`
const scrypt = (parameters: string) => `$scrypt$${parameters}$${shared}$sY847dZQqqFI/4vwijeiN4G288Yi9r5f9uZCPy0LIL0`

/** Hashes that are not compared: the scheme that the log may name, and the reason. */
export const unusableHashes: readonly (readonly [hash: string, scheme: string, reason: string])[] = [
  ['', 'unknown', 'unknown scheme'],
  ['5f4dcc3b5aa765d61d8327deb882cf99', 'unknown', 'unknown scheme'],
  ['{SSHA}secretsecretsecret', 'unknown', 'unknown scheme'],
  ['$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', 'unknown', 'unknown scheme'],
  [
    '$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    'argon2id',
    'unknown scheme',
  ],
  ['$argon2id$', 'argon2id', 'broken'],
  [argon2('m=256,t=2'), 'argon2id', 'broken'],
  [argon2('m=256,t=2,p=0'), 'argon2id', 'broken'],
  [argon2('m=256,t=2,p=1,p=1'), 'argon2id', 'broken'],
  [argon2('m=4194304,t=1,p=1'), 'argon2id', 'beyond the limits'],
  [argon2('m=262144,t=3,p=1'), 'argon2id', 'beyond the limits'],
  [argon2('m=256,t=1000000,p=1'), 'argon2id', 'beyond the limits'],
  [argon2('m=65536,t=2,p=200'), 'argon2id', 'beyond the limits'],
  ['$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65', 'argon2id', 'broken'],
  [`$2b$04$${salt}jydOTSfIH`, '2b', 'broken'],
  [`$2b$31$${salt}jydOTSfIH/d5oUHpsygqV5X9xJLQc6e`, '2b', 'beyond the limits'],
  [`hmac-sha384:-:$2b$31$${salt}jydOTSfIH/d5oUHpsygqV5X9xJLQc6e`, 'hmac-sha384', 'beyond the limits'],
  ['hmac-sha384:-:secret', 'hmac-sha384', 'broken'],
  [scrypt('ln=22,r=8,p=1'), 'scrypt', 'beyond the limits'],
  [scrypt('ln=10,r=8,p=1000'), 'scrypt', 'beyond the limits'],
  [scrypt('ln=0,r=8,p=1'), 'scrypt', 'broken'],
  ['$scrypt$ln=10,r=8,p=1$$', 'scrypt', 'broken'],
  [
    `$pbkdf2-sha256$4000000000$${shared}$fzx46uC5fYVptWwa/F6V7DR.torh24.BIzPJV/71Mb4`,
    'pbkdf2-sha256',
    'beyond the limits',
  ],
  [`$pbkdf2-sha256$0$${shared}$fzx46uC5fYVptWwa/F6V7DR.torh24.BIzPJV/71Mb4`, 'pbkdf2-sha256', 'broken'],
  ['pbkdf2_sha256$1000$kjVJaVz6qsnJ$0g5i', 'pbkdf2_sha256', 'broken'],
  [
    `$firebase-scrypt$ln=30,r=8,p=1,ss=Bw==,sk=${signerKey}$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==`,
    'firebase-scrypt',
    'beyond the limits',
  ],
  ['$firebase-scrypt$ln=14,r=8,p=1,ss=Bw==$42xEC', 'firebase-scrypt', 'broken'],
]
