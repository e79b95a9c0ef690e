import { readHelpLine } from '../../people/helps/index.ts'
import type { ActivityReading } from './activity-reading.ts'
import type { LineRow } from './rows.ts'

/** Of a help: at which desk, and what was opened or why it ended. Who it was is nobody’s name here. */
export function helpNotes(
  { t, register, language }: ActivityReading,
  { kind, reason }: LineRow,
): readonly string[] | undefined {
  if (!kind.startsWith('help.')) return undefined
  const { organisation, said } = readHelpLine(reason ?? '')
  const body = register.organisation(organisation)?.name[language] ?? organisation
  return [t(`my-activity.helped.${said}`), t('my-activity.note.helped', { body })]
}
