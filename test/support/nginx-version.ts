import { spawnSync } from 'node:child_process'

// The recipe of deploy/proxies/nginx.conf has words that no older one knows.
const oldest = [1, 26] as const

/** Why the nginx that is installed here cannot run the recipe; undefined where it can. */
export function nginxTooOld(): string | undefined {
  const { stderr } = spawnSync('/usr/sbin/nginx', ['-v'], { encoding: 'utf8' })
  const [, major = 0, minor = 0] = (/nginx\/(\d+)\.(\d+)/.exec(stderr) ?? []).map(Number)
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1])
  return isOld
    ? `nginx ${major}.${minor} is older than ${oldest.join('.')}, which its recipe needs`
    : undefined
}
