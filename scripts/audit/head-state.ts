import type { ContractName } from '../../services/chain/ledger.ts'
import { abiOf, decodeParameters, type AbiItem, type AbiParameter } from './abi.ts'
import { requireSame, differ, type Place } from './difference.ts'
import { identityQuestions } from './head-identity.ts'
import { setupQuestions } from './head-setup.ts'
import { bytesOf } from './ledger/hex.ts'
import type { Books } from './replay/books.ts'
import { fieldsOf, type Fields } from './replay/ledger-event.ts'
import type { Run } from './replay/runs.ts'
import { readBatch } from './ledger/read-batch.ts'
import { isBytes } from './ledger/rpc-shape.ts'

/** One question to a contract, and what its answer should be. */
export type Question = {
  readonly contract: ContractName
  readonly name: string
  readonly parameters: readonly (number | bigint | string)[]
  readonly what: string
  readonly expect: (answer: Fields, ask: (what: string, found: unknown, expected: unknown) => void) => void
  readonly place: Place
}

/** What is audited: delivery periods, the last one included, and one area or, with null, all. */
export type Scope = { readonly fromPeriod: number; readonly toPeriod: number; readonly area: number | null }

const CALLS_PER_REQUEST = 400
const PERIODS_PER_DAY = 96

/** Asks the contracts what they hold after the last block, and compares it with what was replayed. Returns how much was asked. */
export async function requireSameState(
  url: string,
  head: { readonly number: number; readonly timestamp: number },
  books: Books,
  deployment: {
    readonly addresses: Readonly<Record<ContractName, string>>
    readonly abis: Readonly<Record<string, unknown>>
  },
  scope: Scope,
): Promise<number> {
  const questions = [
    ...setupQuestions(books, deployment.addresses, scope),
    ...identityQuestions(books, head.timestamp),
    ...accountQuestions(books, deployment.addresses),
    ...sessionQuestions(books, scope),
    ...dayQuestions(books, scope),
    ...flexQuestions(books, scope),
  ]
  const tag = `0x${head.number.toString(16)}`
  for (let start = 0; start < questions.length; start += CALLS_PER_REQUEST) {
    const some = questions.slice(start, start + CALLS_PER_REQUEST)
    const requests = some.map(({ contract, name, parameters }) => ({
      method: 'eth_call',
      params: [
        { to: deployment.addresses[contract], data: callData(deployment.abis, contract, name, parameters) },
        tag,
      ],
    }))
    const answers = await readBatch(url, requests)
    some.forEach((question, index) => requireAnswer(question, answers[index], deployment.abis))
  }
  await requireContracts(url, tag, books)
  return questions.length
}

function requireAnswer(question: Question, answer: unknown, abis: Readonly<Record<string, unknown>>): void {
  const { contract, name, what, expect, place } = question
  const outputs = outputsOf(abis, contract, name)
  const [only] = outputs
  const parameters = only?.type === 'tuple' ? (only.components ?? []) : outputs.map((each) => ({ ...each, name: '' }))
  const fields = fieldsOf(decoded(parameters, answer, what, place))
  expect(fields, (part, found, expected) => {
    requireSame('state', `${what}${part === '' ? '' : `, ${part},`} at the end of the ledger`, found, expected, place)
  })
}

function decoded(parameters: readonly AbiParameter[], answer: unknown, what: string, place: Place) {
  try {
    if (isBytes(answer)) return decodeParameters(parameters, bytesOf(answer))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return differ('malformed', `the node answers in no form that exists when asked for ${what}`, place)
}

function accountQuestions(books: Books, addresses: Readonly<Record<ContractName, string>>): Question[] {
  const { accounts, members, areas, tradingDays, currency } = books
  const ofMembers = [...members.all.keys()].flatMap((member) => {
    const { balance, fundDebt, supplierDebt, creditLine } = accounts.accountOf(member)
    const place = { member }
    return [
      amountQuestion('accounts', 'balanceOf', [member], balance, 'its balance', place),
      amountQuestion('accounts', 'debtOf', [member], fundDebt + supplierDebt, 'its debt', place),
      amountQuestion('accounts', 'pledgedOf', [member], accounts.pledgedOf(member), 'what its flex orders hold', place),
      amountQuestion('accounts', 'creditLineOf', [member], creditLine, 'its credit line', place),
      amountQuestion(
        'tradingDays',
        'lockedOf',
        [member],
        tradingDays.lockedOf(member),
        'what open days have locked',
        place,
      ),
    ]
  })
  const ofAreas = areas.numbers().flatMap((area) => {
    const { fund, bond } = accounts.poolOf(area)
    return [
      amountQuestion('accounts', 'fundOf', [area], fund, 'the guarantee fund', { area }),
      amountQuestion('accounts', 'bondOf', [area], bond, "the operator's bond", { area }),
    ]
  })
  return [
    ...ofMembers,
    ...ofAreas,
    amountQuestion(
      'settlementCurrency',
      'balanceOf',
      [addresses.accounts],
      currency.heldByAccounts(),
      'what the accounts contract holds',
    ),
    amountQuestion('settlementCurrency', 'totalSupply', [], currency.supply(), 'the currency in circulation'),
  ]
}

function amountQuestion(
  contract: ContractName,
  name: string,
  parameters: readonly (number | string)[],
  expected: bigint,
  what: string,
  place: Place = {},
): Question {
  return { contract, name, parameters, what, place, expect: (answer, ask) => ask('', answer.big('0'), expected) }
}

function sessionQuestions(books: Books, scope: Scope): Question[] {
  const sessions = [...books.sessions.all.values()]
    .map(({ cleared }) => cleared)
    .filter((session) => session !== null)
    .filter(({ area, period }) => isWithin(scope, area, period))
  const clearings = sessions.map(
    ({ area, period, price, volume, ordersHash, fillsHash, isReplaced, isPaused }): Question => ({
      contract: 'callAuction',
      name: 'sessionOf',
      parameters: [area, period],
      what: 'the session',
      place: { area, period },
      expect: (answer, ask) => {
        ask('its state', answer.number('state'), 2)
        ask('its price', answer.number('price'), price)
        ask('its volume', answer.big('volume'), BigInt(volume))
        ask('the hash of its orders', answer.text('ordersHash'), ordersHash)
        ask('the hash of its fills', answer.text('fillsHash'), fillsHash)
        ask('whether its operator was replaced', answer.flag('isReplaced'), isReplaced)
        ask('whether it was paused', answer.flag('isPaused'), isPaused)
      },
    }),
  )
  const readings = sessions.flatMap(({ area, period }): Question[] => {
    const latest = books.readings.versionsOf(area, period).at(-1)
    if (latest === undefined) return []
    return [
      {
        contract: 'meterReadings',
        name: 'commitmentOf',
        parameters: [area, period],
        what: 'the commitment to readings',
        place: { area, period, transaction: latest.transaction, block: latest.block },
        expect: (answer, ask) => {
          ask('its root', answer.text('root'), latest.root)
          ask('its count', answer.number('count'), latest.count)
          ask('its import', answer.big('importTotal'), latest.importTotal)
          ask('its export', answer.big('exportTotal'), latest.exportTotal)
        },
      },
    ]
  })
  return [...clearings, ...readings]
}

function dayQuestions(books: Books, scope: Scope): Question[] {
  return [...books.runs.all.values()]
    .filter(({ area, day }) => isWithin(scope, area, day * PERIODS_PER_DAY, PERIODS_PER_DAY))
    .flatMap((run) => [runQuestion(run), withheldQuestion(run), ...correctionQuestions(run, books)])
}

function runQuestion({ area, day, run, root, total, readingsAt, paymentsHash, paid, place }: Run): Question {
  return {
    contract: 'settlement',
    name: 'runOf',
    parameters: [area, day, run],
    what: 'the settlement run',
    place,
    expect: (answer, ask) => {
      ask('its root', answer.text('root'), root)
      ask('its total', answer.big('total'), total)
      ask('the time of its readings', answer.number('readingsAt'), readingsAt)
      ask('the hash of its payments', answer.text('paymentsHash'), paymentsHash)
      ask('whether it is paid', answer.flag('isPaid'), paid !== null)
    },
  }
}

function flexQuestions({ flexRuns }: Books, scope: Scope): Question[] {
  return [...flexRuns.all.values()]
    .filter(({ area, day }) => isDayWithin(scope, area, day))
    .map(({ area, day, root, total, readingsAt, committedAt, paymentsHash, isPaid, place }) => ({
      contract: 'flexSettlement',
      name: 'runOf',
      parameters: [area, day],
      what: 'the settlement of flexibility',
      place,
      expect: (answer, ask) => {
        ask('its root', answer.text('root'), root)
        ask('its total', answer.big('total'), total)
        ask('the time of its readings', answer.number('readingsAt'), readingsAt)
        ask('the time of its commitment', answer.number('committedAt'), committedAt)
        ask('the hash of its payments', answer.text('paymentsHash'), paymentsHash)
        ask('whether it is paid', answer.flag('isPaid'), isPaid)
      },
    }))
}

function withheldQuestion({ area, day, run, withheld, place }: Run): Question {
  return amountQuestion('settlement', 'withheldOf', [area, day, run], withheld, 'what holds the run back', place)
}

/** Of every member for whom challenges of the run came to anything. */
function correctionQuestions({ area, day, run, place }: Run, { challenges }: Books): Question[] {
  return challenges.correctedOf(area, day, run).flatMap(({ memberId, moved, owed }) => {
    const parameters = [area, day, run, memberId]
    const where = { ...place, member: memberId }
    return [
      amountQuestion('challenges', 'correctionOf', parameters, moved, 'what corrections moved', where),
      amountQuestion('challenges', 'owedOf', parameters, owed, 'what corrections owe', where),
    ]
  })
}

/** A key whose signature nobody could have made must be a contract's, which decides itself what it signed (EIP-1271). */
async function requireContracts(url: string, tag: string, books: Books): Promise<void> {
  const keys = [
    ...[...books.sessions.contractKeys].map((each) => [...each, 'opened-orders', 'its order was opened'] as const),
    ...[...books.dids.contractOwners].map((each) => [...each, 'identities', 'an identity was changed'] as const),
  ]
  const codes = await readBatch(
    url,
    keys.map(([key]) => ({ method: 'eth_getCode', params: [key, tag] })),
  )
  keys.forEach(([key, place, check, what], index) => {
    if (!isBytes(codes[index])) differ('malformed', `the node answers with no code for ${key}`, place)
    if (codes[index] === '0x') differ(check, `${what} on the ledger with a signature that ${key} did not make`, place)
  })
}

/** Whether any of the periods from the first on is audited. */
export function isWithin(
  { fromPeriod, toPeriod, area: only }: Scope,
  area: number,
  period: number,
  count = 1,
): boolean {
  return (only === null || only === area) && period + count > fromPeriod && period <= toPeriod
}

/** The same for any period of a day. */
export function isDayWithin(scope: Scope, area: number, day: number): boolean {
  return isWithin(scope, area, day * PERIODS_PER_DAY, PERIODS_PER_DAY)
}

function callData(
  abis: Readonly<Record<string, unknown>>,
  contract: ContractName,
  name: string,
  parameters: readonly (number | bigint | string)[],
): string {
  const selector = [...abiFor(abis, contract).functions.values()].find((each) => each.name === name)?.selector
  if (selector === undefined) throw new TypeError(`${contract} has no function ${name}`)
  return selector + parameters.map((value) => BigInt(value).toString(16).padStart(64, '0')).join('')
}

const parsed = new WeakMap<object, ReturnType<typeof abiOf>>()

function abiFor(abis: Readonly<Record<string, unknown>>, contract: ContractName): ReturnType<typeof abiOf> {
  const items = abis[contract] as AbiItem[]
  const known = parsed.get(items) ?? abiOf(items)
  parsed.set(items, known)
  return known
}

function outputsOf(
  abis: Readonly<Record<string, unknown>>,
  contract: ContractName,
  name: string,
): readonly AbiParameter[] {
  return (abis[contract] as AbiItem[]).find((item) => item.name === name)?.outputs ?? []
}
