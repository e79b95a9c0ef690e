import { noonOf } from '../../base/values/calendar.ts'
import type { DeskDeedTold } from '../../people/searches/index.ts'
import { isDeskLine } from '../../people/searches/index.ts'
import { fromBody } from '../../registry/index.ts'
import type { ActivityReading } from './activity-reading.ts'
import type { LineRow } from './rows.ts'

// What lines say of a desk: at which body, in which function, why. Never which officer.

/** The line leads to the event of her chain: what the event says is shown, and that there is none. */
export function deskNotes(
  reading: ActivityReading,
  { kind, at }: LineRow,
  { desk }: { readonly desk: DeskDeedTold | undefined },
): string | readonly string[] | undefined {
  const { t, words, language } = reading
  if (!isDeskLine(kind)) return undefined
  if (desk === undefined) return t('my-activity.note.desk-untold')
  const { organisation, role, reason, days } = desk
  const fromDesk = fromDeskOf(reading, at, organisation)
  if (days !== undefined) {
    const [from, to] = [days.from, days.to].map((day) => words.date(language, noonOf(day)))
    return [
      t('my-activity.note.desk-dossier', { fromDesk, from: from ?? '', to: to ?? '' }),
      t('my-activity.note.ordered-why', { reason }),
    ]
  }
  return [
    t('my-activity.note.searched', { fromDesk, role: t(`desk.role.${role}`) }),
    t(`my-activity.searched.${reason}`),
    t('my-activity.note.searched-saw'),
  ]
}

/** « de l’Aide aux études », by the name of then */
export function fromDeskOf(
  { register, language, t }: ActivityReading,
  at: Date,
  organisation: string,
): string {
  const body = register.asOf(at).organisation(organisation)?.nameInSentence[language]
  return fromBody(body ?? t('my-activity.line.unknown'), language)
}
