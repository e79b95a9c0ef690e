import { hostname } from 'node:os'
import type { Log } from '../logging/log.ts'
import { openLog } from '../logging/log.ts'
import type { Config } from './config.ts'

/** What this process is called in log lines and in noted deeds: `INSTANCE`, else the host name, which in a cluster is the pod's. */
export function instanceOf({ instance }: Pick<Config, 'instance'>): string {
  const here = hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64)
  return instance ?? (here === '' ? 'unnamed' : here)
}

/** The log of this process: each line says which process wrote it. */
export function processLog(
  { logLevel, instance }: Pick<Config, 'logLevel' | 'instance'>,
  destination?: { write(line: string): void },
): Log {
  return openLog(logLevel, destination, instanceOf({ instance }))
}
