import type { Agent } from './agent.ts'
import { openAgent } from './agent.ts'
import { authzenPlans } from './authzen.ts'
import { cibaPlan } from './fapi-ciba.ts'
import { securityPlan, signingPlan } from './fapi2.ts'
import type { Chosen, Judged, Module, Opening, Person, Plan, Trial, Verdict } from './judging.ts'
import { demand, judgePlan } from './judging.ts'
import { basicPlan } from './oidcc-basic.ts'
import { configPlan } from './oidcc-config.ts'
import { backchannelPlan, logoutPlan } from './oidcc-logout.ts'
import { signIn } from './party.ts'
import { transmitterPlans } from './ssf.ts'

/** All plans, in the order of the record. */
export const plans: readonly Plan[] = [
  basicPlan('oidcc-basic-certification-test-plan', 'default'),
  configPlan,
  basicPlan('oidcc-formpost-basic-certification-test-plan', 'form_post'),
  logoutPlan,
  backchannelPlan,
  securityPlan,
  signingPlan,
  cibaPlan,
  ...authzenPlans,
  ...transmitterPlans,
]

/** Runs all plans, one after the other. */
export async function judgeAll(
  judged: Judged,
  chosen: Chosen,
  atOnce = 4,
  all = plans,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const plan of all)
    verdicts.push(...(await judgePlan(plan, await openPlan(judged), chosen, atOnce)))
  return verdicts
}

/** What the suite runs. */
export function quick(modules: readonly Module[]): readonly Module[] {
  return modules.filter(({ isLong }) => isLong !== true)
}

/** Each plan has a person of its own, and each module a browser in which she signed in at the beginning of the plan. */
async function openPlan(judged: Judged): Promise<Opening> {
  let made: Promise<Person> | undefined
  const person = () => (made ??= judged.newPerson())
  const network = judged.connect()
  const read = async (url: string) => {
    const response = await network(url)
    demand(response.status === 200, `${url} answers ${response.status}`)
    return (await response.json()) as Readonly<Record<string, unknown>>
  }
  const metadata = await read(`${judged.issuer}/.well-known/openid-configuration`)
  const published = await read(String(metadata['jwks_uri']))
  const memory = {}
  let signing: Promise<Agent> | undefined
  const signedIn = async (trial: Trial) => {
    const browser = openAgent(judged.issuer, judged.connect(), person)
    await signIn(trial, judged.clients.basic, { browser })
    return browser
  }
  return (warn) => {
    const trial: Trial = {
      judged,
      metadata,
      published,
      person,
      memory,
      warn,
      signedIn: async () => (await (signing ??= signedIn(trial))).clone(),
    }
    return Promise.resolve(trial)
  }
}
