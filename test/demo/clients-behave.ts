import { expect, test } from 'vitest'
import type { Client, ClientsStage } from './clients-stage.ts'
import { visitor, whoIn } from './clients-stage.ts'
import { sendNoticesNow } from '../support/told-now.ts'

// What every client does that others wrote, whatever its library.

export function behave(names: readonly string[], stageOf: () => ClientsStage): void {
  const clientOf = (name: string): Client => {
    const client = stageOf().clients.find((one) => one.name === name)
    if (client === undefined) throw new Error(`no client ${name}`)
    return client
  }

  test('a person signs in at every client, and proves who she is once', async () => {
    const { begin } = await visitor(stageOf())
    for (const name of names) {
      const page = await begin(clientOf(name), 'signIn')
      expect([name, new URL(page.url).origin]).toEqual([name, clientOf(name).address])
      expect([name, whoIn(page)]).toEqual([
        name,
        { sub: expect.stringMatching(/^[\w-]{22}$/), acr: 'urn:accord:aal:2' },
      ])
    }
  })

  test.each(names)('%s asks for a fresh proof, and gets it', async (name) => {
    const { begin, prove, home } = await visitor(stageOf())
    const asked = await begin(clientOf(name), 'fresh')
    expect(new URL(asked.url).origin).toBe(stageOf().issuer)
    const back = await prove(asked)
    expect(new URL(back.url).origin).toBe(clientOf(name).address)
    expect(await home(clientOf(name))).toMatchObject({ acr: 'urn:accord:aal:2' })
  })

  test.each(names)('a sign-out at %s ends every client, each in its own way', async (name) => {
    const { begin, home, signOut } = await visitor(stageOf())
    for (const one of names) {
      await begin(clientOf(one), 'signIn')
      expect([one, await home(clientOf(one))]).not.toEqual([one, undefined])
    }
    const left = await signOut(clientOf(name))
    expect([new URL(left.url).origin, whoIn(left)]).toEqual([clientOf(name).address, undefined])
    // The other clients are told by the provider alone.
    await sendNoticesNow(stageOf().db)
    for (const one of names) await expect.poll(() => home(clientOf(one))).toBeUndefined()
  })

  test.each(names)('%s survives a person who turns back', async (name) => {
    const { begin, home, turnBack } = await visitor(stageOf())
    const back = await turnBack(await begin(clientOf(name), 'fresh'))
    expect(new URL(back.url).origin).toBe(clientOf(name).address)
    expect(back.status).toBeLessThan(500)
    const isSomebody = (await home(clientOf(name))) !== undefined
    expect(isSomebody).toBe(clientOf(name).beginsAgain === true)
  })
}
