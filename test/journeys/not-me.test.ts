import { expect, test } from 'vitest'
import {
  createAccess,
  isSignedInAt,
  leaveCodes,
  openPlace,
  openSpace,
  press,
  reads,
  say,
  sees,
  signedOutAt,
  signInWithPasskey,
} from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import {
  answer,
  askForBursary,
  figuresOf,
  goOn,
  openSharings,
  seesQuestion,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'

// « Était-ce vous? » answered by no, and an access that is closed and opened again: one person's day, in each language.

const stage = openStage()
const dayLimitMs = 180_000

test.each(toursIn('en'))(
  '« Ce n’était pas moi » ends another’s session, and an access is closed and opened again, in %s',
  { timeout: dayLimitMs },
  async (language) => {
    const { issuer, studentAid } = stage.demo
    const visitor = await stage.visitor({ language })
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))
    await openAccess(visitor)
    const other = await stage.visitor({ language })
    await copyKey(visitor, other)
    await shareElsewhere(other)
    expect(await isSignedInAt(other, studentAid)).toBe(true)
    await copyKey(other, visitor)

    await openSpace(visitor, issuer)
    await reads(visitor, 'my-access.alarm.new-device')
    await at('was it you')
    await visitor.page.locator('form[action$="/pas-moi"] button').click()
    // The other browser came by a copy of her only key.
    await reads(visitor, 'my-access.done.disowned-only-way')
    await at('it was not')

    // The service was told, without any browser: it shows nobody any more, and the broker asks who it is.
    await signedOutAt(other, studentAid)
    await openSpace(other, issuer)
    await sees(other, 'signin.sign-in.title')
    await openSharings(visitor, issuer)
    const paused = say(visitor, 'my-sharing.sharing.paused')
    await visitor.page.getByText(paused, { exact: true }).waitFor()
    await at('what was allowed since')

    await closeAccess(visitor, at)
    await openSpace(visitor, issuer)
    await signInWithPasskey(visitor)
    await sees(visitor, 'signin.closed.title')
    await at('closed, signed in')
    await press(visitor, 'signin.closed.reopen')
    await sees(visitor, 'my-access.overview.title')
    expect(faults).toEqual([])
  },
)

async function openAccess(visitor: Visitor): Promise<void> {
  await openSpace(visitor, stage.demo.issuer)
  if (visitor.language === 'en') {
    await press(visitor, 'base.attestation.attest')
    await press(visitor, 'base.begin.go-on')
  }
  await createAccess(visitor)
  await leaveCodes(visitor)
  await sees(visitor, 'my-access.overview.title')
}

/** The same key in the other device, as it is now: an older counter would look like a copy. */
async function copyKey(from: Visitor, to: Visitor): Promise<void> {
  const [credential] = await from.device.credentials()
  await to.device.clear()
  if (credential !== undefined) await to.device.addCredential(credential)
}

async function shareElsewhere(other: Visitor): Promise<void> {
  await askForBursary(other, stage.demo.studentAid)
  if (other.language === 'en') await press(other, 'base.attestation.attest')
  await signInWithPasskey(other)
  await seesQuestion(other)
  await answer(other, 'grant')
  await goOn(other)
  await figuresOf(other)
}

async function closeAccess(visitor: Visitor, at: (name: string) => Promise<void>): Promise<void> {
  await openPlace(visitor, stage.demo.issuer, 'leave')
  await press(visitor, 'my-access.overview.close-go')
  await sees(visitor, 'my-access.closing.title')
  await at('what closing does')
  await press(visitor, 'my-access.closing.confirm')
  await sees(visitor, 'my-access.closed.title')
  await at('closed')
}
