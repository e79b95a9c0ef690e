import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Watchdog } from '../base/settings/config.ts'
import type { Log } from '../base/logging/log.ts'
import { OperatorError } from '../base/values/operator-error.ts'

// systemd replaces a process that says nothing for WatchdogSec: one whose loop hangs says nothing. Node has no datagram sockets of a
// machine's own, so systemd's own program says it (systemd-notify(1)); the unit lets it, by NotifyAccess=all.

const run = promisify(execFile)
/** Of the time that systemd gives, so that one word may be lost. */
const turns = 3
const mostMs = 5000
// The child gets nothing of the environment of this process, in which secrets may stand.
const path = '/usr/local/bin:/usr/bin:/bin'

/**
 * Says at once, and then again and again until it is stopped, that this process goes on.
 * @throws OperatorError where systemd’s program is not there: it would end this process for ever
 */
export async function startWatchdog(
  { everyMs, socket }: Watchdog,
  log: Pick<Log, 'warn'>,
  program = 'systemd-notify',
): Promise<{ stop(): Promise<void> }> {
  const env = { PATH: path, NOTIFY_SOCKET: socket }
  const tell = async () => {
    await run(program, ['WATCHDOG=1'], { env, timeout: Math.min(mostMs, everyMs) })
  }
  await tell().catch((cause: unknown) => {
    throw new OperatorError(
      'The unit sets WatchdogSec, and systemd-notify cannot be run: install it, or take WatchdogSec out.',
      { cause },
    )
  })
  let telling: Promise<void> | undefined
  const timer = setInterval(() => {
    telling ??= tell()
      .catch((error: unknown) =>
        log.warn({ error }, 'systemd was not told that this process goes on'),
      )
      .finally(() => (telling = undefined))
  }, everyMs / turns)
  return {
    async stop() {
      clearInterval(timer)
      await telling
    },
  }
}
