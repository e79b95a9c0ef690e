import type { Language } from '../../base/values/languages.ts'
import { deviceParts } from '../../base/web/device.ts'
import type { AccessContext } from './context.ts'

/** « Chrome sur Linux »; undefined where nothing is known. */
export function deviceInWords(
  { foundation: { words } }: Pick<AccessContext, 'foundation'>,
  language: Language,
  label: string,
): string | undefined {
  const { browser, system } = deviceParts(label)
  if (browser === '') return undefined
  return system === '' ? browser : words.t(language, 'base.device', { browser, system })
}
