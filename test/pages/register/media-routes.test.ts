import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { makeBrowser } from '../../support/browser.ts'
import { launchBrowser } from '../../support/chromium.ts'
import { newFolder } from '../../support/fault-process.ts'
import { keepFile, keepFilm, newFilm, playedFilm } from '../../support/media.ts'
import type { Asked, Stage } from '../../support/sharing.ts'
import { askNewcomer, startStage } from '../../support/sharing.ts'

// The films and recordings of a question: on its page, and at their own addresses.

const dir = newFolder()
const said = {
  fr: 'L’Aide aux études (démo) demande à l’Agence du revenu (démo) votre revenu.\nVous pouvez dire non, et arrêter.',
  en: 'Student Aid (demo) asks the Revenue Agency (demo) for your income.\nYou can say no, and stop.',
}
const { film, captions, member: lsq } = keepFilm(dir, said.fr)
const { film: played, member: asl } = keepFilm(dir, said.en, playedFilm)
const sound = keepFile(dir, newFilm(), 'mp3')
const audio_fr = { type: 'audio/mpeg', ...sound.named, transcript: said.fr }
const src = (name: string) => `/register/media/${name}`

let stage: Stage
let asked: Asked
beforeAll(async () => {
  const media = { lsq, asl, audio_fr }
  stage = await startStage(
    (object) =>
      object.id === 'txt_calcul-aide'
        ? { ...object, content: { ...object.content, media } }
        : object,
    undefined,
    undefined,
    { env: { REGISTER_MEDIA_DIR: dir } },
  )
  asked = await askNewcomer(stage)
})
afterAll(async () => {
  await stage.stop()
  rmSync(dir, { recursive: true, force: true })
})

function read(name: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return makeBrowser(stage).get(src(name), { headers })
}

function policyOf({ headers }: Answer): string {
  return String(headers['content-security-policy'])
}

/** The page without what is no part of the hashed region. */
function regionOf({ body }: Answer): string {
  const terms = body.slice(body.indexOf('<div class="terms"'), body.indexOf('</form>'))
  return terms.replaceAll(/<!--page-->[^]*?<!--\/page-->\n/g, '')
}

function presentationOf({ body }: Answer): string | undefined {
  return /name="presentation" value="([^"]+)"/.exec(body)?.[1]
}

test('the page has the film and the recording of its language, which wait to be asked, and what they say', async () => {
  const { body } = asked.page
  expect(body).toContain(
    `<video controls playsinline preload="none" width="640" height="360" src="${src(film.name)}"`,
  )
  expect(body).toContain(`<track kind="captions" src="${src(captions.name)}" srclang="fr"`)
  expect(body).toContain(`<audio controls preload="none" src="${src(sound.name)}"`)
  expect(body).not.toContain('autoplay')
  expect(policyOf(asked.page)).toMatch(/;media-src 'self'(;|$)/)
  expect(policyOf(asked.page)).toContain("form-action 'self' https://aide-etudes.test")
  // What is said is hashed with the question; the film itself is not.
  const region = regionOf(asked.page)
  expect(region).toContain('<p>Vous pouvez dire non, et arrêter.</p>')
  expect(region).toContain(film.named.sha256.slice(0, 8))
  expect(region).not.toMatch(/<video|<audio|\/register\/media\//)

  const path = new URL(asked.page.url).pathname
  asked.browser.take({ name: 'attested', path: '/', value: 'yes' })
  const english = await asked.browser.get(`/en${path}`)
  expect(english.body).toContain(`src="${src(`${asl.sha256}.webm`)}"`)
  expect(english.body).toContain('<p>You can say no, and stop.</p>')
  expect(english.body).not.toContain(film.name)
  expect(english.body).not.toContain('<audio')
})

test('a page without films allows none', async () => {
  expect(policyOf(await makeBrowser(stage).get('/aide'))).not.toContain('media-src')
})

test('a film is sent whole or in part, and its address never changes', async () => {
  const whole = await read(film.name)
  expect(whole).toMatchObject({ status: 200, body: film.content.toString() })
  expect(whole.headers).toMatchObject({
    'content-type': 'video/mp4',
    'content-length': '5000',
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  const part = await read(film.name, { Range: 'bytes=10-19' })
  expect(part).toMatchObject({ status: 206, body: film.content.toString().slice(10, 20) })
  expect(part.headers).toMatchObject({
    'content-range': 'bytes 10-19/5000',
    'content-length': '10',
  })
  const end = await read(film.name, { Range: 'bytes=-5' })
  expect(end).toMatchObject({ status: 206, body: film.content.toString().slice(-5) })
  const beyond = await read(film.name, { Range: 'bytes=5000-' })
  expect(beyond.status).toBe(416)
  expect(beyond.headers['content-range']).toBe('bytes */5000')
  for (const Range of ['bytes=0-1,8-9', 'lines=0-1', 'bytes=a-b'])
    expect((await read(film.name, { Range })).status, Range).toBe(200)
  const tag = String(whole.headers['etag'])
  expect((await read(film.name, { 'If-None-Match': tag })).status).toBe(304)
  expect((await read(film.name, { Range: 'bytes=0-1', 'If-Range': tag })).status).toBe(206)
  expect((await read(film.name, { Range: 'bytes=0-1', 'If-Range': '"other"' })).status).toBe(200)
  expect((await read(captions.name)).headers['content-type']).toContain('text/vtt')
  expect((await read(sound.name)).headers['content-type']).toContain('audio/mpeg')
})

test('the public register has what is said in them, and the names of the files', async () => {
  const { body } = await makeBrowser(stage).get('/register/texts/txt_calcul-aide')
  expect(body).toContain('En langue des signes (LSQ)')
  expect(body).toContain('votre revenu.\nVous pouvez dire non, et arrêter.')
  for (const { name } of [film, captions, sound]) expect(body).toContain(name)
  expect(body).not.toContain(asl.sha256)
})

test('what no text names is at no address, though it lies in the folder', async () => {
  const stray = keepFile(dir, newFilm(), 'mp4')
  for (const name of [
    stray.name,
    film.name.replace('.mp4', '.webm'),
    '..%2Fmedia',
    film.name.slice(0, 64),
  ])
    expect((await read(name)).status, name).toBe(404)
})

test('where the bytes are others, the film is at no address and on no page; what is hashed stays the same', async () => {
  const path = new URL(asked.page.url).pathname
  const shown = async (browser: Browser) => browser.get(path)
  const before = await shown(asked.browser)
  writeFileSync(film.path, film.content.toReversed())
  try {
    expect((await read(film.name)).status).toBe(404)
    const page = await shown(asked.browser)
    expect(page.body).not.toContain(film.name)
    expect(page.body).toContain('Texte de la vidéo')
    expect(page.body).toContain(sound.name)
    expect(presentationOf(page)).toBe(presentationOf(before))
    rmSync(sound.path)
    expect(policyOf(await shown(asked.browser))).not.toContain('media-src')
  } finally {
    writeFileSync(film.path, film.content)
    writeFileSync(sound.path, sound.content)
  }
  expect((await read(film.name)).status).toBe(200)
})

// Text, because the compiler knows no DOM here. Without JavaScript a page is asked, and hears of nothing.
const playing = `(({ currentTime, readyState, textTracks: [track] }) => {
  track.mode = 'showing'
  const isAhead = currentTime > 0.2 && readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
  return [isAhead, track.activeCues?.[0]?.text]
})(document.querySelector('video'))`

test('Chromium plays the film with its captions, by the keyboard alone and without JavaScript', async () => {
  const { host } = new URL(stage.issuer)
  const to = `MAP ${host}:80 127.0.0.1:${stage.ports[0]}`
  const chromium = await launchBrowser([`--host-resolver-rules=${to}`])
  try {
    const context = await chromium.newContext({ javaScriptEnabled: false })
    await context.addCookies([
      ...asked.browser.cookies().map(({ name, value }) => ({ name, value, url: stage.issuer })),
      { name: 'attested', value: 'yes', url: stage.issuer },
    ])
    const page = await context.newPage()
    const faults: string[] = []
    page.on('console', (message) => faults.push(message.text()))
    const answers = new Map<string, number>()
    page.on('response', (answer) => answers.set(new URL(answer.url()).pathname, answer.status()))
    await page.goto(`${stage.issuer}/en${new URL(asked.page.url).pathname}`)
    await page.getByText('Watch in sign language (ASL)').press('Enter')
    const video = page.locator('video[controls]')
    expect((await video.boundingBox())?.width).toBeGreaterThan(200)
    expect([...answers.keys()]).not.toContain(src(played.name))

    await video.press('Space')
    await expect.poll(() => page.evaluate(playing)).toEqual([true, said.en])
    expect(answers.get(src(played.name))).toBe(206)
    expect(faults).toEqual([])
  } finally {
    await chromium.close()
  }
})
