/** Where a new officer makes his keys, in French. Nothing in the address is secret. */
export const keysPath = '/cles-du-comptoir'
