import type { Signature, Verifier } from './note.ts'
import { NoteError } from './note-error.ts'
import { readVkey } from './note.ts'

/** Whom a reader trusts: logs, witnesses, and how many of the witnesses must have cosigned (C2SP tlog-policy). */
export type LogPolicy = {
  readonly logs: readonly Trusted[]
  readonly witnesses: readonly (Trusted & { readonly name: string })[]
  /**
   * From the end of this day on, UTC, a signature of Ed25519 or ES256 counts only below a tree that ML-DSA-44 signed before; undefined: the
   * policy names no day.
   */
  readonly classicalUntil: Date | undefined
  /** Whether the witnesses of these signatures are enough. */
  isQuorum(signatures: readonly Signature[]): boolean
}

type Trusted = { readonly verifier: Verifier; readonly url: string | undefined }
type Cosigned = (signatures: readonly Signature[]) => boolean

// Some thirty witnesses with keys of ML-DSA-44, and as many logs and groups.
const maxPolicyBytes = 128 * 1024
const maxLines = 400
// With so many witnesses, their signature lines and the log's fit into a note, whatever algorithms they use.
const maxWitnesses = 32

type Draft = {
  readonly logs: Trusted[]
  readonly witnesses: (Trusted & { readonly name: string })[]
  /** The rule of each name of the policy. */
  readonly rules: Map<string, Cosigned>
  /** Each name is in one group at most. */
  readonly members: Set<string>
  quorum: Cosigned | undefined
  classicalUntil: Date | undefined
}

// The format has no word for it, and readers of others pass over a comment.
const untilLine = /^[ \t]*#[ \t]*classical-until[ \t]+(\S+)[ \t]*$/

/** @throws NoteError that names the line */
export function readPolicy(text: string): LogPolicy {
  if (Buffer.byteLength(text) > maxPolicyBytes) throw new NoteError('is too long for a policy')
  const lines = text.split('\n')
  if (lines.length > maxLines) throw new NoteError('is too long for a policy')
  const draft: Draft = {
    logs: [],
    witnesses: [],
    rules: new Map([['none', () => true]]),
    members: new Set(['none']),
    quorum: undefined,
    classicalUntil: undefined,
  }
  for (const [n, line] of lines.entries()) {
    const [word = '', ...rest] = line.split(/[ \t]+/).filter((item) => item !== '')
    takesDay(draft, line, n)
    if (word === '' || word.startsWith('#')) continue
    if (!isTaken(draft, word, rest))
      throw new NoteError(`has a line ${n + 1} that is none of a policy`)
  }
  const { logs, witnesses, quorum, classicalUntil } = draft
  if (quorum === undefined) throw new NoteError('has no quorum line')
  return { logs, witnesses, classicalUntil, isQuorum: quorum }
}

// A day that cannot be read must not be passed over: without it, forged signatures would count. Of two the earlier one counts.
function takesDay(draft: Draft, line: string, n: number): void {
  const [, day] = untilLine.exec(line) ?? []
  if (day === undefined) return
  const end = Date.parse(`${day}T24:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(end))
    throw new NoteError(`has a line ${n + 1} that is none of a policy`)
  const until = new Date(end)
  if (draft.classicalUntil === undefined || until < draft.classicalUntil)
    draft.classicalUntil = until
}

function isTaken(draft: Draft, word: string, rest: readonly string[]): boolean {
  switch (word) {
    case 'log':
      return takesLog(draft, rest)
    case 'witness':
      return takesWitness(draft, rest)
    case 'group':
      return defines(draft, rest[0], groupRule(rest.slice(1), draft))
    case 'quorum': {
      const rule = draft.rules.get(rest[0] ?? '')
      if (draft.quorum !== undefined || rest.length !== 1 || rule === undefined) return false
      draft.quorum = rule
      return true
    }
    default:
      return false
  }
}

function takesLog({ logs }: Draft, rest: readonly string[]): boolean {
  const log = trusted(rest, ['ed25519', 'ml-dsa-44'], logs)
  if (log !== undefined) logs.push(log)
  return log !== undefined
}

function takesWitness(draft: Draft, [name = '', ...rest]: readonly string[]): boolean {
  const witness = trusted(rest, ['cosignature', 'ml-dsa-44'], draft.witnesses)
  if (witness === undefined || draft.witnesses.length === maxWitnesses) return false
  const { vkey } = witness.verifier
  draft.witnesses.push({ ...witness, name })
  return defines(draft, name, (given) => given.some(({ verifier }) => verifier.vkey === vkey))
}

function defines({ rules }: Draft, name: string | undefined, rule: Cosigned | undefined): boolean {
  if (name === undefined || rule === undefined || rules.has(name)) return false
  rules.set(name, rule)
  return true
}

function trusted(
  [vkey = '', url, ...more]: readonly string[],
  algorithms: readonly Verifier['algorithm'][],
  others: readonly Trusted[],
): Trusted | undefined {
  const verifier = readVkey(vkey)
  const isDouble = others.some(({ verifier: { raw } }) => raw.equals(verifier.raw))
  if (more.length > 0 || isDouble || !algorithms.includes(verifier.algorithm)) return undefined
  if (url !== undefined && !URL.canParse(url)) return undefined
  return { verifier, url }
}

function groupRule(
  [count = '', ...names]: readonly string[],
  { rules, members }: Draft,
): Cosigned | undefined {
  const group = names.flatMap((name) => rules.get(name) ?? [])
  // A member counts once: it stands in no other group, and not twice in this one.
  if (group.length !== names.length || names.some((name) => members.has(name))) return undefined
  if (new Set(names).size !== names.length) return undefined
  for (const name of names) members.add(name)
  const needed = count === 'all' ? group.length : count === 'any' ? 1 : Number(count)
  if (!/^(all|any|[1-9][0-9]{0,3})$/.test(count) || needed > group.length || group.length === 0)
    return undefined
  return (given) => group.filter((isMet) => isMet(given)).length >= needed
}
