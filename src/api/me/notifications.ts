import type { OnBehalf } from '../../base/web/caller.ts'
import { UnauthorisedCall } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { freshSeconds } from '../../base/web/person.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { ContactSettings, MessageChoice } from '../../people/notifications/index.ts'
import { chosenMessages } from '../../people/notifications/index.ts'
import type { notifications } from './answer-shapes.ts'

type Answer = AnswerOf<typeof notifications>
/** What a service sends; left out: as it is. */
type Sent = Pick<MessageChoice, 'channel' | 'language'> & {
  readonly sendings?: MessageChoice['sendings']
  readonly question_reminders?: MessageChoice['questionReminders']
}

export async function notificationsNow(
  { db }: Pick<Foundation, 'db'>,
  personId: string,
): Promise<Answer> {
  const { channel, language, has, sendings, questionReminders } = await chosenMessages(db, personId)
  return { channel, language, available: has, sendings, question_reminders: questionReminders }
}

/**
 * Changes the person's choices about messages, as « Mes messages » does, and only after a recent sign-in: a thief who turned her
 * messages off could do the rest unseen.
 * @throws Unauthorised insufficient_user_authentication; Refusal contact.none, access.held (409)
 */
export async function chooseNotifications(
  { foundation, reach }: { readonly foundation: Foundation; readonly reach: ContactSettings },
  { personId, factorIds, authTime }: OnBehalf,
  origin: Origin,
  { channel, language, sendings, question_reminders: questionReminders }: Sent,
): Promise<Answer> {
  if (foundation.clock().getTime() - authTime.getTime() > freshSeconds * 1000)
    throw new UnauthorisedCall('insufficient_user_authentication', freshSeconds)
  const choice = { channel, language, sendings, questionReminders }
  await reach.choose({ personId, factorIds, origin }, choice)
  return notificationsNow(foundation, personId)
}
