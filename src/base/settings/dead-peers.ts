// A machine that loses its power or its network tells nobody. The kernel holds its connections for alive, two hours as it is set, and
// PostgreSQL keeps a place for each: a machine that is cut off a few times would use up all that there are.

const second = 1000
// Of a connection that does nothing; then once a second, ten times (libuv).
const asksAfterS = 10

/** Of our end: a server that is gone is noticed within twenty seconds. What waits for an answer is given up earlier, by its own limit. */
export const ownEnd = { keepAlive: true, keepAliveInitialDelayMillis: asksAfterS * second } as const

/** Of PostgreSQL's end, to be asked for when a connection is opened: a process that is gone is noticed within 25 seconds. */
export const otherEnd: readonly string[] = [
  `tcp_keepalives_idle=${asksAfterS}`,
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  `tcp_user_timeout=${25 * second}`, // an answer that does not arrive
]

/** The parameter `options` of a connection. */
export function optionsOf(settings: readonly string[]): string {
  // PostgreSQL splits the parameter at spaces.
  return settings.map((setting) => `-c ${setting.replaceAll(/[\\ ]/g, '\\$&')}`).join(' ')
}
