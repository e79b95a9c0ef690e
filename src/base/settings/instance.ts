import { hostname } from 'node:os'
import type { Config } from './config.ts'

/** What this process is called in log lines and in noted deeds: `INSTANCE`, else the host name, which in a cluster is the pod's. */
export function instanceOf({ instance }: Pick<Config, 'instance'>): string {
  const here = hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64)
  return instance ?? (here === '' ? 'unnamed' : here)
}
