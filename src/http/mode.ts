/** How a client carries its tokens. The mode is fixed at sign-in for the life of the session. */
export type Mode = 'bearer' | 'cookie'
