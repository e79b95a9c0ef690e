import { actorOfOwnAccess, answererOf } from '../../../src/people/accounts/index.ts'
import { expect, test } from 'vitest'
import type {
  PersonHandler,
  ReaderHandler,
  AnsweringSession,
  SignedInPerson,
} from '../../../src/base/web/person.ts'
import type { resumeConsent } from '../../../src/consent/record/index.ts'
import type { openGate } from '../../../src/people/accounts/index.ts'
import type { answerRequest } from '../../../src/consent/asking/answer.ts'
import type { DoneBy, SignOfHerself } from '../../support/answering-deeds.ts'

// The compiler reads these: a line that should not compile, and does, is a fault of `npm run check`.

const proof = { acr: 'urn:accord:aal:2', provedAt: new Date(0), factorIds: [] }
const somebody = { ...proof, personId: 'somebody' }

type By<Deed extends (...given: never[]) => unknown, At extends number> = Parameters<Deed>[At]

test('a deed that lets something flow takes nobody whose session was not read as her own', () => {
  // @ts-expect-error: a gate opens for nobody else
  const opening: By<typeof openGate, 2> = somebody
  // @ts-expect-error: nobody else resumes
  const resuming: By<typeof resumeConsent, 2> = { ...somebody, consentId: 'con' }
  const page = { amr: [], visit: Buffer.alloc(32), presentationId: 'pre', chosen: [] }
  // @ts-expect-error: nobody else says yes
  const saying: By<typeof answerRequest, 3> = { ...somebody, ...page, granted: true }
  const hers: By<typeof openGate, 2> = actorOfOwnAccess(somebody)
  expect([opening, resuming.personId, saying.personId, hers.personId]).toEqual([
    somebody,
    ...Array<string>(3).fill('somebody'),
  ])
})

const resumes = (_ctx: unknown, _room: unknown, who: AnsweringSession) => who.actor
// Its type says that the doors of a person’s pages take it.
const handler: PersonHandler<object> = (ctx, room, who) => void resumes(ctx, room, who)
// @ts-expect-error: she who only reads has no actor
const reading = (who: SignedInPerson) => resumes({}, handler, who)

test('a handler that answers cannot be given whoever only reads', () => {
  expect(reading({} as SignedInPerson)).toBeUndefined()
})

// @ts-expect-error: the door that takes a card hands on nobody who answers
const read: ReaderHandler<object> = (ctx, room, who) => void resumes(ctx, room, who)

test('whoever came by a card answers nothing, in whichever session', () => {
  expect(read).toBeInstanceOf(Function)
  expect(answererOf(somebody, ['otp', 'card'])).toBeUndefined()
  expect(answererOf(somebody, ['otp'])?.personId).toBe('somebody')
})

type None<Deed extends never> = readonly Deed[]
const doneByOfficers: None<DoneBy<SignOfHerself>> = []
// @ts-expect-error: without what nobody can write, an officer who says all that a sign says would do it
const doneByPretence: None<DoneBy<{ lend: { readonly personId: string } }>> = []

test('an officer does no deed that says yes, resumes, lifts, gives, or changes how an access is opened', () => {
  expect([doneByOfficers, doneByPretence]).toEqual([[], []])
})
