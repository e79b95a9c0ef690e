import { getParser } from 'bowser'

/** "Chrome, Linux": what a person recognises a session or a key by. Nothing finer is kept. */
export function deviceLabel(userAgent: string): string {
  if (userAgent === '') return '?'
  const parser = getParser(userAgent.slice(0, 512))
  const names = [parser.getBrowserName(), parser.getOSName()].filter((name) => name !== '')
  return names.length === 0 ? '?' : names.join(', ').slice(0, 64)
}
