import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeViews } from '../../../src/base/web/views.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { AskPage, TermsPage } from '../../../src/consent/asking/pages/pages.ts'
import sharings from '../../../views/my-sharing/sharings.sample.ts'
import signIn from '../../../views/signin/sign-in.sample.ts'
import {
  sampleFrame,
  samplePages,
  sampleRegions,
  templates,
  viewsFolder,
} from '../../support/pages.ts'

const views = makeViews(makeWords(), viewsFolder)
const cases = await samplePages(views)
const regions = await sampleRegions()
const requests = cases.filter(({ template }) => template === 'asking/ask')
// Served once for both languages, or the link to the other one.
const unprefixed =
  /^(\/(css|js|icons)\/|\/manifest\.en\.webmanifest$|\/favicon\.svg$|\/ailleurs$|\/log\/|\/[\w/.-]+\.(atom|csv|json|jsonld)$)/
const inEnglish = cases.filter(
  ({ template, language }) => language === 'en' && template !== 'base/attestation',
)

// What `/js/passkey.js` shows stands hidden: without it, or without JavaScript, no button of a key is there.
test('without JavaScript no page of a sign-in says how to use a button that is not there', () => {
  const words = makeWords()
  const faults = cases
    .filter(({ template }) => template.startsWith('signin/'))
    .flatMap(({ template, sample, page, language }) => {
      const html = views.render(template, page, sampleFrame(language, template, sample))
      if (!html.includes('data-passkey=')) return []
      const seen = html
        .replaceAll(/<(form|details|div|p)\b[^>]*\shidden\b[^>]*>[\s\S]*?<\/\1>/g, '')
        .replaceAll(/\s+/g, ' ')
      return ofTheButton
        .filter((key) => seen.includes(words.t(language, key)))
        .map((key) => `${template} ${sample} ${language}: ${key}`)
    })
  expect(faults).toEqual([])
})

const ofTheButton = [
  'my-access.security-key.add',
  'my-access.security-key.now',
  'signin.add-passkey.create',
  'signin.add-passkey.now',
  'signin.code.key-how',
  'signin.code.use-key',
  'signin.create-access.create',
  'signin.create-access.now-terminal',
  'signin.create-access.now-text',
  'signin.passkey.fingerprint',
  'signin.sign-in.how',
  'signin.sign-in.phone-text',
  'signin.sign-in.use',
] as const

describe.each(cases)('$template, $sample, $language', ({ template, sample, page, language }) => {
  const html = views.render(template, page, sampleFrame(language, template, sample))

  test('is a whole page with one heading, which is its title', () => {
    expect(html).toMatch(new RegExp(`^<!doctype html>\\s*<html lang="${language}">`))
    // A heading that greets somebody by name says its title itself.
    const headings = all(
      html.replaceAll(/<h1 data-title="([^"]*)">.*?<\/h1>/g, '<h1>$1</h1>'),
      /<h1[^>]*>([^<]*)<\/h1>/g,
    )
    expect(headings).toHaveLength(1)
    const failed = 'problem' in page && page.problem !== undefined
    const prefix = { fr: 'Problème\u00a0: ', en: 'Problem: ' }[language]
    expect(all(html, /<title>([^<]*)<\/title>/g)).toEqual([
      `${failed ? prefix : ''}${headings[0]} – Accord`,
    ])
  })

  test('obeys the content security policy and asks nothing of others', () => {
    // A link to a service asks nothing of it until it is followed.
    // An address that an example shows is no address that is asked.
    const page = html
      .replaceAll(/<a [^>]*href="https:[^"]*"/g, '<a')
      // The answer of a sign-in is sent to the service.
      .replaceAll(/<form method="post" action="https:[^"]*" data-return>/g, '<form>')
      .replaceAll(/<code[^>]*>[^<]*<\/code>/g, '<code>')
      // What a form sends back here names a body by its issuer.
      .replaceAll(/<input type="hidden"[^>]*>/g, '<input>')
    expect(page).not.toMatch(/\sstyle=|<style|\son\w+=|javascript:|https?:\/\//i)
    expect(
      html.replace(/<script type="module" src="\/js\/[a-z-]+\.js"><\/script>/g, ''),
    ).not.toContain('<script')
    expect(html).not.toMatch(/undefined|\[object|NaN|Invalid Date|[ap]\.m\.\./)
  })

  test('labels its fields, and every reference leads somewhere, into no closed fold', () => {
    const ids = all(html, /\sid="([^"]*)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [field] of html.matchAll(/<input(?![^>]*type="hidden")[^>]*>/g)) {
      const id = /\sid="([^"]*)"/.exec(field)?.[1] ?? 'no id'
      expect(html).toContain(`<label for="${id}">`)
    }
    const led = all(html, /\shref="#([^"]*)"/g)
    const referred = [
      ...led,
      ...all(html, /\saria-describedby="([^"]*)"/g).flatMap((value) => value.split(' ')),
    ]
    for (const id of referred) expect(ids).toContain(id)
    // Not every browser opens a fold for what a link leads to.
    for (const id of led) expect(closedFoldsAbove(html, id), id).toBe(0)
  })

  test('says an error in the sentence of its field, to which the summary leads', () => {
    const sentences = all(html, /<p class="error" id="[^"]*"><span>[^<]*<\/span> ([^<]*)<\/p>/g)
    const led = all(html, /<h2><a href="#[^"]*">([^<]*)<\/a><\/h2>/g)
    expect(all(html, /(<p class="error")/g)).toHaveLength(sentences.length)
    expect(led).toEqual(sentences)
    expect(sentences.length).toBeLessThan(2)
    if (/class="box problem"/.test(html)) expect(html).toMatch(/<h2>(?:<a [^>]*>)?[^<]+[^.<]/)
  })

  test('protects every form against forgery', () => {
    for (const form of all(html, /(<form[\s\S]*?<\/form>)/g)) {
      // The library's forms name theirs so.
      const isLibrarys = /^provider\/(?:sign-out|device)/.test(template)
      const secret = isLibrarys && !form.includes('id="terminal-end"') ? 'xsrf' : 'csrf'
      // A choice of what is shown, or of what a file has in it, stands in the address, and sends no token there.
      if (/^<form class="(?:filter|inside)" method="get"/.test(form)) {
        expect(form).not.toMatch(/-of-a-sample|formmethod|type="hidden"/)
        continue
      }
      expect(form).toContain('method="post"')
      // The answer to a service goes to that service, which knows its own request by `state`.
      if (template === 'provider/return') {
        expect(form).toContain('action="https://service.exemple.test/callback"')
        expect(form).not.toContain('csrf')
        continue
      }
      expect(form).toContain(`name="${secret}" value="${secret}-of-a-sample"`)
    }
  })
})

test.each(inEnglish)(
  'every link of $template, $sample stays in English',
  ({ template, page, language }) => {
    const own = JSON.stringify(page)
    const html = views.render(template, page, sampleFrame(language, template))
    const strays = all(html, /\s(?:href|action|src)="(\/[^"]*)"/g).filter(
      (href) => !/^\/en(\/|$)/.test(href) && !unprefixed.test(href) && !own.includes(`"${href}"`),
    )
    expect(strays).toEqual([])
  },
)

test('what a link leads to on another page is there, in no closed fold', () => {
  const shown = cases.map(({ template, sample, page, language }) =>
    views.render(template, page, sampleFrame(language, template, sample)),
  )
  const led = new Set(shown.flatMap((html) => all(html, /\shref="[^"#]+#([^"]*)"/g)))
  expect(led).toContain('personne')
  for (const id of led) {
    const there = shown.filter((html) => html.includes(` id="${id}"`))
    expect(
      there.some((html) => closedFoldsAbove(html, id) === 0),
      id,
    ).toBe(true)
  }
})

test('every template has samples, and every sample a template', () => {
  const sampled = new Set([...cases, ...regions].map(({ template }) => template))
  expect([...sampled].toSorted()).toEqual(templates())
})

describe.each(regions)('$template, $sample, $language', ({ template, page, language }) => {
  const html = views.fragment(template, page, sampleFrame(language, template))

  test('is a region by itself, the same for everyone who reads this language', () => {
    const someone = { ...sampleFrame(language, template), signedIn: true, version: '9.9.9' }
    expect(html).toBe(views.fragment(template, page, { ...someone, otherLanguageHref: '/x' }))
    expect(html).toMatch(new RegExp(`^<div class="terms" lang="${language}">[^]*</div>\\s*$`))
    expect(html).not.toMatch(/<form|csrf|undefined|\sstyle=/)
    // The buttons stand in it with their words; where they lead is no part of what is hashed.
    const actions = all(html, /\sformaction="([^"]*)"/g)
    expect(actions).toEqual(template === 'asking/terms' ? ['', ''] : [])
  })

  test('proposes what is optional, and ticks nothing for anyone', () => {
    // The sample's own `satisfies` has checked it. What the law allows proposes nothing.
    const { optional = [], sensitive = [], isPaused } = page as Partial<TermsPage>
    const boxes = all(html, /<input type="checkbox"([^>]*)>/g)
    for (const box of all(html, /<input type="text"([^>]*)>/g)) expect(box).toContain('value=""')
    expect(boxes.map((box) => /name="(\w+)" value="([^"]*)"/.exec(box)?.slice(1))).toEqual([
      ...(isPaused === true ? [['resume', 'yes']] : []),
      ...optional.map(({ categoryId }) => ['optional', categoryId]),
      ...sensitive.map(({ categoryId }) => ['express', categoryId]),
    ])
    expect(html).not.toContain('checked')
  })
})

describe.each(requests)(
  'the question $sample in $language',
  ({ template, sample, page, language }) => {
    const html = views.render(template, page, sampleFrame(language, template, sample))
    const buttons = all(html, /(<button[\s\S]*?<\/button>)/g)

    test('is answered by two buttons of the same weight, to allow and then to refuse', () => {
      const { grantAction, refuseAction, laterAction, step } = page as AskPage // As above.
      const shape =
        /^<button class="button" type="submit" data-choice="(\w+)" formaction="([^"]*)">[^<]+<\/button>$/
      expect(buttons.slice(1, 3).map((button) => shape.exec(button)?.slice(1))).toEqual([
        ['granted', grantAction],
        ['refused', refuseAction],
      ])
      // To decide later is no answer, and looks like none.
      const later = [laterAction, step?.laterRestAction].filter((action) => action !== undefined)
      expect(buttons.slice(3)).toEqual(
        later.map((action) =>
          expect.stringContaining(`class="act" type="submit" formaction="${action}"`),
        ),
      )
    })

    test('shows the words that are hashed, and beside them only what is marked as the page’s own', () => {
      const { terms, typed } = page as AskPage // As above.
      if (typed !== undefined) return
      const hashed = views.fragment('asking/terms', terms, sampleFrame(language, 'asking/terms'))
      const shown = html.replaceAll(/<!--page-->[^]*?<!--\/page-->\n/g, '')
      expect(shown.replaceAll(/formaction="[^"]*"/g, 'formaction=""')).toContain(hashed)
    })

    test('is not answered by Enter: the button that it would press does nothing', () => {
      expect(buttons[0]).toBe('<button type="submit" formmethod="dialog" hidden></button>')
    })
  },
)

test('each link of « Mes partages » says which sharing it is about', () => {
  const html = views.render(
    'my-sharing/sharings',
    sharings.many('fr'),
    sampleFrame('fr', 'my-sharing/sharings'),
  )
  const names = all(html, /(?:href|formaction)="\/mes-partages\/[^"]*" aria-label="([^"]*)"/g)
  expect(names).toHaveLength(20)
  expect(names.filter((name) => name.startsWith('Arrêter\u00a0: '))).toHaveLength(4)
  expect(new Set(names.slice(0, 13)).size).toBe(13)
})

test('text from others is shown as text, never as markup', () => {
  const attack = `<script>alert(1)</script>"'&`
  const page = {
    ...signIn.plain,
    service: { name: attack, organisation: `${attack} (organisme)` },
    options: attack,
  }
  const html = views.render('signin/sign-in', page, sampleFrame('fr', 'signin/sign-in'))

  expect(html).not.toContain('<script>')
  // The service is named by the errand and by the way back to it; the organisation and the options stand there once.
  const shown = html.split('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')
  expect(shown).toHaveLength(1 + 2 + 1 + 1)
})

test('a missing template, word or value is an error, not a hole in the page', () => {
  const frame = sampleFrame('fr', 'signin/sign-in')
  expect(() => views.render('signin/no-such-page', {}, frame)).toThrow('no-such-page')
  expect(() => views.render('../package', {}, frame)).toThrow()
  const unknown = { code: 'no.such.code', number: '3F9A1C2E', nextHref: undefined }
  expect(() => views.render('base/error', unknown, frame)).toThrow('no.such.code')
  const { csrf: _, ...incomplete } = signIn.plain
  expect(() => views.render('signin/sign-in', incomplete, frame)).toThrow('undefined')
})

test('a person who chooses to stay in French goes on to her page in French', () => {
  expect(attestation('/en/acces')).toContain('<a class="button" href="/acces" hreflang="fr">')
  expect(attestation('/en/')).toContain('<a class="button" href="/" hreflang="fr">')
})

test('the person who is signed in finds her way to her access and out', () => {
  const frame = { ...sampleFrame('en', 'site/help'), signedIn: true }
  const html = views.render('site/help', { bodies: [], needs: [], forms: [] }, frame)

  expect(html).toContain('href="/en/acces"')
  expect(html).toContain('href="/en/session/end"')
  expect(html).toContain('<a href="/ailleurs" lang="fr" hreflang="fr">Français</a>')
})

function attestation(back: string): string {
  const frame = sampleFrame('en', 'base/attestation')
  return views.render('base/attestation', { csrf: 'csrf', back }, frame)
}

/** How many closed folds hold what has this id, or are it. */
function closedFoldsAbove(html: string, id: string): number {
  const until = html.indexOf('>', html.indexOf(` id="${id}"`))
  const open: boolean[] = []
  for (const [tag] of html.slice(0, until + 1).matchAll(/<\/?details\b[^>]*>/g)) {
    if (tag.startsWith('</')) open.pop()
    else open.push(/\sopen\b/.test(tag))
  }
  return open.filter((isOpen) => !isOpen).length
}

function all(html: string, pattern: RegExp): string[] {
  return [...html.matchAll(pattern)].map((match) => match[1] ?? '')
}

const publicFolder = new URL('../../../public/', import.meta.url).pathname

test('every icon that a page shows is there, and stands beside a word', () => {
  for (const { template, page, language } of cases) {
    const html = views.render(template, page, sampleFrame(language, template))
    for (const [image, file = ''] of html.matchAll(/<img[^>]* src="\/icons\/([^"]*)"[^>]*>/g)) {
      expect(existsSync(`${publicFolder}icons/${file}`), file).toBe(true)
      expect(image).toContain('alt=""')
    }
  }
})
