import type { SourceFile, Violation } from './files.ts'
import { blocksOf, codeOf, filesIn } from './files.ts'

// Whatever lets information about a person begin to flow takes a `FlowGate` (src/base/values/gate.ts), which one file makes, after it has
// looked at the hold and at the proof. So a deed without it does not compile; and a write that takes none is found here.

const door = 'src/people/accounts/gate.ts'
const proof = 'src/base/web/proof.ts'

// Rows by which something begins to flow: a claim, a sharing, an answer about a file, an account elsewhere, a sign-in that was asked for.
const flows: readonly RegExp[] = [
  /\('(?:claimAnswer|consentCurrent|matchingAnswer|upstreamIdentities)'\)\s*\.insert\(/,
  /\binsert into (?:claim_answer|consent_current|matching_answer|upstream_identities)\b/i,
  /\bapproval: JSON\.stringify\(/,
  /\bconfirmedAt: book\.now\b/,
  /\bsuspendedReasons: left\b/,
]

const takesGate = /\b(?:gate: FlowGate|by: 'no' \| FlowGate)\b/

export function flowsWithoutGate(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path, text }) =>
    blocksOf(codeOf(text))
      .filter((block) => !takesGate.test(block))
      .flatMap((block) =>
        flows.flatMap((flow) => {
          const [found] = flow.exec(block) ?? []
          return found === undefined ? [] : [{ path, says: `flows past the gate: ${found}` }]
        }),
      ),
  )
}

export function gatesElsewhere(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/')
    .filter(({ path }) => path !== door && path !== proof)
    .flatMap(({ path, text }) => {
      const [made] = /\bas FlowGate\b|<FlowGate>|\brequireProof\(/.exec(codeOf(text)) ?? []
      return made === undefined ? [] : [{ path, says: `opens a gate of its own: ${made}` }]
    })
}

const makesActors = ['src/people/accounts/person-standing.ts', 'src/signin/journey/upstream.ts']
const readsSessions = [
  'src/provider/logout/session-management.ts',
  'src/provider/visits/interactions.ts',
  'src/provider/callers.ts',
]

/**
 * `answererOf` is called where the provider reads whose session it is, and `actorOfOwnAccess` where she proves it in a visit: elsewhere anybody
 * could be made her.
 */
export function actorsElsewhere(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path, text }) => {
    const made = actorsMade(path)
    const cast = /\bas (?:unknown as )?(?:AnsweringActor|AnsweringSession)\b/
    const code = codeOf(text)
    const [found] = made.exec(code) ?? (path === makesActors[0] ? [] : (cast.exec(code) ?? []))
    return found === undefined ? [] : [{ path, says: `makes who answers: ${found}` }]
  })
}

function actorsMade(path: string): RegExp {
  if (makesActors.includes(path)) return /<AnsweringActor>/
  return readsSessions.includes(path)
    ? /\bactorOfOwnAccess\(|<AnsweringActor>/
    : /\b(?:actorOfOwnAccess|answererOf)\(|<AnsweringActor>/
}

// Forms that change nothing: two files to keep, a folder, and a question to a body about a line.
const changeNothing = new Set(['sendCsv', 'sendJson', 'download', 'ask'])
const form =
  /\.post\(\s*[^,()]+,\s*(?:anyone|anyWay|fresh)\(((?:[^()]|\([^()]*\))*)\)(,\s*'stop')?,?\s*\)/g

/** A form of a person’s own pages that is no stop is for whoever may answer, by the type of its handler. */
export function formsForAnybody(files: readonly SourceFile[]): Violation[] {
  const inside = filesIn(files, 'src/')
  return inside.flatMap(({ path, text }) =>
    [...codeOf(text).matchAll(form)].flatMap(([, given = '', stop]) => {
      if (stop !== undefined || changeNothing.has(given)) return []
      const handlers = handlersIn(inside, path, given)
      if (handlers.length === 0) return [{ path, says: `a form of nobody: ${given}` }]
      return handlers
        .filter(({ name, block }) => !changeNothing.has(name) && !takesActor.test(block))
        .map(({ name }) => ({ path, says: `${name} is a form for anybody` }))
    }),
  )
}

const takesActor = /\b(?:AnsweringSession|PersonHandler)\b/

/** The functions of the room that are named there, each with its text. */
function handlersIn(files: readonly SourceFile[], path: string, given: string) {
  const names = new Set([...given.matchAll(/\b[a-z]\w+\b/g)].map(([name]) => name))
  const room = filesIn(files, path.slice(0, path.lastIndexOf('/') + 1))
  const found = room.flatMap((file) =>
    blocksOf(codeOf(file.text)).flatMap((block) => {
      const [, name = ''] = /^(?:export )?(?:async )?function (\w+)\b/.exec(block) ?? []
      return names.has(name) ? [{ path: file.path, name, block }] : []
    }),
  )
  const isHere = (name: string) => found.some((one) => one.name === name && one.path === path)
  return found.filter((one) => one.path === path || !isHere(one.name))
}

const seedsOfSigns = ['AnsweringActor', 'FlowGate']
/** The list of deeds, which the compiler reads. */
export const listOfDeeds = 'test/support/answering-deeds.ts'

/** Each deed in a transaction that takes who answers, or her gate, is in the list that the compiler tries with an officer. */
export function deedsNotTried(files: readonly SourceFile[]): Violation[] {
  const [list] = filesIn(files, listOfDeeds)
  const tried = new Set([...(list?.text ?? '').matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name))
  const blocks = filesIn(files, 'src/').flatMap(({ path, text }) =>
    blocksOf(codeOf(text)).map((block) => ({ path, block })),
  )
  const isSign = signsIn(blocks)
  return blocks.flatMap(({ path, block }) => {
    const [, name = '', given = ''] = deedInTransaction.exec(block) ?? []
    if (name === '' || tried.has(name) || !isSign(path, given)) return []
    return [{ path, says: `${name} is not tried with an officer` }]
  })
}

const deedInTransaction =
  /^export (?:async )?function (\w+)\(((?:\s*counted: CountedTry,)?\s*(?:tx|db): [^]*?)\)(?:: [^\n]*)? \{\n/
const typeNamed = /^(export )?type (\w+)[^=]*=([^]*)/

type Block = { readonly path: string; readonly block: string }

/** Whether a text of a file names who answers, or a type that has it. What may be absent, and what functions take, is none. */
function signsIn(blocks: readonly Block[]): (path: string, text: string) => boolean {
  const types = blocks.flatMap(({ path, block }) => {
    const [, exported, name = '', body = ''] = typeNamed.exec(block) ?? []
    return name === '' ? [] : [{ path, name, body, isOwn: exported === undefined }]
  })
  const everywhere = new Set(seedsOfSigns)
  const own = new Map(blocks.map(({ path }) => [path, new Set<string>()]))
  const shadowed = Map.groupBy(types, ({ path }) => path)
  const isSign = (path: string, text: string) => {
    // A type of the file itself hides one of the same name that another file exports.
    const hidden = (shadowed.get(path) ?? []).flatMap(({ name, isOwn }) => (isOwn ? [name] : []))
    const names = [...everywhere].filter((name) => !hidden.includes(name))
    const those = [...names, ...(own.get(path) ?? [])].join('|')
    return new RegExp(`\\b(?:${those})\\b(?!['\\]]|\\s*\\| undefined)`).test(
      text.replaceAll(/Pick<\s*AnsweringActor\b/g, ''),
    )
  }
  const takesNone = types.filter(({ body }) => !/=>|\): /.test(body))
  for (let left = takesNone, before = -1; left.length !== before;) {
    before = left.length
    const found = left.filter(({ path, body }) => isSign(path, body))
    for (const { path, name, isOwn } of found) (isOwn ? own.get(path) : everywhere)?.add(name)
    left = left.filter((one) => !found.includes(one))
  }
  return isSign
}
