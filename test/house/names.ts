import { basename } from 'node:path/posix'
import type { SourceFile, Violation } from './files.ts'
import { filesIn } from './files.ts'
import { partsOf } from './glossary.ts'

// A name says what a thing is or does, so it has a noun, a verb or an adjective. `held`, `elsewhere` and `both` alone say neither: whoever
// reads them must know already. The classes of English words are told by their exitStatuses, and by lists of what has another form.

/** Words of names that look like a participle or an adverb, and are none. */
const nouns: Readonly<Record<string, string>> = {
  anomaly: 'a noun',
  apply: 'a verb',
  assembly: 'a noun',
  ceiling: 'a noun',
  family: 'a noun',
  finding: 'what an audit found: the noun of auditors',
  matching: 'the glossary’s word, and a room: whether two names are one person’s',
  meaning: 'the glossary’s word for what a version of a text means',
  reply: 'a noun and a verb',
  setting: 'a noun: what an operator sets',
  sharing: 'the glossary’s word: what a person lets two bodies exchange',
  standing: 'the noun: whether an account, a consent or a key counts',
  deed: 'a noun',
  embed: 'a verb',
  exceed: 'a verb',
  feed: 'a noun',
  need: 'a noun and a verb',
  seed: 'a noun',
  speed: 'a noun',
  string: 'a noun',
  supply: 'a noun and a verb',
  thing: 'a noun',
  tracing: 'the noun of OpenTelemetry',
  wording: 'a noun',
}

// Of verbs whose participle has no ending of its own, and is not the verb itself (`put`, `read`, `run`).
const participles = words(`
  begun bent born bought bound broken brought built caught chosen dealt done drawn driven eaten fallen felt forgotten forgiven found frozen
  given gone grown heard held hidden kept known laid led left lent lost made meant met misspelt paid proven rebuilt redone resent retold
  rewritten ridden risen said seen sent shaken shown slept sold sought spent spoken stolen stood stuck sworn taken taught thought thrown told
  torn understood undone unheard unknown unmet unread unseen unsent untold unsaid unwritten withdrawn withheld woken won worn written`)
const adverbs = words(`
  after again ago ahead almost alone already also always anyway apart aside away back before behind below beside besides between beyond down
  else elsewhere even ever everywhere far forever hence here how however instead just later maybe meanwhile near never next not now nowhere
  off often once only otherwise out over quite rather since so sometimes somewhere soon still then thence there therefore through thus
  together too twice under until up very well when where why within without yet`)
const pronouns = words(`
  all another any anybody anyone anything both each either every everybody everyone everything few he her hers herself him his i it its least
  less many me mine more most much my neither nobody none nothing one ones other others ours own same self several she some somebody someone
  something such that theirs them these they this those us we what which who whom whose you yours`)
// What only ties words together.
const ties = words(`
  a an and as at because but by during for from if in into is nor no of on onto or per than the to toward upon via was were are be been with`)
/** A name that begins so is a sentence, and answers yes or no. */
const predicates = words('is are was has had can may must')

/** Files and exported names of src of which each word is a participle, an adverb or a pronoun, or ties such words together. */
export function bareNames(files: readonly SourceFile[]): Violation[] {
  return filesIn(files, 'src/').flatMap(({ path, text }) => {
    const file = basename(path).replace(/(?:\.d)?\.ts$/, '')
    const names = [...text.matchAll(exported)].map(([, name = '']) => name)
    return [
      ...(isBare(file.split('-')) ? [{ path, says: 'is called by a bare word' }] : []),
      ...names
        .filter((name) => isBare(partsOf(name)))
        .map((name) => ({ path, says: `exports ${name}, a bare word` })),
    ]
  })
}

/** For who reads the run: how many names there are, and how many of them are bare. */
export function bareNamesLine(files: readonly SourceFile[]): string {
  const source = filesIn(files, 'src/')
  const names = source.flatMap(({ text }) => [...text.matchAll(exported)])
  return `Bare names: ${bareNames(files).length} of ${source.length} files and ${names.length} exported names`
}

const exported =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|type|class|interface|enum)\s+(\w+)/gm

function isBare(parts: readonly string[]): boolean {
  const [first = ''] = parts
  if (predicates.has(first)) return false
  return parts.some(isLoose) && parts.every((word) => isLoose(word) || ties.has(word))
}

function isLoose(word: string): boolean {
  if (Object.hasOwn(nouns, word)) return false
  return (
    participles.has(word) ||
    adverbs.has(word) ||
    pronouns.has(word) ||
    /^\w{2,}ed$/.test(word) ||
    /^\w{3,}ing$/.test(word) ||
    /^\w{3,}ly$/.test(word)
  )
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}
